"""Deletes one preset and none of its siblings: list, decide, send, confirm."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, Final

from pulumi_volcengine_live.api.deadlines import Clock, Deadline
from pulumi_volcengine_live.api.retries import Retries
from pulumi_volcengine_live.drift import is_another
from pulumi_volcengine_live.errors import (
    ConflictError,
    LiveError,
    NotFoundError,
    Outcome,
    OutcomeUnknownError,
)
from pulumi_volcengine_live.fields import FIXED
from pulumi_volcengine_live.preset import Identity, Preset

from .absence import AbsenceProof
from .listings import Listing
from .sibling_policy import SiblingPolicy, list_and_log_removed
from .snapshots import SETTLE_SECONDS, Snapshots

if TYPE_CHECKING:
    from pulumi_volcengine_live.api.client import Client
    from pulumi_volcengine_live.api.listed_presets import UnreadableItem

_SENT_UNVERIFIED: Final = "The delete was sent; what it removed could not be listed afterwards."
REPLACED_OUTSIDE_ADVICE: Final = (
    "To delete it, run `pulumi refresh`, which takes it into the state, then the same command; to keep it, run `pulumi"
    " state delete`, which deletes nothing in the service."
)

_log = logging.getLogger(__package__)


class Deletion:
    """One delete. The caller makes sure that no other change of the app runs meanwhile."""

    def __init__(
        self,
        client: Client,
        snapshots: Snapshots,
        absence: AbsenceProof,
        policy: SiblingPolicy,
        clock: Clock,
        identity: Identity,
        deadline: Deadline,
        stored: Mapping[str, Any],
    ) -> None:
        """`stored` is what the state has of the preset, by the names of the fields; what is missing is not compared."""
        self._client = client
        self._snapshots = snapshots
        self._absence = absence
        self._policy = policy
        self._identity = identity
        self._deadline = deadline
        self._stored = stored
        self._retries = Retries(clock, deadline)
        self._siblings: dict[Identity, Preset] = {}
        """The app's other presets, as listed before the delete was sent."""
        self._unlisted: list[Preset] = []
        """Siblings that this process has just created, and that no listing showed before the delete was sent."""
        self._unreadable: set[UnreadableItem] = set()
        """The items of the app that could not be read in that listing: they are presets too."""
        self._removed: list[object] = []
        """The siblings and the unreadable items that are not listed any more."""
        self._not_found: LiveError | None = None
        """The service's answer that the preset does not exist, if it gave one."""

    def run(self, created_siblings: Sequence[Preset], *, keep_if_replaced_outside: bool) -> bool:
        """Delete the preset, and return True; True too if it is certainly gone already.

        If somebody put another preset in its place: ConflictError, or, with `keep_if_replaced_outside`, a warning and
        False.
        """
        listing = self._list()
        existing = listing.get(self._identity)
        if existing is None:
            self._absence.require_proof(self._identity, listing, self._deadline, self._stored)
            return True
        if keep_if_replaced_outside and is_another(existing, self._stored):
            _log.warning(
                "time-shift preset %s was left alone, since it is not the one in the state: %s",
                self._identity,
                self._difference_from_state(existing),
            )
            return False
        with self._reporting_removed(), self._retries.keeping_unknown_outcome():
            self._delete(listing, created_siblings)
        self._policy.report(self._identity, self._removed)
        return True

    def _delete(self, listing: Listing, created_siblings: Sequence[Preset]) -> None:
        """Send the delete until a listing or an acknowledgement shows that the preset is gone."""
        while self._is_listed(listing):
            self._require_allowed_and_note_siblings(listing, created_siblings)
            if self._send():
                self._confirm()
                return
            with self._retries.reporting_failed_listing():
                listing = self._list()
            if self._retries.in_doubt:
                # A listing without the preset was confirmed late enough to show every write.
                self._removed = self._missing_in(listing, settled=self._identity not in listing)

    def _is_listed(self, listing: Listing) -> bool:
        """Whether the preset is listed.

        An error if that is not certain: if an item that cannot be read may be the preset, or the service refused a
        listing that may have it.
        """
        listed = listing.get(self._identity) is not None
        if not listed:
            self._absence.require_not_refused(listing, self._stored)
        return listed

    def _list(self) -> Listing:
        """Absence needs two listings: one that lacks the preset by mistake must not be taken for a finished delete."""
        listing = self._snapshots.fresh(self._identity, self._deadline)
        return self._snapshots.confirmed(self._identity, listing, self._deadline)

    def _require_allowed_and_note_siblings(self, listing: Listing, created_siblings: Sequence[Preset]) -> None:
        """ConflictError if the delete may not be sent; else note the siblings, to see later which of them it removed.

        The service does not document what the call removes beside the preset. So a sibling counts that this process
        has just created, even if a lagging listing does not show it yet.
        """
        if not self._retries.in_doubt:  # what others removed before a delete was sent is not its doing
            self._siblings.clear()
            self._unreadable.clear()
        self._require_same_preset(listing)
        self._policy.require_not_refused(self._identity, listing, created_siblings)
        self._siblings.update({sibling.identity: sibling for sibling in listing.siblings(self._identity)})
        self._unlisted = [sibling for sibling in created_siblings if sibling.identity not in listing]
        self._unreadable.update(listing.unreadable_siblings(self._identity))

    def _require_same_preset(self, listing: Listing) -> None:
        """ConflictError if somebody removed the preset and created another one in its place."""
        existing = listing.get(self._identity)
        if existing is not None and is_another(existing, self._stored):
            message = f"the preset that exists is not the one in the state: {self._difference_from_state(existing)}"
            raise ConflictError(message, advice=REPLACED_OUTSIDE_ADVICE)

    def _difference_from_state(self, existing: Preset) -> str:
        stored = {name: self._stored.get(name) for name in ("preset_name", *FIXED)}
        known = [name for name, value in stored.items() if value is not None]
        return f"it has {_values(vars(existing), known)}; the state has {_values(stored, known)}."

    def _send(self) -> bool:
        """Send the delete; False if it may be sent again, after the pause that was made.

        True if the service acknowledged it, or answered that there is no such preset; a listing then decides.
        """
        try:
            self._client.delete(self._identity, self._deadline)
        except NotFoundError as error:
            self._not_found = self._retries.remember(error)
        except LiveError as error:
            self._snapshots.note_write(self._identity)
            self._retries.pause_after(error)  # raises it if no further attempt can help, or time is over
            return False
        self._snapshots.note_write(self._identity)
        return True

    def _confirm(self) -> None:
        """List what is left, unless the preset was alone in its app and the service acknowledged the delete."""
        if self._not_found is None and not (self._siblings or self._unlisted or self._unreadable):
            return
        with self._saying_it_was_sent():
            for listing in self._snapshots.settling(self._identity, self._deadline):
                # If the next listing fails, the error still reports what is known to be removed.
                self._removed = self._missing_in(listing, settled=False)
                missing = self._missing_in(listing, settled=True)
                if self._identity not in listing and not missing:
                    break
            self._removed = missing
            still_listed = listing.get(self._identity) is not None
            if self._not_found is not None and not still_listed:  # an acknowledgement needs no such proof
                self._absence.require_not_refused(listing, self._stored)
        if still_listed:
            raise self._still_listed_error()

    def _missing_in(self, listing: Listing, *, settled: bool) -> list[object]:
        """The siblings that the listing lacks.

        Those that no listing has shown yet count only if it is `settled`: if every write has had the time to show.
        """
        siblings = [*self._siblings.values(), *(self._unlisted if settled else ())]
        presets = [
            sibling
            if listing.refusal_of(sibling.storage) is None
            else f"{sibling} (not certain: the listing that may have it was refused)"
            for sibling in siblings
            if sibling.identity not in listing
        ]
        items = [item.problem.rstrip(".") for item in self._unreadable if not listing.still_has(item)]
        return [*presets, *sorted(items)]

    def _still_listed_error(self) -> LiveError:
        answered = self._not_found.problem.rstrip(".") if self._not_found else "the service acknowledged the delete"
        return OutcomeUnknownError(
            f"{answered}, but {SETTLE_SECONDS:g} seconds later its listing still has the preset.",
            answer=self._not_found.answer if self._not_found else None,
            outcome=Outcome.UNCHANGED if not self._removed else Outcome.CHANGED,
            effect="The preset is still there, and still in the state.",
            advice="Look at the app's presets in the vendor's console: in this account, the service may be unable to"
            " delete the preset of a single stream.",
        )

    @contextmanager
    def _saying_it_was_sent(self) -> Iterator[None]:
        """For the listing after the service's answer: if it fails, the error says that the delete was sent."""
        try:
            # Only after NotFoundError is there an earlier error to report.
            with self._retries.reporting_failed_listing() if self._not_found else nullcontext():
                yield
        except LiveError as error:
            raise error.amended(outcome=Outcome.UNKNOWN, effect=_SENT_UNVERIFIED) from None

    @contextmanager
    def _reporting_removed(self) -> Iterator[None]:
        """Add to every error which other presets were removed."""
        try:
            yield
        except LiveError as error:
            if not self._removed:
                raise
            before = (error.effect or error.outcome.value).rstrip(".")
            siblings = list_and_log_removed(self._identity, self._removed)
            effect = f"{before}; other presets of the app were removed, and not put back: {siblings}."
            raise error.amended(outcome=Outcome.CHANGED, effect=effect) from None


def _values(values: Mapping[str, Any], names: Sequence[str]) -> str:
    return ", ".join(f"{name} {values[name]}" for name in names)
