"""What the account has, seen late enough for what is to be decided."""

from __future__ import annotations

import math
from collections.abc import Set as AbstractSet
from typing import Final

from pulumi_volcengine_live.api.pacing import Clock, Retries, sleep_until
from pulumi_volcengine_live.errors import NotFoundError
from pulumi_volcengine_live.lifecycle.listings import Listing, Listings, Source
from pulumi_volcengine_live.preset import Identity

SETTLE_SECONDS: Final = 5.0
"""How long a listing is given to show what was written. Whether listings lag at all is not known of the service."""

_RECENT_SECONDS: Final = 3.0
_STEP_SECONDS: Final = 0.5


class Looks:
    """Listings for one phase of a command, each later than what this process itself wrote to the app in question."""

    def __init__(self, source: Source, clock: Clock) -> None:
        """Begin a phase: what earlier phases wrote is at most this old."""
        self._clock = clock
        self._listings = Listings(source, clock)
        self._began = clock.monotonic()
        self._written: dict[tuple[str, str], float] = {}

    def note_write(self, identity: Identity) -> None:
        """Count no look for this app that may have been before this moment, nor one of the clock's same tick."""
        self._written[identity.of_app] = math.nextafter(self._clock.monotonic(), math.inf)

    def recent(self, identity: Identity, retries: Retries) -> Listing:
        """At most a few seconds old, and so shared by many."""
        return self._since(identity, self._clock.monotonic() - _RECENT_SECONDS, retries)

    def glance(self, retries: Retries, vhost: str = "") -> Listing:
        """The phase's latest of the account, or of one vhost, as the service says it: for telling, not deciding."""
        return retries.call(lambda: self._listings.since(self._began, retries.deadline, vhost))

    def fresh(self, identity: Identity, retries: Retries) -> Listing:
        """Asked for from now on."""
        return self._since(identity, self._clock.monotonic(), retries)

    def confirmed(self, identity: Identity, listing: Listing, retries: Retries) -> Listing:
        """The listing if it shows the preset, else its vhost's, so late that it shows all that was written before."""
        if identity in listing:
            return listing
        settled = self._after_writes(identity, self._began) + SETTLE_SECONDS
        return self._listed(settled, identity.vhost, retries)

    def until(
        self,
        identity: Identity,
        retries: Retries,
        *,
        there: bool,
        beside: AbstractSet[Identity] = frozenset(),
        seconds: float = SETTLE_SECONDS,
    ) -> Listing:
        """Look afresh until the preset is there, or is not, and others are, or a lagging listing has had its time."""
        deadline = self._clock.monotonic() + seconds
        while True:
            late = self._clock.monotonic() >= deadline
            listing = self.fresh(identity, retries)
            if late or ((identity in listing) == there and beside <= listing.keys()):
                return listing
            sleep_until(self._clock, min(deadline, self._clock.monotonic() + _STEP_SECONDS))

    def _since(self, identity: Identity, moment: float, retries: Retries) -> Listing:
        """What the account has; one that seems to have nothing at all is asked again by vhost."""
        not_before = self._after_writes(identity, moment)
        return self._listed(not_before, "", retries) or self._listed(not_before, identity.vhost, retries)

    def _listed(self, not_before: float, vhost: str, retries: Retries) -> Listing:
        sleep_until(self._clock, not_before)
        try:
            return retries.call(lambda: self._listings.since(not_before, retries.deadline, vhost))
        except NotFoundError:
            return {}

    def _after_writes(self, identity: Identity, moment: float) -> float:
        return max(moment, self._written.get(identity.of_app, moment))
