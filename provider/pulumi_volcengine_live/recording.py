"""A recording preset: what records the streams that a recording time shift plays."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RecordingPreset:
    """A recording preset that the service lists (doc 1126858): of a vhost, of an app, or of a stream."""

    vhost: str
    app: str
    """Empty: every app of the vhost."""
    stream: str
    """Empty: every stream of the app."""
    storage: str
    """`tos` or `vod`."""
    formats: frozenset[str]
    """The formats that it records: `hls`, `flv`, `mp4`."""

    @property
    def level(self) -> str:
        """What it is for: a whole `vhost`, a whole `app`, or one `stream`."""
        return "stream" if self.stream else "app" if self.app else "vhost"
