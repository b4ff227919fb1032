"""Programs as plain data, the steps of a stack's life, and a seeded generator of both."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final, Literal

from pulumi_volcengine_live.emulator import CREATE, DELETE, LIST, UPDATE, Fault

# a repeated value is more likely
VHOSTS: Final = ("push.example.com", "push.example.com", "push.example.org")
APPS: Final = ("a", "a", "b", "c")
STREAMS: Final = ("", "", "s1", "s2")
SHIFT_TIMES: Final = (86400, 259200, 604800)
PULL_DOMAINS: Final = ("pull.example.com", "else.example.com")
NAMES: Final = tuple(f"r{number}" for number in range(9))
GROUP: Final = "Group$"
"""What a component's child has before its name in the URN."""

Key = tuple[str, str, str]
Command = Literal["up", "refresh", "up --refresh", "destroy"]


@dataclass(frozen=True)
class Declared:
    """One resource as a program declares it."""

    name: str
    vhost: str
    app: str
    stream: str = ""
    max_shift_time: int = 604800
    pull_domain: str = "pull.example.com"
    time_shift_type: int = 1
    takes: str = ""
    """The resource whose output gives pull_domain."""
    takes_vhost: str = ""
    """The resource whose output gives vhost; `Program` keeps `vhost` equal to it."""
    adopt: bool = False
    parent: str = ""
    aliases: tuple[str, ...] = ()
    depends_on: tuple[str, ...] = ()
    replace_with: tuple[str, ...] = ()
    deleted_with: str = ""
    replace_on_changes: bool = False
    trigger: int = 0
    retain: bool = False
    protect: bool = False
    delete_before_replace: bool | None = None

    def but(self, **changes: Any) -> Declared:
        """The same with other values."""
        return dataclasses.replace(self, **changes)

    @property
    def key(self) -> Key:
        return self.vhost, self.app, self.stream

    @property
    def urn(self) -> str:
        """What differs between the URNs of a stack: the component's type, and the name."""
        return self.urn_of(self.name)

    def urn_of(self, name: str) -> str:
        return f"{GROUP if self.parent else ''}{name}"

    @property
    def needs(self) -> set[str]:
        """The resources that must be registered before it."""
        return {*self.depends_on, *self.replace_with, self.takes, self.takes_vhost, self.deleted_with} - {""}

    def text(self) -> str:
        """Its statement in the program."""
        given = {"app": self.app, "max_shift_time": self.max_shift_time}
        given |= {"time_shift_type": self.time_shift_type}
        inputs = [f"{name}={value!r}" for name, value in given.items()]
        inputs.append(f"vhost={f'{self.takes_vhost}.vhost' if self.takes_vhost else repr(self.vhost)}")
        inputs.append(f"pull_domain={f'{self.takes}.pull_domain' if self.takes else repr(self.pull_domain)}")
        inputs += [f"stream={self.stream!r}"] * bool(self.stream) + ["adopt=True"] * self.adopt
        inputs += [f"opts=pulumi.ResourceOptions({', '.join(self._options())})"]
        return f"{self.name} = live.TimeShiftPreset({self.name!r}, {', '.join(inputs)})\n"

    def _options(self) -> Iterator[str]:
        for name in ("depends_on", "replace_with"):
            if resources := getattr(self, name):
                yield f"{name}=[{', '.join(resources)}]"
        for name in ("parent", "deleted_with"):
            if getattr(self, name):
                yield f"{name}={getattr(self, name)}"
        if self.aliases:
            yield f"aliases=[{', '.join(f'pulumi.Alias(name={alias!r})' for alias in self.aliases)}]"
        if self.replace_on_changes:
            yield "replace_on_changes=['max_shift_time']"
        if self.trigger:
            yield f"replacement_trigger={self.trigger}"
        yield from ["retain_on_delete=True"] * self.retain + ["protect=True"] * self.protect
        if self.delete_before_replace is not None:
            yield f"delete_before_replace={self.delete_before_replace}"


@dataclass(frozen=True)
class Group:
    """A component, and what its children inherit."""

    name: str
    retain: bool = False
    protect: bool = False

    def text(self) -> str:
        options = ["retain_on_delete=True"] * self.retain + ["protect=True"] * self.protect
        opts = f"pulumi.ResourceOptions({', '.join(options)})"
        return f'{self.name} = pulumi.ComponentResource("test:index:Group", {self.name!r}, None, {opts})\n'


@dataclass(frozen=True)
class Program:
    """Resources in the order of their statements; one that needs another comes after it."""

    resources: tuple[Declared, ...] = ()
    groups: tuple[Group, ...] = (Group("plain"), Group("keeping", retain=True))

    def text(self) -> str:
        return "".join([part.text() for part in self.groups] + [one.text() for one in self.resources])

    def find(self, name: str) -> Declared | None:
        return next((one for one in self.resources if one.name == name), None)

    @property
    def free_names(self) -> list[str]:
        return [name for name in NAMES if self.find(name) is None]

    def group_of(self, declared: Declared) -> Group | None:
        return next((group for group in self.groups if group.name == declared.parent), None)

    def retains(self, declared: Declared) -> bool:
        group = self.group_of(declared)
        return declared.retain or bool(group and group.retain)

    def protects(self, declared: Declared) -> bool:
        group = self.group_of(declared)
        return declared.protect or bool(group and group.protect)

    def pull_domain(self, declared: Declared) -> str:
        """The value that it has in the end."""
        taken = self.find(declared.takes) if declared.takes else None
        return self.pull_domain(taken) if taken else declared.pull_domain

    def without(self, name: str) -> Program:
        """Remove a resource and every reference to it."""
        return self._of([_renamed(one, name, "") for one in self.resources if one.name != name])

    def with_(self, declared: Declared, name: str | None = None) -> Program:
        """Put a resource in the place of the one of this name, or at the end."""
        name = declared.name if name is None else name
        if self.find(name) is None:
            return self._of([*self.resources, declared])
        return self._of(declared if one.name == name else _renamed(one, name, declared.name) for one in self.resources)

    def _of(self, resources: Iterable[Declared]) -> Program:
        """The program with these resources, and with the vhosts that they take."""
        vhosts, settled = dict[str, str](), list[Declared]()
        for one in resources:
            vhosts[one.name] = vhosts.get(one.takes_vhost, one.vhost)
            settled.append(one.but(vhost=vhosts[one.name]))
        return dataclasses.replace(self, resources=tuple(settled))


def _renamed(one: Declared, old: str, new: str) -> Declared:
    """The resource with the new name in its references to the old one; if `new` is empty, without them."""
    several = {
        field: tuple(filter(None, (new if name == old else name for name in getattr(one, field))))
        for field in ("depends_on", "replace_with")
    }
    single = {field: new for field in ("takes", "takes_vhost", "deleted_with") if getattr(one, field) == old}
    return one.but(**several, **single)


@dataclass(frozen=True)
class Outside:
    """What somebody else does to the account before a step's command."""

    what: Literal["create", "change", "remove"]
    key: Key
    max_shift_time: int = 1296000
    pull_domain: str = "theirs.example.com"


@dataclass(frozen=True)
class Step:
    """One step of a stack's life: everything that it takes to do it again."""

    program: Program
    command: Command = "up"
    outside: tuple[Outside, ...] = ()
    faults: tuple[Fault, ...] = ()
    faults_after_preview: bool = False
    """Whether the faults strike only after a preview, in the update."""
    protocol: Literal[4, 5] = 4
    shared_delete: str = "verify"
    seed: int = 0
    """Of the order in which the engine works."""
    parallel: int = 16
    killed_at: int = 0
    """After which of its changing calls an update's process is killed; 0 for none."""

    @property
    def troubled(self) -> bool:
        """Whether something beside the program may have made it fail."""
        return bool(self.faults or self.killed_at)

    def __str__(self) -> str:
        parts = [f"$ pulumi {self.command}", f"sharedDelete={self.shared_delete}", f"pickle {self.protocol}"]
        parts += [f"order {self.seed}", f"--parallel {self.parallel}", *map(str, (*self.outside, *self.faults))]
        return "  ".join(parts) + "\n" + "".join(f"    {one.text()}" for one in self.program.resources)


@dataclass
class Walk:
    """A random walk through programs and through what happens beside them."""

    random: Random
    faulty: bool = True
    program: Program = field(default_factory=Program)
    before: Program = field(default_factory=Program)
    """The program of the step before, to which a step may return."""
    shared_delete: str = "verify"

    def steps(self, count: int) -> list[Step]:
        self.shared_delete = self.random.choice(["verify", "accept", "refuse", "refuse"])
        for _ in range(self.random.choice([3, 4, 5])):
            self.program = self._add()
        return [self._step() for _ in range(count)]

    def _step(self) -> Step:
        draw = self.random.random
        if draw() < 0.3:  # undo the changes of the last step
            self.program = self.before
        self.before = self.program
        for _ in range(self.random.choice([0, 1, 1, 2, 2, 3, 4])):
            self.program = self.changed()
        faulty = self.faulty and draw() < 0.2
        commands: list[Command] = ["up", "up --refresh", "refresh", "destroy"]
        return Step(
            self.program,
            self.random.choices(commands, [16, 2, 2, 0.4])[0],
            tuple(self.outside() for _ in range(self.random.choice([0, 0, 0, 0, 1, 2]))),
            tuple(self.fault() for _ in range(self.random.choice([1, 1, 2]))) if faulty else (),
            faults_after_preview=draw() < 0.6,
            protocol=self.random.choice([4, 4, 5]),
            shared_delete=self.shared_delete,
            seed=self.random.randrange(1 << 30),
            parallel=self.random.choice([1, 16, 64]),
        )

    def changed(self) -> Program:
        """The program after one more change."""
        kinds = {
            self._add: 5 if len(self.program.resources) < 6 else 1,
            self._remove: 2,
            self._change: 5,
            self._move: 3,
            self.moved_along: 4,
            self._swap: 0.7,
            self._rename: 3,
            self._adopt_beside_replaced: 4,
            self._option: 4,
            self._reorder: 0.5,
        }
        chosen = self.random.choices(list(kinds), list(kinds.values()))[0]
        return chosen() if self.program.resources or chosen == self._add else self.program

    def _one(self) -> Declared:
        return self.random.choice(self.program.resources)

    def _key(self) -> dict[str, Any]:
        pick = self.random.choice
        return {"vhost": pick(VHOSTS), "app": pick(APPS), "stream": pick(STREAMS)}

    def _add(self) -> Program:
        free = self.program.free_names
        if not free:
            return self.program
        pick = self.random.choice
        name = pick(free)
        new = Declared(name, **self._key(), max_shift_time=pick(SHIFT_TIMES), pull_domain=pick(PULL_DOMAINS))
        if new.key in {one.key for one in self.program.resources} and self.random.random() < 0.9:
            return self.program
        new = new.but(
            adopt=self.random.random() < 0.25,
            parent=pick(["", "", "", "plain", "keeping"]),
            retain=self.random.random() < 0.1,
            protect=self.random.random() < 0.05,
            replace_on_changes=self.random.random() < 0.1,
            depends_on=self._some_needs(),
            takes_vhost=self._one().name if self.program.resources and self.random.random() < 0.5 else "",
        )
        return self.program.with_(new)

    def _some_needs(self) -> tuple[str, ...]:
        return (self._one().name,) if self.program.resources and self.random.random() < 0.25 else ()

    def _remove(self) -> Program:
        return self.program.without(self._one().name)

    def _change(self) -> Program:
        one, pick = self._one(), self.random.choice
        name = pick(["max_shift_time", "pull_domain", "time_shift_type"])
        values: dict[str, tuple[Any, ...]] = {
            "max_shift_time": SHIFT_TIMES,
            "pull_domain": PULL_DOMAINS,
            "time_shift_type": (1, 1, 0),
        }
        changes: dict[str, Any] = {name: pick(values[name])}
        return self.program.with_(one.but(**changes))

    def _move(self) -> Program:
        one, key = self._one(), self._key()
        if tuple(key.values()) in {other.key for other in self.program.resources}:
            return self.program
        moved = self.program.with_(one.but(**key))
        free = moved.free_names
        if free and self.random.random() < 0.2:  # another resource adopts what this one leaves
            moved = moved.with_(Declared(free[0], *one.key, adopt=True))
        return moved

    def moved_along(self) -> Program:
        """Each of a few resources goes to where the next one is, and the last one to a free identity."""
        if not self.program.resources:
            return self.program
        chain = self.random.sample(self.program.resources, min(len(self.program.resources), self.random.choice([2, 3])))
        free = self._key()
        if tuple(free.values()) in {other.key for other in self.program.resources}:
            return self.program
        keys = [{"vhost": one.vhost, "app": one.app, "stream": one.stream} for one in chain[1:]] + [free]
        program, ordered = self.program, self.random.random() < 0.5
        for one, key in zip(chain, keys, strict=True):
            program = program.with_(one.but(**key))
        return self._ordered(program, [one.name for one in reversed(chain)]) if ordered else program

    def _ordered(self, program: Program, names: list[str]) -> Program:
        """Let each of these depend on the one before, where the order of statements allows it."""
        positions = {one.name: index for index, one in enumerate(program.resources)}
        for first, then in itertools.pairwise(names):
            one = program.find(then)
            if one is not None and positions[first] < positions[then] and first not in one.depends_on:
                program = program.with_(one.but(depends_on=(*one.depends_on, first)))
        return program

    def _swap(self) -> Program:
        if len(self.program.resources) < 2:
            return self.program
        one, other = self.random.sample(self.program.resources, 2)
        swapped = [a.but(vhost=b.vhost, app=b.app, stream=b.stream) for a, b in ((one, other), (other, one))]
        return self.program.with_(swapped[0]).with_(swapped[1])

    def _rename(self) -> Program:
        one = self._one()
        free = self.program.free_names
        if not free:
            return self.program
        kind = self.random.choice(["alias", "adopt", "adopt", "neither"])
        new = one.but(
            name=self.random.choice(free),
            aliases=(one.name,) if kind == "alias" else (),
            adopt=True if kind == "adopt" else one.adopt,
        )
        return self.program.with_(new, one.name)

    def _adopt_beside_replaced(self) -> Program:
        """A resource is replaced, and one that takes its vhost goes to another name, which adopts the preset."""
        takers = [one for one in self.program.resources if one.takes_vhost]
        free = self.program.free_names
        if not (takers and free):
            return self.program
        one = self.random.choice(takers)
        program = self.program.with_(one.but(name=free[0], aliases=(), adopt=True), one.name)
        replaced = program.find(one.takes_vhost)
        if replaced is None:
            return program
        domain = PULL_DOMAINS[1] if replaced.pull_domain == PULL_DOMAINS[0] else PULL_DOMAINS[0]
        return program.with_(replaced.but(pull_domain=domain, takes=""))

    def _option(self) -> Program:
        one = self._one()
        index = self.program.resources.index(one)
        earlier = [other.name for other in self.program.resources[:index]]
        other = self.random.choice(earlier) if earlier else ""
        others = (other,) if other else ()
        kind = self.random.choice(
            [
                *("adopt", "retain", "protect", "trigger", "trigger", "replace_on_changes", "replace_with", "takes"),
                *("takes_vhost", "depends_on", "parent", "delete_before_replace", "none"),
            ]
        )
        changes: dict[str, dict[str, Any]] = {
            "trigger": {"trigger": one.trigger + 1},
            "replace_with": {"replace_with": () if one.replace_with else others},
            "takes": {"takes": "" if one.takes else other},
            "takes_vhost": {"takes_vhost": "" if one.takes_vhost else other},
            "depends_on": {"depends_on": () if one.depends_on else others},
            "parent": {"parent": self.random.choice(["", "plain", "keeping"])},
            "delete_before_replace": {"delete_before_replace": self.random.choice([None, True, False])},
            "none": {"retain": False, "protect": False, "adopt": False},
        }
        # the kinds that have no entry are flags
        return self.program.with_(one.but(**(changes.get(kind) or {kind: not getattr(one, kind)})))

    def _reorder(self) -> Program:
        """Another order of statements that names nothing before it exists."""
        left = list(self.program.resources)
        self.random.shuffle(left)
        ordered: list[Declared] = []
        while left:
            names = {one.name for one in ordered}
            chosen = next(one for one in left if one.needs <= names)
            left.remove(chosen)
            ordered.append(chosen)
        return dataclasses.replace(self.program, resources=tuple(ordered))

    def outside(self) -> Outside:
        """Something that somebody else does."""
        pick = self.random.choice
        kinds: list[Literal["create", "change", "remove"]] = ["create", "change", "remove"]
        kind = pick(kinds)
        ours = [one.key for one in self.program.resources]
        key = pick(ours) if ours and kind != "create" else (pick(VHOSTS), pick(APPS), pick([*STREAMS, "t"]))
        return Outside(kind, key, pick([1296000, 259200]), pick([*PULL_DOMAINS, "theirs.example.com"]))

    def fault(self) -> Fault:
        """Something that goes wrong with a call."""
        pick = self.random.choice
        status, code = pick([(500, "InternalError"), (429, "FlowLimitExceeded"), (400, "InvalidParam"), (502, "")])
        moments: list[Literal["before", "after", "instead"]] = ["before", "after", "instead", "instead"]
        return Fault(
            action=pick([CREATE, CREATE, UPDATE, DELETE, DELETE, LIST]),
            kind=pick(["answer", "answer", "reset"]) if status >= 500 else "answer",
            when=pick(moments) if status >= 500 else "instead",
            times=pick([1, 1, 2]),
            skip=pick([0, 0, 1]),
            status=status,
            code=code,
        )
