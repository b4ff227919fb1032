"""One process at a time in a folder. Standard library only."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from status_line import StatusLine


@contextlib.contextmanager
def only_one(folder: Path, status: StatusLine) -> Iterator[int]:
    """Hold the folder's lock, an open file.

    Processes that inherit it hold it too: if the set-up is killed, the next one waits until Go's processes end.
    """
    with opened(folder) as lock:
        began = time.monotonic()
        while not try_lock(lock):
            status.show(f"set-up: waiting for another set-up in {folder}, {time.monotonic() - began:.0f} s")
            time.sleep(1)
        yield lock


@contextlib.contextmanager
def opened(folder: Path) -> Iterator[int]:
    """The folder as an open file, for `try_lock`."""
    lock = os.open(folder, os.O_RDONLY)
    try:
        yield lock
    finally:
        os.close(lock)


def try_lock(lock: int) -> bool:
    """Whether the lock could be had at once."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
