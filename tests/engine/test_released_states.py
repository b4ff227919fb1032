"""States as released versions wrote them, taken through the rest of their life by today's code."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from pulumi_stack import RESOURCE_TYPE, ROOT, Stack, declare
from pulumi_volcengine_live.emulator import DELETE, UPDATE, Emulator
from pulumi_volcengine_live.emulator import Preset as Stored

NewStack = Callable[[str], Stack]

LIVE_ON = ("0.1.0/default", "0.2.0/default", "0.2.0/pickle_5")
DESTROY = ("0.1.0/explicit", "0.2.0/explicit")
CONTRACTS = ROOT / "tests" / "contracts"


def _imported(new_stack: NewStack, emulator: Emulator, name: str) -> Stack:
    """A fresh stack that has the state, a program that declares it, and a service that has the presets."""
    state = CONTRACTS / f"{name}.json"
    opts = "provider=account" if state.stem == "explicit" else ""
    keys = f"access_key={emulator.access_key!r}, secret_key={emulator.secret_key!r}"
    account = f'account = live.Provider("account", {keys}, shared_delete="accept")\n' if opts else ""
    presets = declare("app", opts=opts) + declare("stream", stream="s1", time_shift_type=0, opts=opts)
    stack = new_stack(account + presets)
    if not opts:
        stack.environment["VOLC_LIVE_SHARED_DELETE"] = "accept"
    for resource in json.loads(state.read_text())["deployment"]["resources"]:
        if resource["type"] == RESOURCE_TYPE:
            emulator.backend.put("default", _stored(resource["outputs"]))
    stack.run("stack", "import", "--file", str(state))
    return stack


def test_hold_every_released_state() -> None:
    states = {file.relative_to(CONTRACTS).with_suffix("").as_posix() for file in CONTRACTS.glob("*/*.json")}
    assert states == {*LIVE_ON, *DESTROY}


@pytest.mark.parametrize("name", LIVE_ON)
def test_live_on_from_a_released_state(new_stack: NewStack, emulator: Emulator, name: str) -> None:
    """Nothing to change at first; then one resource is changed in place, and the other one leaves the program."""
    stack = _imported(new_stack, emulator, name)
    stack.preview("--refresh", "--expect-no-changes")
    assert stack.changing_calls() == []
    stack.write(declare("app", max_shift_time=259200))
    stack.up()
    assert stack.changing_calls() == [UPDATE, DELETE]
    assert [(preset.Stream, preset.MaxShiftTime) for preset in emulator.presets] == [("", 259200)]
    assert [resource["outputs"]["max_shift_time"] for resource in stack.resources()] == [259200]


@pytest.mark.parametrize("name", DESTROY)
def test_destroy_a_released_state(new_stack: NewStack, emulator: Emulator, name: str) -> None:
    """One with a provider instance of its own, whose settings are in the state too."""
    stack = _imported(new_stack, emulator, name)
    stack.destroy()
    assert stack.changing_calls() == [DELETE, DELETE]
    assert emulator.presets == []
    assert stack.resources() == []


def _stored(outputs: dict[str, object]) -> Stored:
    return Stored(
        Vhost=str(outputs["vhost"]),
        App=str(outputs["app"]),
        Stream=str(outputs.get("stream", "")),
        MaxShiftTime=int(str(outputs["max_shift_time"])),
        Domain=str(outputs["pull_domain"]),
        Name=str(outputs["preset_name"]),
        Status=int(bool(outputs["enabled"])),
        Type=str(outputs["storage"]),
        Bucket=str(outputs["bucket"]),
    )
