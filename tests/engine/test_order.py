"""A green preview ends in a green update, in whatever order the program's resources follow each other.

With 0.1.0, each of these was refused, or failed after a preview that passed. What a preview refuses is in
tests/service/test_replays.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pulumi_stack import Stack, declare
from pulumi_volcengine_live.emulator import CREATE, DELETE, UPDATE, Emulator, Fault

ELSEWHERE = "else.example.com"
PARENT = """\
parent = pulumi.ComponentResource(
    "test:index:Parent", "parent", None, pulumi.ResourceOptions(retain_on_delete=True)
)
"""
IN_THREE_SECONDS = "custom_timeouts=pulumi.CustomTimeouts(create='3s')"


@dataclass(frozen=True)
class Case:
    """A part of the program, before and after, with apps of its own."""

    before: str
    after: str
    calls: Mapping[str, list[str]] = field(default_factory=dict)
    """The changing calls of the update, for each app that has some."""
    left: tuple[str, ...] = ()
    """The presets that are there in the end."""

    @property
    def apps(self) -> set[str]:
        return set(re.findall(r"app='(\w+)'", self.before + self.after))


def _forced(trigger: str, domain: str, max_shift_time: int) -> str:
    return (
        declare("triggered", app="triggered", opts=f"replacement_trigger={trigger!r}")
        + declare("changed", app="changed", max_shift_time=max_shift_time, opts="replace_on_changes=['max_shift_time']")
        + declare("first", app="first", pull_domain=domain)
        + declare("dependent", app="dependent").replace("'pull.example.com'", "first.pull_domain")
        + declare("along", app="along", opts="replace_with=[first]")
        + declare("not_first", app="not_first", opts="delete_before_replace=False", pull_domain=domain)
        + declare("kept", app="kept")
    )


def _chain(step: int) -> str:
    """Five presets, each of which moves to where the next one was, and depends on that one."""
    return "".join(
        declare(f"r{number}", app=f"app{number + step}", opts=f"depends_on=[r{number + 1}]" if number < 4 else "")
        for number in (4, 3, 2, 1, 0)
    )


def _children(stream: str) -> str:
    moving = declare("moving", app="inherited", stream=stream, opts="parent=parent")
    return PARENT + moving + declare("staying", app="inherited", stream="s9")


FORCED = ("triggered", "changed", "first", "dependent", "along", "not_first")
CASES = {
    "every forced replacement that Pulumi announces": Case(
        _forced("old", "pull.example.com", 604800),
        _forced("new", ELSEWHERE, 86400),
        {app: [DELETE, CREATE] for app in FORCED},
        (*FORCED, "kept"),
    ),
    "moves along in the order that the program states": Case(
        _chain(0),
        _chain(1),
        {"app0": [DELETE], **{f"app{number}": [DELETE, CREATE] for number in (1, 2, 3, 4)}, "app5": [CREATE]},
        ("app1", "app2", "app3", "app4", "app5"),
    ),
    "a move to where another resource was": Case(
        declare("leaving", app="two") + declare("coming", app="one"),
        declare("leaving", app="three") + declare("coming", app="two", opts="depends_on=[leaving]"),
        {"one": [DELETE], "two": [DELETE, CREATE], "three": [CREATE]},
        ("two", "three"),
    ),
    "a child inherits from a retained parent": Case(
        _children("s1"), _children("s2"), {"inherited": [CREATE]}, ("inherited/s1", "inherited/s2", "inherited/s9")
    ),
    "a replacement goes on whose create was refused": Case(
        declare("going_on", app="going_on", opts=IN_THREE_SECONDS),
        declare("going_on", app="going_on", opts=IN_THREE_SECONDS, max_shift_time=86400),
        {"going_on": [CREATE]},
        ("going_on",),
    ),
    "a replacement beside a preset that the same update creates": Case(
        declare("old", app="beside"),
        declare("old", app="beside", pull_domain=ELSEWHERE)
        + declare("new", app="beside", stream="s1", opts="depends_on=[old]"),
        {"beside": [DELETE, CREATE, CREATE]},
        ("beside", "beside/s1"),
    ),
    "the preset of two resources, of which one leaves": Case(
        declare("owner", app="owned"), declare("owner", app="owned"), {}, ("owned",)
    ),
}


def test_carry_out_what_a_preview_announces(new_stack: Callable[[str], Stack], emulator: Emulator) -> None:
    before, after = ("".join(getattr(case, when) for case in CASES.values()) for when in ("before", "after"))
    stack = new_stack(before)
    stack.up()
    _manage_twice(stack, "owner", "second_owner")
    _fail_to_replace(stack, "going_on", "--target", stack.urn("owner"))
    stack.refresh("--target", stack.urn("moving"))

    stack.changing_calls()
    stack.write(after)
    stack.preview_and_up("--parallel", "64")
    assert {name: _changed(emulator, case) for name, case in CASES.items()} == {
        name: (case.calls, sorted(case.left)) for name, case in CASES.items()
    }


def _manage_twice(stack: Stack, name: str, other: str) -> None:
    """Give the state a second resource with the same preset, which the program does not declare."""
    state = stack.state()
    (resource,) = [one for one in state["resources"] if one["urn"] == stack.urn(name)]
    state["resources"].append({**resource, "urn": resource["urn"].replace(f"::{name}", f"::{other}")})
    stack.import_state({"version": 3, "deployment": state})


def _fail_to_replace(stack: Stack, name: str, *options: str) -> None:
    """Start a replacement that fails after its delete: each create is throttled until `custom_timeouts` ends it."""
    stack.change(
        declare(name, app=name, opts=IN_THREE_SECONDS),
        declare(name, app=name, opts=IN_THREE_SECONDS, pull_domain=ELSEWHERE),
    )
    stack.emulator.faults.add(Fault(CREATE, status=429, code="FlowLimitExceeded", times=1000))
    stack.emulator.forget_calls()
    failed = stack.up("--target", stack.urn(name), *options, check=False)
    stack.emulator.faults.clear()
    assert failed.code != 0
    failed.line("FlowLimitExceeded")
    delete, *creates = stack.changing_calls()
    assert (delete, {*creates}) == (DELETE, {CREATE}), "nothing for what is only targeted"
    assert 1 < len(creates) < 50


def _changed(emulator: Emulator, case: Case) -> tuple[dict[str, list[str]], list[str]]:
    """Which calls the case's apps got, and which presets they have."""
    calls: dict[str, list[str]] = {}
    for call in emulator.calls(CREATE, UPDATE, DELETE):
        if call.body["App"] in case.apps:
            calls.setdefault(str(call.body["App"]), []).append(call.action)
    left = ("/".join(filter(None, (one.App, one.Stream))) for one in emulator.presets if one.App in case.apps)
    return calls, sorted(left)
