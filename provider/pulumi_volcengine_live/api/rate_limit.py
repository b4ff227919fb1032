"""How fast calls may go out: the service limits each action of an account."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from pulumi_volcengine_live.api.deadlines import LONGEST_SLEEP, MORE_TIME_ADVICE, Clock, Deadline, sleep_until
from pulumi_volcengine_live.errors import ThrottledError

CALLS_PER_SECOND: Final = 10
"""The service's limit for each action and account (doc 1126880)."""

_SHORTEST_REUSE: Final = 1.0
"""How long a slot stays blocked after its answer; longer, up to _LONGEST_REUSE, while the service throttles."""
_LONGEST_REUSE: Final = 10.0


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
                self._changed.wait(LONGEST_SLEEP)
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
