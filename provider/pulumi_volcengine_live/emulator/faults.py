"""What can go wrong with a call, on demand."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Literal

from .checked import UnfitError
from .rules import FIELDS

Kind = Literal["answer", "reset", "hang", "cut", "drip"]
When = Literal["instead", "before", "after"]
_ANSWERS = range(200, 600)


@dataclass
class Fault:
    """One kind of failure, for the next calls of one action.

    `action`: one of the four, or `*` for any.
    `when`: `instead` of the effect, which never comes; `after` the effect; or `before` it, which then comes late, when
    the client has seen the failure already.
    `kind`: an `answer` with `status` and either the error `code` in the envelope or, without a code, `body` as it is;
    a connection `reset`; a `hang` of `seconds`; an answer that is `cut` in the middle; or one that comes as a slow
    `drip`, a byte each `seconds`. What is cut or drips is the true answer where the effect came first, else one
    without a Result.
    """

    action: str
    kind: Kind = "answer"
    when: When = "instead"
    times: int = 1
    skip: int = 0
    """How many calls pass before it strikes."""
    status: int = 500
    code: str = ""
    body: str = ""
    content_type: str = "text/html"
    location: str = ""
    seconds: float = 60.0

    def __post_init__(self) -> None:
        """Refuse an action that never comes and a status that is none."""
        if self.action not in ("*", *FIELDS):
            raise UnfitError(self.action, "action", f"* or one of {', '.join(FIELDS)}")
        if self.status not in _ANSWERS:
            raise UnfitError(self.status, "status", "200 to 599")


class Faults:
    """The faults that wait for their calls; safe for threads."""

    def __init__(self) -> None:
        """Have none."""
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Let it strike when its turn comes, after those added before."""
        with self._lock:
            self._waiting.append(fault)

    def clear(self) -> None:
        """Let nothing strike any more."""
        with self._lock:
            self._waiting.clear()

    def next(self, action: str) -> Fault | None:
        """The fault that strikes this call."""
        with self._lock:
            for fault in self._waiting:
                if fault.action not in (action, "*") or fault.times <= 0:
                    continue
                if fault.skip > 0:
                    fault.skip -= 1
                    return None
                fault.times -= 1
                return fault
            return None
