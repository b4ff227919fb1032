"""Cached listings. All but those for previews (`..._of_phase`) are newer than this process's writes to the app."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

from pulumi_volcengine_live.api.deadlines import Clock, Deadline, sleep_until
from pulumi_volcengine_live.api.retries import Retries
from pulumi_volcengine_live.errors import AccessError, NotFoundError
from pulumi_volcengine_live.preset import Identity

from .listings import Listing, SharedListings, Source

SETTLE_SECONDS: Final = 5.0
"""How long to wait for a listing to show a write. The service does not document whether listings lag."""

_RECENT_SECONDS: Final = 3.0
_STEP_SECONDS: Final = 0.5


class Snapshots:
    """The account's listings during one phase of a command."""

    def __init__(self, source: Source, clock: Clock) -> None:
        self._clock = clock
        self._listings = SharedListings(source, clock)
        self._began = clock.monotonic()
        self._written: dict[tuple[str, str], float] = {}
        """When this process last wrote to each vhost and app."""
        self._by_vhost_only = False
        """Whether the service refuses these keys a listing of the account."""

    def note_write(self, identity: Identity) -> None:
        """Invalidate cached listings of this app, including one from the same clock tick."""
        self._written[identity.vhost_and_app] = math.nextafter(self._clock.monotonic(), math.inf)

    def recent(self, identity: Identity, deadline: Deadline) -> Listing:
        """A listing that is at most a few seconds old, so that many operations share it."""
        return self._newer_than_writes(identity, self._clock.monotonic() - _RECENT_SECONDS, deadline)

    def fresh(self, identity: Identity, deadline: Deadline) -> Listing:
        """A listing whose call is sent after this method was called."""
        return self._newer_than_writes(identity, self._clock.monotonic(), deadline)

    def listing_of_phase(self, vhost: str, deadline: Deadline) -> Listing:
        """A listing from any time in this phase, for checks: one listing of the account serves every resource."""
        return self._account_or_vhost(self._began, vhost, deadline)

    def vhost_listing_of_phase(self, vhost: str, deadline: Deadline) -> Listing:
        """A listing of one vhost from any time in this phase.

        NotFoundError or AccessError if the service refuses the vhost.
        """
        return self._call(self._began, vhost, deadline)

    def confirmed(self, identity: Identity, listing: Listing, deadline: Deadline) -> Listing:
        """The listing if it has the preset; else one of its vhost, late enough to show every earlier write.

        A preset that is wrongly taken for absent does more harm than one wrongly taken for present. So absence needs a
        second listing, by Vhost: the service does not document what a listing without Vhost shows to keys that are
        limited to a project.
        """
        if identity in listing:
            return listing
        # Another process may have written just before this phase began.
        settled_at = self._after_writes(identity, self._began) + SETTLE_SECONDS
        return self._vhost(settled_at, identity.vhost, deadline)

    def settling(self, identity: Identity, deadline: Deadline, seconds: float = SETTLE_SECONDS) -> Iterator[Listing]:
        """Fresh listings, one each half second; the last one is sent after `seconds`, when every write should show."""
        settled_at = self._clock.monotonic() + seconds
        late = False
        while not late:
            late = self._clock.monotonic() >= settled_at
            yield self.fresh(identity, deadline)
            sleep_until(self._clock, min(settled_at, self._clock.monotonic() + _STEP_SECONDS, deadline.moment))

    def _newer_than_writes(self, identity: Identity, not_before: float, deadline: Deadline) -> Listing:
        return self._account_or_vhost(self._after_writes(identity, not_before), identity.vhost, deadline)

    def _account_or_vhost(self, not_before: float, vhost: str, deadline: Deadline) -> Listing:
        """The account's listing; the vhost's if the account's is refused or empty.

        The service may refuse a listing without Vhost, or answer it with nothing, if keys are limited to a project.
        """
        listing = Listing() if self._by_vhost_only else self._account(not_before, deadline)
        return listing or self._vhost(not_before, vhost, deadline)

    def _account(self, not_before: float, deadline: Deadline) -> Listing:
        try:
            return self._call(not_before, "", deadline)
        except NotFoundError:  # as for a vhost
            return Listing()
        except AccessError:
            self._by_vhost_only = True
            return Listing()

    def _vhost(self, not_before: float, vhost: str, deadline: Deadline) -> Listing:
        """The vhost's listing, empty if the service answers NotFoundError.

        An empty listing does not prove that these keys own the vhost.
        """
        try:
            return self._call(not_before, vhost, deadline)
        except NotFoundError:
            return Listing()

    def _call(self, not_before: float, vhost: str, deadline: Deadline) -> Listing:
        # `confirmed` gives a moment that may lie ahead, so that earlier writes have the time to show.
        sleep_until(self._clock, min(not_before, deadline.moment))
        return Retries(self._clock, deadline).call(lambda: self._listings.since(not_before, deadline, vhost))

    def _after_writes(self, identity: Identity, not_before: float) -> float:
        """The later of `not_before` and this process's last write to the app."""
        return max(not_before, self._written.get(identity.vhost_and_app, not_before))
