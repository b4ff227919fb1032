"""One listing serves many: callers share what was asked for at or after the moment that each of them names."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Protocol

from pulumi_volcengine_live.api.listed_items import ListedPresets
from pulumi_volcengine_live.api.pacing import Clock, Deadline
from pulumi_volcengine_live.errors import UnreadablePresetError
from pulumi_volcengine_live.preset import Identity, Preset

Listing = Mapping[Identity, Preset]


class Source(Protocol):
    """Where listings come from."""

    def presets(self, vhost: str, deadline: Deadline, *, starting: Callable[[], None]) -> ListedPresets:
        """Ask the service; call `starting` when the question goes out."""


class _Look(Future[Listing]):
    """One question to the service: waiting for its turn, under way, or answered."""

    started: float | None = None

    def serves(self, not_before: float) -> bool:
        """Whether its answer is new enough; one that has not gone out yet serves whoever is there."""
        return self.started is None or self.started >= not_before

    def failed(self) -> bool:
        return self.done() and self.exception() is not None


class Listings:
    """The account's presets, whole or of one vhost, asked for as seldom as the callers' moments allow."""

    def __init__(self, source: Source, clock: Clock) -> None:
        """Ask nothing yet."""
        self._source = source
        self._clock = clock
        self._lock = threading.Lock()
        self._latest: dict[str, _Look] = {}

    def since(self, not_before: float, deadline: Deadline, vhost: str = "") -> Listing:
        """A listing that was asked for at `not_before` or later; an error goes to everyone who waits for it."""
        while True:
            with self._lock:
                look = self._latest.get(vhost)
                mine = look is None or look.failed() or (look.done() and not look.serves(not_before))
                if look is None or mine:
                    look = self._latest[vhost] = _Look()
                serves = look.serves(not_before)
            if mine:
                self._ask(look, vhost, deadline)
            error = look.exception()
            if not serves:
                continue
            if error is not None:
                raise copy.copy(error) from None
            return look.result()

    def _ask(self, look: _Look, vhost: str, deadline: Deadline) -> None:
        def starting() -> None:
            with self._lock:
                look.started = self._clock.monotonic()

        try:
            listed = self._source.presets(vhost, deadline, starting=starting)
            look.set_result(_readable(listed))
        except BaseException as error:  # noqa: BLE001 - whatever it is, everyone who waits is told
            look.set_exception(error)


def _readable(listed: ListedPresets) -> Listing:
    if listed.unreadable:
        raise UnreadablePresetError(listed.unreadable[0].problem)
    return {preset.identity: preset for preset in listed.presets}
