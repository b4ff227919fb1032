"""The quick start on the real engine, judged by what arrived at the service; test_demo.py takes it to its end."""

from __future__ import annotations

import json

from pulumi_stack import RESOURCE_TYPE, Stack
from pulumi_volcengine_live.emulator import CREATE, UPDATE, Emulator

PROVIDER_REFERENCE = "gASVOQAAAAAAAACMFnB1bHVtaV92b2xjZW5naW5lX2xpdmWUjBdUaW1lU2hpZnRQcmVzZXRQcm92aWRlcpSTlCmBlC4="


def test_create_and_update(quickstart: Stack, emulator: Emulator) -> None:
    """No plugin is asked for: Pulumi takes a package named pulumi-* for one that has a plugin."""
    log = quickstart.up("-v=7", "--logtostderr").output
    assert "GetRequiredPlugins" in log
    assert "plugins/volcengine-live" not in log
    assert "pulumi-resource-volcengine-live" not in log
    assert quickstart.changing_calls() == [CREATE]
    assert [preset.MaxShiftTime for preset in emulator.presets] == [604800]
    _keeps_the_contract(quickstart)

    quickstart.change("DAYS_7", "DAYS_3")
    assert "~ max_shift_time : 604800 => 259200" in quickstart.preview_and_up("--diff").output
    assert quickstart.changing_calls() == [UPDATE]
    assert [preset.MaxShiftTime for preset in emulator.presets] == [259200]


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
