"""What one operation took, and as a row of the table."""

from __future__ import annotations

from dataclasses import dataclass

CHANGING = ("up", "change all", "destroy")
HEAD = """\
| operation | presets | who | calls (Create, Update, Delete, List) | throttled | s | floor, s | ratio | plugin, MiB |
| --- | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |
"""


@dataclass
class Row:
    """One operation of one subject on so many presets."""

    operation: str
    size: int
    who: str
    calls: list[int]
    throttled: int
    seconds: float
    plugin_mib: float

    @property
    def floor(self) -> float | None:
        """The seconds that the service's limit asks for, where each preset is one changing call."""
        return self.size / 10 if self.operation in CHANGING else None

    def __str__(self) -> str:
        """A row of the table."""
        floor = self.floor
        shown_floor, ratio = ("", "") if floor is None else (f"{floor:.1f}", f"{self.seconds / floor:.2f}")
        memory = f"{self.plugin_mib:.0f}" if self.plugin_mib else ""
        calls = ", ".join(map(str, self.calls))
        cells = (self.operation, self.size, self.who, calls, self.throttled, f"{self.seconds:.1f}", shown_floor, ratio)
        return f"| {' | '.join(map(str, cells))} | {memory} |\n"
