"""How fast calls may go out, and how long one operation keeps trying."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Final, Protocol, TypeVar

from pulumi_volcengine_live.errors import LiveError, ThrottledError, UnreachableError

CALLS_PER_SECOND: Final = 10
"""What the service takes of each action from an account (doc 1126880)."""

OPERATION_SECONDS: Final = 120.0
UNREACHABLE_SECONDS: Final = 15.0
_LONGEST_SLEEP: Final = 0.25
_LONGEST_PAUSE: Final = 5.0
_SHORTEST_REST: Final = 1.0
_LONGEST_REST: Final = 10.0

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
    """Keeps the limit of each action: ten calls at most are under way or were answered within the last second.

    The service counts a call somewhere between its sending and its answer, so in no second does it count more, however
    long calls are on their way. While it throttles, since others use the account too, the second becomes longer.
    """

    def __init__(self, clock: Clock) -> None:
        """Start at full pace."""
        self._clock = clock
        self._lock = threading.Lock()
        self._actions: dict[str, _Slots] = {}

    @contextmanager
    def slot(self, action: str, calls: int = 1) -> Iterator[None]:
        """Wait until the action may be called; the block is the call, or so many at once."""
        with self._lock:
            slots = self._actions.setdefault(action, _Slots())
        sleep_until(self._clock, slots.take(calls))
        try:
            yield
        except ThrottledError:
            slots.rest = min(_LONGEST_REST, 2 * slots.rest)
            raise
        else:
            slots.rest = max(_SHORTEST_REST, 0.9 * slots.rest)
        finally:
            slots.give_back(calls, self._clock.monotonic() + slots.rest)


class _Slots:
    """The ten slots of one action, each with the moment from which it may be used."""

    def __init__(self) -> None:
        self.rest = _SHORTEST_REST
        self._turn = threading.Lock()
        self._free_from: SimpleQueue[float] = SimpleQueue()
        self.give_back(CALLS_PER_SECOND, 0.0)

    def take(self, calls: int) -> float:
        """Take so many, one taker after the other, and return when they may be used."""
        with self._turn:
            return max(self._free_from.get() for _ in range(calls))

    def give_back(self, calls: int, free_from: float) -> None:
        for _ in range(calls):
            self._free_from.put(free_from)


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
