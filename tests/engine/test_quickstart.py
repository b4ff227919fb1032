"""The quick start's life on the real engine, judged by what arrived at the service."""

from __future__ import annotations

import dataclasses
import json

from pulumi_stack import RESOURCE_TYPE, Stack
from pulumi_volcengine_live.emulator import CREATE, DELETE, UPDATE, Emulator

PROVIDER_REFERENCE = "gASVOQAAAAAAAACMFnB1bHVtaV92b2xjZW5naW5lX2xpdmWUjBdUaW1lU2hpZnRQcmVzZXRQcm92aWRlcpSTlCmBlC4="


def test_live_a_whole_life(quickstart: Stack, emulator: Emulator) -> None:
    quickstart.preview()
    assert quickstart.changing_calls() == []

    quickstart.up()
    assert quickstart.changing_calls() == [CREATE]
    assert [preset.MaxShiftTime for preset in emulator.presets] == [604800]
    _keeps_the_contract(quickstart)

    quickstart.up("--expect-no-changes")
    assert quickstart.changing_calls() == []

    quickstart.change("DAYS_7", "DAYS_3")
    assert "~ max_shift_time : 604800 => 259200" in quickstart.preview_and_up("--diff").output
    assert quickstart.changing_calls() == [UPDATE]

    quickstart.change("pull.example.com", "replay.example.com")
    replaced = quickstart.preview_and_up("--diff")
    assert f"+-{RESOURCE_TYPE}: (replace)" in replaced.output
    assert '~ pull_domain    : "pull.example.com" => "replay.example.com"' in replaced.output
    assert quickstart.changing_calls() == [DELETE, CREATE]

    quickstart.destroy()
    assert quickstart.changing_calls() == [DELETE]
    assert emulator.presets == []


def _keeps_the_contract(stack: Stack) -> None:
    """What later versions must be able to read."""
    (resource,) = stack.resources()
    inputs = {
        "__provider": PROVIDER_REFERENCE,
        "app": "concerts",
        "max_shift_time": 604800,
        "pull_domain": "pull.example.com",
        "time_shift_type": 1,
        "vhost": "push.example.com",
    }
    outputs = {"bucket": "live-time-shift", "enabled": True, "preset_name": "time-shift-1", "storage": "fcdn-tos"}
    assert resource["type"] == RESOURCE_TYPE == "pulumi-python:dynamic/volcengine-live:TimeShiftPreset"
    assert resource["id"] == "push.example.com/concerts"
    assert resource["inputs"] == inputs
    assert resource["outputs"] == {**inputs, **outputs}
    state = json.dumps(stack.state())
    assert stack.emulator.access_key not in state
    assert stack.emulator.secret_key not in state


def test_show_drift_with_both_values_and_mend_it(quickstart: Stack, emulator: Emulator) -> None:
    """The first command also asks for no plugin: Pulumi takes a package named pulumi-* for one that has a plugin."""
    log = quickstart.up("-v=7", "--logtostderr").output
    assert "GetRequiredPlugins" in log
    assert "plugins/volcengine-live" not in log
    assert "pulumi-resource-volcengine-live" not in log

    emulator.backend.put("default", dataclasses.replace(emulator.presets[0], MaxShiftTime=86400))
    refresh = quickstart.run("refresh", "--preview-only", "--diff", "--expect-no-changes", check=False)
    assert refresh.code != 0
    assert "~ max_shift_time : 604800 => 86400" in refresh.output
    quickstart.refresh()
    quickstart.changing_calls()
    assert "~ max_shift_time : 86400 => 604800" in quickstart.preview_and_up("--diff").output
    assert quickstart.changing_calls() == [UPDATE]
    assert [preset.MaxShiftTime for preset in emulator.presets] == [604800]

    emulator.backend.remove("default", emulator.presets[0].key)
    quickstart.refresh()
    assert quickstart.resources() == []
    assert f"+ {RESOURCE_TYPE}: (create)" in quickstart.preview_and_up("--diff").output
    assert quickstart.changing_calls() == [CREATE]
