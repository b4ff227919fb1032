"""What it means that no thread can be started."""

from __future__ import annotations

from typing import Final

NO_THREAD_ADVICE: Final = "Stop other programs, or run `pulumi` with a smaller --parallel."


def no_thread_left(error: Exception) -> bool:
    """Whether this error of starting a thread means that the machine has none left.

    While the interpreter is ending, starting a thread fails too, and the error's text alone tells the two apart.
    """
    return isinstance(error, RuntimeError) and "shutdown" not in str(error)
