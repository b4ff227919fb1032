"""Proof that the keys own a vhost. Valid keys of another account list nothing of it, as if its presets were gone."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from pulumi_volcengine_live.api.pacing import Clock, Deadline, Retries
from pulumi_volcengine_live.errors import LiveError, UnprovenAbsenceError
from pulumi_volcengine_live.preset import Identity
from pulumi_volcengine_live.settings import MISSING_VARIABLE

from .listings import Listing

if TYPE_CHECKING:
    from pulumi_volcengine_live.api.client import Client

ADVICE: Final = (
    "Check that the keys belong to the account that has the vhost; if the vhost itself is gone, or the keys may not"
    f" list domains, run with {MISSING_VARIABLE}=accept."
)


class Ownership:
    """Which vhosts these keys are known to own; a vhost's domains are listed once at most."""

    def __init__(self, client: Client, missing: str, clock: Clock) -> None:
        self._client = client
        self._missing = missing
        self._clock = clock
        self._lock = threading.Lock()
        self._doubts: dict[str, str] = {}
        """For each vhost whose domains were listed: why they are no proof; empty if they are one."""

    def require(self, identity: Identity, listing: Listing, deadline: Deadline) -> None:
        """UnprovenAbsenceError unless something shows that the keys own the vhost of a preset that is not listed."""
        if self._missing == "accept" or listing.of_vhost(identity.vhost):
            return
        doubt = self._doubt(identity.vhost, deadline)
        if doubt:
            message = f"no listing has it, but nothing shows that these keys own the vhost {identity.vhost}: {doubt}."
            raise UnprovenAbsenceError(message, advice=ADVICE)

    def _doubt(self, vhost: str, deadline: Deadline) -> str:
        """Why it is not proven that the keys own the vhost; empty if it is."""
        if not self._lock.acquire(timeout=min(deadline.left(), threading.TIMEOUT_MAX)):
            return "it has no other preset, and listing domains for another operation took all of the time"
        try:
            if vhost not in self._doubts:
                self._doubts[vhost] = self._list_domains(vhost, deadline)
            return self._doubts[vhost]
        finally:
            self._lock.release()

    def _list_domains(self, vhost: str, deadline: Deadline) -> str:
        try:
            domains = Retries(self._clock, deadline).call(lambda: self._client.domains([vhost], deadline))
        except LiveError as error:
            return f"it has no other preset, and its domains could not be listed ({error.problem.rstrip('.')})"
        if any(domain.vhost == vhost for domain in domains):
            return ""
        return "it has no other preset and no domain in this account"
