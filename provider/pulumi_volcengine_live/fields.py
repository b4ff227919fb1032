"""The inputs of a preset: one table of what each may be, and what a change of it does."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from .preset import MaxShiftTime, TimeShiftType

_HOST_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST_NAME = re.compile(rf"{_HOST_LABEL}(?:\.{_HOST_LABEL})*")
_HOST_NAME_LENGTH = 253
_NAME = r"[A-Za-z0-9_.-]"
_SHOWN_LENGTH = 80

Rule = Callable[[Any], Any]


def _host_name(value: Any) -> str:
    if isinstance(value, str) and len(value) <= _HOST_NAME_LENGTH and _HOST_NAME.fullmatch(value):
        return value.lower()
    message = (
        "a host name: 1 to 253 characters, labels of 1 to 63 letters, digits and inner hyphens, joined by dots,"
        " without scheme, port or path"
    )
    raise ValueError(message)


def _name(longest: int) -> Rule:
    pattern = re.compile(f"{_NAME}{{1,{longest}}}")

    def rule(value: Any) -> str:
        if isinstance(value, str) and pattern.fullmatch(value):
            return value
        message = f"1 to {longest} of the characters A-Z a-z 0-9 _ . -"
        raise ValueError(message)

    return rule


def _one_of(allowed: type[MaxShiftTime | TimeShiftType]) -> Rule:
    meanings = ", ".join(f"{member.value} ({member.name})" for member in allowed)

    def rule(value: Any) -> int:
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


@dataclass(frozen=True)
class Input:
    """What an input may be, whether a change of it replaces the preset, and what stands for it when it is left out."""

    rule: Rule
    replaces: bool
    required: bool = False
    default: Any = None


INPUTS: Mapping[str, Input] = {
    "vhost": Input(_host_name, replaces=True, required=True),
    "app": Input(_name(30), replaces=True, required=True),
    "stream": Input(_name(100), replaces=True),
    "max_shift_time": Input(_one_of(MaxShiftTime), replaces=False, required=True),
    "pull_domain": Input(_host_name, replaces=True, required=True),
    "time_shift_type": Input(_one_of(TimeShiftType), replaces=True, default=int(TimeShiftType.RECORDING)),
    "adopt": Input(_boolean, replaces=False),
}


COMPUTED: Final = ("preset_name", "enabled", "storage", "bucket", "vod_namespace")
"""The outputs that the service fills in."""


def cleaned(name: str, value: Any) -> Any:
    """The value as it is stored and sent; ValueError says what is allowed instead."""
    given = INPUTS[name]
    if value is None and not given.required:
        return given.default
    try:
        return given.rule(value)
    except ValueError as error:
        shown = "nothing" if value is None else _shown(value)
        message = f"{name} is {shown}, but must be {error}"
        raise ValueError(message) from None


def _shown(value: Any) -> str:
    plain = int(value) if isinstance(value, float) and value.is_integer() else value
    text = repr(plain)
    return text if len(text) <= _SHOWN_LENGTH else f"{text[:_SHOWN_LENGTH]}... ({len(text)} characters)"
