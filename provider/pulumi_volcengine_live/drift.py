"""How a preset that the service lists differs from what the state or the program has of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .fields import FIELDS, FIXED
from .preset import Preset


def differing_fields(preset: Preset, declared: Mapping[str, Any]) -> list[str]:
    """The compared fields in which a listed preset differs; a value that is not declared or listed never differs."""
    listed = {field.name: getattr(preset, field.name) for field in FIELDS if field.compared}
    return [name for name, value in listed.items() if value not in ("", None, declared.get(name, value))]


def is_another(preset: Preset, stored: Mapping[str, Any]) -> bool:
    """Whether a listed preset is not the one that was stored: its name differs, or a value that no call changes."""
    return has_other_name(preset, stored) or not {*FIXED}.isdisjoint(differing_fields(preset, stored))


def has_other_name(preset: Preset, stored: Mapping[str, Any]) -> bool:
    """Whether a listed preset has another name than the stored one.

    The service gives names, and no call changes them, so this is another preset with the same id.
    """
    names = (preset.preset_name, stored.get("preset_name"))
    return all(names) and names[0] != names[1]
