"""Failures of calls, on demand."""

from __future__ import annotations

import threading
import zlib
from dataclasses import dataclass
from typing import Literal

from .json_objects import InvalidValueError
from .request_rules import FIELDS

Kind = Literal["answer", "reset", "hang", "cut", "drip", "drip-headers", "endless"]
When = Literal["instead", "before", "after"]
_ANSWERS = range(200, 600)
_GZIP = zlib.MAX_WBITS | 16


@dataclass
class Fault:
    """One kind of failure, for the next calls of one action."""

    action: str
    """The name of an action, or `*` for any."""
    kind: Kind = "answer"
    """`answer`: an answer with `status` and the error `code` in the envelope, or, without a code, `body` as it is.
    `reset`: the connection is reset. `hang`: nothing is answered for `seconds`. `cut`: the answer breaks off in the
    middle. `drip`: its body comes byte by byte, one each `seconds`; `drip-headers`: the bytes of a header do, without
    end. `endless`: the body never ends. With `cut` and `drip` the answer is the real one if `when` is `after`, else a
    success without a Result."""
    when: When = "instead"
    """`instead` of the effect, which never comes; `after` the effect; or `before` it: the client sees the failure, and
    the call is carried out afterwards."""
    times: int = 1
    """How many calls it strikes."""
    skip: int = 0
    """How many calls pass before it strikes."""
    status: int = 500
    """Of the kinds `answer`, `drip-headers` and `endless`."""
    code: str = ""
    """Of `answer`: the error's code."""
    body: str = ""
    """Of `answer`: the body as it is; with a `code`, the error's message."""
    repeat: int = 1
    """How often `body` is sent, one after the other: a large body from a short text."""
    encoding: str = ""
    """The Content-Encoding of `body`; with `gzip` it is compressed."""
    content_type: str = "text/html"
    """The Content-Type of `body`."""
    location: str = ""
    """The Location that is sent with `body`."""
    seconds: float = 60.0
    """Of `hang`: how long; of `drip` and `drip-headers`: the time before each byte."""

    def __post_init__(self) -> None:
        """Refuse an action that does not exist, and a number that is not an HTTP status."""
        if self.action not in ("*", *FIELDS):
            raise InvalidValueError(self.action, "action", f"* or one of {', '.join(FIELDS)}")
        if self.status not in _ANSWERS:
            raise InvalidValueError(self.status, "status", "200 to 599")

    @property
    def content(self) -> bytes:
        """The bytes of `body`, as often as `repeat` says and compressed as `encoding` says."""
        body = self.body.encode()
        if self.encoding != "gzip":
            return body * self.repeat
        gzip = zlib.compressobj(wbits=_GZIP)
        return b"".join(gzip.compress(body) for _ in range(self.repeat)) + gzip.flush()


class Faults:
    """The faults that wait for their calls; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Let a fault strike when its turn comes, after those added before. It is counted down: add it once."""
        with self._lock:
            self._waiting.append(fault)

    def clear(self) -> None:
        """Remove every fault."""
        with self._lock:
            self._waiting.clear()

    def next(self, action: str) -> Fault | None:
        """The fault that strikes this call."""
        with self._lock:
            for fault in self._waiting:
                if fault.action not in (action, "*") or fault.times <= 0:
                    continue
                if fault.skip > 0:
                    # A skipped call is spared by the later faults too.
                    fault.skip -= 1
                    return None
                fault.times -= 1
                return fault
            return None
