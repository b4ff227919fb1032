"""One thing that was looked at, and how it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

OK: Final = "ok"
NOT_OK: Final = "not ok"
UNKNOWN: Final = "unknown"


@dataclass(frozen=True)
class Check:
    """Its state is one of the three; `advice` says what to do where it is not well."""

    name: str
    state: str
    detail: str
    advice: str = ""

    def __str__(self) -> str:
        """One line."""
        return f"{self.name:<10} {self.state:<8} {self.detail} {self.advice}".rstrip()
