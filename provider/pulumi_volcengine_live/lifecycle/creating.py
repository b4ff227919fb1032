"""How a preset is created or adopted: list, decide, send, confirm."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from pulumi_volcengine_live import drift, fields
from pulumi_volcengine_live.api.deadlines import Clock, Deadline
from pulumi_volcengine_live.api.retries import Retries
from pulumi_volcengine_live.errors import ConflictError, LiveError, Outcome, ThrottledError
from pulumi_volcengine_live.preset import INDEPENDENT_STORAGE, Preset, TimeShiftType

from .absence import storage_of
from .snapshots import SETTLE_SECONDS, Snapshots
from .updating import set_max_shift_time

if TYPE_CHECKING:
    from pulumi_volcengine_live.api.client import Client

_DETAILS_SECONDS: Final = 5.0
_IN_DOUBT: Final = "The create may still take effect."
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

    def run(self, *, deleted_before: bool) -> Preset:
        """Create the preset, never twice, or adopt the one that exists; ConflictError if it may not be adopted.

        `deleted_before`: whether this process deleted a preset of this identity before.
        """
        existing = self._find_existing(deleted_before=deleted_before)
        return self._send() if existing is None else self._adopt(existing, allowed=self._adopt_allowed)

    def _find_existing(self, *, deleted_before: bool) -> Preset | None:
        """List before anything is sent: a create may overwrite an existing preset (the service does not document it).

        The first listing is shared with other operations, so it may be older than a delete by another process
        of this provider. If it has the preset, a fresh one decides; if this process itself deleted the preset, listings
        that lag get time to show that.
        """
        listing = self._snapshots.recent(self._identity, self._deadline)
        if self._identity in listing and deleted_before:
            # Keep the first listing without the preset, or the last one.
            for listing in self._snapshots.settling(self._identity, self._deadline):
                if self._identity not in listing:
                    break
        elif self._identity in listing:
            listing = self._snapshots.fresh(self._identity, self._deadline)
        return listing.get(self._identity)

    def _send(self) -> Preset:
        """Send until the service creates the preset, or a listing shows that an unclear attempt did."""
        with self._advising_in_doubt():
            while True:
                try:
                    name = self._client.create(self._wanted, self._deadline)
                except LiveError as error:
                    to_report = self._retries.remember(error)
                    existing = self._settle_doubt(to_report) if self._retries.in_doubt else None
                    if existing is not None:
                        # One that equals the declared preset in every field counts as created here, whoever created it.
                        return self._adopt(existing, allowed=self._adopt_allowed or self._equal(existing))
                    self._retries.pause_after(to_report)  # raises it if no further attempt can help, or time is over
                else:
                    return self._with_details(name)

    def _settle_doubt(self, error: LiveError) -> Preset | None:
        """After an unclear answer only a listing tells whether the preset was created, and it may lag.

        A throttled attempt should not have created it, so a single listing is enough. After any other one, a listing
        without the preset proves nothing if the service refused to list the storage that it may be in.
        """
        self._snapshots.note_write(self._identity)
        throttled = isinstance(error, ThrottledError)
        with self._retries.reporting_failed_listing():
            for listing in self._snapshots.settling(self._identity, self._deadline, 0 if throttled else SETTLE_SECONDS):
                if self._identity in listing:
                    break
            existing = listing.get(self._identity)
            refusal = listing.refusal_of(storage_of(vars(self._wanted)))
            if existing is None and refusal is not None and not throttled:
                raise refusal
            return existing

    @contextmanager
    def _advising_in_doubt(self) -> Iterator[None]:
        try:
            with self._retries.keeping_unknown_outcome():
                yield
        except LiveError as error:
            if error.outcome is not Outcome.UNKNOWN:
                raise
            raise error.amended(effect=_IN_DOUBT, advice=_AFTER_DOUBT) from None

    def _with_details(self, name: str | None) -> Preset:
        """Add what only a listing shows. The preset exists now, so a failure here must not fail the create."""
        self._snapshots.note_write(self._identity)
        created = dataclasses.replace(self._wanted, preset_name=name)
        try:
            listed = self._snapshots.fresh(self._identity, self._deadline.within(_DETAILS_SECONDS)).get(self._identity)
        except Exception as error:  # noqa: BLE001 - to the engine, whatever is raised here means that nothing was created
            _log.warning(
                "time-shift preset %s was created, but could not be listed afterwards; its details come with the next"
                " `pulumi refresh`. The listing failed: %s",
                self._identity,
                error,
            )
            listed = None
        # If somebody changed it at once, the state has what was created, and the next refresh shows the change.
        if listed is not None and self._equal(listed):
            return dataclasses.replace(listed, preset_name=listed.preset_name or name)
        # The service enables an independent preset at once, and a recording one after a support ticket (doc 1126880).
        independent = created.time_shift_type == TimeShiftType.INDEPENDENT
        return dataclasses.replace(created, enabled=independent, storage=INDEPENDENT_STORAGE if independent else None)

    def _adopt(self, existing: Preset, *, allowed: bool) -> Preset:
        if not allowed:
            message = f"it exists already: {existing}; the program declares {self._wanted}."
            raise ConflictError(message, advice="To manage the existing one from this program, set adopt=True.")
        differing = drift.differing_fields(existing, vars(self._wanted))
        if not set(differing).isdisjoint(fields.FIXED):
            message = (
                f"it exists with another {' or '.join(fields.FIXED)}: {existing}; the program declares {self._wanted}."
            )
            raise ConflictError(message, advice="These cannot be changed in place: declare the values that exist.")
        if differing:
            max_shift_time = self._wanted.max_shift_time
            set_max_shift_time(self._client, self._snapshots, self._identity, max_shift_time, self._retries)
        return dataclasses.replace(existing, max_shift_time=self._wanted.max_shift_time)

    def _equal(self, other: Preset) -> bool:
        return not drift.differing_fields(other, vars(self._wanted))
