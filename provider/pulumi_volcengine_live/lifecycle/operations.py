"""What creating, reading, updating and deleting a preset means, whatever the service does meanwhile.

The service answers late, twice or not at all, and what its delete call removes is not known. The rules here keep what
the service has and what a stack's state says in agreement, and other people's presets untouched.
"""

from __future__ import annotations

import dataclasses
import logging
import threading
import time
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from pulumi_volcengine_live.api.pacing import OPERATION_SECONDS, Clock, Deadline, Retries
from pulumi_volcengine_live.errors import (
    AccessError,
    ConflictError,
    LiveError,
    NotFoundError,
    Outcome,
    OutcomeUnknownError,
    ThrottledError,
    UnreachableError,
)
from pulumi_volcengine_live.lifecycle.listings import Listing
from pulumi_volcengine_live.lifecycle.sibling_policy import SharedDelete, neighbours_of, shown
from pulumi_volcengine_live.lifecycle.snapshots import SETTLE_SECONDS, Looks
from pulumi_volcengine_live.preset import INDEPENDENT_STORAGE, Identity, Preset, TimeShiftType

if TYPE_CHECKING:
    from pulumi_volcengine_live.api.client import Client

_DETAILS_SECONDS: Final = 5.0
_GLANCE_SECONDS: Final = 5.0
_AFTER_DOUBTFUL_CREATE: Final = (
    "Run `pulumi up` again; if it then says that the preset exists already, set adopt=True on the resource."
)

_log = logging.getLogger(__package__)


class Lifecycle:
    """The presets of one account during one phase of one `pulumi` command; safe for the plugin's threads."""

    def __init__(self, client: Client, shared_delete: str, clock: Clock = time) -> None:
        """Begin a phase."""
        self._client = client
        self._clock = clock
        self._looks = Looks(client, clock)
        self._shared_delete = SharedDelete(shared_delete)
        self._turns: defaultdict[tuple[str, str], threading.Lock] = defaultdict(threading.Lock)
        self._managed: set[Identity] = set()
        self._made: dict[Identity, Preset] = {}
        self._deleted: set[Identity] = set()

    def claim(self, identity: Identity) -> None:
        """Note that a resource of this program manages the preset already; refuse where another has just taken it."""
        with _doing("comparing", identity):
            if identity in self._made:
                raise _managed_twice()
            self._managed.add(identity)

    def create(self, wanted: Preset, *, adopt: bool) -> Preset:
        """Make the preset exactly once, or take over the one that exists where that was asked for."""
        identity = wanted.identity
        with self._turn(identity, "creating"):
            if identity in self._managed:
                raise _managed_twice()
            retries = self._retries()
            found = self._before_create(identity, retries)
            made = (
                self._create(wanted, retries, adopt=adopt)
                if found is None
                else self._adopt(wanted, found, retries, adopt=adopt)
            )
            self._managed.add(identity)
            self._made[identity] = made
            return made

    def read(self, identity: Identity) -> Preset | None:
        """The preset as it is; None only where it is certain that it is gone."""
        with _doing("reading", identity):
            retries = self._retries()
            return self._looks.confirmed(identity, self._looks.recent(identity, retries), retries).get(identity)

    def others_of(self, identity: Identity) -> list[Preset]:
        """What the vhost has, for a message about what it does not have."""
        with _doing("reading", identity):
            listing = self._looks.recent(identity, self._retries(_GLANCE_SECONDS))
            return [preset for name, preset in sorted(listing.items()) if name.vhost == identity.vhost]

    def update(self, identity: Identity, max_shift_time: int) -> None:
        """Change the one thing that can be changed; doing so twice does no harm."""
        with self._turn(identity, "updating"):
            self._update(identity, max_shift_time, self._retries())

    def delete(self, identity: Identity) -> None:
        """Remove the preset and nothing else; one that is gone already is deleted."""
        with self._turn(identity, "deleting"):
            if identity in self._managed:
                _log.warning(
                    "time-shift preset %s stays: another resource of this program manages it, so only the state lets go"
                    " of it here.",
                    identity,
                )
                return
            self._delete(identity, self._retries())
            self._deleted.add(identity)

    def glance(self) -> Listing:
        """What the account has, seen in this phase, for a preview: asked for briefly, for no preview should hang."""
        with _doing("looking for conflicts with the account's presets"):
            try:
                return self._looks.glance(self._retries(_GLANCE_SECONDS))
            except NotFoundError:
                return {}

    def refused_vhost(self, identity: Identity) -> LiveError | None:
        """Why the service refuses the vhost, if it does."""
        try:
            self._looks.glance(self._retries(_GLANCE_SECONDS), identity.vhost)
        except (NotFoundError, AccessError) as error:
            return error
        return None

    def in_the_way(self, identity: Identity, listing: Listing) -> list[Preset]:
        """The other presets of the app, where a delete would be refused because of them."""
        neighbours = neighbours_of(identity, listing)
        return neighbours if self._shared_delete.would_refuse(neighbours) else []

    # Creating

    def _before_create(self, identity: Identity, retries: Retries) -> Preset | None:
        listing = self._looks.recent(identity, retries)
        if identity in listing and identity in self._deleted:
            listing = self._looks.until(identity, retries, there=False)
        return listing.get(identity)

    def _create(self, wanted: Preset, retries: Retries, *, adopt: bool) -> Preset:
        doubtful, throttled = False, True
        while True:
            try:
                name = self._client.create(wanted, retries.deadline)
            except LiveError as failed:
                error = failed
                doubtful = doubtful or (error.retryable and not isinstance(error, UnreachableError))
                throttled = throttled and isinstance(error, ThrottledError)
                if doubtful:
                    found = self._after_doubt(wanted, error, retries)
                    if found is not None:
                        return self._adopt(wanted, found, retries, adopt=adopt or _same(wanted, found))
                if doubtful and not throttled:
                    error = error.amended(
                        outcome=Outcome.UNKNOWN,
                        effect="An attempt may still take effect.",
                        advice=_AFTER_DOUBTFUL_CREATE,
                    )
                retries.wait_after(error)
            else:
                self._looks.note_write(wanted.identity)
                return self._with_details(dataclasses.replace(wanted, preset_name=name))

    def _after_doubt(self, wanted: Preset, error: LiveError, retries: Retries) -> Preset | None:
        self._looks.note_write(wanted.identity)
        seconds = 0 if isinstance(error, ThrottledError) else SETTLE_SECONDS
        try:
            return self._looks.until(wanted.identity, retries, there=True, seconds=seconds).get(wanted.identity)
        except LiveError as blind:
            message = f"{error.problem} And whether it was made could not be seen afterwards: {blind.problem}"
            raise OutcomeUnknownError(message, answer=error.answer, advice=_AFTER_DOUBTFUL_CREATE) from None

    def _with_details(self, made: Preset) -> Preset:
        """Add what only a listing tells. The preset was made: nothing that fails here may say otherwise."""
        retries = self._retries(_DETAILS_SECONDS)
        try:
            listing = self._looks.fresh(made.identity, retries)
        except Exception as error:  # noqa: BLE001 - to the engine, whatever is raised here means that nothing was made
            _log.warning(
                "time-shift preset %s was made; its details come with the next refresh: %s", made.identity, error
            )
            listing = {}
        listed = listing.get(made.identity)
        if listed is not None and _same(made, listed):
            return dataclasses.replace(listed, preset_name=listed.preset_name or made.preset_name)
        independent = made.time_shift_type == TimeShiftType.INDEPENDENT
        return dataclasses.replace(made, enabled=independent, storage=INDEPENDENT_STORAGE if independent else None)

    def _adopt(self, wanted: Preset, found: Preset, retries: Retries, *, adopt: bool) -> Preset:
        if not adopt:
            message = f"it exists already: {found}. The program says: {wanted}."
            raise ConflictError(message, advice="To manage the existing one from here, set adopt=True.")
        differing = found.differing(vars(wanted))
        if {"pull_domain", "time_shift_type"} & set(differing):
            message = f"it exists with another pull_domain or time_shift_type: {found}. The program says: {wanted}."
            raise ConflictError(message, advice="Neither can be changed in place: make the program say what exists.")
        if differing:
            self._update(wanted.identity, wanted.max_shift_time, retries)
        return dataclasses.replace(found, max_shift_time=wanted.max_shift_time)

    # Changing

    def _update(self, identity: Identity, max_shift_time: int, retries: Retries) -> None:
        retries.call(lambda: self._client.update(identity, max_shift_time, retries.deadline))
        self._looks.note_write(identity)

    # Deleting

    def _delete(self, identity: Identity, retries: Retries) -> None:
        beside: dict[Identity, Preset] = {}
        vanished: list[Preset] = []
        refused = None
        with _telling(vanished):
            while True:
                listing = self._looks.confirmed(identity, self._looks.fresh(identity, retries), retries)
                vanished[:] = _missing(beside, listing)
                if identity not in listing:
                    break
                neighbours = neighbours_of(identity, {**self._made, **listing})
                self._shared_delete.guard(neighbours)
                beside.update({neighbour.identity: neighbour for neighbour in neighbours})
                try:
                    self._client.delete(identity, retries.deadline)
                except NotFoundError as error:
                    refused = error
                except LiveError as error:
                    self._looks.note_write(identity)
                    retries.wait_after(error)
                    continue
                self._looks.note_write(identity)
                if not beside and refused is None:
                    return
                with _after_delete():
                    listing = self._looks.until(identity, retries, there=False, beside=beside.keys())
                vanished[:] = _missing(beside, listing)
                break
        if identity in listing:
            raise _stayed(refused, vanished)
        self._shared_delete.tell(vanished)

    # Order

    def _retries(self, seconds: float = OPERATION_SECONDS) -> Retries:
        return Retries(self._clock, Deadline.after(self._clock, seconds))

    @contextmanager
    def _turn(self, identity: Identity, doing: str) -> Iterator[None]:
        """One change at a time for each app, since a delete may reach all of it."""
        with self._turns[identity.of_app], _doing(doing, identity):
            yield


def _managed_twice() -> LiveError:
    return ConflictError(
        "another resource of this program manages it already.",
        advice="Remove one of the two. If this is one resource that is being replaced, do not set"
        " delete_before_replace=False or retain_on_delete on it.",
    )


@contextmanager
def _telling(vanished: Collection[Preset]) -> Iterator[None]:
    """Let no error hide which other presets went."""
    try:
        yield
    except LiveError as error:
        if vanished:
            others = f"Of the app's other presets the service does not list these any more: {shown(vanished)}."
            raise error.amended(effect=f"{error.effect or error.outcome.value} {others}") from None
        raise


@contextmanager
def _after_delete() -> Iterator[None]:
    try:
        yield
    except LiveError as error:
        effect = "The delete was sent; what it removed could not be seen afterwards."
        raise error.amended(outcome=Outcome.UNKNOWN, effect=effect) from None


def _missing(presets: Mapping[Identity, Preset], listing: Listing) -> list[Preset]:
    return [preset for identity, preset in presets.items() if identity not in listing]


def _stayed(refused: LiveError | None, vanished: Collection[Preset]) -> LiveError:
    said = refused.problem if refused else "the service acknowledged the delete."
    others = (
        f" It removed other presets of the app instead: {shown(vanished)}; nothing was put back." if vanished else ""
    )
    return OutcomeUnknownError(
        f"{said} But {SETTLE_SECONDS:g} seconds later its listing still shows the preset.{others}",
        answer=refused.answer if refused else None,
        effect="The preset is still there, and still in the state.",
        advice="Look at the app's presets with the vendor's console: this account's service may not delete single"
        " streams' presets.",
    )


def _same(wanted: Preset, found: Preset) -> bool:
    return not found.differing(vars(wanted))


@contextmanager
def _doing(doing: str, identity: Identity | None = None) -> Iterator[None]:
    try:
        yield
    except LiveError as error:
        operation = doing if identity is None else f"{doing} time-shift preset {identity}"
        raise error.amended(operation=operation) from None
