"""One line that says how far long work has come."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final, TextIO

SECONDS_BETWEEN_LINES: Final = 30.0


class StatusLine:
    """Rewrites its line on a terminal; in a file, such as the log of CI, it writes a new one every half minute."""

    def __init__(self, stream: TextIO, now: Callable[[], float] = time.monotonic) -> None:
        """Take the clock as an argument, so that a test can step it."""
        self._stream = stream
        self._now = now
        self._rewrites = stream.isatty()
        self._due = now()
        self._lock = threading.Lock()

    def show(self, text: str) -> None:
        """Show how far the work is; call it as often as you like."""
        with self._lock:
            if self._rewrites:
                self._write(f"\r\033[K{text}")
            elif self._now() >= self._due:
                self._write(f"{text}\n")
                self._due = self._now() + SECONDS_BETWEEN_LINES

    def say(self, text: str) -> None:
        """Write a line that stays."""
        self.clear()
        with self._lock:
            self._write(f"{text}\n")

    def clear(self) -> None:
        """Make room for others' output on the terminal."""
        with self._lock:
            if self._rewrites:
                self._write("\r\033[K")

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
