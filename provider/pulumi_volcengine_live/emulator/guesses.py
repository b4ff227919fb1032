"""What is not known of the service, as switches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass
class Guesses:
    """The answer that is assumed to each open question; each can be changed at any time."""

    delete_removes: Literal["stream", "app-level", "app"] = "stream"
    """What a delete removes: the preset that it names, only the preset of the whole app, or all presets of the app."""
    create_existing: Literal["refuse", "overwrite"] = "refuse"
    """Whether a create of an existing preset is refused or overwrites it."""
    listing_lag: float = 0.0
    """How many seconds pass before a listing shows a change."""
    empty_list: Literal["array", "null"] = "array"
    """How an empty list is written."""
    recording: Literal["tos", "vod", "none"] = "tos"
    """Where the recording preset of a vhost stores if none was added; `none`: the vhost has no recording preset."""
    recording_level: Literal["any", "own"] = "any"
    """Which recording preset a recording time shift follows: the most specific one of any level, or only one of its
    own level, app or stream."""
    foreign_vhost: Literal["not-allowed", "forbidden", "empty"] = "not-allowed"
    """What a listing answers for another account's vhost: AccountIDNotAllow, RequestForbidden, or no items."""
    limited_keys: Literal["visible", "nothing", "refused"] = "visible"
    """What a listing without a vhost answers to keys that are limited to projects: what they may see, nothing, or
    AccessDenied."""
