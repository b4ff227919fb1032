"""What must hold after each step, whoever carries it out: the real engine or the simulated one."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, Protocol

from fuzz.programs import GROUP, Key, Outside, Program, Step
from pulumi_volcengine_live.emulator import CREATE, DELETE, UPDATE, Emulator, Guesses, Preset

SECRETS: Final = ("AK-canary-1", "SK-canary-2")
_PROPERTIES: Final = (
    *("property vhost", "property app", "property stream", "property max_shift_time"),
    *("property pull_domain", "property time_shift_type", "property adopt"),
)
_ENGINES_OWN: Final = ("unable to replace resource", "because it is protected", "Duplicate resource", "duplicate alias")
_REFUSED_DELETES: Final = (
    "the delete is refused while its app has other presets",
    "the preset that exists is not the one in the state",
)
_KEEPS_STREAMS: Final = "the service may be unable to delete the preset of a single stream"
"""The error if the guess delete_removes is `app-level`: no delete of a stream's preset can succeed."""
_LATE_SECONDS: Final = 0.1
"""After a fault that carries a call out late: by then it is carried out."""


class Violation(AssertionError):  # noqa: N818 - a broken promise, not an error of the program
    """A promise that a step broke."""


@dataclass(frozen=True)
class StateEntry:
    """What the judge must know of a resource in the state, whoever keeps that state."""

    urn: str
    key: Key
    retain: bool = False
    """Whether the engine may let go of it without a delete: because of `retain_on_delete` or `deleted_with`."""
    pending: bool = False
    """Whether an update deleted its preset and did not create it again."""

    @property
    def name(self) -> str:
        return self.urn.removeprefix(GROUP)


@dataclass(frozen=True)
class CommandOutcome:
    """How a command ended."""

    green: bool
    text: str = ""
    changes: bool = True
    """Whether it announced or made a change."""
    refused_deletes: bool = False
    """Whether the only failures are refused deletes of resources that left the program."""
    announced: frozenset[str] = frozenset()
    """The names of the resources that a preview says will be replaced or deleted."""


def is_refused_delete(text: str) -> bool:
    """Whether the error refuses a delete. A preview cannot announce it for a resource that left the program."""
    return any(reason in text for reason in _REFUSED_DELETES)


class Driver(Protocol):
    """Who carries commands out."""

    emulator: Emulator

    def preview(self, step: Step) -> CommandOutcome:
        """`pulumi preview`."""

    def up(self, step: Step) -> CommandOutcome:
        """`pulumi up --skip-preview`."""

    def preview_and_up(self, step: Step) -> tuple[CommandOutcome, CommandOutcome | None]:
        """`pulumi up`: the update follows only a green preview."""

    def refresh(self, step: Step) -> CommandOutcome:
        """`pulumi refresh`."""

    def destroy(self, step: Step) -> CommandOutcome:
        """`pulumi destroy`."""

    def state(self) -> list[StateEntry]:
        """The presets that the state has."""


def id_of(key: Key) -> str:
    return "/".join(filter(None, key))


@dataclass
class Judge:
    """Lets a driver carry steps out, and knows what must come of them."""

    driver: Driver
    live_checks: bool = True
    """Whether previews ask the service; without that a green one promises less."""
    worst_deletes: bool = True
    """Whether the emulated delete removes the whole app while sharedDelete is `refuse`: nothing else may be lost then.
    The other settings assume a service that deletes single presets."""
    theirs: dict[Key, Preset] = field(default_factory=dict)
    """Nobody of ours may touch these: they are foreign, or retained, or a failed command named them as in doubt."""
    disturbed: set[Key] = field(default_factory=set)
    """Presets of the state that somebody changed or removed since the last refresh, or that a failure left in doubt."""

    @property
    def service(self) -> dict[Key, Preset]:
        return {preset.key: preset for preset in self.driver.emulator.presets}

    def step(self, step: Step) -> None:
        """Carry one step out; Violation where a promise is broken."""
        if self.worst_deletes:
            worst = Guesses(delete_removes="app")
            self.driver.emulator.backend.guesses = worst if step.shared_delete == "refuse" else Guesses()
        for change in step.outside:
            self.change_outside(change)
        if step.command.startswith("up"):
            self._up(step)
        else:
            self._refresh_or_destroy(step)

    def _run_up(
        self, step: Step, before: tuple[dict[Key, Preset], list[StateEntry]]
    ) -> tuple[CommandOutcome, CommandOutcome | None]:
        """Carry out a preview and, if it is green, the update."""
        if step.faults and step.faults_after_preview:
            preview, up = self.driver.preview(step), None
            if preview.green:
                self._require_unchanged(before, "a preview changed the service")
                self._add_faults(step)
                up = self.driver.up(step)
        else:
            self._add_faults(step)
            preview, up = self.driver.preview_and_up(step)
        self._end_faults(step)
        return preview, up

    def _up(self, step: Step) -> None:
        before = self._before()
        preview, up = self._run_up(step, before)
        self._require_clean(preview)
        if up is None:
            self._require_named(preview)
            self._require_unchanged(before, "a refused preview changed the service")
            return
        self._require_clean(up)
        if not step.troubled:
            self._require_announced_deletes(step.program, before[1], preview)
        excused = step.troubled or up.refused_deletes or _KEEPS_STREAMS in up.text
        excused = excused or not self.live_checks
        if not (up.green or excused):
            raise Violation(f"a green preview was followed by a red update:\n{up.text}")
        if up.green and step.command == "up --refresh":
            self.disturbed.clear()
        self._settle(step, before, up)
        if up.green:
            self._require_as_declared(step.program)
            self._require_empty_preview(step)

    def _refresh_or_destroy(self, step: Step) -> None:
        before = self._before()
        self._add_faults(step)
        run = self.driver.refresh if step.command == "refresh" else self.driver.destroy
        outcome = run(step)
        self._end_faults(step)
        self._require_clean(outcome)
        if step.command == "refresh":
            self._require_unchanged(before, "a refresh changed the service")
            if outcome.green:
                self.disturbed.clear()
        self._settle(step, before, outcome)
        if step.command == "destroy" and outcome.green and self.driver.state():
            raise Violation(f"a green destroy left {self.driver.state()} in the state")

    def _require_empty_preview(self, step: Step) -> None:
        before = self._before()
        # with another seed: in another order
        again = self.driver.preview(dataclasses.replace(step, command="up", seed=step.seed + 1))
        if again.changes or not again.green:
            raise Violation(f"the preview after a green update is not empty:\n{again.text}")
        self._require_unchanged(before, "a preview changed the service")

    # What somebody else does

    def change_outside(self, change: Outside) -> None:
        """Do what somebody else does; nothing if a create would meet a preset, or another change would meet none."""
        backend, existing = self.driver.emulator.backend, self.service.get(change.key)
        if (existing is None) != (change.what == "create"):
            return
        if change.what == "remove":
            backend.remove("default", change.key)
        elif existing is not None:
            self.driver.emulator.put(dataclasses.replace(existing, MaxShiftTime=change.max_shift_time))
        else:
            values = (change.max_shift_time, change.pull_domain)
            self.driver.emulator.put(Preset(*change.key, *values, f"theirs-{id_of(change.key)}", 1, "fcdn-tos"))
        self._note_outside(change.key)

    def _note_outside(self, key: Key) -> None:
        """Keep account: a preset of ours is then disturbed, any other one is theirs."""
        if key in self.theirs and key in self.service:
            self.theirs[key] = self.service[key]
        elif key in {held.key for held in self.driver.state() if not held.pending}:
            self.disturbed.add(key)
        elif key in self.service:
            self.theirs[key] = self.service[key]
        else:
            self.theirs.pop(key, None)

    def _add_faults(self, step: Step) -> None:
        for fault in step.faults:
            self.driver.emulator.faults.add(dataclasses.replace(fault))

    def _end_faults(self, step: Step) -> None:
        self.driver.emulator.faults.clear()
        if any(fault.when == "before" for fault in step.faults):
            time.sleep(_LATE_SECONDS)

    # What must hold

    def _before(self) -> tuple[dict[Key, Preset], list[StateEntry]]:
        self.driver.emulator.forget_calls()
        return self.service, self.driver.state()

    def _require_unchanged(self, before: tuple[dict[Key, Preset], list[StateEntry]], what: str) -> None:
        calls = self.driver.emulator.calls(CREATE, UPDATE, DELETE)
        if self.service != before[0] or calls:
            raise Violation(f"{what}: {_differences(before[0], self.service)} {[call.action for call in calls]}")

    def _require_clean(self, outcome: CommandOutcome) -> None:
        for secret in (*SECRETS, "Traceback"):
            if secret in outcome.text:
                raise Violation(f"{secret} is shown:\n{outcome.text}")

    def _require_named(self, preview: CommandOutcome) -> None:
        names = (*_PROPERTIES, *_ENGINES_OWN, "time-shift preset")
        if not any(name in preview.text for name in names):
            raise Violation(f"the refusal names no property and no preset:\n{preview.text}")

    def _require_announced_deletes(self, program: Program, before: list[StateEntry], preview: CommandOutcome) -> None:
        """The update deletes only what the preview announced, and nothing that another resource adopts.

        A resource whose `replace_with` names a replaced one is deleted with it. If it has left the program, the preview
        does not announce that.
        """
        old_urns = {one.urn for one in before}
        names: dict[str, str] = {}
        """The name of each resource of the program, by its URN and by those of its aliases."""
        adopted = set[Key]()
        for one in program.resources:
            urns = {one.urn, *map(one.urn_of, one.aliases)}
            names |= dict.fromkeys(urns, one.name)
            adopted |= {one.key} if one.adopt and not urns & old_urns else set()
        for call in self.driver.emulator.calls(DELETE):
            key = (call.body["Vhost"], call.body["App"], call.body.get("Stream", ""))
            holders = [one for one in before if one.key == key and call.effect]
            if key in adopted and not all(one.pending for one in holders):
                raise Violation(f"{id_of(key)} was to be adopted, and the update deleted it")
            left = key not in {one.key for one in program.resources} and not any(one.urn in names for one in holders)
            shown = {one.name for one in holders} | {names.get(one.urn) for one in holders}
            if call.effect and not left and not shown & preview.announced:
                raise Violation(f"the update deleted {id_of(key)}, and the preview announced only {preview.announced}")

    def _settle(self, step: Step, before: tuple[dict[Key, Preset], list[StateEntry]], outcome: CommandOutcome) -> None:
        """Account for every preset of the service and every resource of the state.

        After a rename that failed half-way the state may have one preset twice: one of the two may delete it.
        """
        state, service = self.driver.state(), self.service
        held = {one.key for one in state if not one.pending}
        self._settle_theirs(step, held, service)
        self._settle_remaining(step, before[1], held, service, outcome)
        for key in held - service.keys() - self.disturbed:
            if not step.troubled and [one.key for one in before[1]].count(key) < 2:
                raise Violation(f"{id_of(key)} is in the state, and an ordinary command removed it from the service")
            self.disturbed.add(key)
        self.disturbed &= {one.key for one in state}

    def _settle_theirs(self, step: Step, held: set[Key], service: dict[Key, Preset]) -> None:
        adopting = {one.key for one in step.program.resources if one.adopt}
        for key, preset in list(self.theirs.items()):
            if key in held:
                if key not in adopting and not step.troubled:
                    raise Violation(f"{id_of(key)} was taken over without adopt")
                del self.theirs[key]
            elif service.get(key) != preset:
                if not (key in adopting and step.troubled and key in service):
                    raise Violation(f"{preset} is not ours and became {service.get(key)}")
                self.theirs[key] = service[key]

    def _settle_remaining(
        self, step: Step, before: list[StateEntry], held: set[Key], service: dict[Key, Preset], outcome: CommandOutcome
    ) -> None:
        """Presets that are in no state and not theirs: each is retained, named in an error, or in the place of ours.

        A resource that adopts leaves alone what somebody else put in the place of its own.
        """
        retained = {one.key for one in before if one.retain}
        for key in service.keys() - held - self.theirs.keys():
            named = id_of(key) in outcome.text and not outcome.green
            killed = step.killed_at and key in {one.key for one in step.program.resources}
            in_our_place = key in self.disturbed and service[key].Name.startswith("theirs-")
            if key not in retained and not (step.faults and named) and not killed and not in_our_place:
                raise Violation(f"{service[key]} is ours, and neither in the state nor reported as in doubt")
            self.theirs[key] = service[key]

    def _require_as_declared(self, program: Program) -> None:
        state, service = self.driver.state(), self.service
        declared = sorted((one.urn, one.key) for one in program.resources)
        held = sorted((one.urn, one.key) for one in state)
        if declared != held or any(one.pending for one in state):
            raise Violation(f"the program declares {declared}, the state has {state}")
        for one in program.resources:
            found = service.get(one.key)
            values = found and (found.MaxShiftTime, found.Domain, int(found.Type == "fcdn-tos"))
            # Somebody's preset that was adopted may list no Domain.
            domain = program.pull_domain(one) if found is None or found.Domain else ""
            wanted = (one.max_shift_time, domain, one.time_shift_type)
            if values != wanted and one.key not in self.disturbed:
                raise Violation(f"{one.urn} declares {id_of(one.key)} as {wanted}, and the service has {found}")


def _differences(one: dict[Key, Preset], other: dict[Key, Preset]) -> list[str]:
    keys: Iterable[Key] = sorted({*one, *other})
    return [f"{id_of(key)}: {one.get(key)} -> {other.get(key)}" for key in keys if one.get(key) != other.get(key)]
