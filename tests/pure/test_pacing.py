"""The limit per second, and the end of every wait."""

from __future__ import annotations

import pytest

from pulumi_volcengine_live.errors import AccessError, LiveError, ThrottledError, UnreachableError
from pulumi_volcengine_live.pacing import (
    CALLS_PER_SECOND,
    OPERATION_SECONDS,
    UNREACHABLE_SECONDS,
    Limiter,
    Patience,
    sleep_until,
)
from stepped_clock import SteppedClock


def _moments(limiter: Limiter, clock: SteppedClock, calls: int, action: str = "List") -> list[float]:
    moments = []
    for _ in range(calls):
        limiter.wait(action)
        moments.append(clock.monotonic())
    return moments


def _most_in_any_second(moments: list[float]) -> int:
    return max(sum(start <= moment <= start + 1 for moment in moments) for start in moments)


def test_pass_at_most_ten_in_any_second_and_more_than_eight_and_a_half(clock: SteppedClock) -> None:
    moments = _moments(Limiter(clock), clock, 200)
    assert _most_in_any_second(moments) <= 10
    assert len(moments) / (moments[-1] - moments[0]) >= 8.5


def test_pass_at_most_ten_in_any_second_where_threads_take_two_at_once(clock: SteppedClock) -> None:
    """Two looks took their slots in turns, and each sent both of its calls at its later one: 12 in a second."""
    limiter = Limiter(clock)
    began = clock.monotonic()
    moments: list[float] = []
    for _ in range(50):
        limiter.wait("List", 2)
        moments += [clock.monotonic()] * 2
    assert _most_in_any_second(moments) == 10
    assert len(moments) / (moments[-1] - began) >= 8.5


def test_know_the_actions_apart(clock: SteppedClock) -> None:
    limiter = Limiter(clock)
    started = clock.monotonic()
    limiter.wait("List")
    limiter.wait("Create")
    assert clock.monotonic() == started


def test_slow_down_when_throttled_and_come_back_up(clock: SteppedClock) -> None:
    limiter = Limiter(clock)
    for _ in range(10):
        limiter.throttled("List")
    slow = _moments(limiter, clock, 4)
    assert slow[-1] - slow[1] == pytest.approx(2)
    for _ in range(60):
        limiter.accepted("List")
    fast = _moments(limiter, clock, 10)[1:]
    assert fast[-1] - fast[0] == pytest.approx(8 / CALLS_PER_SECOND)


@pytest.mark.parametrize(
    ("error", "seconds"),
    [(ThrottledError("x"), OPERATION_SECONDS), (UnreachableError("x"), UNREACHABLE_SECONDS), (AccessError("x"), 0)],
)
def test_end_the_trying_in_time(clock: SteppedClock, error: LiveError, seconds: float) -> None:
    patience = Patience(clock)
    started = clock.monotonic()

    def attempt() -> None:
        raise error

    with pytest.raises(type(error)):
        patience.insist(attempt)
    assert seconds <= clock.monotonic() - started <= seconds + 5


def test_sleep_in_short_steps(clock: SteppedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[float] = []
    sleep = clock.sleep

    def noted(seconds: float) -> None:
        steps.append(seconds)
        sleep(seconds)

    monkeypatch.setattr(clock, "sleep", noted)
    sleep_until(clock, clock.monotonic() + 3)
    assert sum(steps) == pytest.approx(3)
    assert max(steps) <= 0.25


def test_end_the_trying_in_the_time_that_there_is(clock: SteppedClock) -> None:
    started = clock.monotonic()

    def attempt() -> None:
        raise UnreachableError("x")

    with pytest.raises(UnreachableError):
        Patience(clock, 5).insist(attempt)
    assert clock.monotonic() - started <= 10


def test_pause_longer_and_longer_by_chance(clock: SteppedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.uniform", lambda _least, most: most)
    patience = Patience(clock)
    pauses = []
    for _ in range(7):
        began = clock.monotonic()
        patience.pause(ThrottledError("x"))
        pauses.append(clock.monotonic() - began)
    assert pauses == pytest.approx([0.25, 0.5, 1, 2, 4, 5, 5])
