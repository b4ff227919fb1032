"""Listings, indexed by app and vhost, and List calls that callers share if the answer is new enough for them."""

from __future__ import annotations

import copy
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from types import MappingProxyType
from typing import Protocol

from pulumi_volcengine_live.api.deadlines import MORE_TIME_ADVICE, Clock, Deadline
from pulumi_volcengine_live.api.listed_presets import STORAGES_BY_TYPE, ListedPresets, UnreadableItem
from pulumi_volcengine_live.errors import NotFoundError, ThrottledError, UnreadablePresetError
from pulumi_volcengine_live.preset import Identity, Preset


class Listing:
    """The presets of an account, or of one vhost, as the service listed them at one moment.

    `refused` has the service's refusal for each listed `Type` (see STORAGES_BY_TYPE) that it refused.
    """

    def __init__(
        self,
        presets: Iterable[Preset] = (),
        unreadable: Iterable[UnreadableItem] = (),
        refused: Mapping[str, NotFoundError] = MappingProxyType({}),
    ) -> None:
        self._presets = {preset.identity: preset for preset in presets}
        self._unreadable = tuple(unreadable)
        self._refused = refused
        self._of_app: defaultdict[tuple[str, str], list[Preset]] = defaultdict(list)
        self._of_vhost: defaultdict[str, list[Preset]] = defaultdict(list)
        for identity in sorted(self._presets):
            self._of_app[identity.vhost_and_app].append(self._presets[identity])
            self._of_vhost[identity.vhost].append(self._presets[identity])

    def get(self, identity: Identity) -> Preset | None:
        """The preset, if it is listed; UnreadablePresetError if an item that cannot be read may be this one."""
        preset = self._presets.get(identity)
        if preset is None:
            self._require_readable(identity)
        return preset

    def __contains__(self, identity: Identity) -> bool:
        """Whether the preset is listed. An item that cannot be read does not count; `get` raises for it."""
        return identity in self._presets

    def __bool__(self) -> bool:
        """Whether anything is listed."""
        return bool(self._presets or self._unreadable)

    def of_vhost(self, vhost: str) -> list[Preset]:
        """The presets of a vhost, in order of their ids."""
        return self._of_vhost.get(vhost, [])

    def siblings(self, identity: Identity) -> list[Preset]:
        """The other presets of the same vhost and app, in order of their ids."""
        return [preset for preset in self._of_app.get(identity.vhost_and_app, []) if preset.identity != identity]

    def unreadable_siblings(self, identity: Identity) -> list[UnreadableItem]:
        """Items of the same vhost and app that cannot be read."""
        return [item for item in self._unreadable if item.may_be_in_app_of(identity)]

    def still_has(self, earlier: UnreadableItem) -> bool:
        """Whether an item that could not be read in an earlier listing is in this one, readable or not."""
        names = {(item.vhost, item.app, item.stream) for item in self._unreadable}
        names |= {(preset.vhost, preset.app, preset.stream) for preset in self._presets}
        return (earlier.vhost, earlier.app, earlier.stream) in names

    def refusal_of(self, storage: str | None) -> NotFoundError | None:
        """Why the presets of this storage were not listed; None if they were.

        If `storage` is None or not a known one: why those of any storage were not listed.
        """
        may_be_in = (type_ for type_, storages in STORAGES_BY_TYPE.items() if storage in storages)
        types = [*may_be_in] or [*STORAGES_BY_TYPE]
        return next((self._refused[type_] for type_ in types if type_ in self._refused), None)

    def _require_readable(self, identity: Identity) -> None:
        for item in self._unreadable:
            if item.may_be(identity):
                message = f"the service lists an item that may be this preset: {item.problem}"
                raise UnreadablePresetError(message)


class Source(Protocol):
    """Where listings come from: the API's client."""

    def presets(self, vhost: str, deadline: Deadline, *, starting: Callable[[], None]) -> ListedPresets:
        """List the presets of the account, or of one vhost; call `starting` when the calls are sent."""


class _SharedCall(Future[Listing]):
    """One List call, shared by the callers that it is new enough for."""

    sent_at: float | None = None

    def serves(self, not_before: float) -> bool:
        """Whether its answer is new enough; a call that is not sent yet serves everyone."""
        return self.sent_at is None or self.sent_at >= not_before

    def failed(self) -> bool:
        return self.done() and self.exception() is not None


class SharedListings:
    """Listings of the account and of its vhosts, with as few calls as the callers' `not_before` allows."""

    def __init__(self, source: Source, clock: Clock) -> None:
        self._source = source
        self._clock = clock
        self._lock = threading.Lock()
        self._latest: dict[str, _SharedCall] = {}

    def since(self, not_before: float, deadline: Deadline, vhost: str = "") -> Listing:
        """A listing whose call was sent at `not_before` or later; everyone who waits for a call gets its error."""
        while True:
            call, serves, must_send = self._join(not_before, vhost)
            if must_send:
                self._send(call, vhost, deadline)
            error = _wait_for_error(call, deadline)
            if serves and error is not None:
                # A copy, since each caller adds its own operation, and its own traceback.
                raise copy.copy(error) from None
            if serves:
                return call.result()
            # The call was too old for this caller, so it joins the next one.

    def _join(self, not_before: float, vhost: str) -> tuple[_SharedCall, bool, bool]:
        """The latest call, whether it serves this caller, and whether this caller must send it.

        A call under way that is too old for this caller is waited for nevertheless, so that those who wait share the
        next one.
        """
        with self._lock:
            call = self._latest.get(vhost)
            must_send = call is None or call.failed() or (call.done() and not call.serves(not_before))
            if call is None or must_send:  # the first half is for the type checker
                call = self._latest[vhost] = _SharedCall()
            return call, call.serves(not_before), must_send

    def _send(self, call: _SharedCall, vhost: str, deadline: Deadline) -> None:
        def starting() -> None:
            with self._lock:
                call.sent_at = self._clock.monotonic()

        try:
            listed = self._source.presets(vhost, deadline, starting=starting)
            call.set_result(Listing(listed.presets, listed.unreadable, listed.refused))
        except BaseException as error:  # noqa: BLE001 - whatever it is, everyone who waits gets it
            call.set_exception(error)


def _wait_for_error(call: _SharedCall, deadline: Deadline) -> BaseException | None:
    """Wait for the call; its error, or None if it succeeded. ThrottledError if the deadline comes first."""
    try:
        return call.exception(timeout=min(deadline.left(), threading.TIMEOUT_MAX))
    except FutureTimeoutError:
        message = (
            "the listing that another operation sent, and this one waited for, did not arrive within this one's time."
        )
        raise ThrottledError(message, advice=MORE_TIME_ADVICE) from None
