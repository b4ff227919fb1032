"""What a delete does while its app has other presets. What the service's delete call removes is not known."""

from __future__ import annotations

import logging
from collections.abc import Collection
from typing import Final

from pulumi_volcengine_live.errors import ConflictError
from pulumi_volcengine_live.lifecycle.listings import Listing
from pulumi_volcengine_live.preset import Identity, Preset
from pulumi_volcengine_live.settings import SHARED_DELETE, SHARED_DELETE_VARIABLE

WAYS_ON: Final = (
    f"Ways on: move or remove the others first; or, where this account's service is known to delete single presets,"
    f" set {SHARED_DELETE} (or, for one run and for `pulumi destroy`, the environment variable"
    f" {SHARED_DELETE_VARIABLE}) to verify; or to accept if the others may go too."
)

_log = logging.getLogger(__package__)


class SharedDelete:
    """The setting of that name: `refuse`, `verify` or `accept`."""

    def __init__(self, mode: str) -> None:
        """Take the setting's value."""
        self._mode = mode

    def would_refuse(self, neighbours: Collection[Preset]) -> bool:
        """Whether a delete beside these presets would be refused."""
        return self._mode == "refuse" and bool(neighbours)

    def guard(self, neighbours: Collection[Preset]) -> None:
        """Refuse a delete beside these presets, or warn, as the setting says."""
        if self.would_refuse(neighbours):
            raise ConflictError(refusal(neighbours), advice=WAYS_ON)
        if neighbours and self._mode == "accept":
            _log.warning("deleting beside other presets of the app, as %s says: %s", SHARED_DELETE, shown(neighbours))

    def tell(self, vanished: Collection[Preset]) -> None:
        """Say with all their values which presets went along with a delete."""
        if not vanished:
            return
        message = f"the service removed other presets of the app along with it: {shown(vanished)}."
        if self._mode == "accept":
            _log.warning("%s Nothing was put back.", message)
            return
        raise ConflictError(
            message,
            effect="It is deleted itself; nothing was put back.",
            advice=f"Make them again where they are missed, and set {SHARED_DELETE} back to refuse: this account's"
            " service does not delete single presets.",
        )


def refusal(neighbours: Collection[Preset]) -> str:
    """Why a delete is refused beside these presets."""
    return (
        "what the service's delete call removes is not known for certain, and the app has other presets that it"
        f" might take along: {shown(neighbours)}."
    )


def neighbours_of(identity: Identity, listing: Listing) -> list[Preset]:
    """The other presets of the app."""
    of_app = (p for p in listing.values() if p.identity.of_app == identity.of_app and p.identity != identity)
    return sorted(of_app, key=lambda preset: preset.identity)


def shown(presets: Collection[Preset]) -> str:
    """All their values, in a row."""
    return ", ".join(map(str, presets))
