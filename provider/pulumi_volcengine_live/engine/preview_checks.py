"""What a preview can know from one look at the account: what would be refused later, and what has drifted."""

from __future__ import annotations

import logging
import threading
from typing import Final

from pulumi_volcengine_live.engine.conversions import Meant
from pulumi_volcengine_live.errors import AccessError, LiveError, NotFoundError
from pulumi_volcengine_live.lifecycle.listings import Listing
from pulumi_volcengine_live.lifecycle.operations import Lifecycle
from pulumi_volcengine_live.lifecycle.sibling_policy import WAYS_ON, refusal
from pulumi_volcengine_live.preset import Identity, Preset
from pulumi_volcengine_live.settings import LIVE_CHECKS, LIVE_CHECKS_VARIABLE

STREAMS_PER_APP: Final = 20
"""The service takes no more presets of single streams (doc 1126880)."""

_FIXED: Final = ("pull_domain", "time_shift_type")

_WITHOUT_CHECKS: Final = (
    " Where the account has the vhost all the same, its service says so of vhosts without presets: for the first one"
    f" set {LIVE_CHECKS} (or, for one run, the environment variable {LIVE_CHECKS_VARIABLE}) to off."
)

_log = logging.getLogger(__package__)

Problem = tuple[str, str]


class LiveChecks:
    """One phase's checks. A look that fails is told once, and the rest of the phase goes without."""

    def __init__(self, lifecycle: Lifecycle) -> None:
        """Look at nothing yet."""
        self._lifecycle = lifecycle
        self._lock = threading.Lock()
        self._blind = False
        self._vhost_asked = ""
        self._meant: dict[Identity, str] = {}
        self._had: set[Identity] = set()
        self._leaving: set[Identity] = set()

    def problems(self, meant: Meant) -> list[Problem]:
        """What would be refused, each with the property that it is about; drift is only warned of."""
        with self._lock:
            twice = self._meant_twice(meant)
            listing = None if self._blind else self._look()
            if listing is None:
                return twice
            if meant.old is not None and not meant.replaces:
                self._warn_of_drift(meant, meant.old, listing)
                return twice
            return twice or self._refused(meant, listing)

    def _meant_twice(self, meant: Meant) -> list[Problem]:
        if meant.old is not None and not (meant.replaces and meant.retained):
            self._had.add(meant.old)
            if meant.replaces:
                self._leaving.add(meant.old)
        if meant.identity is None:
            return []
        other = self._meant.setdefault(meant.identity, meant.urn)
        if other == meant.urn:
            return []
        name = other.rpartition("::")[2]
        return [("app", f"the resource {name!r} of this program means {meant.identity} too; remove one of the two")]

    def _look(self) -> Listing | None:
        try:
            return self._lifecycle.glance()
        except AccessError:
            raise
        except LiveError as error:
            self._blind = True
            _log.warning("this was not checked against the service: %s", error)
            return None

    def _refused(self, meant: Meant, listing: Listing) -> list[Problem]:
        if meant.old is not None and meant.old in listing and not meant.retained:
            in_the_way = self._lifecycle.in_the_way(meant.old, listing)
            if in_the_way:
                changes = ", ".join(meant.replaces)
                cause = f"a change of {changes} deletes {meant.old} and makes it anew, but {refusal(in_the_way)}"
                return [(meant.replaces[0], f"{cause} {WAYS_ON}")]
        if meant.identity is None or meant.identity in self._had:
            return []
        found = listing.get(meant.identity)
        if found is not None:
            return _refused_adoption(meant, found)
        return self._too_many_streams(meant.identity, listing) or self._refused_vhost(meant.identity, listing)

    def _too_many_streams(self, identity: Identity, listing: Listing) -> list[Problem]:
        if not identity.stream:
            return []
        there = {*self._meant, *(listing.keys() - self._leaving)}
        names = {name for name in there if name.of_app == identity.of_app and name.stream}
        if len(names) <= STREAMS_PER_APP:
            return []
        reason = (
            f"with it the app {identity.vhost}/{identity.app} has presets of {len(names)} streams, and the service"
            f" takes {STREAMS_PER_APP}; remove others first, or use one preset of the whole app"
        )
        return [("stream", reason)]

    def _refused_vhost(self, identity: Identity, listing: Listing) -> list[Problem]:
        """Ask for one vhost that the account has no presets of yet, so that a preview stays at two looks."""
        if self._vhost_asked or any(name.vhost == identity.vhost for name in listing):
            return []
        self._vhost_asked = identity.vhost
        try:
            refused = self._lifecycle.refused_vhost(identity)
        except LiveError as error:
            _log.warning("the vhost was not checked against the service: %s", error)
            return []
        way_on = _WITHOUT_CHECKS if isinstance(refused, NotFoundError) else ""
        return [("vhost", f"{refused.problem} {refused.advice}{way_on}")] if refused else []

    def _warn_of_drift(self, meant: Meant, old: Identity, listing: Listing) -> None:
        found = listing.get(old)
        if found is None:
            _log.warning("time-shift preset %s is in the state, but the service does not list it: %s", old, _MEND)
            return
        for name in found.differing(meant.olds):
            _log.warning(
                "time-shift preset %s has drifted: %s is %s in the service and %s in the state: %s",
                old,
                name,
                getattr(found, name),
                meant.olds[name],
                _MEND,
            )


def _refused_adoption(meant: Meant, found: Preset) -> list[Problem]:
    if not meant.adopts:
        reason = (
            f"{found} exists already; to manage it from here, set adopt=True; if the resource was renamed in the"
            " program, give it an alias of its old name"
        )
        return [("adopt", reason)]
    reason = f"the preset to adopt is {found}, and this cannot be changed in place: make the program say what exists"
    return [(name, reason) for name in found.differing(meant.news) if name in _FIXED]


_MEND: Final = "`pulumi refresh` shows it, and `pulumi up` then brings it to what the program says."
