"""The domains and recording presets that presets rely on, listed at most once per account or vhost in a phase."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from pulumi_volcengine_live.api.deadlines import Deadline
from pulumi_volcengine_live.api.listed_domains import LIST_DOMAINS
from pulumi_volcengine_live.api.listed_recordings import LIST_RECORDINGS
from pulumi_volcengine_live.api.retries import Retries
from pulumi_volcengine_live.errors import AccessError, LiveError

if TYPE_CHECKING:
    from pulumi_volcengine_live.api.client import Client
    from pulumi_volcengine_live.domain import Domain
    from pulumi_volcengine_live.recording import RecordingPreset

Item = TypeVar("Item")


class DomainsAndRecordings:
    """The domains and recording presets of one account.

    After one call of an action failed, that action is not called again, for any vhost.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._domains: dict[str, Sequence[Domain]] = {}
        self._recordings: dict[str, Sequence[RecordingPreset]] = {}
        self.domains_by_vhost_only = False
        """Whether the service refuses these keys the domains of the whole account."""
        self.failed: dict[str, LiveError] = {}
        """The error of each action that failed, by its name."""

    def domains(self, vhost: str, deadline: Deadline) -> Sequence[Domain] | None:
        """The account's domains, or only the vhost's if `domains_by_vhost_only`; None if neither could be listed.

        One listing of the account serves every vhost. The service may refuse it to keys that are limited to a project.
        """
        if not self.domains_by_vhost_only:
            listed = self._once(LIST_DOMAINS, self._domains, "", deadline, lambda: self._client.domains([], deadline))
            self.domains_by_vhost_only = isinstance(self.failed.get(LIST_DOMAINS), AccessError)
            if not self.domains_by_vhost_only:
                return listed
            # The service may allow the vhost's domains, so the refusal is not yet a failure.
            del self.failed[LIST_DOMAINS]
        return self._once(LIST_DOMAINS, self._domains, vhost, deadline, lambda: self._client.domains([vhost], deadline))

    def recordings(self, vhost: str, deadline: Deadline) -> Sequence[RecordingPreset] | None:
        """The vhost's recording presets of all levels, or None if they could not be listed."""
        return self._once(
            LIST_RECORDINGS, self._recordings, vhost, deadline, lambda: self._client.recordings(vhost, deadline)
        )

    def _once(
        self,
        action: str,
        cache: dict[str, Sequence[Item]],
        vhost: str,
        deadline: Deadline,
        list_now: Callable[[], Sequence[Item]],
    ) -> Sequence[Item] | None:
        """The cached items, or those of a call made now; None if there are none and the action has failed."""
        if vhost not in cache and action not in self.failed:
            try:
                cache[vhost] = Retries(deadline.clock, deadline).call(list_now)
            except LiveError as error:
                self.failed[action] = error
        return cache.get(vhost)
