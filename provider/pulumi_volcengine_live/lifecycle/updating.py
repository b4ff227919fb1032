"""How a preset is changed in place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_volcengine_live.api.pacing import Retries
from pulumi_volcengine_live.preset import Identity

from .snapshots import Snapshots

if TYPE_CHECKING:
    from pulumi_volcengine_live.api.client import Client


def set_max_shift_time(
    client: Client, snapshots: Snapshots, identity: Identity, max_shift_time: int, retries: Retries
) -> None:
    """Change the one field that can be changed in place; doing so twice does no harm."""
    retries.call(lambda: client.update(identity, max_shift_time, retries.deadline))
    snapshots.note_write(identity)
