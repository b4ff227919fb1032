"""The properties of a preset, each declared once: what it may be, the API's names for it, what a change of it does."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from .domain import HOST_LABEL
from .preset import MaxShiftTime, TimeShiftType

_HOST_NAME = re.compile(rf"{HOST_LABEL}(?:\.{HOST_LABEL})*")
"""Unlike an endpoint's, the last label may be all digits: nothing connects to these names."""
_HOST_NAME_LENGTH = 253
_NAME_CHARACTER = r"[A-Za-z0-9_.-]"
_SHOWN_LENGTH = 80

Rule = Callable[[Any], Any]
"""Returns the value as it is stored; a ValueError whose text completes "... but must be" if it is not allowed."""


def _host_name(value: Any) -> str:
    if isinstance(value, str) and len(value) <= _HOST_NAME_LENGTH and _HOST_NAME.fullmatch(value):
        return value.lower()
    message = (
        "a host name: 1 to 253 characters, labels of 1 to 63 letters, digits and inner hyphens, joined by dots,"
        " without scheme, port or path"
    )
    raise ValueError(message)


def _name_rule(longest: int) -> Rule:
    pattern = re.compile(f"{_NAME_CHARACTER}{{1,{longest}}}")

    def rule(value: Any) -> str:
        if isinstance(value, str) and pattern.fullmatch(value):
            return value
        message = f"1 to {longest} of the characters A-Z a-z 0-9 _ . -"
        raise ValueError(message)

    return rule


def _one_of(allowed: type[MaxShiftTime | TimeShiftType]) -> Rule:
    meanings = ", ".join(f"{member.value} ({member.name})" for member in allowed)

    def rule(value: Any) -> int:
        # Pulumi passes whole numbers as floats.
        if isinstance(value, int | float) and not isinstance(value, bool) and value in list(allowed):
            return int(value)
        message = f"one of the numbers {meanings}"
        raise ValueError(message)

    return rule


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    message = "True or False"
    raise ValueError(message)


class Change(Enum):
    """What a change of an input does to the preset."""

    REPLACES = "replaces"
    """No call of the service changes it, so the preset is deleted and created."""
    UPDATES = "updates"
    """One call changes it in place."""
    NOTHING = "nothing"
    """The service does not know it."""


@dataclass(frozen=True)
class Field:
    """One property of a time-shift preset."""

    name: str
    """Its name in programs and states; Preset and ExistingPreset have an attribute of this name."""
    name_in_create: str = ""
    """The API's name for it in a create call."""
    name_in_listing: str = ""
    """The API's name for it in a listed item."""
    python_type: type[str | int | bool] = str
    rule: Rule | None = None
    """What the input may be. A field without a rule is an output that the service fills in."""
    required: bool = False
    default: Any = None
    change: Change = Change.NOTHING
    compared: bool = False
    """Whether a listed value that differs is drift. If a change of it replaces, adoption needs it to be equal."""
    column: str = ""
    """Its heading in `volcengine-live list`, if it has a column."""

    @property
    def replaces(self) -> bool:
        """Whether a change of it replaces the preset."""
        return self.change is Change.REPLACES


FIELDS: Final = (
    Field("vhost", "Vhost", "Vhost", rule=_host_name, required=True, change=Change.REPLACES),
    Field("app", "App", "App", rule=_name_rule(30), required=True, change=Change.REPLACES),
    Field("stream", "Stream", "Stream", rule=_name_rule(100), change=Change.REPLACES),
    Field(
        "max_shift_time",
        "MaxShiftTime",
        "MaxShiftTime",
        int,
        rule=_one_of(MaxShiftTime),
        required=True,
        change=Change.UPDATES,
        compared=True,
        column="MAX SHIFT",
    ),
    Field(
        "pull_domain",
        "PullDomain",
        "Domain",
        rule=_host_name,
        required=True,
        change=Change.REPLACES,
        compared=True,
        column="PULL DOMAIN",
    ),
    Field(
        "time_shift_type",
        "TimeShiftType",  # a listed item has none: it follows from the storage
        python_type=int,
        rule=_one_of(TimeShiftType),
        default=int(TimeShiftType.RECORDING),
        change=Change.REPLACES,
        compared=True,
        column="TYPE",
    ),
    Field("adopt", python_type=bool, rule=_boolean),
    Field("preset_name", name_in_listing="Name", column="NAME"),
    Field("enabled", name_in_listing="Status", python_type=bool, column="ENABLED"),
    Field("storage", name_in_listing="Type", column="STORAGE"),
    Field("bucket", name_in_listing="Bucket"),
    Field("vod_namespace", name_in_listing="VODNamespace"),
)
"""Every property, once. In the order of the columns of `volcengine-live list`."""

INPUTS: Final[Mapping[str, Field]] = {field.name: field for field in FIELDS if field.rule is not None}
COMPUTED: Final[Mapping[str, Field]] = {field.name: field for field in FIELDS if field.rule is None}
"""The outputs that the service fills in."""
FIXED: Final = tuple(field.name for field in FIELDS if field.compared and field.replaces)
"""The fields in which an adopted preset must equal what the program declares, since no call changes them."""


def validated(name: str, value: Any) -> Any:
    """The value as it is stored and sent; ValueError says what is allowed instead."""
    field = INPUTS[name]
    if value is None and not field.required:
        return field.default
    assert field.rule is not None  # noqa: S101 - for the type checker
    try:
        return field.rule(value)
    except ValueError as error:
        found = "not set" if value is None else _shown(value)
        message = f"{name} is {found}, but must be {error}"
        raise ValueError(message) from None


def _shown(value: Any) -> str:
    plain = int(value) if isinstance(value, float) and value.is_integer() else value
    text = repr(plain)
    return text if len(text) <= _SHOWN_LENGTH else f"{text[:_SHOWN_LENGTH]}... ({len(text)} characters)"
