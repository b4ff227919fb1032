"""How a preset is created or adopted: list, decide, send, confirm."""

from __future__ import annotations

import dataclasses
import logging
from typing import TYPE_CHECKING, Final

from pulumi_volcengine_live import fields
from pulumi_volcengine_live.api.pacing import Clock, Deadline, Retries
from pulumi_volcengine_live.errors import (
    ConflictError,
    LiveError,
    Outcome,
    OutcomeUnknownError,
    ThrottledError,
    UnreachableError,
)
from pulumi_volcengine_live.preset import INDEPENDENT_STORAGE, Identity, Preset, TimeShiftType

from .snapshots import SETTLE_SECONDS, Snapshots

if TYPE_CHECKING:
    from pulumi_volcengine_live.api.client import Client

_DETAILS_SECONDS: Final = 5.0
_IN_DOUBT: Final = "An attempt may still take effect."
_AFTER_DOUBT: Final = (
    "Run `pulumi up` again; if it then says that the preset exists already, set adopt=True on the resource."
)

_log = logging.getLogger(__package__)


class Creation:
    """One create. The caller makes sure that no other change of the app runs meanwhile."""

    def __init__(
        self, client: Client, snapshots: Snapshots, clock: Clock, wanted: Preset, deadline: Deadline, *, adopt: bool
    ) -> None:
        self._client = client
        self._snapshots = snapshots
        self._clock = clock
        self._wanted = wanted
        self._identity = wanted.identity
        self._deadline = deadline
        self._adopt_allowed = adopt
        self._retries = Retries(clock, deadline)
        self._in_doubt = False
        """Whether an earlier attempt may have created the preset, or may still do so."""
        self._only_throttled = True

    def run(self, *, deleted_before: bool) -> Preset:
        """Create the preset exactly once, or adopt the one that exists if `adopt` allows it."""
        existing = self._list(deleted_before=deleted_before)
        return self._send() if existing is None else self._adopt(existing, allowed=self._adopt_allowed)

    def _list(self, *, deleted_before: bool) -> Preset | None:
        """List before anything is sent: a create of an existing preset may overwrite it (not known of the service).

        The first listing is shared with other operations, so it may be older than a delete by another provider
        instance's process. If it has the preset, a fresh one decides; if this run itself deleted the preset, listings
        that lag get time to show that.
        """
        listing = self._snapshots.recent(self._identity, self._deadline)
        if self._identity in listing and deleted_before:
            listing = self._snapshots.until(self._identity, self._deadline, present=False)
        elif self._identity in listing:
            listing = self._snapshots.fresh(self._identity, self._deadline)
        return listing.get(self._identity)

    def _send(self) -> Preset:
        """Send until the service creates the preset, or a listing shows that an unclear attempt did."""
        while True:
            try:
                name = self._client.create(self._wanted, self._deadline)
            except LiveError as error:
                self._note_doubt(error)
                existing = self._list_after(error) if self._in_doubt else None
                if existing is not None:
                    return self._adopt_after_doubt(existing)
                self._retries.wait_after(self._with_doubt(error))
            else:
                return self._confirm(name)

    def _adopt_after_doubt(self, existing: Preset) -> Preset:
        """A preset that equals the declared one in every field counts as created here, whoever created it."""
        try:
            return self._adopt(existing, allowed=self._adopt_allowed or self._equal(existing))
        except ConflictError as error:
            raise self._with_doubt(error) from None

    def _note_doubt(self, error: LiveError) -> None:
        """Note whether the attempt may have created the preset.

        A throttled attempt should not have, so a single listing checks it; if all were throttled, no error says that
        one may still take effect. An attempt that got no turn at our rate limit was not sent.
        """
        throttled = isinstance(error, ThrottledError) and not error.never_sent
        unclear = error.outcome is Outcome.UNKNOWN or throttled
        self._in_doubt = self._in_doubt or (unclear and not isinstance(error, UnreachableError))
        self._only_throttled = self._only_throttled and isinstance(error, ThrottledError)

    def _list_after(self, error: LiveError) -> Preset | None:
        """After an unclear answer only a listing tells whether the preset was created, and it may lag."""
        self._snapshots.note_write(self._identity)
        seconds = 0 if isinstance(error, ThrottledError) else SETTLE_SECONDS
        try:
            listing = self._snapshots.until(self._identity, self._deadline, present=True, seconds=seconds)
            return listing.get(self._identity)
        except LiveError as failed:
            message = (
                f"{error.problem.rstrip('.')}, and no listing afterwards could show whether it was created"
                f" ({failed.problem.rstrip('.')})."
            )
            raise OutcomeUnknownError(message, answer=error.answer, advice=_AFTER_DOUBT) from None

    def _with_doubt(self, error: LiveError) -> LiveError:
        if not self._in_doubt or self._only_throttled:
            return error
        return error.amended(outcome=Outcome.UNKNOWN, effect=_IN_DOUBT, advice=_AFTER_DOUBT)

    def _confirm(self, name: str | None) -> Preset:
        """Add what only a listing shows. The preset exists now, so a failure here must not fail the create."""
        self._snapshots.note_write(self._identity)
        created = dataclasses.replace(self._wanted, preset_name=name)
        try:
            listed = self._snapshots.fresh(self._identity, self._deadline.within(_DETAILS_SECONDS)).get(self._identity)
        except Exception as error:  # noqa: BLE001 - to the engine, whatever is raised here means that nothing was created
            _log.warning(
                "time-shift preset %s was created; its details come with the next refresh: %s", self._identity, error
            )
            listed = None
        if listed is not None and self._equal(listed):
            return dataclasses.replace(listed, preset_name=listed.preset_name or name)
        independent = created.time_shift_type == TimeShiftType.INDEPENDENT
        return dataclasses.replace(created, enabled=independent, storage=INDEPENDENT_STORAGE if independent else None)

    def _adopt(self, existing: Preset, *, allowed: bool) -> Preset:
        if not allowed:
            message = f"it exists already: {existing}; the program declares {self._wanted}."
            raise ConflictError(message, advice="To manage the existing one from this program, set adopt=True.")
        differing = fields.differing(existing, vars(self._wanted))
        if not set(differing).isdisjoint(fields.FIXED):
            message = (
                f"it exists with another {' or '.join(fields.FIXED)}: {existing}; the program declares {self._wanted}."
            )
            raise ConflictError(message, advice="Neither can be changed in place: declare the values that exist.")
        if differing:
            update(self._client, self._snapshots, self._identity, self._wanted.max_shift_time, self._retries)
        return dataclasses.replace(existing, max_shift_time=self._wanted.max_shift_time)

    def _equal(self, other: Preset) -> bool:
        return not fields.differing(other, vars(self._wanted))


def update(client: Client, snapshots: Snapshots, identity: Identity, max_shift_time: int, retries: Retries) -> None:
    """Change the one field that can be changed in place; doing so twice does no harm."""
    retries.call(lambda: client.update(identity, max_shift_time, retries.deadline))
    snapshots.note_write(identity)
