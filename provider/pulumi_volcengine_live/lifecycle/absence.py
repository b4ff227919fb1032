"""Decides whether a preset that no listing has is gone.

Valid keys of another account list nothing of a vhost, as if its presets were gone. So there must be proof that the keys
own the vhost.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from pulumi_volcengine_live.api.deadlines import MORE_TIME_ADVICE, Clock, Deadline
from pulumi_volcengine_live.api.retries import Retries
from pulumi_volcengine_live.errors import LiveError, ThrottledError, UnprovenAbsenceError
from pulumi_volcengine_live.preset import INDEPENDENT_STORAGE, Identity, TimeShiftType
from pulumi_volcengine_live.settings import MISSING_VARIABLE

from .listings import Listing

if TYPE_CHECKING:
    from pulumi_volcengine_live.api.client import Client

ADVICE: Final = (
    "Check that the keys belong to the account that has the vhost; if the vhost itself is gone, or the keys may not"
    f" list domains, run with {MISSING_VARIABLE}=accept, which takes every preset that is not listed for gone."
)
REFUSED_ADVICE: Final = (
    f"Check in the vendor's console whether the preset exists; if it is gone, run with {MISSING_VARIABLE}=accept."
)

_DOMAINS_SECONDS: Final = 30.0
"""How long one operation tries to get the proof: an outage must not cost each of many deletes all of its time."""


class AbsenceProof:
    """Proves that unlisted presets of one account are gone. The domains of each vhost are listed at most once."""

    def __init__(self, client: Client, missing: str, clock: Clock) -> None:
        """`missing` is the setting of that name: with `accept`, no proof is required."""
        self._client = client
        self._missing = missing
        self._clock = clock
        self._lock = threading.Lock()
        self._doubts: dict[str, str] = {}
        """For each vhost whose domains were listed: why they are no proof; empty if they are one."""

    def require_proof(
        self, identity: Identity, listing: Listing, deadline: Deadline, stored: Mapping[str, Any]
    ) -> None:
        """UnprovenAbsenceError unless it is proven that a preset which is not listed is gone.

        Other errors if the proof could not be had this time, for instance under throttling.
        """
        if self._missing == "accept":
            return
        self.require_not_refused(listing, stored)
        # Another listed preset of the vhost shows that the keys own it.
        doubt = "" if listing.of_vhost(identity.vhost) else self._doubt(identity.vhost, deadline)
        if doubt:
            message = (
                "it is not listed, which does not prove that it is gone: nothing shows that these keys own the vhost"
                f" {identity.vhost}, which {doubt}."
            )
            raise UnprovenAbsenceError(message, advice=ADVICE)

    def require_not_refused(self, listing: Listing, stored: Mapping[str, Any]) -> None:
        """UnprovenAbsenceError if the service refused a listing that may contain the preset.

        It lists the presets of each storage (TOS, VOD) by a call of its own, and may refuse one of these calls.
        `stored` is what the state has of the preset.
        """
        refusal = listing.refusal_of(storage_of(stored))
        if refusal is not None and self._missing != "accept":
            message = f"it is not listed, but the service refused a listing that may contain it: {refusal.problem}"
            raise UnprovenAbsenceError(message, advice=REFUSED_ADVICE)

    def _doubt(self, vhost: str, deadline: Deadline) -> str:
        """Why it is not proven that the keys own the vhost; empty if it is."""
        deadline = deadline.within(_DOMAINS_SECONDS)
        if not self._lock.acquire(timeout=min(deadline.left(), threading.TIMEOUT_MAX)):
            message = f"waiting while another operation listed the domains of {vhost} used up the time for this one."
            raise ThrottledError(message, advice=MORE_TIME_ADVICE)
        try:
            if vhost not in self._doubts:
                self._doubts[vhost] = self._doubt_after_listing_domains(vhost, deadline)
            return self._doubts[vhost]
        finally:
            self._lock.release()

    def _doubt_after_listing_domains(self, vhost: str, deadline: Deadline) -> str:
        try:
            domains = Retries(self._clock, deadline).call(lambda: self._client.domains([vhost], deadline))
        except LiveError as error:
            if error.retryable:  # not remembered: a later attempt may succeed
                raise
            return f"has no other preset, and whose domains could not be listed ({error.problem.rstrip('.')})"
        if any(domain.vhost == vhost for domain in domains):
            return ""
        return "has no other preset and no domain in this account"


def storage_of(values: Mapping[str, Any]) -> str | None:
    """Where a preset with these values is stored; None if that is not known."""
    independent = values.get("time_shift_type") == TimeShiftType.INDEPENDENT
    return values.get("storage") or (INDEPENDENT_STORAGE if independent else None)
