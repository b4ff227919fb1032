"""How long one operation may take, and how it waits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

OPERATION_SECONDS: Final = 180.0
"""How long one operation may take, counted from Pulumi's call, unless the resource sets `custom_timeouts`."""
SHORTEST_CALL_SECONDS: Final = 1.0
"""With less time than this no call is sent: its answer could come too late, and nobody would know what a write did."""
MORE_TIME_ADVICE: Final = "Run the command again, or give the resource more time with custom_timeouts."
LONGEST_SLEEP: Final = 0.25
"""No wait sleeps longer at a time, so that a process that is asked to end does so at once."""


class Clock(Protocol):
    """A steady clock that can be waited for; the module `time` is one."""

    def monotonic(self) -> float:
        """Seconds since some moment in the past."""

    def sleep(self, seconds: float, /) -> None:
        """Wait."""


def sleep_until(clock: Clock, moment: float) -> None:
    """Wait, in steps of LONGEST_SLEEP."""
    while (left := moment - clock.monotonic()) > 0:
        clock.sleep(min(left, LONGEST_SLEEP))


@dataclass(frozen=True)
class Deadline:
    """The moment at which an operation must end. Every wait of the operation counts."""

    clock: Clock
    moment: float

    @classmethod
    def after(cls, clock: Clock, seconds: float) -> Deadline:
        """The deadline that is so many seconds away."""
        return cls(clock, clock.monotonic() + seconds)

    def within(self, seconds: float) -> Deadline:
        """The deadline of a part of the operation: after so many seconds, but no later than this one."""
        return Deadline(self.clock, min(self.moment, self.clock.monotonic() + seconds))

    def left(self) -> float:
        """The seconds that are left, 0 if none are."""
        return max(0.0, self.moment - self.clock.monotonic())

    @property
    def last_call(self) -> float:
        """The moment after which no call is sent any more."""
        return self.moment - SHORTEST_CALL_SECONDS
