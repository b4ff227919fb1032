"""When another attempt helps, how long to pause before it, and what is known after several attempts."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, TypeVar

from pulumi_volcengine_live.api.deadlines import Clock, Deadline, sleep_until
from pulumi_volcengine_live.errors import LiveError, Outcome, ThrottledError, UnreachableError

CONNECT_SECONDS: Final = 5.0
"""How long one attempt may take to connect, all addresses of the host together."""
UNREACHABLE_SECONDS: Final = 30.0
"""How long a service that cannot be reached is tried, the last attempt included."""
_FIRST_PAUSE: Final = 0.25
_LARGEST_PAUSE_LIMIT: Final = 5.0

Result = TypeVar("Result")


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

    def remember(self, error: LiveError) -> LiveError:
        """Remember how an attempt ended, and return the error to report for it."""
        self._last = error = self._in_place_of(error)
        if error.outcome is Outcome.UNKNOWN:
            self._unknown = error
        throttled = isinstance(error, ThrottledError) and not error.ran_out_of_time
        self.in_doubt = self.in_doubt or throttled or error.outcome is Outcome.UNKNOWN
        return error

    def pause_after(self, error: LiveError) -> None:
        """Pause before another attempt; raise the error if another attempt cannot help or the time is over.

        It is remembered first; an error that `remember` returned stays the same.
        """
        error = self.remember(error)
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
    def reporting_failed_listing(self) -> Iterator[None]:
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
