"""How fast calls may go out, how long one operation may take, and when another attempt helps."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

from pulumi_volcengine_live.errors import LiveError, Outcome, ThrottledError, UnreachableError

CALLS_PER_SECOND: Final = 10
"""The service's limit for each action and account (doc 1126880)."""

OPERATION_SECONDS: Final = 180.0
"""How long one operation may take, counted from Pulumi's call, unless the resource sets `custom_timeouts`."""
CONNECT_SECONDS: Final = 5.0
"""How long one attempt may take to connect, all addresses of the host together."""
UNREACHABLE_SECONDS: Final = 30.0
"""How long a service that cannot be reached is tried, the last attempt included."""
SHORTEST_CALL_SECONDS: Final = 1.0
"""With less time than this no call is sent: its answer could come too late, and nobody would know what a write did."""
MORE_TIME_ADVICE: Final = "Run the command again, or give the resource more time with custom_timeouts."
NO_THREAD_ADVICE: Final = "Stop other programs, or run `pulumi` with a smaller --parallel."

_LONGEST_SLEEP: Final = 0.25
_FIRST_PAUSE: Final = 0.25
_LARGEST_PAUSE_LIMIT: Final = 5.0
_SHORTEST_REUSE: Final = 1.0
"""How long a slot stays blocked after its answer; longer, up to _LONGEST_REUSE, while the service throttles."""
_LONGEST_REUSE: Final = 10.0

Result = TypeVar("Result")


class Clock(Protocol):
    """A steady clock that can be waited for; the module `time` is one."""

    def monotonic(self) -> float:
        """Seconds since some moment in the past."""

    def sleep(self, seconds: float, /) -> None:
        """Wait."""


def sleep_until(clock: Clock, moment: float) -> None:
    """Wait in short steps, so that a process that is asked to end does so at once."""
    while (left := moment - clock.monotonic()) > 0:
        clock.sleep(min(left, _LONGEST_SLEEP))


@dataclass(frozen=True)
class Deadline:
    """The moment at which an operation must end. Every wait of the operation counts."""

    clock: Clock
    moment: float

    @classmethod
    def after(cls, clock: Clock, seconds: float) -> Deadline:
        """The deadline that is so many seconds away."""
        return cls(clock, clock.monotonic() + seconds)

    def within(self, seconds: float) -> Deadline:
        """The deadline of a part of the operation: after so many seconds, but no later than this one."""
        return Deadline(self.clock, min(self.moment, self.clock.monotonic() + seconds))

    def left(self) -> float:
        """The seconds that are left, 0 if none are."""
        return max(0.0, self.moment - self.clock.monotonic())

    @property
    def last_call(self) -> float:
        """The moment after which no call is sent any more."""
        return self.moment - SHORTEST_CALL_SECONDS


class Limiter:
    """Keeps the rate limit of each action: ten calls at most are under way or were answered within the last second.

    The service counts a call somewhere between its sending and its answer, so it never counts more than ten in one
    second, however long calls are on their way. While the service throttles, because others use the account too, a slot
    stays blocked for longer after its answer.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._actions: dict[str, _Slots] = {}

    @contextmanager
    def slot(self, action: str, deadline: Deadline, calls: int = 1) -> Iterator[None]:
        """Wait until the action may be called; the block then makes the call, or `calls` of them at once.

        ThrottledError if the turn comes too late for the deadline: then nothing was sent.
        """
        with self._lock:
            slots = self._actions.setdefault(action, _Slots())
        sleep_until(self._clock, slots.take(action, calls, deadline))
        try:
            yield
        except ThrottledError:
            slots.reuse_seconds = min(_LONGEST_REUSE, 2 * slots.reuse_seconds)
            raise
        else:
            slots.reuse_seconds = max(_SHORTEST_REUSE, 0.9 * slots.reuse_seconds)
        finally:
            slots.give_back([self._clock.monotonic() + slots.reuse_seconds] * calls)


class _Slots:
    """The ten slots of one action, each with the moment from which it may be used again."""

    def __init__(self) -> None:
        self.reuse_seconds = _SHORTEST_REUSE
        self._changed = threading.Condition()
        self._usable_from = [0.0] * CALLS_PER_SECOND

    def take(self, action: str, calls: int, deadline: Deadline) -> float:
        """Take so many slots, all or none, and return the moment from which they may be used."""
        with self._changed:
            while len(self._usable_from) < calls and deadline.clock.monotonic() <= deadline.last_call:
                self._changed.wait(_LONGEST_SLEEP)
            self._usable_from.sort()
            taken, rest = self._usable_from[:calls], self._usable_from[calls:]
            if len(taken) < calls or max(deadline.clock.monotonic(), *taken) > deadline.last_call:
                raise _no_turn(action)
            self._usable_from = rest
            return max(taken)

    def give_back(self, moments: list[float]) -> None:
        with self._changed:
            self._usable_from += moments
            self._changed.notify_all()


def _no_turn(action: str) -> ThrottledError:
    return ThrottledError(
        f"too little of this operation's time was left to send {action} within the service's rate limit of"
        f" {CALLS_PER_SECOND} calls a second.",
        advice=MORE_TIME_ADVICE,
    )


class Retries:
    """The attempts of one operation: pauses between them grow and vary, and end with the deadline.

    It remembers how they ended. If one outcome is unknown, no later error of the operation says that nothing was
    changed.
    """

    def __init__(self, clock: Clock, deadline: Deadline) -> None:
        self.deadline = deadline
        self._clock = clock
        self._pause_limit = _FIRST_PAUSE
        self._unreachable_since: float | None = None
        self._attempt_began = clock.monotonic()
        self._unknown: LiveError | None = None
        self._last: LiveError | None = None
        self.in_doubt = False
        """Whether an attempt may have been carried out. A throttled one should not have been, but a listing decides."""

    def call(self, attempt: Callable[[], Result]) -> Result:
        """Attempt until it succeeds; only for calls that may safely be carried out twice."""
        while True:
            try:
                return attempt()
            except LiveError as error:
                self.pause_after(error)

    def note(self, error: LiveError) -> LiveError:
        """Remember how an attempt ended, and return the error to report for it."""
        self._last = error = self._in_place_of(error)
        if error.outcome is Outcome.UNKNOWN:
            self._unknown = error
        throttled = isinstance(error, ThrottledError) and not error.ran_out_of_time
        self.in_doubt = self.in_doubt or throttled or error.outcome is Outcome.UNKNOWN
        return error

    def pause_after(self, error: LiveError) -> None:
        """Pause before another attempt; raise the error if another attempt cannot help or the time is over.

        It is noted first; an error that `note` returned stays the same.
        """
        error = self.note(error)
        # Clients that failed together must not try again together.
        pause = random.uniform(0, self._pause_limit)  # noqa: S311 - spreads load, guards nothing
        begins = self._clock.monotonic() + pause
        if not error.retryable or begins > self.deadline.last_call or self._given_up(error, begins):
            raise error
        self._pause_limit = min(_LARGEST_PAUSE_LIMIT, 2 * self._pause_limit)
        self._attempt_began = begins
        sleep_until(self._clock, begins)

    @contextmanager
    def keeping_unknown_outcome(self) -> Iterator[None]:
        """For what follows an attempt: errors in the block report an unknown outcome if an attempt's is unknown."""
        try:
            yield
        except LiveError as error:
            raise self._with_unknown_outcome(error) from None

    @contextmanager
    def listing_after(self) -> Iterator[None]:
        """For the listing after an attempt that failed: if it fails too, the error shows both."""
        try:
            yield
        except LiveError as error:
            reported = self._in_place_of(error)
            if self._last is None or reported is self._last:
                # No attempt failed, or the listing was never sent: there is nothing to add.
                raise reported from None
            problem = (
                f"{self._last.problem.rstrip('.')}, and the listing afterwards failed ({error.problem.rstrip('.')})."
            )
            outcome = Outcome.UNKNOWN if self.in_doubt else reported.outcome
            raise reported.amended(problem=problem, answer=self._last.answer, outcome=outcome) from None

    def _in_place_of(self, error: LiveError) -> LiveError:
        """The error to report for an attempt, or for the listing after one.

        If the call ended for lack of time, without an answer, it is the error of the attempt before.
        """
        if isinstance(error, ThrottledError) and error.ran_out_of_time:
            error = self._last or error
        return self._with_unknown_outcome(error)

    def _with_unknown_outcome(self, error: LiveError) -> LiveError:
        """The error; if it says that nothing was changed, but an earlier outcome is unknown, so is its own."""
        if error.outcome is Outcome.UNCHANGED and self._unknown is not None:
            return error.amended(outcome=Outcome.UNKNOWN, effect=self._unknown.effect)
        return error

    def _given_up(self, error: LiveError, begins: float) -> bool:
        """Whether the next attempt could end later than UNREACHABLE_SECONDS after the first that did not connect.

        Also notes since when the service cannot be reached.
        """
        if not isinstance(error, UnreachableError):
            self._unreachable_since = None
            return False
        if self._unreachable_since is None:
            # What came before connecting, such as waiting for a turn at the rate limit, does not count.
            self._unreachable_since = max(self._attempt_began, self._clock.monotonic() - CONNECT_SECONDS)
        return begins + CONNECT_SECONDS > self._unreachable_since + UNREACHABLE_SECONDS
