"""How a preset is changed in place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_volcengine_live.api.retries import Retries
from pulumi_volcengine_live.preset import Identity

from .snapshots import Snapshots

if TYPE_CHECKING:
    from pulumi_volcengine_live.api.client import Client


def set_max_shift_time(
    client: Client, snapshots: Snapshots, identity: Identity, max_shift_time: int, retries: Retries
) -> None:
    """Set max_shift_time, the one field that can be changed in place. A second call changes nothing more."""
    retries.call(lambda: client.update(identity, max_shift_time, retries.deadline))
    # A failed attempt needs no note, even one that took effect: it changed neither which presets exist nor FIXED.
    snapshots.note_write(identity)
