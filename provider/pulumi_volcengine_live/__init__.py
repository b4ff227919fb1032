"""Time-shift presets of Volcengine Live as a Pulumi resource.

"doc N" in this package is the vendor's page https://www.volcengine.com/docs/6469/N.
"""

__version__ = "0.2.0"

from .domain import Domain
from .engine.provider import TimeShiftPresetProvider as TimeShiftPresetProvider  # states name it so; not for programs
from .errors import (
    AccessError,
    ConflictError,
    InvalidRequestError,
    LiveError,
    NotFoundError,
    OutcomeUnknownError,
    SettingsError,
    ThrottledError,
    UnexpectedAnswerError,
    UnprovenAbsenceError,
    UnreachableError,
    UnreadablePresetError,
    UntrustedError,
)
from .lookups import (
    ExistingPreset,
    get_domains,
    get_domains_output,
    get_time_shift_presets,
    get_time_shift_presets_output,
)
from .preset import MaxShiftTime, TimeShiftType
from .resource import Provider, TimeShiftPreset, TimeShiftPresetArgs

__all__ = [
    "AccessError",
    "ConflictError",
    "Domain",
    "ExistingPreset",
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
    "UnexpectedAnswerError",
    "UnprovenAbsenceError",
    "UnreachableError",
    "UnreadablePresetError",
    "UntrustedError",
    "get_domains",
    "get_domains_output",
    "get_time_shift_presets",
    "get_time_shift_presets_output",
]
