"""The results of the doctor's checks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pulumi_volcengine_live.api.texts import cleaned

OK: Final = "ok"
NOT_OK: Final = "not ok"
UNKNOWN: Final = "unknown"


@dataclass(frozen=True)
class Check:
    """The result of one check. `state` is OK, NOT_OK or UNKNOWN; `advice` says what to do unless it is OK."""

    name: str
    state: str
    detail: str
    advice: str = ""

    def __str__(self) -> str:
        """One line, whatever characters a service or a command put into the texts."""
        return f"{self.name:<10} {self.state:<8} {cleaned(self.detail)} {cleaned(self.advice)}".rstrip()
