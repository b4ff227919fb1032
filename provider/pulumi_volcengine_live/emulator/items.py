"""What an account has: time-shift presets, domains and recording presets, and what its keys may do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Key = tuple[str, str, str]


@dataclass(frozen=True)
class Preset:
    """A time-shift preset in the words of the service's listing."""

    Vhost: str
    App: str
    Stream: str
    MaxShiftTime: int
    Domain: str
    Name: str
    Status: int
    Type: str
    Bucket: str = ""
    VODNamespace: str = ""

    @property
    def key(self) -> Key:
        """Vhost, App and Stream."""
        return self.Vhost, self.App, self.Stream


@dataclass(frozen=True)
class Domain:
    """A domain in the words of the service's listing. PushDomain and CNAME are filled in if they are empty."""

    Domain: str
    Vhost: str
    Type: Literal["push", "pull-flv"] = "pull-flv"
    Status: int = 0
    """0 normal, 1 in review, 2 disabled, 3 deleted, 4 rejected, 5 stopped for arrears, 6 blocked."""
    DomainCheck: int = 0
    """0 normal, 1 being configured but usable, 2 unusable."""
    Region: Literal["cn", "cn-global", "cn-oversea"] = "cn"
    PushDomain: str = ""
    CNAME: str = ""
    CnameCheck: int = 1
    ICPCheck: int = 1
    CertDomain: str = ""
    ChainID: str = ""
    CreateTime: str = "2026-01-02T03:04:05Z"
    ProjectName: str = "default"


@dataclass(frozen=True)
class Recording:
    """A recording preset: of a vhost (no App), of an app (no Stream) or of a stream; it stores in one place."""

    Vhost: str
    App: str = ""
    Stream: str = ""
    Type: Literal["tos", "vod"] = "tos"
    """Where the recordings are stored."""
    Format: Literal["hls", "flv", "mp4"] = "hls"
    Name: str = "recording"
    ID: int = 1
    Bucket: str = "live-time-shift"
    VodNamespace: str = "live"

    @property
    def key(self) -> Key:
        """Vhost, App and Stream."""
        return self.Vhost, self.App, self.Stream


@dataclass(frozen=True)
class Access:
    """What an account's keys may do."""

    vhosts: Sequence[str] | None = None
    """The vhosts of the projects that the keys are limited to; None: no limit."""
    denied: Sequence[str] = ()
    """The actions that the keys may not call."""
    unlisted: Sequence[str] = ()
    """The values of `Type` for which listings of presets answer RequestForbidden."""
