"""An app of the user's own for trying things: only one run makes presets in it, and only those are deleted."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pulumi_volcengine_live.api.pacing import OPERATION_SECONDS, Clock, Deadline, Retries, sleep_until
from pulumi_volcengine_live.errors import (
    ConflictError,
    InvalidRequestError,
    LiveError,
    NotFoundError,
    Outcome,
    OutcomeUnknownError,
)
from pulumi_volcengine_live.lifecycle.operations import Lifecycle
from pulumi_volcengine_live.lifecycle.snapshots import SETTLE_SECONDS
from pulumi_volcengine_live.preset import Identity, MaxShiftTime, Preset, TimeShiftType

if TYPE_CHECKING:
    from pulumi_volcengine_live.api.client import Client

LONGEST_LAG_SECONDS: Final = 60.0
_STEP_SECONDS: Final = 0.5

Presets = Mapping[Identity, Preset]


@dataclass(frozen=True)
class Deletion:
    """One delete call: which preset it named, what the service said, and what was gone afterwards, when."""

    named: Identity
    said: str
    removed: tuple[Identity, ...]
    seconds: float | None

    @property
    def exact(self) -> bool:
        """Whether it removed the one that it named, and nothing else."""
        return self.removed == (self.named,)

    def __str__(self) -> str:
        """What it did."""
        removed = ", ".join(map(str, self.removed)) or "nothing"
        return f"a delete of {self.named} removed {removed} (the service said: {self.said})"


class OwnApp:
    """Makes presets in one app, tells what is there, and deletes only while nothing else is there.

    What a delete call removes is not known, so one beside a preset of somebody else's is never made: ConflictError.
    """

    def __init__(self, client: Client, identity: Identity, pull_domain: str, clock: Clock = time) -> None:
        """Touch nothing yet; `identity` is the app's own preset's."""
        self.identity = identity
        self.client = client
        self.lag = 0.0
        """The longest that a listing was seen to lag, in seconds."""
        self._pull_domain = pull_domain
        self._clock = clock
        self._looked = clock.monotonic()
        self._standing: set[Identity] = set()
        self._names: defaultdict[Identity, set[str]] = defaultdict(set)
        self._unnamed: set[Identity] = set()

    @property
    def standing(self) -> list[Identity]:
        """What this run made, or may have made, and nobody has seen vanish."""
        return sorted(self._standing)

    def stream(self, name: str) -> Identity:
        """The identity of a stream's preset."""
        return Identity(*self.identity.of_app, name)

    def preset(self, identity: Identity, max_shift_time: int = MaxShiftTime.DAYS_1) -> Preset:
        """An independent preset of this app, which needs nothing else to exist."""
        return Preset(identity, max_shift_time, self._pull_domain, TimeShiftType.INDEPENDENT)

    def require_empty(self) -> None:
        """Refuse an app that has presets, also such as a lagging listing shows late."""
        self.presets()
        sleep_until(self._clock, self._clock.monotonic() + SETTLE_SECONDS)
        self.presets()

    def presets(self) -> Presets:
        """What the app has now; ConflictError where one is not this run's."""
        try:
            retries = self._retries()
            listed = retries.call(
                lambda: self.client.presets(self.identity.vhost, retries.deadline, starting=self._note_look)
            ).presets
        except NotFoundError:
            listed = ()
        found = {preset.identity: preset for preset in listed if preset.identity.of_app == self.identity.of_app}
        self._learn_names(found.values())
        foreign = [preset for preset in found.values() if not self._is_own(preset)]
        if foreign:
            raise _not_alone(foreign)
        return found

    def expect(self, identity: Identity) -> None:
        """Count a preset as this run's, and the next new name that the service lists for it."""
        self._standing.add(identity)
        self._unnamed.add(identity)

    @contextmanager
    def making(self, identity: Identity) -> Iterator[None]:
        """The block creates a preset that is not there; it counts as this run's unless it was certainly not made."""
        self.presets()
        self.expect(identity)
        try:
            yield
        except LiveError as error:
            if error.outcome is Outcome.UNCHANGED:
                self._standing.discard(identity)
            raise

    def make(self, identity: Identity) -> float:
        """Create a preset by the provider's own rules, and wait until it is listed; how many seconds that took."""
        with self.making(identity):
            life = Lifecycle(self.client, "refuse", "verify", self._clock)
            life.create(self.preset(identity), life.deadline(), adopt=False)
        return self.wait(f"{identity} was made", lambda found: identity in found)

    def delete(self, identity: Identity) -> str:
        """Send a delete call, if only this run's presets are there; what the service said."""
        retries = self._retries()
        while True:
            self.presets()
            try:
                self.client.delete(identity, retries.deadline)
            except (NotFoundError, InvalidRequestError) as error:
                return error.problem
            except LiveError as error:
                retries.wait_after(error)
            else:
                return "acknowledged"

    def try_delete(self, named: Identity) -> Deletion:
        """Delete, and watch what goes."""
        before = self.presets()
        said = self.delete(named)
        seconds = self.until(lambda found: found.keys() != before.keys(), LONGEST_LAG_SECONDS)
        removed = before.keys() - self.settled().keys()
        return Deletion(named, said, tuple(sorted(removed)), seconds)

    def settled(self) -> Presets:
        """What the app has when a lagging listing has had its time; what it does not show then is gone."""
        sleep_until(self._clock, self._clock.monotonic() + self._settle_seconds)
        found = self.presets()
        self._standing &= found.keys()
        return found

    def until(self, condition: Callable[[Presets], bool], seconds: float) -> float | None:
        """After how many seconds the app was as it should be; None where it was not within so many."""
        began = self._clock.monotonic()
        while True:
            there = condition(self.presets())
            passed = self._looked - began
            if there:
                self.lag = max(self.lag, passed)
                return passed
            if passed >= seconds:
                return None
            sleep_until(self._clock, self._looked + _STEP_SECONDS)

    def wait(self, after: str, condition: Callable[[Presets], bool]) -> float:
        """The same for what is certain to come; OutcomeUnknownError where no listing shows it."""
        seconds = self.until(condition, LONGEST_LAG_SECONDS)
        if seconds is None:
            message = f"{after}, but {LONGEST_LAG_SECONDS:g} seconds later no listing shows it."
            raise OutcomeUnknownError(message)
        return seconds

    def clear(self) -> None:
        """Delete what this run made; `standing` tells what is left, or may be, also where this ends early."""
        self.until(lambda found: self._standing <= found.keys(), LONGEST_LAG_SECONDS)
        never_listed = self._standing - self.presets().keys()
        for identity in sorted(self._standing, reverse=True):
            if identity in self.presets():
                self.delete(identity)
        self.until(lambda found: not found, self._settle_seconds)
        self._standing &= self.presets().keys() | never_listed

    def _retries(self) -> Retries:
        return Retries(self._clock, Deadline.after(self._clock, OPERATION_SECONDS))

    def _note_look(self) -> None:
        self._looked = self._clock.monotonic()

    @property
    def _settle_seconds(self) -> float:
        return max(SETTLE_SECONDS, 3 * self.lag)

    def _learn_names(self, found: Iterable[Preset]) -> None:
        """The first new name that is listed for a preset which this run created is that preset's name."""
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
        return preset.identity in self._standing and preset.pull_domain == self._pull_domain


def _not_alone(foreign: Iterable[Preset]) -> LiveError:
    message = f"the app has presets that this run did not make: {', '.join(map(str, foreign))}."
    return ConflictError(message, advice="Use an app that has no presets and that nobody else uses.")
