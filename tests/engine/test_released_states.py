"""States as released versions wrote them, taken through the rest of their life by today's code."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pulumi_stack import RESOURCE_TYPE, ROOT, Stack, declare
from pulumi_volcengine_live.emulator import DELETE, UPDATE, Emulator
from pulumi_volcengine_live.emulator import Preset as Stored

NewStack = Callable[[str], Stack]
STATES = sorted((ROOT / "tests" / "contracts").glob("*/*.json"))


@pytest.fixture(params=STATES, ids=lambda state: f"{state.parent.name}-{state.stem}")
def imported(request: pytest.FixtureRequest, new_stack: NewStack, emulator: Emulator) -> Stack:
    """A fresh stack that has the state, a program that means it, and a service that has the presets."""
    state: Path = request.param
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


def test_live_on_from_a_released_state(imported: Stack, emulator: Emulator) -> None:
    imported.refresh("--expect-no-changes")
    imported.run("preview", "--expect-no-changes")
    assert imported.changing_calls() == []
    imported.change("604800", "259200")
    imported.up()
    assert imported.changing_calls() == [UPDATE, UPDATE]
    assert [preset.MaxShiftTime for preset in emulator.presets] == [259200, 259200]


def test_destroy_a_released_state(imported: Stack, emulator: Emulator) -> None:
    imported.destroy()
    assert imported.changing_calls() == [DELETE, DELETE]
    assert emulator.presets == []
    assert imported.resources() == []


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
