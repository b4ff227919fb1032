"""A stack without an engine: the engine's step generator, in small, over the SDK's own servicer in this process.

It follows resource/deploy/step_generator.go and deployment_executor.go of pulumi 3.259: what the engine asks the plugin
and what it keeps. tests/fuzz/test_simulation.py compares it with the calls that were recorded from the real engine.
Registrations come in any order that dependencies allow (the SDK sends them from a pool of threads), and the steps of
different resources interleave at random, from a seed.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Generator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

import pulumi

from engine_calls import PROVIDER
from fuzz.judge import CommandOutcome, StateEntry, is_refused_delete
from fuzz.programs import GROUP, Declared, Key, Program, Step
from plugin import REFERENCES, URN, Plugin, PluginError, plain
from pulumi_volcengine_live.emulator import Emulator

_PROTECTED: Final = "unable to replace resource {urn!r} as it is currently marked for protection."

_OWN_ERROR: Final = re.compile(r"\ATraceback .*\n(?=pulumi_volcengine_live\.errors\.)", re.DOTALL)

Chain = Generator[None, None, None]
Begin = Callable[[Mapping[str, str]], Plugin]
"""Begin a plugin process with these settings, beside the account's own."""


@dataclass
class Stored:
    """What the state has of one resource, as complete as the step generator needs it."""

    urn: str
    inputs: dict[str, Any]
    id: str = ""
    outputs: dict[str, Any] = field(default_factory=dict)
    dependencies: set[str] = field(default_factory=set)
    property_dependencies: dict[str, set[str]] = field(default_factory=dict)
    replace_with: set[str] = field(default_factory=set)
    deleted_with: str = ""
    trigger: int = 0
    retain: bool = False
    protect: bool = False
    pending: bool = False

    @property
    def needs(self) -> set[str]:
        taken = set().union(*self.property_dependencies.values())
        return (self.dependencies | taken | self.replace_with | {self.deleted_with}) - {""}

    @property
    def key(self) -> Key:
        vhost, app, *stream = self.id.split("/")
        return vhost, app, "".join(stream)

    def refer_to(self, new: str, old: str) -> None:
        """Follow a resource that was renamed with an alias."""
        for names in (self.dependencies, self.replace_with, *self.property_dependencies.values()):
            if old in names:
                names.remove(old)
                names.add(new)
        self.deleted_with = new if self.deleted_with == old else self.deleted_with


class _EndedError(Exception):
    """The engine begins nothing after a refusal or a failure."""


@dataclass
class SimulatedStack:
    """Carries out commands as `pulumi` does."""

    emulator: Emulator
    begin: Begin
    settings: dict[str, str] = field(default_factory=dict)
    resources: list[Stored] = field(default_factory=list)
    calls: list[tuple[str, str, Any, Any]] = field(default_factory=list)
    """Method, URN, request's properties, and answer or error of every call of the last command."""

    def preview(self, step: Step) -> CommandOutcome:
        return self._command(step, _Update, dry_run=True)

    def up(self, step: Step) -> CommandOutcome:
        return self._command(step, _Update)

    def preview_and_up(self, step: Step) -> tuple[CommandOutcome, CommandOutcome | None]:
        preview = self.preview(step)
        return preview, self.up(step) if preview.green else None

    def refresh(self, step: Step) -> CommandOutcome:
        return self._command(step, _Refresh)

    def destroy(self, step: Step) -> CommandOutcome:
        return self._command(step, _Destroy)

    def state(self) -> list[StateEntry]:
        return [
            StateEntry(one.urn, one.key, one.retain or bool(one.deleted_with), one.pending) for one in self.resources
        ]

    def _command(self, step: Step, kind: type[_Operation], *, dry_run: bool = False) -> CommandOutcome:
        plugin = self.begin({"volcengine-live:sharedDelete": step.shared_delete, **self.settings})
        operation = kind(copy.deepcopy(self.resources), plugin, step, dry_run=dry_run)
        try:
            operation.run()
        finally:
            plugin.end()
        if not dry_run:
            self.resources = operation.snapshot()
        self.calls = operation.calls
        return operation.outcome()


class _Operation:
    """One command's work on a copy of the state."""

    def __init__(self, base: list[Stored], plugin: Plugin, step: Step, *, dry_run: bool) -> None:
        self.base = base
        self.step = step
        self.dry_run = dry_run
        self.calls: list[tuple[str, str, Any, Any]] = []
        self.random = Random(f"{step.seed} {dry_run}")
        self.errors: list[str] = []
        self.other_errors = False
        """Whether something failed that is no refused delete of a resource that left the program."""
        self.changes = False
        self.news: dict[str, Stored] = {}
        """What is done, by URN: it goes into the state."""
        self.gone: set[int] = set()
        """The ids of the old state's objects that leave it."""
        self.operated: set[str] = set()
        """The URNs that are kept, updated or replaced, so that the end of the update does not delete them."""
        self.deletes: set[str] = set()
        """The URNs that this command deletes, or has decided to delete."""
        self.announced: set[str] = set()
        """The URNs of what is shown as replaced or deleted."""
        self.renamed: dict[str, str] = {}
        """New URNs by the old ones that an alias names."""
        self._changing_calls = 0
        self._plugin = plugin

    def run(self) -> None:
        with suppress(_EndedError):
            self.work()

    def work(self) -> None:
        raise NotImplementedError

    def outcome(self) -> CommandOutcome:
        refused = bool(self.errors) and not self.other_errors
        announced = frozenset(urn.removeprefix(GROUP) for urn in self.announced)
        return CommandOutcome(
            not self.errors, "\n".join(self.errors), self.changes or bool(self.errors), refused, announced
        )

    def snapshot(self) -> list[Stored]:
        kept = [one for one in self.base if id(one) not in self.gone]
        resources = [*self.news.values(), *kept]
        for one in resources:
            for old, new in self.renamed.items():
                one.refer_to(new, old)
        return resources

    def ask(self, method: str, one: Stored, properties: Mapping[str, Any]) -> Any:
        try:
            answer = self._plugin.ask(method, one.urn, properties, id_=one.id)
        except PluginError as error:
            self.calls.append((method, one.urn, properties, str(error)))
            raise PluginError(_as_shown(str(error))) from None
        self.calls.append((method, one.urn, properties, answer))
        if method in ("Create", "Update", "Delete"):
            self._kill_if_due(one)
        return answer

    def _kill_if_due(self, one: Stored) -> None:
        """After changing call `killed_at` of the step: it is carried out, and the state knows nothing of it."""
        self._changing_calls += 1
        if self._changing_calls == self.step.killed_at:
            self.fail(one.urn, "killed")

    def fail(self, urn: str, error: object, *, refused_delete: bool = False, ends: bool = True) -> None:
        """Record an error; if it `ends` the command, the engine begins nothing more."""
        self.errors.append(f"{urn}: {error}")
        self.other_errors = self.other_errors or not refused_delete
        if ends:
            raise _EndedError

    # Refresh

    def refresh(self) -> None:
        """Read each resource of the state; one that is gone leaves it. A failure ends nothing but its own refresh."""
        order = list(self.base)
        self.random.shuffle(order)
        for one in order:
            if not one.pending:
                try:
                    self._read(one)
                except PluginError as error:
                    self.fail(one.urn, error, ends=False)
        self.base = [one for one in self.base if id(one) not in self.gone]

    def _read(self, one: Stored) -> None:
        given = {"olds": one.outputs, "old_inputs": one.inputs}
        answer = self.ask("Read", one, given)
        if not answer.id:
            self.gone.add(id(one))
            return
        old_inputs = one.inputs
        one.outputs = plain(answer.properties, with_provider=True)
        one.inputs = plain(answer.inputs, with_provider=True) or old_inputs
        self.ask("Diff", one, {"olds": one.outputs, "old_inputs": one.inputs, "news": old_inputs})

    # Deletes

    def delete(self, one: Stored, *, replacing: bool = False) -> None:
        if not replacing and one.protect:
            self.fail(one.urn, f"resource {one.urn!r} cannot be deleted because it is protected", ends=False)
            return
        if not (self.dry_run or one.retain or one.deleted_with in self.deletes):
            self.ask("Delete", one, {"olds": one.outputs, "old_inputs": one.inputs})
        if replacing:
            one.pending = True
        else:
            self.gone.add(id(one))

    def delete_last(self, condemned: list[Stored]) -> None:
        """Delete dependents before what they depend on, and independent ones in random order."""
        self.changes = self.changes or bool(condemned)
        self.deletes |= {one.urn for one in condemned}
        self.announced |= {one.urn for one in condemned if not one.pending}
        levels: list[list[Stored]] = []
        left = list(condemned)
        while left:
            urns = {one.urn for one in left}
            level = [one for one in left if not one.needs & (urns - {one.urn})]
            levels.append(level)
            left = [one for one in left if one not in level]
        for level in reversed(levels):
            self.random.shuffle(level)
            for one in level:
                self._delete_last(one)

    def _delete_last(self, one: Stored) -> None:
        if one.pending:
            self.gone.add(id(one))
            return
        try:
            self.delete(one)
        except PluginError as error:
            self.fail(one.urn, error, refused_delete=is_refused_delete(str(error)))


class _Refresh(_Operation):
    def work(self) -> None:
        self.refresh()


class _Destroy(_Operation):
    def work(self) -> None:
        self.delete_last(list(self.base))


class _Update(_Operation):
    """A preview, or an update."""

    def work(self) -> None:
        if self.step.command == "up --refresh":
            self.refresh()
            if self.errors:
                raise _EndedError
        self.olds = {one.urn: one for one in self.base}
        self.replaces: set[str] = set()
        self.created: set[str] = set()
        self.condemned: set[int] = set()
        """The ids of the old state's objects that are deleted along with a replaced one."""
        self.values: dict[str, Mapping[str, Any]] = {}
        """The outputs of each resource that is registered, for those that take values from it."""
        self._register_all()
        if self.errors and not self.dry_run:
            raise _EndedError
        self.delete_last([one for one in self.base if id(one) not in self.gone and not self._operated_on(one.urn)])

    def _operated_on(self, urn: str) -> bool:
        return self.renamed.get(urn, urn) in self.operated

    def _register_all(self) -> None:
        """Registrations and the steps of those that are registered, in a random order."""
        waiting, chains = list(self.step.program.resources), list[Chain]()
        while waiting or chains:
            ready = [one for one in waiting if one.needs <= self.values.keys()]
            registers = ready and len(chains) < self.step.parallel
            if registers and (not chains or self.random.random() < 0.6):
                # Nearly in the order of the program, as a pool of threads takes them.
                one = self.random.choice(ready[:4])
                waiting.remove(one)
                chains.append(self._begin_steps(one))
            else:
                chain = self.random.choice(chains)
                if next(chain, "ended") == "ended":
                    chains.remove(chain)

    def _begin_steps(self, declared: Declared) -> Chain:
        """Check and diff at once, as the engine's one step generator does; the steps come later."""
        steps = self._steps(declared)
        if self.dry_run:
            for _ in steps:
                pass
        else:
            next(steps, None)
        return steps

    def _steps(self, declared: Declared) -> Chain:
        new, old = self._goal(declared), self._old(declared)
        recreates = new.urn in self.deletes
        given = new.inputs
        new.inputs = self._check(new, {} if recreates or old is None else old.inputs, given)
        if recreates or old is None:
            chain = self._plan_create(new, old)
            self.deletes.discard(new.urn)
        else:
            changes, replaces = self._compare(new, old)
            if replaces or old.pending:
                chain = self._replace(new, old, given)
            else:
                chain = self._plan_update(new, old) if changes else self._keep(new, old)
        yield
        yield from chain
        self.values[declared.name] = new.outputs or new.inputs

    def _goal(self, declared: Declared) -> Stored:
        new = goal(self.step.program, declared, self.values, self.step.protocol)
        new.inputs |= {"__preview": True} if self.dry_run else {}
        return new

    def _old(self, declared: Declared) -> Stored | None:
        for urn in (declared.urn, *map(declared.urn_of, declared.aliases)):
            if urn in self.olds:
                if urn != declared.urn:
                    self.renamed[urn] = declared.urn
                return self.olds[urn]
        return None

    def _check(self, new: Stored, olds: Mapping[str, Any], news: Mapping[str, Any]) -> dict[str, Any]:
        try:
            answer = self.ask("Check", new, {"olds": olds, "news": news})
        except PluginError as error:
            self.fail(new.urn, error)
        for failure in answer.failures:
            self.errors.append(f"{new.urn}: property {failure.property} has a problem: {failure.reason}")
        if answer.failures:
            self.other_errors = True
            raise _EndedError
        return plain(answer.inputs, with_provider=True)

    def _compare(self, new: Stored, old: Stored) -> tuple[bool, bool]:
        """Whether it changes, and whether it is replaced."""
        if old.trigger and new.trigger and old.trigger != new.trigger:
            return True, True
        if new.replace_with & self.replaces:
            return True, True
        answer = self._diff(old, new.inputs, new.urn)
        return answer.changes == answer.DIFF_SOME, bool(answer.replaces)

    def _diff(self, old: Stored, news: Mapping[str, Any], urn: str = "") -> Any:
        asked = Stored(urn or old.urn, {}, old.id)
        try:
            return self.ask("Diff", asked, {"olds": old.outputs, "old_inputs": old.inputs, "news": news})
        except PluginError as error:
            self.fail(old.urn, error)

    def _replace(self, new: Stored, old: Stored, given: dict[str, Any]) -> Chain:
        self.changes = True
        if new.protect and old.protect:
            message = _PROTECTED.format(urn=new.urn)
            self.fail(new.urn, message, ends=not self.dry_run)
        self.replaces.add(new.urn)
        self.operated.add(new.urn)
        new.inputs = self._check(new, {}, given)
        deletes = list[Stored]()
        for one in reversed(self._replaced_along(old, new.urn)):
            if id(one) in self.condemned:
                continue
            if one.protect:
                self.fail(new.urn, _PROTECTED.format(urn=one.urn))
            self.deletes.add(one.urn)
            self.condemned.add(id(one))
            deletes.append(one)
        if not old.pending:
            deletes.append(old)
        return self._delete_and_create(deletes, new, old)

    def _replaced_along(self, root: Stored, urn: str) -> list[Stored]:
        """Dependents whose inputs may change so that they are replaced, and those that say so by replace_with."""
        replaced, urns = list[Stored](), {root.urn}
        done = {*self.operated, *self.created, *self.deletes}
        dependents = {root.urn}
        for one in self.base[self.base.index(root) + 1 :]:
            if one.urn in done or not one.needs & dependents:
                continue
            dependents.add(one.urn)
            unknown = {name: pulumi.UNKNOWN for name, of in one.property_dependencies.items() if of & urns}
            if unknown and self._diff(one, {**one.inputs, **unknown}).replaces:
                replaced.append(one)
                urns.add(one.urn)
        seen = {one.urn for one in self.news.values() if urn in one.replace_with}
        along = [one for one in self.news.values() if one.urn in seen]
        along += [one for one in self.base if urn in one.replace_with and one.urn not in seen]
        return replaced + along

    def _delete_and_create(self, deletes: list[Stored], new: Stored, old: Stored) -> Chain:
        for one in deletes:
            try:
                self.delete(one, replacing=True)
            except PluginError as error:
                self.fail(one.urn, error)
            yield
        yield from self._plan_create(new, old)

    def _plan_create(self, new: Stored, old: Stored | None) -> Chain:
        self.changes = True
        if old is not None:
            self.replaces.add(new.urn)
            self.announced.add(new.urn)
            self.operated.add(new.urn)
        self.created.add(new.urn)
        return self._run_create(new, old)

    def _run_create(self, new: Stored, old: Stored | None) -> Chain:
        if not self.dry_run:
            try:
                answer = self.ask("Create", new, {"news": new.inputs})
            except PluginError as error:
                self.fail(new.urn, error)
            new.id, new.outputs = answer.id, plain(answer.properties, with_provider=True)
            self._finish(new, old)
        yield

    def _plan_update(self, new: Stored, old: Stored) -> Chain:
        self.changes = True
        self.operated.add(new.urn)
        return self._run_update(new, old)

    def _run_update(self, new: Stored, old: Stored) -> Chain:
        new.id = old.id
        if not self.dry_run:
            given = {"olds": old.outputs, "old_inputs": old.inputs, "news": new.inputs}
            try:
                answer = self.ask("Update", new, given)
            except PluginError as error:
                self.fail(new.urn, error)
            new.outputs = plain(answer.properties, with_provider=True)
            self._finish(new, old)
        yield

    def _keep(self, new: Stored, old: Stored) -> Chain:
        self.operated.add(new.urn)
        new.id, new.outputs = old.id, old.outputs
        self._finish(new, old)
        yield

    def _finish(self, new: Stored, old: Stored | None) -> None:
        self.news[new.urn] = new
        if old is not None:
            self.gone.add(id(old))


def _as_shown(error: str) -> str:
    """What the user reads: our own errors without their traceback, which the plugin's real process leaves out."""
    return _OWN_ERROR.sub("", error)


def goal(program: Program, declared: Declared, values: Mapping[str, Mapping[str, Any]], protocol: int) -> Stored:
    """What the program registers: with the hidden inputs, the options and the dependencies."""
    urns = {one.name: one.urn for one in program.resources}
    takes = {name: of for name, of in (("vhost", declared.takes_vhost), ("pull_domain", declared.takes)) if of}
    needs = {
        **{name: [of] for name, of in takes.items()},
        "__depends_on": declared.depends_on,
        "__replace_with": declared.replace_with,
    }
    dependencies = {name: {urns[one] for one in names} for name, names in needs.items() if names}
    inputs = _inputs(declared, protocol, retained=program.retains(declared))
    inputs |= {name: values[of].get(name, pulumi.UNKNOWN) for name, of in takes.items()}
    return Stored(
        declared.urn,
        {**{name: [f"{URN}{urns[one]}" for one in names] for name, names in needs.items() if names}, **inputs},
        dependencies=set[str]().union(*dependencies.values()),
        property_dependencies=dependencies,
        replace_with={urns[name] for name in declared.replace_with},
        deleted_with=urns.get(declared.deleted_with, ""),
        trigger=declared.trigger,
        retain=program.retains(declared),
        protect=program.protects(declared),
    )


def _inputs(declared: Declared, protocol: int, *, retained: bool) -> dict[str, Any]:
    """The inputs that name no other resource."""
    inputs: dict[str, Any] = {
        PROVIDER: REFERENCES[protocol],
        "vhost": declared.vhost,
        "app": declared.app,
        "max_shift_time": declared.max_shift_time,
        "pull_domain": declared.pull_domain,
        "time_shift_type": declared.time_shift_type,
    }
    inputs |= {"stream": declared.stream} if declared.stream else {}
    inputs |= {"adopt": True} if declared.adopt else {}
    inputs |= {"__replace_on_changes": ["max_shift_time"]} if declared.replace_on_changes else {}
    inputs |= {"__retain_on_delete": True} if retained else {}
    return inputs
