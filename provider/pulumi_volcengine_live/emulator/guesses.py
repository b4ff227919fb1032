"""What nobody outside knows of the service, as switches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass
class Guesses:
    """The readings chosen now; each can be changed at any time."""

    delete_removes: Literal["stream", "app-level", "app"] = "stream"
    """What a delete removes: the one that is named, the app's own preset whatever is named, or all of the app."""
    create_existing: Literal["refuse", "overwrite"] = "refuse"
    """Whether a create of what exists already is refused or overwrites it."""
    listing_lag: float = 0.0
    """How many seconds pass before a listing shows a write."""
    empty_list: Literal["array", "null"] = "array"
    """How an empty list is written."""
    recording: Literal["tos", "vod", "none"] = "tos"
    """Where the recording preset of a vhost stores for which none was put in; none: it has no recording preset."""
    recording_level: Literal["any", "own"] = "any"
    """Which recording preset a recording time shift follows: the most specific one of any level, or only one of its
    own level, app or stream."""
    foreign_vhost: Literal["not-allowed", "forbidden", "empty"] = "not-allowed"
    """What a listing answers for another account's vhost: AccountIDNotAllow, RequestForbidden, or no items."""
    limited_keys: Literal["visible", "nothing", "refused"] = "visible"
    """What a listing without a vhost answers to keys that are limited to projects: what they may see, nothing, or
    AccessDenied."""
