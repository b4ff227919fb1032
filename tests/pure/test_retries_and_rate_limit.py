"""The rate limit, and the end of every wait."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from pulumi_volcengine_live.api.deadlines import OPERATION_SECONDS, Deadline, sleep_until
from pulumi_volcengine_live.api.error_codes import refusal_error
from pulumi_volcengine_live.api.rate_limit import Limiter
from pulumi_volcengine_live.api.retries import CONNECT_SECONDS, UNREACHABLE_SECONDS, Retries
from pulumi_volcengine_live.errors import (
    AccessError,
    Answer,
    LiveError,
    Outcome,
    OutcomeUnknownError,
    ThrottledError,
    UnreachableError,
)
from rates import most_in_any_second
from stepped_clock import NO_DEADLINE, SteppedClock

THROTTLED = refusal_error(Answer("List", 429, "FlowLimitExceeded", "slow down", "R1"))
SEED = 20261123


def _call(limiter: Limiter, clock: SteppedClock, there: float = 0.0, back: float = 0.0) -> float:
    """Make a call that takes so long there and back, and return when it arrived."""
    with limiter.slot("Create", NO_DEADLINE):
        clock.sleep(there)
        arrived = clock.monotonic()
        clock.sleep(back)
    return arrived


def _retries(clock: SteppedClock) -> Retries:
    return Retries(clock, Deadline.after(clock, OPERATION_SECONDS))


def test_pass_ten_in_any_second_and_no_more_however_long_calls_are_on_their_way(clock: SteppedClock) -> None:
    """Bug: calls spaced at 8.6 a second arrived eleven in a second on a busy machine."""
    limiter, chance = Limiter(clock), random.Random(SEED)
    moments = [_call(limiter, clock, chance.uniform(0, 0.4), chance.uniform(0, 0.4)) for _ in range(50)]
    moments += [_call(limiter, clock) for _ in range(200)]
    assert most_in_any_second(moments) == 10


def test_sustain_eight_and_a_half_calls_a_second_if_an_answer_takes_fifty_milliseconds(clock: SteppedClock) -> None:
    limiter = Limiter(clock)
    moments = [_call(limiter, clock, back=0.05) for _ in range(200)]
    assert len(moments) / (moments[-1] - moments[0]) >= 8.5


def test_pass_at_most_ten_in_any_second_if_two_go_out_at_once(clock: SteppedClock) -> None:
    """Bug: two listings took their slots in turns, and each sent both calls at its later one: 12 in a second."""
    limiter = Limiter(clock)
    moments: list[float] = []
    for number in range(50):
        calls = 1 + number % 3
        with limiter.slot("List", NO_DEADLINE, calls):
            moments += [clock.monotonic()] * calls
    assert 8 < most_in_any_second(moments) <= 10


def test_let_no_two_listings_wait_for_each_others_slots(clock: SteppedClock) -> None:
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


def test_limit_each_action_on_its_own(clock: SteppedClock) -> None:
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


def test_give_up_if_the_next_slot_comes_after_the_deadline(clock: SteppedClock) -> None:
    limiter = Limiter(clock)
    for _ in range(10):
        _call(limiter, clock)
    began = clock.monotonic()
    with pytest.raises(ThrottledError) as refused, limiter.slot("Create", Deadline.after(clock, 1.5)):
        pytest.fail("its slot is a second away, and the call itself needs one more")
    assert refused.value.outcome is Outcome.UNCHANGED
    assert clock.monotonic() == began, "to wait for the deadline would help nobody"
    assert _call(limiter, clock) == began + 1, "a call that is given up takes no slot"


def test_a_part_ends_no_later_than_its_operation(clock: SteppedClock) -> None:
    operation = Deadline.after(clock, 10)
    assert [operation.within(seconds).left() for seconds in (3, 30)] == [3, 10]
    clock.sleep(11)
    assert operation.left() == 0


def test_sleep_in_short_steps(clock: SteppedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a process that is asked to end does so at once."""
    steps: list[float] = []
    sleep = clock.sleep

    def noted(seconds: float) -> None:
        steps.append(seconds)
        sleep(seconds)

    monkeypatch.setattr(clock, "sleep", noted)
    sleep_until(clock, clock.monotonic() + 3)
    assert sum(steps) == pytest.approx(3)
    assert max(steps) <= 0.25


@pytest.mark.parametrize("takes", [0.0, 2.0, CONNECT_SECONDS])
@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (ThrottledError("x"), OPERATION_SECONDS),
        (OutcomeUnknownError("x"), OPERATION_SECONDS),
        (UnreachableError("x"), UNREACHABLE_SECONDS),
        (AccessError("x"), CONNECT_SECONDS),
    ],
    ids=repr,
)
def test_end_retries_in_time(clock: SteppedClock, error: LiveError, seconds: float, takes: float) -> None:
    """Each attempt takes `takes` seconds; the last one counts too, since the user waits for it."""
    ends = clock.monotonic() + seconds
    attempts = 0

    def attempt() -> None:
        nonlocal attempts
        attempts += 1
        clock.sleep(takes)
        raise error

    with pytest.raises(type(error)):
        _retries(clock).call(attempt)
    assert clock.monotonic() <= ends + (takes if seconds == OPERATION_SECONDS else 0)
    assert (attempts > 1) == error.retryable


def test_count_the_seconds_of_an_unreachable_service_from_when_it_became_so(clock: SteppedClock) -> None:
    retries = _retries(clock)
    for _ in range(2):
        retries.pause_after(UnreachableError("x"))
        clock.sleep(UNREACHABLE_SECONDS)
        retries.pause_after(THROTTLED)


def test_count_no_seconds_of_an_unreachable_service_before_the_first_attempt(clock: SteppedClock) -> None:
    """Bug: what an operation listed before it began to delete counted, so it gave up at once."""
    retries = _retries(clock)
    clock.sleep(UNREACHABLE_SECONDS)
    retries.pause_after(UnreachableError("x"))


def test_try_a_service_out_of_reach_for_half_a_minute_whatever_came_before(
    clock: SteppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("random.uniform", lambda _least, most: most)
    retries = _retries(clock)
    for _ in range(6):
        retries.pause_after(THROTTLED)
    began = clock.monotonic()

    def unreachable() -> None:
        raise UnreachableError("x")

    with pytest.raises(UnreachableError):
        retries.call(unreachable)
    assert clock.monotonic() - began == UNREACHABLE_SECONDS - CONNECT_SECONDS


def test_end_retries_at_the_deadline(clock: SteppedClock) -> None:
    with pytest.raises(ThrottledError, match="for the last time"):
        Retries(clock, Deadline.after(clock, 0.9)).pause_after(ThrottledError("for the last time."))


def test_remember_that_an_attempt_may_have_taken_effect(clock: SteppedClock) -> None:
    """A later error would say that nothing was changed."""
    retries = _retries(clock)
    retries.pause_after(OutcomeUnknownError("broken.", effect="It may be there."))
    with pytest.raises(AccessError) as raised:
        retries.pause_after(AccessError("refused."))
    assert raised.value.outcome is Outcome.UNKNOWN
    assert "refused. It may be there." in str(raised.value)


def test_report_what_the_service_answered_if_the_last_attempt_was_not_sent(clock: SteppedClock) -> None:
    retries, limiter = Retries(clock, Deadline.after(clock, 5)), Limiter(clock)

    def attempt() -> None:
        with limiter.slot("List", retries.deadline, 10):
            clock.sleep(1)
            raise THROTTLED

    with pytest.raises(ThrottledError, match="FlowLimitExceeded"):
        retries.call(attempt)


def test_keep_an_unknown_outcome_if_the_last_attempt_was_not_sent(clock: SteppedClock) -> None:
    retries = _retries(clock)
    retries.pause_after(THROTTLED)
    retries.pause_after(OutcomeUnknownError("broken."))
    clock.sleep(OPERATION_SECONDS)
    with pytest.raises(OutcomeUnknownError, match="broken"):
        retries.pause_after(ThrottledError("no turn."))


def test_pause_longer_and_longer_at_random(clock: SteppedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.uniform", lambda _least, most: most)
    retries = _retries(clock)
    pauses = []
    for _ in range(7):
        began = clock.monotonic()
        retries.pause_after(ThrottledError("x"))
        pauses.append(clock.monotonic() - began)
    assert pauses == pytest.approx([0.25, 0.5, 1, 2, 4, 5, 5])
