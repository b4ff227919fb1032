"""What is not known of the service, as switches."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal


def _guess(default: str | float, text: str) -> Any:
    """A field with the text that the command's `--help` shows."""
    return field(default=default, metadata={"help": text})


@dataclass
class Guesses:
    """The assumed answer to each open question; each can be changed at any time."""

    delete_removes: Literal["stream", "app-level", "app"] = _guess(
        "stream",
        "what a delete removes: the preset that it names, only the preset of the whole app, or all presets of the app",
    )
    create_existing: Literal["refuse", "overwrite"] = _guess(
        "refuse", "whether a create of an existing preset is refused or overwrites it"
    )
    listing_lag: float = _guess(0.0, "how many seconds pass before a listing shows a change")
    empty_list: Literal["array", "null"] = _guess("array", "how an empty list is written")
    recording: Literal["tos", "vod", "none"] = _guess(
        "tos", "where a vhost without an added recording preset records; none: the vhost has no recording preset"
    )
    recording_level: Literal["any", "own"] = _guess(
        "any",
        "which recording preset a recording time shift follows: the most specific one of any level, or only one of its "
        "own level, app or stream",
    )
    foreign_vhost: Literal["not-allowed", "forbidden", "empty"] = _guess(
        "not-allowed",
        "what a listing answers for another account's vhost: AccountIDNotAllow, RequestForbidden, or no items",
    )
    limited_keys: Literal["visible", "nothing", "refused"] = _guess(
        "visible",
        "what a listing without a vhost answers to keys that are limited to projects: their vhosts, nothing, or "
        "AccessDenied",
    )
