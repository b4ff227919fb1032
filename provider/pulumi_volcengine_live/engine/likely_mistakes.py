"""Warns of likely mistakes around a preset that will be created: its pull domain, and what records its streams.

These are warnings, not refusals: what the service does with such a preset is not documented.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from typing import Final

from pulumi_volcengine_live.api.deadlines import Deadline
from pulumi_volcengine_live.domain import Domain
from pulumi_volcengine_live.errors import LiveError
from pulumi_volcengine_live.lifecycle.domains_and_recordings import DomainsAndRecordings
from pulumi_volcengine_live.lifecycle.short_list import short_list
from pulumi_volcengine_live.preset import INDEPENDENT_STORAGE, Identity, TimeShiftType
from pulumi_volcengine_live.recording import RecordingPreset
from pulumi_volcengine_live.settings import LIVE_CHECKS_VARIABLE

from .program import Resource

_NOT_CHECKED: Final = (
    "domains or recording presets were not checked, because these calls failed: %s. The preview is valid without"
    f" them; {LIVE_CHECKS_VARIABLE}=off turns all checks against the service off."
)
_UNLESS_VOD: Final = ", which is right only if the recordings are stored in VOD"

_log = logging.getLogger(__package__)


class LikelyMistakes:
    """The warnings of one phase, each once. If a call fails, one line says so, and its checks are left out."""

    def __init__(self, listed: DomainsAndRecordings) -> None:
        self._listed = listed
        self._warned: set[str] = set()
        self._reported: set[str] = set()
        """The actions whose failure was reported."""

    def warn_about(self, resource: Resource, deadline: Deadline) -> None:
        """Warn of likely mistakes in a preset that will be created, as far as its inputs are known."""
        for problem in (*self._recording_warnings(resource, deadline), *self._pull_domain_warnings(resource, deadline)):
            warning = f"time-shift preset {resource.new_identity or resource.name}: {problem}"
            if warning not in self._warned:
                self._warned.add(warning)
                _log.warning("%s", warning)
        self._report_failed_calls()

    def _recording_warnings(self, resource: Resource, deadline: Deadline) -> Iterator[str]:
        """A recording time shift follows the recording preset of the same level, app or stream (doc 1126880)."""
        identity, recordings = resource.new_identity, self._recordings(resource, deadline)
        if identity is None or recordings is None or _own_recordings(identity, recordings):
            return
        others = short_list(sorted(map(_described, recordings))) or "none"
        yield (
            f"it plays recordings, but the {_level(identity)} has no recording preset of its own, which it needs"
            f" (https://www.volcengine.com/docs/6469/1126880). Recording presets of the vhost: {others}. Create one"
            " first, or use TimeShiftType.INDEPENDENT, which records by itself."
        )

    def _pull_domain_warnings(self, resource: Resource, deadline: Deadline) -> Iterator[str]:
        vhost, pull_domain = resource.news.get("vhost"), resource.news.get("pull_domain")
        if vhost is None or pull_domain is None:
            return
        storage = self._storage(resource, deadline)
        if storage == "vod":
            yield (
                f"its recordings are stored in VOD, so pull_domain {pull_domain} must be the distribution domain of the"
                " VOD space. Live does not list such domains, so it was not checked."
            )
        # A listing without any domain says more about the keys than about the pull domain.
        elif domains := self._listed.domains(vhost, deadline):
            whole_account = not self._listed.domains_by_vhost_only
            yield from _pull_domain_warning(vhost, pull_domain, domains, storage, whole_account=whole_account)

    def _storage(self, resource: Resource, deadline: Deadline) -> str:
        """Where its recordings will be stored; empty if that is not known."""
        if resource.news.get("time_shift_type") == TimeShiftType.INDEPENDENT:
            return INDEPENDENT_STORAGE
        recordings = self._recordings(resource, deadline)
        own = _own_recordings(resource.new_identity, recordings) if resource.new_identity and recordings else []
        storages = {recording.storage for recording in own}
        return storages.pop() if len(storages) == 1 else ""

    def _recordings(self, resource: Resource, deadline: Deadline) -> Sequence[RecordingPreset] | None:
        """The recording presets of its vhost; None if it plays none, or if they could not be listed."""
        if resource.new_identity is None or resource.news.get("time_shift_type") != TimeShiftType.RECORDING:
            return None
        return self._listed.recordings(resource.new_identity.vhost, deadline)

    def _report_failed_calls(self) -> None:
        failed = {action: error for action, error in self._listed.failed.items() if action not in self._reported}
        if failed:
            self._reported |= failed.keys()
            _log.warning(_NOT_CHECKED, "; ".join(f"{action} ({_reason(error)})" for action, error in failed.items()))


def _pull_domain_warning(
    vhost: str, pull_domain: str, domains: Sequence[Domain], storage: str, *, whole_account: bool
) -> Iterator[str]:
    domain = next((domain for domain in domains if domain.name == pull_domain), None)
    not_listed = _not_listed(vhost, whole_account=whole_account) + ("" if storage else _UNLESS_VOD)
    problems = list(_defects_of(domain, vhost)) if domain else [not_listed]
    if problems:
        stored = "its recordings are stored in TOS, and " if storage == "tos" else ""
        pulls = sorted(other.name for other in domains if _serves(other, vhost))
        has = f"Pull domains of the vhost {vhost} that are in service: {short_list(pulls) or 'none'}."
        yield f"{stored}pull_domain {pull_domain} {' and '.join(problems)}. {has}"


def _not_listed(vhost: str, *, whole_account: bool) -> str:
    if whole_account:
        return "is no domain of this account"
    return f"is no domain of the vhost {vhost} (these keys may not list the domains of the whole account)"


def _serves(domain: Domain, vhost: str) -> bool:
    return domain.vhost == vhost and domain.type == "pull" and domain.usable is not False  # unknown counts as usable


def _defects_of(domain: Domain, vhost: str) -> Iterator[str]:
    if domain.vhost != vhost:
        yield f"belongs to the vhost {domain.vhost}"
    if domain.type == "push":
        yield "is a push domain"
    if domain.usable is False:
        yield f"is not in service (it is {domain.status})"


def _own_recordings(identity: Identity, recordings: Sequence[RecordingPreset]) -> list[RecordingPreset]:
    level = (identity.vhost, identity.app, identity.stream)
    return [recording for recording in recordings if (recording.vhost, recording.app, recording.stream) == level]


def _level(identity: Identity) -> str:
    return "stream" if identity.stream else "app"


def _described(recording: RecordingPreset) -> str:
    name = "/".join(filter(None, (recording.vhost, recording.app, recording.stream)))
    return f"{name} (of the {recording.level}, stored in {recording.storage.upper()})"


def _reason(error: LiveError) -> str:
    return error.problem.rstrip(".")
