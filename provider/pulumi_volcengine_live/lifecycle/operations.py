"""Create, read, update and delete the presets of one account, safely, whatever the service answers."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from pulumi_volcengine_live.api.deadlines import (
    MORE_TIME_ADVICE,
    OPERATION_SECONDS,
    SHORTEST_CALL_SECONDS,
    Clock,
    Deadline,
)
from pulumi_volcengine_live.api.retries import Retries
from pulumi_volcengine_live.errors import ConflictError, LiveError, NotFoundError, UnprovenAbsenceError
from pulumi_volcengine_live.preset import Identity, Preset

from .absence import AbsenceProof
from .creating import Creation
from .deleting import Deletion
from .listings import Listing
from .short_list import short_list
from .sibling_policy import SIBLINGS_ADVICE, SiblingPolicy
from .snapshots import Snapshots
from .updating import set_max_shift_time

if TYPE_CHECKING:
    from pulumi_volcengine_live.api.client import Client

PREVIEW_SECONDS: Final = 5.0
"""How long the listings for one check of a preview may take, so that no preview hangs."""

_LONGER_TIMEOUTS: Final = "Set longer custom_timeouts: no call is sent with so little time."


class AccountPresets:
    """The presets of one account during one phase of one `pulumi` command; safe for the plugin's threads."""

    def __init__(self, client: Client, shared_delete: str, missing: str, clock: Clock = time) -> None:
        self._client = client
        self._clock = clock
        self._snapshots = Snapshots(client, clock)
        self._absence = AbsenceProof(client, missing, clock)
        self._sibling_policy = SiblingPolicy(shared_delete)
        self._app_locks: dict[tuple[str, str], threading.RLock] = {}
        self._own_writes: dict[Identity, Preset | None] = {}
        """The presets that this phase created or adopted, and None for those that it deleted."""

    def deadline(self, seconds: float = 0) -> Deadline:
        """When an operation that begins now must end: after `seconds`, or, if they are 0, after OPERATION_SECONDS."""
        return Deadline.after(self._clock, seconds or OPERATION_SECONDS)

    def deadline_of_call(self, operation: str, identity: Identity, seconds: float, since_arrival: float) -> Deadline:
        """The same for an operation that arrived `since_arrival` seconds ago; ConflictError if time is over."""
        total = seconds or OPERATION_SECONDS
        left = total - since_arrival
        with _naming_operation(operation, identity):
            if left < SHORTEST_CALL_SECONDS:
                message = (
                    f"less than {SHORTEST_CALL_SECONDS:g} of this operation's {total:g} seconds was left when its turn"
                    " came, so nothing was sent."
                )
                # A ThrottledError would stand for a call that a retry may send; here no call was tried.
                too_short = total <= SHORTEST_CALL_SECONDS
                raise ConflictError(message, advice=_LONGER_TIMEOUTS if too_short else MORE_TIME_ADVICE)
        return self.deadline(left)

    @contextmanager
    def one_change_of_app(self, identity: Identity, operation: str, deadline: Deadline) -> Iterator[None]:
        """Allow one change at a time in each app, since a delete may reach all of its presets.

        Waiting counts against the deadline. The same thread may enter it again: a caller that checks something before
        its change enters it before the check, so that nothing changes in between.
        """
        # `setdefault` is atomic, and a defaultdict is not: two threads that change the app must get the same lock.
        lock = self._app_locks.setdefault(identity.vhost_and_app, threading.RLock())
        with _naming_operation(operation, identity):
            if not lock.acquire(timeout=min(deadline.left(), threading.TIMEOUT_MAX)):
                app = "/".join(identity.vhost_and_app)
                message = f"waiting for another change of the app {app} used up the time for this one."
                raise ConflictError(message, advice=MORE_TIME_ADVICE)
            try:
                yield
            finally:
                lock.release()

    def create(self, wanted: Preset, deadline: Deadline, *, adopt: bool) -> Preset:
        """Create the preset exactly once, or adopt the one that exists if `adopt` allows it."""
        identity = wanted.identity
        with self.one_change_of_app(identity, "creating", deadline):
            deleted_before = identity in self._own_writes and self._own_writes[identity] is None
            creation = Creation(self._client, self._snapshots, self._clock, wanted, deadline, adopt=adopt)
            created = creation.run(deleted_before=deleted_before)
            self._own_writes[identity] = created
            return created

    def listed_or_gone(
        self, identity: Identity, deadline: Deadline, *, stored: Mapping[str, Any] = MappingProxyType({})
    ) -> Preset | None:
        """The preset as it is listed; None only if it is certain that the `stored` one is gone."""
        with _naming_operation("reading", identity):
            listing = self._confirmed(identity, deadline)
            preset = listing.get(identity)
            if preset is None:
                self._absence.require_proof(identity, listing, deadline, stored)
            return preset

    def listed_or_error(self, identity: Identity, deadline: Deadline) -> Preset:
        """The preset as it is listed, for one that no state has; NotFoundError names what the vhost has instead."""
        with _naming_operation("reading", identity):
            listing = self._confirmed(identity, deadline)
            preset = listing.get(identity)
            if preset is not None:
                return preset
            others = short_list([other.identity for other in listing.of_vhost(identity.vhost)]) or "none"
            message = f"there is no such preset; presets of the vhost: {others}."
            advice = "Check the id, and that the keys belong to the account that has the vhost."
            raise NotFoundError(message, advice=advice)

    def update_or_create(self, wanted: Preset, deadline: Deadline, *, stored: Mapping[str, Any]) -> Preset | None:
        """Change max_shift_time, and return None.

        If it is certain that the `stored` preset is gone, create it again, and return it.
        """
        identity = wanted.identity
        retries = Retries(self._clock, deadline)
        with self.one_change_of_app(identity, "updating", deadline), retries.keeping_unknown_outcome():
            try:
                set_max_shift_time(self._client, self._snapshots, identity, wanted.max_shift_time, retries)
            except NotFoundError:
                with retries.reporting_failed_listing():
                    listing = self._confirmed(identity, deadline)
                if listing.get(identity) is not None:  # so the answer was about something else
                    raise
                self._absence.require_proof(identity, listing, deadline, stored)
                return self.create(wanted, deadline, adopt=False)
            return None

    def delete(
        self,
        identity: Identity,
        deadline: Deadline,
        *,
        stored: Mapping[str, Any] = MappingProxyType({}),
        keep_if_replaced_outside: bool = False,
    ) -> None:
        """Delete the preset and nothing else; one that is certainly gone already is a success.

        If somebody put another preset in the place of the `stored` one: ConflictError, or, with
        `keep_if_replaced_outside`, a warning.
        """
        with self.one_change_of_app(identity, "deleting", deadline):
            written = list(self._own_writes.values())  # a copy: other threads add to it meanwhile
            created = [p for p in written if p is not None and _are_siblings(p.identity, identity)]
            deletion = Deletion(
                self._client,
                self._snapshots,
                self._absence,
                self._sibling_policy,
                self._clock,
                identity,
                deadline,
                stored,
            )
            if deletion.run(created, keep_if_replaced_outside=keep_if_replaced_outside):
                self._own_writes[identity] = None

    def listing_for_preview(self, vhost: str) -> Listing:
        """The account's presets, listed at any time in this phase; those of `vhost` if it may not be listed."""
        with _naming_operation("listing the account's presets"):
            return self._snapshots.listing_of_phase(vhost, self.deadline(PREVIEW_SECONDS))

    def preset_for_preview(self, identity: Identity) -> Preset | None:
        """The preset as it is listed; if the account's listing lacks it, the vhost's decides."""
        existing = self.listing_for_preview(identity.vhost).get(identity)
        if existing is not None:
            return existing
        with _naming_operation("listing the vhost's presets"):
            try:
                listing = self._snapshots.vhost_listing_of_phase(identity.vhost, self.deadline(PREVIEW_SECONDS))
            except NotFoundError:
                return None
            return listing.get(identity)

    def require_vhost_listable(self, vhost: str) -> None:
        """NotFoundError or AccessError if the service refuses to list the vhost.

        The caller reports them under the input `vhost`, so they name no operation.
        """
        self._snapshots.vhost_listing_of_phase(vhost, self.deadline(PREVIEW_SECONDS))

    def refusal_of_delete(self, identity: Identity, other: str, advice: str, stored: Mapping[str, Any]) -> str:
        """Why a delete of the preset would be refused, and what to do; empty if it would be sent.

        `other` describes a preset that may exist in the app by then; `advice` is given if nothing but it causes the
        refusal. `stored` is what the state has of the preset.
        """
        deadline = self.deadline(PREVIEW_SECONDS)
        with _naming_operation("checking the delete of", identity):
            listing = self._snapshots.listing_of_phase(identity.vhost, deadline)
            if listing.get(identity) is not None:
                others = [other] if other else []
                refusal = self._sibling_policy.why_refused(identity, listing, others)
                refused_anyway = self._sibling_policy.why_refused(identity, listing)
                return f"{refusal} {SIBLINGS_ADVICE if refused_anyway else advice}" if refusal else ""
            try:
                self._absence.require_proof(identity, listing, deadline, stored)
            except UnprovenAbsenceError as error:
                return f"{error.problem} {error.advice}"
            return ""

    def _confirmed(self, identity: Identity, deadline: Deadline) -> Listing:
        return self._snapshots.confirmed(identity, self._snapshots.recent(identity, deadline), deadline)


def _are_siblings(one: Identity, other: Identity) -> bool:
    return one != other and one.is_in_app_of(other)


@contextmanager
def _naming_operation(name: str, identity: Identity | None = None) -> Iterator[None]:
    """Add the operation to errors that do not name one yet."""
    try:
        yield
    except LiveError as error:
        operation = name if identity is None else f"{name} time-shift preset {identity}"
        raise (error if error.operation else error.amended(operation=operation)) from None
