"""The limit per second, and the end of every wait."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from pulumi_volcengine_live.api.pacing import (
    OPERATION_SECONDS,
    UNREACHABLE_SECONDS,
    Deadline,
    Limiter,
    Retries,
    sleep_until,
)
from pulumi_volcengine_live.errors import AccessError, LiveError, ThrottledError, UnreachableError
from stepped_clock import NO_DEADLINE, SteppedClock

SEED = 20261123


def _most_in_any_second(moments: list[float]) -> int:
    return max(sum(start <= moment < start + 1 for moment in moments) for start in moments)


def _call(limiter: Limiter, clock: SteppedClock, there: float = 0.0, back: float = 0.0) -> float:
    """Make a call that is so long on its way there and back, and return when it arrived."""
    with limiter.slot("Create", NO_DEADLINE):
        clock.sleep(there)
        arrived = clock.monotonic()
        clock.sleep(back)
    return arrived


def test_pass_ten_in_any_second_and_no_more_however_long_calls_are_on_their_way(clock: SteppedClock) -> None:
    """Evenly spaced at 8.6 a second, calls that a busy machine held up arrived eleven in a second."""
    limiter, chance = Limiter(clock), random.Random(SEED)
    moments = [_call(limiter, clock, chance.uniform(0, 0.4), chance.uniform(0, 0.4)) for _ in range(50)]
    moments += [_call(limiter, clock) for _ in range(200)]
    assert _most_in_any_second(moments) == 10


def test_sustain_more_than_eight_and_a_half_where_an_answer_takes_fifty_milliseconds(clock: SteppedClock) -> None:
    limiter = Limiter(clock)
    moments = [_call(limiter, clock, back=0.05) for _ in range(200)]
    assert len(moments) / (moments[-1] - moments[0]) >= 8.5


def test_pass_at_most_ten_in_any_second_where_two_go_out_at_once(clock: SteppedClock) -> None:
    """Two looks took their slots in turns, and each sent both of its calls at its later one: 12 in a second."""
    limiter = Limiter(clock)
    moments: list[float] = []
    for number in range(50):
        calls = 1 + number % 3
        with limiter.slot("List", NO_DEADLINE, calls):
            moments += [clock.monotonic()] * calls
    assert 8 < _most_in_any_second(moments) <= 10


def test_let_no_two_takers_of_several_slots_wait_for_each_other(clock: SteppedClock) -> None:
    limiter = Limiter(clock)

    def take(_: int) -> None:
        with limiter.slot("List", NO_DEADLINE, 7):
            pass

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(take, range(40), timeout=30))


def test_hold_an_eleventh_call_while_ten_are_under_way(clock: SteppedClock) -> None:
    limiter = Limiter(clock)
    with ThreadPoolExecutor(1) as pool:
        with ExitStack() as under_way:
            for _ in range(10):
                under_way.enter_context(limiter.slot("Create", NO_DEADLINE))
            answered = clock.monotonic() + 30
            eleventh = pool.submit(_call, limiter, clock)
            clock.sleep(30)
            assert not eleventh.done()
        assert eleventh.result() >= answered + 1


def test_know_the_actions_apart(clock: SteppedClock) -> None:
    limiter = Limiter(clock)
    started = clock.monotonic()
    with ExitStack() as under_way:
        for action in ("List", "Create", "Update"):
            for _ in range(10):
                under_way.enter_context(limiter.slot(action, NO_DEADLINE))
    assert clock.monotonic() == started


def test_slow_down_when_throttled_and_come_back_up(clock: SteppedClock) -> None:
    limiter = Limiter(clock)

    def seconds(calls: int) -> float:
        began = clock.monotonic()
        for _ in range(calls):
            _call(limiter, clock)
        return clock.monotonic() - began

    for _ in range(10):
        with pytest.raises(ThrottledError), limiter.slot("Create", NO_DEADLINE):
            raise ThrottledError("x")
    assert seconds(30) > 10
    seconds(60)
    assert seconds(30) == pytest.approx(3)


@pytest.mark.parametrize(
    ("error", "seconds"),
    [(ThrottledError("x"), OPERATION_SECONDS), (UnreachableError("x"), UNREACHABLE_SECONDS), (AccessError("x"), 0)],
)
def test_end_the_trying_in_time(clock: SteppedClock, error: LiveError, seconds: float) -> None:
    retries = Retries(clock, Deadline.after(clock, OPERATION_SECONDS))
    started = clock.monotonic()

    def attempt() -> None:
        raise error

    with pytest.raises(type(error)):
        retries.call(attempt)
    assert 0.6 * seconds <= clock.monotonic() - started <= seconds


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
        Retries(clock, Deadline.after(clock, 5)).call(attempt)
    assert clock.monotonic() - started <= 10


def test_pause_longer_and_longer_by_chance(clock: SteppedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.uniform", lambda _least, most: most)
    retries = Retries(clock, Deadline.after(clock, OPERATION_SECONDS))
    pauses = []
    for _ in range(7):
        began = clock.monotonic()
        retries.wait_after(ThrottledError("x"))
        pauses.append(clock.monotonic() - began)
    assert pauses == pytest.approx([0.25, 0.5, 1, 2, 4, 5, 5])
