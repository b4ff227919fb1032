"""Decides whether a preset may be deleted while its app has other presets.

The service does not document whether its delete call removes only the one preset.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from typing import Final

from pulumi_volcengine_live.errors import ConflictError, Outcome
from pulumi_volcengine_live.preset import Identity, Preset
from pulumi_volcengine_live.settings import SHARED_DELETE, SHARED_DELETE_VARIABLE

from .listings import Listing
from .short_list import MAX_SHOWN, short_list

SIBLINGS_ADVICE: Final = (
    "To keep them, remove this preset from the program, and run `pulumi state delete` for it; to delete it"
    f' nevertheless, set {SHARED_DELETE_VARIABLE} ({SHARED_DELETE}) to verify or accept, as the page "Deleting'
    ' beside other presets" of the documentation explains.'
)

_log = logging.getLogger(__package__)


class SiblingPolicy:
    """Applies the setting `sharedDelete` to a delete in an app that has other presets.

    `refuse`: the delete is not sent. `verify`: it is sent, and siblings that are gone afterwards are an error.
    `accept`: it is sent, and warnings name the siblings.
    """

    def __init__(self, mode: str) -> None:
        self._mode = mode

    def why_refused(self, identity: Identity, listing: Listing, others: Collection[str] = ()) -> str:
        """Why the delete is refused; empty if it is not. `others` describes siblings that no listing shows yet."""
        siblings = [*others, *_described_siblings(identity, listing)]
        if self._mode != "refuse" or not siblings:
            return ""
        return (
            "the delete is refused while its app has other presets, since it is not known whether the service deletes"
            f" them too: {short_list(siblings)}."
        )

    def require_not_refused(self, identity: Identity, listing: Listing, created: Collection[Preset]) -> None:
        """ConflictError if the delete is refused; with `accept`, a warning that names the siblings.

        `created` are the siblings that this process has just created: a lagging listing may not show them yet.
        """
        others = [str(preset) for preset in created if preset.identity not in listing]
        if refusal := self.why_refused(identity, listing, others):
            raise ConflictError(refusal, advice=SIBLINGS_ADVICE)
        siblings = [*others, *_described_siblings(identity, listing)]
        if siblings and self._mode == "accept":
            _log.warning(
                "time-shift preset %s is deleted although its app has other presets, because %s is accept; the service"
                " may remove them too: %s",
                identity,
                SHARED_DELETE,
                short_list(siblings),
            )

    def report(self, identity: Identity, removed: Sequence[object]) -> None:
        """ConflictError that shows the siblings which the delete removed too; with `accept`, a warning.

        `removed` has presets, and texts for siblings of which less is known.
        """
        if not removed:
            return
        siblings = list_and_log_removed(identity, removed)
        if self._mode == "accept":
            _log.warning(
                "when time-shift preset %s was deleted, the service removed other presets of its app too: %s. Nothing"
                " was put back.",
                identity,
                siblings,
            )
            return
        message = f"the service removed other presets of the app with it: {siblings}."
        raise ConflictError(
            message,
            outcome=Outcome.CHANGED,
            effect="This preset is deleted as well; nothing was put back.",
            advice=f"Create the others again if they are needed, and set {SHARED_DELETE} back to refuse: in this"
            " account, deleting one preset also deletes others of its app.",
        )


def _described_siblings(identity: Identity, listing: Listing) -> list[str]:
    unreadable = [item.problem.rstrip(".") for item in listing.unreadable_siblings(identity)]
    return [*map(str, listing.siblings(identity)), *unreadable]


def list_and_log_removed(identity: Identity, removed: Sequence[object]) -> str:
    """Like `short_list`, and logs each item that is cut: no listing will show it again."""
    for preset in removed[MAX_SHOWN:]:
        _log.warning("removed with time-shift preset %s, and not put back: %s", identity, preset)
    return short_list(removed)
