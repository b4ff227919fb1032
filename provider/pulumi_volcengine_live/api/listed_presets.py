"""Reads the answers to ListTimeShiftPresetV2.

An item that cannot be read does not make the listing fail: it counts only where it may be the preset in question.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pulumi_volcengine_live.api.texts import is_clean, optional_text
from pulumi_volcengine_live.errors import NotFoundError
from pulumi_volcengine_live.fields import COMPUTED, Field
from pulumi_volcengine_live.preset import INDEPENDENT_STORAGE, Identity, Preset, TimeShiftType

_ENABLED: Final = 1
_TYPES: Final = {
    INDEPENDENT_STORAGE: TimeShiftType.INDEPENDENT,
    "tos": TimeShiftType.RECORDING,
    "vod": TimeShiftType.RECORDING,
}
"""An item has no TimeShiftType: it follows from the storage (docs 1126880 and 1126883). For a storage that these pages
do not name the type is None: a guess could count as drift of time_shift_type, and so replace the preset."""
STORAGES_BY_TYPE: Final[Mapping[str, frozenset[str]]] = {
    "tos": frozenset({"tos", INDEPENDENT_STORAGE}),
    "vod": frozenset({"vod"}),
}
"""A List call names one `Type`. Its listing contains the presets of these storages (doc 1126883)."""
_LARGEST_NUMBER: Final = 2**53
"""Pulumi's states hold numbers as floats, which are exact up to here."""
_SHOWN_LENGTH: Final = 80


@dataclass(frozen=True)
class UnreadableItem:
    """An item that is no readable preset. A part of its identity that cannot be read is None, and may be any value."""

    vhost: str | None
    app: str | None
    stream: str | None
    problem: str
    """Which item and which field, and what is wrong with it."""

    def may_be(self, identity: Identity) -> bool:
        """Whether this item may be the preset of that identity."""
        return self.may_be_in_app_of(identity) and self.stream in (None, identity.stream)

    def may_be_in_app_of(self, identity: Identity) -> bool:
        """Whether this item may be a preset of the same vhost and app."""
        return self.vhost in (None, identity.vhost) and self.app in (None, identity.app)


@dataclass(frozen=True)
class ListedPresets:
    """What a listing contains."""

    presets: tuple[Preset, ...]
    unreadable: tuple[UnreadableItem, ...] = ()
    refused: Mapping[str, NotFoundError] = field(default_factory=dict)
    """The refusals by the `Type` of the call, if the service refused one listing and answered the other."""


class _UnreadableFieldError(Exception):
    """Names the field and what is wrong with it."""


def read_items(action: str, items: Iterable[Any]) -> ListedPresets:
    """Read each item on its own."""
    read = [_read(action, item) for item in items]
    return ListedPresets(
        tuple(item for item in read if isinstance(item, Preset)),
        tuple(item for item in read if isinstance(item, UnreadableItem)),
    )


def _read(action: str, item: Any) -> Preset | UnreadableItem:
    if not isinstance(item, dict):
        return UnreadableItem(None, None, None, f"an item of {action} is {_shown(item)}, but must be an object.")
    try:
        return _preset(item)
    except _UnreadableFieldError as error:
        parts = {name: _part(item, name) for name in ("Vhost", "App", "Stream")}
        known = (
            ", ".join(f"{name} {_cut(value)}" for name, value in parts.items() if value) or "without a readable name"
        )
        problem = f"an item of {action} ({known}) cannot be read: {error}."
        return UnreadableItem(parts["Vhost"], parts["App"], parts["Stream"], problem)


def _preset(item: Mapping[str, Any]) -> Preset:
    """Values outside today's rules are kept: the service may hold items that it would refuse today."""
    storage = _name(item, "Type").lower()
    return Preset(
        identity=Identity(_name(item, "Vhost").lower(), _name(item, "App"), _stream(item)),
        max_shift_time=_number(item, "MaxShiftTime"),
        pull_domain=(optional_text(item.get("Domain")) or "").lower(),
        time_shift_type=_TYPES.get(storage),
        **{field.name: _computed(field, item) for field in COMPUTED.values() if field.name != "storage"},
        storage=storage,
    )


def _computed(field: Field, item: Mapping[str, Any]) -> Any:
    value = item.get(field.name_in_listing)
    return value == _ENABLED if field.python_type is bool else optional_text(value)


def _name(item: Mapping[str, Any], field: str) -> str:
    """A text that names something. A changed name would name something else, so it is refused rather than cleaned."""
    value = item.get(field)
    if isinstance(value, str) and value and is_clean(value):
        return value
    message = f"{field} is {_shown(value)}, but must be a text without control characters"
    raise _UnreadableFieldError(message)


def _stream(item: Mapping[str, Any]) -> str:
    """A preset of a whole app has no Stream, an empty one, or null."""
    return "" if item.get("Stream") in (None, "") else _name(item, "Stream")


def _number(item: Mapping[str, Any], field: str) -> int:
    value = item.get(field)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < _LARGEST_NUMBER:
        return value
    message = f"{field} is {_shown(value)}, but must be a whole number below 2**53"
    raise _UnreadableFieldError(message)


def _part(item: Mapping[str, Any], field: str) -> str | None:
    """A part of the item's identity; None if it cannot be read."""
    try:
        name = _stream(item) if field == "Stream" else _name(item, field)
    except _UnreadableFieldError:
        return None
    return name.lower() if field == "Vhost" else name


def _shown(value: Any) -> str:
    """A wrong value for an error message."""
    if value is None:
        return "missing or null"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, dict):
        return "an object"
    return _cut(ascii(value))


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN_LENGTH else f"{text[:_SHOWN_LENGTH]}..."
