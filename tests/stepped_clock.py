"""A clock for tests that never waits: each sleep moves it at once."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from typing import Final

from pulumi_volcengine_live.api.deadlines import Deadline

NO_DEADLINE: Final = Deadline(time, math.inf)


class SteppedClock:
    """Moves only when somebody sleeps on it."""

    def __init__(self) -> None:
        self._now = 1000.0
        self.during_sleep: Callable[[], None] = lambda: None
        """What others do while somebody sleeps."""
        self._lock = threading.Lock()

    def monotonic(self) -> float:
        return self._now

    def sleep(self, seconds: float) -> None:
        self.during_sleep()
        with self._lock:
            self._now += seconds
