"""The simulated engine asks the plugin what the real one was recorded to ask, so that it cannot drift from it."""

from __future__ import annotations

import dataclasses
import re
from collections import defaultdict
from typing import Any, Final

import pulumi
import pytest

import situations
from engine_calls import Transcript
from fuzz.programs import Declared, Group, Program, Step
from fuzz.simulation import SimulatedStack
from fuzz.walks import simulated
from pulumi_volcengine_live.emulator import CREATE, Fault
from replay import SEQUENCES, verdict
from situations import ALL, Situation

BEYOND: Final = {
    "create_dependent": "an identity that is built from an output",
    "custom_timeouts_replaced": "custom_timeouts",
    "custom_timeouts_changed": "custom_timeouts",
    "destroy_timed": "custom_timeouts",
    "ignore_changes": "ignore_changes",
    "provider_of_component": "explicit providers",
    "get": "resources that are only read",
    "manage_after_get": "resources that are only read",
    "destroy_read": "resources that are only read",
    "replace_beside_dependency": "another input than pull_domain from an output",
    "target": "the command's own options",
    "exclude": "the command's own options",
    "taint": "the command's own options",
    "replace": "the command's own options",
    "target_replace": "the command's own options",
    "import": "imports",
    "replace_dependent_identity": "an identity that is built from an output",
    "destroy_refresh": "`destroy --refresh`",
    "destroy_refresh_gone": "`destroy --refresh`",
}
"""What the simulation does not know."""
KNOWN: Final = sorted(name for name in ALL if name not in BEYOND)
_LINE: Final = re.compile(r"(\w+) (\w+) (.*) -> (\w+)")


class _Resource:
    """A resource in a situation's program; its output is known by its name."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.pull_domain = self.vhost = self  # an output stands for its resource


class _Declaring:
    """Takes a situation's statements down as data, in the place of the modules `live` and `pulumi`."""

    ResourceOptions = dict

    def __init__(self) -> None:
        self.declared: list[Declared] = []

    def Alias(self, name: str) -> str:  # noqa: N802 - Pulumi's name
        return name

    def TimeShiftPreset(self, name: str, *, opts: dict[str, Any] | None = None, **inputs: Any) -> _Resource:  # noqa: N802
        options = {given: _names(value) for given, value in (opts or {}).items()}
        options |= {"replace_on_changes": True} if options.get("replace_on_changes") else {}
        renamed = {"retain_on_delete": "retain", "replacement_trigger": "trigger"}
        given = {renamed.get(option, option): value for option, value in options.items()}
        if isinstance(inputs["pull_domain"], _Resource):
            inputs |= {"takes": inputs["pull_domain"].name, "pull_domain": ""}
        if isinstance(inputs["vhost"], _Resource):
            taken = inputs["vhost"].name
            inputs |= {"takes_vhost": taken, "vhost": next(one.vhost for one in self.declared if one.name == taken)}
        self.declared.append(Declared(name, **inputs, **given))
        return _Resource(name)


def _names(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_names(one) for one in value)
    return value.name if isinstance(value, _Resource | Group) else value


def _program(text: str) -> Program:
    declaring, group = _Declaring(), Group("keeping", retain=True)
    exec(text, {"live": declaring, "pulumi": declaring, "keeping": group})
    return Program(tuple(declaring.declared), (group,))


def _simulated_calls(stack: SimulatedStack, commands: list[str], situation: Situation) -> list[dict[str, list[str]]]:
    """The calls of each command, for each resource."""
    before, after = _program(situation.before), _program(situation.after)
    taken_back = situation == ALL["failed_replacement_taken_back"]
    stack.up(Step(before))
    made = []
    _change_outside(stack)
    for number, command in enumerate(commands):
        if "--continue-on-error" in command:
            stack.emulator.faults.add(Fault(CREATE, status=400, code="InvalidParam"))
        # the second command of this situation goes back to the old program
        step = Step(before if number and taken_back else after)
        _carry_out(stack, command, step)
        calls = defaultdict[str, list[str]](list)
        for method, urn, properties, answer in stack.calls:
            name = urn.rpartition("$")[2]
            answered = "error" if isinstance(answer, str) else verdict(method, answer)
            calls[name].append(f"{method} {_words(properties)} -> {answered}")
        made.append(dict(calls))
    return made


def _change_outside(stack: SimulatedStack) -> None:
    for preset in stack.emulator.presets:
        if preset.App == "drifted":
            stack.emulator.put(dataclasses.replace(preset, MaxShiftTime=86400))
        if preset.App == "moved":
            stack.emulator.put(dataclasses.replace(preset, Domain=situations.ELSEWHERE))
        if preset.App == "gone":
            stack.emulator.backend.remove("default", preset.key)


def _carry_out(stack: SimulatedStack, command: str, step: Step) -> None:
    verb = command.split(maxsplit=1)[0]
    if "--refresh" in command:
        step = dataclasses.replace(step, command="up --refresh")
    if verb == "preview":
        stack.preview(step)
    elif command.startswith("refresh --preview-only"):
        kept = stack.resources
        stack.refresh(step)
        stack.resources = kept
    else:
        {"up": stack.up, "refresh": stack.refresh, "destroy": stack.destroy}[verb](step)


def _words(properties: dict[str, dict[str, Any]]) -> str:
    unknown = [name for name, value in properties.get("news", {}).items() if _unknown(value)]
    empty = properties.get("olds") == {} and "news" in properties
    return " ".join(["none"] * empty + [f"unknown={','.join(unknown)}"] * bool(unknown))


def _unknown(value: Any) -> bool:
    return value is pulumi.UNKNOWN or isinstance(value, pulumi.output.Unknown)


def _recorded(recording: Transcript) -> list[dict[str, list[str]]]:
    made = []
    for _, lines in recording.commands:
        calls = defaultdict[str, list[str]](list)
        for line in lines:
            match = _LINE.match(line)
            assert match, line
            method, name, words, answered = match.groups()
            unknown = re.findall(r"unknown=[\w,]+", words)
            unknown += [f"unknown={given}" for given in re.findall(r"\((\w+)=unknown\)", words)]
            shown = " ".join(["none"] * ("olds=none" in words) + unknown)
            calls[name].append(f"{method} {shown} -> {answered}")
        made.append(dict(calls))
    return made


def test_leave_out_only_situations_that_there_are() -> None:
    assert BEYOND.keys() <= ALL.keys()


@pytest.mark.parametrize("name", KNOWN)
def test_ask_what_the_real_engine_asks(name: str) -> None:
    recording = Transcript.parse((SEQUENCES / f"{name}.txt").read_text(encoding="utf-8"))
    with simulated() as stack:
        made = _simulated_calls(stack, [command for command, _ in recording.commands], ALL[name])
    assert made == _recorded(recording)
