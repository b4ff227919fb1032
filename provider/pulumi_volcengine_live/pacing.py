"""How fast calls may go out, and how long one operation keeps trying."""

from __future__ import annotations

import random
import threading
from collections import defaultdict
from collections.abc import Callable
from typing import Final, Protocol, TypeVar

from .errors import LiveError, UnreachableError

CALLS_PER_SECOND: Final = 8.6
"""Below the service's 10 (doc 1126880): with the two calls of a look at once, any second holds at most 10, even where
one is held up for a sixth of a second on its way."""

OPERATION_SECONDS: Final = 120.0
UNREACHABLE_SECONDS: Final = 15.0
_LONGEST_SLEEP: Final = 0.25
_LONGEST_PAUSE: Final = 5.0
_SLOWEST_INTERVAL: Final = 1.0

Result = TypeVar("Result")


class Clock(Protocol):
    """A steady clock that can be waited for; the module `time` is one."""

    def monotonic(self) -> float:
        """Seconds since some moment in the past."""

    def sleep(self, seconds: float, /) -> None:
        """Wait."""


def sleep_until(clock: Clock, moment: float) -> None:
    """Wait in short steps, so that nothing of ours holds a process that is asked to end."""
    while (left := moment - clock.monotonic()) > 0:
        clock.sleep(min(left, _LONGEST_SLEEP))


class Limiter:
    """Hands out moments to call, evenly spaced for each action, further apart while the service throttles."""

    def __init__(self, clock: Clock) -> None:
        """Start at full pace."""
        self._clock = clock
        self._fastest = 1 / CALLS_PER_SECOND
        self._lock = threading.Lock()
        self._interval: dict[str, float] = defaultdict(lambda: self._fastest)
        self._next: dict[str, float] = {}

    def wait(self, action: str, calls: int = 1) -> None:
        """Return when the action may be called, so many times at once."""
        with self._lock:
            now = self._clock.monotonic()
            moment = max(now, self._next.get(action, now))
            self._next[action] = moment + calls * self._interval[action]
        sleep_until(self._clock, moment)

    def throttled(self, action: str) -> None:
        """Others share the limit: go at half the pace."""
        with self._lock:
            self._interval[action] = min(_SLOWEST_INTERVAL, 2 * self._interval[action])

    def accepted(self, action: str) -> None:
        """Come back to full pace by steps."""
        with self._lock:
            self._interval[action] = max(self._fastest, 0.9 * self._interval[action])


class Patience:
    """The time that one operation has, and the pauses between its attempts, which grow and are drawn by chance."""

    def __init__(self, clock: Clock, seconds: float = OPERATION_SECONDS) -> None:
        """Begin now."""
        self._clock = clock
        self._started = clock.monotonic()
        self._seconds = seconds
        self._longest = 0.25
        self.effect = ""
        """What an attempt may have left behind: told with whatever error ends the trying."""

    def pause(self, error: LiveError) -> None:
        """Wait before another attempt; raise the error where another would not help or the time is over."""
        if error.effect == LiveError.effect:
            error.effect = self.effect or error.effect
        else:
            self.effect = error.effect
        seconds = UNREACHABLE_SECONDS if isinstance(error, UnreachableError) else self._seconds
        now = self._clock.monotonic()
        if not error.retryable or now >= self._started + min(seconds, self._seconds):
            raise error
        sleep_until(self._clock, now + random.uniform(0, self._longest))  # noqa: S311 - spreads load, guards nothing
        self._longest = min(_LONGEST_PAUSE, 2 * self._longest)

    def insist(self, attempt: Callable[[], Result]) -> Result:
        """Attempt until it succeeds; only for what may safely be done twice."""
        while True:
            try:
                return attempt()
            except LiveError as error:
                self.pause(error)
