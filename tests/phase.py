"""One phase (preview, update, refresh or destroy), as tests drive it."""

from __future__ import annotations

from pulumi_volcengine_live.lifecycle.operations import AccountPresets
from pulumi_volcengine_live.preset import Identity, Preset


class Phase:
    """A lifecycle whose operations start when called, each with a deadline of its own: the default, or `seconds`."""

    def __init__(self, lifecycle: AccountPresets, seconds: float = 0) -> None:
        self.lifecycle = lifecycle
        self._seconds = seconds

    def create(self, wanted: Preset, *, adopt: bool) -> Preset:
        return self.lifecycle.create(wanted, self.lifecycle.deadline(self._seconds), adopt=adopt)

    def read(self, identity: Identity) -> Preset | None:
        return self.lifecycle.listed_or_gone(identity, self.lifecycle.deadline(self._seconds))

    def update(self, identity: Identity, max_shift_time: int) -> None:
        wanted = Preset(identity, max_shift_time, "pull.example.com", 1)
        self.lifecycle.update_or_create(wanted, self.lifecycle.deadline(self._seconds), stored={})

    def delete(self, identity: Identity) -> None:
        self.lifecycle.delete(identity, self.lifecycle.deadline(self._seconds))
