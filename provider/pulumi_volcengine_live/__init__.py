"""Time-shift presets of Volcengine Live as a Pulumi resource."""

__version__ = "0.1.0"

from .errors import (
    AccessError,
    ConflictError,
    InvalidRequestError,
    LiveError,
    NotFoundError,
    OutcomeUnknownError,
    SettingsError,
    ThrottledError,
    UnreachableError,
    UntrustedError,
)
from .preset import MaxShiftTime, TimeShiftType
from .provider import TimeShiftPresetProvider as TimeShiftPresetProvider  # stored in states by this name
from .resource import Provider, TimeShiftPreset, TimeShiftPresetArgs

__all__ = [
    "AccessError",
    "ConflictError",
    "InvalidRequestError",
    "LiveError",
    "MaxShiftTime",
    "NotFoundError",
    "OutcomeUnknownError",
    "Provider",
    "SettingsError",
    "ThrottledError",
    "TimeShiftPreset",
    "TimeShiftPresetArgs",
    "TimeShiftType",
    "UnreachableError",
    "UntrustedError",
]
