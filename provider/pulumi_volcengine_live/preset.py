"""Time-shift presets as values: their identity, their fields, and the numbers that have names."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class MaxShiftTime(IntEnum):
    """How far back viewers can rewind, in seconds. The service accepts these four values only (doc 1126880)."""

    DAYS_1 = 86400
    DAYS_3 = 259200
    DAYS_7 = 604800
    DAYS_15 = 1296000


class TimeShiftType(IntEnum):
    """What a preset plays back (doc 1126880).

    RECORDING plays what another preset, a recording preset, records: one of the same app, or, for a stream's preset, of
    the same stream. It must exist, and the service enables RECORDING only after the vendor approves a support ticket.
    INDEPENDENT records by itself and is enabled at once.
    """

    RECORDING = 0
    INDEPENDENT = 1


INDEPENDENT_STORAGE = "fcdn-tos"
"""The storage of every independent preset, and of no other."""


@dataclass(frozen=True, order=True)
class Identity:
    """Identifies one preset: a vhost, an app, and a stream, or no stream for every stream of the app."""

    vhost: str
    app: str
    stream: str = ""

    @classmethod
    def parse(cls, id_: str) -> Identity:
        """Read an id, `vhost/app` or `vhost/app/stream`; the vhost becomes lower case. ValueError if it is no id."""
        parts = id_.split("/")
        if len(parts) not in (2, 3) or not all(parts) or not id_.isprintable():
            message = f"{id_!r} is not the id of a time-shift preset: an id is vhost/app or vhost/app/stream."
            raise ValueError(message)
        return cls(parts[0].lower(), *parts[1:])

    def __str__(self) -> str:
        """The id of the resource in Pulumi."""
        return "/".join(filter(None, (self.vhost, self.app, self.stream)))

    def is_in_app_of(self, other: Identity) -> bool:
        """Whether both presets are of the same vhost and app."""
        return self.vhost_and_app == other.vhost_and_app

    @property
    def vhost_and_app(self) -> tuple[str, str]:
        """The vhost and the app. A delete that names one of their presets may remove others of them."""
        return self.vhost, self.app


@dataclass(frozen=True)
class Preset:
    """A preset as a program declares it, or, with the fields that the service fills in, as the service lists it."""

    identity: Identity
    max_shift_time: int
    pull_domain: str
    """Empty if the service lists none; whether it always lists one is not known."""
    time_shift_type: int | None
    """None if the service lists a kind of storage that is not known to be of either type."""
    preset_name: str | None = None
    enabled: bool | None = None
    storage: str | None = None
    bucket: str | None = None
    vod_namespace: str | None = None

    def __str__(self) -> str:
        """The id, and all values that are needed to create it again."""
        return (
            f"{self.identity} (max_shift_time {self.max_shift_time}, pull_domain {self.pull_domain or 'not listed'},"
            f" time_shift_type {'not known' if self.time_shift_type is None else int(self.time_shift_type)})"
        )
