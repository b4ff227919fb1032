"""An app of the user's own for experiments: one run creates presets in it, and deletes only those."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pulumi_volcengine_live.api.deadlines import OPERATION_SECONDS, Clock, Deadline, sleep_until
from pulumi_volcengine_live.api.listed_presets import ListedPresets
from pulumi_volcengine_live.api.retries import Retries
from pulumi_volcengine_live.errors import (
    ConflictError,
    InvalidRequestError,
    LiveError,
    NotFoundError,
    Outcome,
)
from pulumi_volcengine_live.lifecycle.operations import AccountPresets
from pulumi_volcengine_live.lifecycle.short_list import short_list
from pulumi_volcengine_live.lifecycle.snapshots import SETTLE_SECONDS
from pulumi_volcengine_live.preset import Identity, MaxShiftTime, Preset, TimeShiftType

if TYPE_CHECKING:
    from pulumi_volcengine_live.api.client import Client

LONGEST_LAG_SECONDS: Final = 60.0
"""How long a write may take to appear in listings. How far they lag is not known, so this is a generous guess."""
_SHORTEST_PAUSE_SECONDS: Final = 0.5
_ANOTHER_APP_ADVICE: Final = "Use an app that has no presets and that nobody else uses."

Presets = Mapping[Identity, Preset]


@dataclass(frozen=True)
class DeleteTrial:
    """One delete call: the preset that it named, what the service answered, what was gone afterwards, and how soon."""

    named: Identity
    answer: str
    removed: tuple[Identity, ...]
    seconds: float | None

    @property
    def exact(self) -> bool:
        """Whether it removed the one that it named, and nothing else."""
        return self.removed == (self.named,)

    def __str__(self) -> str:
        """One line for the user."""
        removed = ", ".join(map(str, self.removed)) or "nothing"
        return f"a delete of {self.named} removed {removed} (the service answered: {self.answer})"


class OwnApp:
    """Creates and deletes presets in one app, as long as the app has nobody else's presets.

    What a delete call removes is not known, so none is sent while the app has a preset of somebody else's, and
    ConflictError is raised instead.
    """

    def __init__(self, client: Client, identity: Identity, pull_domain: str, clock: Clock = time) -> None:
        """`identity` is that of the app-level preset; nothing is created yet."""
        self.identity = identity
        self.client = client
        self.lag = 0.0
        """The longest that a listing lagged behind a write, in seconds."""
        self._pull_domain = pull_domain
        self._clock = clock
        self._listed_at = clock.monotonic()
        """When the last listing was sent."""
        self._remaining: set[Identity] = set()
        self._names: defaultdict[Identity, set[str]] = defaultdict(set)
        """The names that the service gave the presets of this run."""
        self._unnamed: set[Identity] = set()
        """The presets of this run whose name no listing has shown yet."""

    @property
    def remaining(self) -> list[Identity]:
        """The presets that this run created, or may have created, and that are not known to be gone."""
        return sorted(self._remaining)

    def stream_identity(self, name: str) -> Identity:
        """The identity of a stream's preset."""
        return Identity(*self.identity.vhost_and_app, name)

    def preset(self, identity: Identity, max_shift_time: int = MaxShiftTime.DAYS_1) -> Preset:
        """An independent preset of this app, which needs nothing else to exist."""
        return Preset(identity, max_shift_time, self._pull_domain, TimeShiftType.INDEPENDENT)

    def require_empty(self) -> None:
        """ConflictError if the app has presets, or may have: it lists twice, since listings lag.

        The service may refuse one of the two calls of a listing, which may hide presets.
        """
        self.presets()
        sleep_until(self._clock, self._clock.monotonic() + SETTLE_SECONDS)
        listed = self._listed()
        self._require_own(listed)
        for refusal in listed.refused.values():
            message = f"whether the app has other presets is not known: {refusal.problem}"
            raise ConflictError(message, advice=_ANOTHER_APP_ADVICE)

    def presets(self) -> Presets:
        """List the app's presets; ConflictError if one is not this run's, or cannot be read."""
        return self._require_own(self._listed())

    def _require_own(self, listed: ListedPresets) -> Presets:
        """The app's presets by identity; ConflictError if one is not this run's, or cannot be read."""
        found = {preset.identity: preset for preset in listed.presets if preset.identity.is_in_app_of(self.identity)}
        self._learn_names(found.values())
        foreign = [preset for preset in found.values() if not self._is_own(preset)]
        unreadable = [item.problem.rstrip(".") for item in listed.unreadable if item.may_be_in_app_of(self.identity)]
        if foreign or unreadable:
            message = f"the app has presets that this run did not create: {short_list([*foreign, *unreadable])}."
            raise ConflictError(message, advice=_ANOTHER_APP_ADVICE)
        return found

    def _listed(self) -> ListedPresets:
        retries = self._retries()
        try:
            return retries.call(
                lambda: self.client.presets(self.identity.vhost, retries.deadline, starting=self._note_time)
            )
        except NotFoundError:
            return ListedPresets(())

    def expect(self, identity: Identity) -> None:
        """Count a preset as this run's. The name that the service gives it is the first new one that is listed."""
        self._remaining.add(identity)
        self._unnamed.add(identity)

    @contextmanager
    def creating(self, identity: Identity) -> Iterator[None]:
        """The block creates a preset; it counts as this run's unless it was certainly not created."""
        self.presets()
        self.expect(identity)
        try:
            yield
        except LiveError as error:
            if error.outcome is Outcome.UNCHANGED:
                self._remaining.discard(identity)
            raise

    def create(self, identity: Identity) -> float:
        """Create a preset as the provider does, wait until it is listed, and return the seconds that took."""
        with self.creating(identity):
            life = AccountPresets(self.client, "refuse", "verify", self._clock)  # sharedDelete, missing
            life.create(self.preset(identity), life.deadline(), adopt=False)
        return self.require_within_lag(f"{identity} was created", lambda found: identity in found)

    def delete(self, identity: Identity) -> str:
        """Send a delete call and return the service's answer; ConflictError if the app has somebody else's presets."""
        retries = self._retries()
        while True:
            self.presets()
            try:
                self.client.delete(identity, retries.deadline)
            except (NotFoundError, InvalidRequestError) as error:
                return error.problem
            except LiveError as error:
                retries.pause_after(error)
            else:
                return "acknowledged"

    def try_delete(self, named: Identity) -> DeleteTrial:
        """Delete a preset and see which presets are gone afterwards."""
        before = self.presets()
        answer = self.delete(named)
        seconds = self.seconds_until(lambda found: found.keys() != before.keys(), LONGEST_LAG_SECONDS)
        removed = before.keys() - self.settled().keys()
        return DeleteTrial(named, answer, tuple(sorted(removed)), seconds)

    def settled(self) -> Presets:
        """List the app's presets after the time that listings lag; what is not listed then is gone."""
        sleep_until(self._clock, self._clock.monotonic() + self._settle_seconds)
        found = self.presets()
        self._remaining &= found.keys()
        return found

    def seconds_until(self, condition: Callable[[Presets], bool], seconds: float) -> float | None:
        """List until the condition holds, and return the seconds that took; None if it does not hold in time.

        The longer it takes, the fewer calls: the pauses grow, and the last one is at most an eighth of the result.
        """
        began = self._clock.monotonic()
        while True:
            there = condition(self.presets())
            passed = self._listed_at - began
            if there:
                self.lag = max(self.lag, passed)
                return passed
            if passed >= seconds:
                return None
            sleep_until(self._clock, self._listed_at + max(_SHORTEST_PAUSE_SECONDS, passed / 8))

    def require_within_lag(self, done: str, condition: Callable[[Presets], bool]) -> float:
        """Like `seconds_until`, but an error if the condition does not hold within LONGEST_LAG_SECONDS.

        `done` says which change the listings should show, as the beginning of the message.
        """
        seconds = self.seconds_until(condition, LONGEST_LAG_SECONDS)
        if seconds is None:
            message = f"{done}, but {LONGEST_LAG_SECONDS:g} seconds later the listings do not show it."
            raise LiveError(
                message,
                outcome=Outcome.CHANGED,
                advice="The listings of this account lag: run this again later.",
            )
        return seconds

    def clear(self) -> None:
        """Delete what this run created. `remaining` has what is left, or may be left, even if this ends early."""
        # A preset may be listed late, and only a listed one is deleted.
        self.seconds_until(lambda found: self._remaining <= found.keys(), LONGEST_LAG_SECONDS)
        never_listed = self._remaining - self.presets().keys()
        for identity in sorted(self._remaining, reverse=True):
            if identity in self.presets():
                self.delete(identity)
        self.seconds_until(lambda found: not found, self._settle_seconds)
        self._remaining &= self.presets().keys() | never_listed

    def _retries(self) -> Retries:
        return Retries(self._clock, Deadline.after(self._clock, OPERATION_SECONDS))

    def _note_time(self) -> None:
        self._listed_at = self._clock.monotonic()

    @property
    def _settle_seconds(self) -> float:
        """How long a write may take to be listed: with a margin, since the longest lag seen may not be the longest."""
        return max(SETTLE_SECONDS, 3 * self.lag)

    def _learn_names(self, found: Iterable[Preset]) -> None:
        """Note the name of each preset that this run created: the first new one that is listed for it."""
        for preset in found:
            identity, name = preset.identity, preset.preset_name
            if self._may_be_own(preset) and name and identity in self._unnamed and name not in self._names[identity]:
                self._names[identity].add(name)
                self._unnamed.remove(identity)

    def _is_own(self, preset: Preset) -> bool:
        """Whether this run created the preset. One of the same identity with another name is somebody else's."""
        return self._may_be_own(preset) and (
            preset.preset_name is None or preset.preset_name in self._names[preset.identity]
        )

    def _may_be_own(self, preset: Preset) -> bool:
        return preset.identity in self._remaining and preset.pull_domain == self._pull_domain
