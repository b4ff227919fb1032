"""Reads values from outside into dataclasses; an error names what is unknown, missing or of a wrong type."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

T = TypeVar("T")


class InvalidValueError(ValueError):
    """A value from outside that is not allowed."""

    def __init__(self, value: object, name: str, allowed: str) -> None:
        """`allowed` says what the value may be."""
        super().__init__(f"{name} must be {allowed}, not {value!r}")


def build(kind: type[T], content: Any) -> T:
    """Build the dataclass `kind` from a JSON object; InvalidValueError says which part of it is wrong."""
    if not isinstance(content, dict):
        raise InvalidValueError(content, kind.__name__, "a JSON object")
    fields = dataclasses.fields(kind)  # type: ignore[arg-type]
    hints = get_type_hints(kind)
    for name, value in content.items():
        if name not in hints:
            raise InvalidValueError(name, f"a field of {kind.__name__}", f"one of {', '.join(hints)}")
        _check(name, value, hints[name])
    missing = [field.name for field in fields if field.name not in content and field.default is dataclasses.MISSING]
    if missing:
        raise InvalidValueError(content, kind.__name__, f"an object that also has {', '.join(missing)}")
    return kind(**content)


def _check(name: str, value: Any, hint: Any) -> None:
    if _is_of_texts(hint):
        allowed, fits = "a list of strings", isinstance(value, list) and all(type(each) is str for each in value)
    elif choices := get_args(hint):
        allowed, fits = f"one of {', '.join(choices)}", value in choices
    elif hint is str:
        allowed, fits = "a string", type(value) is str
    elif hint is int:
        allowed, fits = "a whole number from 0", type(value) is int and value >= 0
    else:
        allowed, fits = "a number from 0", type(value) in (int, float) and 0 <= value < math.inf
    if not fits:
        raise InvalidValueError(value, name, allowed)


def _is_of_texts(hint: Any) -> bool:
    """Whether the hint is Sequence[str], or that or None; null itself is refused: leave the field out."""
    return any(get_origin(each) is Sequence for each in (hint, *get_args(hint)))
