"""The first `up` on the real engine: what arrives at the service, and the state that later versions must read."""

from __future__ import annotations

import json
from collections.abc import Callable

from pulumi_stack import RESOURCE_TYPE, ROOT, Stack
from pulumi_volcengine_live.emulator import CREATE, Emulator

PROVIDER_REFERENCE = "gASVOQAAAAAAAACMFnB1bHVtaV92b2xjZW5naW5lX2xpdmWUjBdUaW1lU2hpZnRQcmVzZXRQcm92aWRlcpSTlCmBlC4="


def test_create_without_a_plugin_and_export_the_base_url_of_a_player(
    new_stack: Callable[..., Stack], emulator: Emulator
) -> None:
    """The player's example is the quick start with another output; test_demo.py takes the quick start to its end.

    No plugin is asked for: Pulumi takes a package named pulumi-* for one that has a plugin.
    """
    stack = new_stack(ROOT / "examples" / "player_url")
    log = stack.up("-v=7", "--logtostderr").output
    assert "GetRequiredPlugins" in log
    assert "plugins/volcengine-live" not in log
    assert "pulumi-resource-volcengine-live" not in log
    assert stack.changing_calls() == [CREATE]
    assert [preset.MaxShiftTime for preset in emulator.presets] == [604800]
    assert stack.outputs() == {"player_base_url": "https://pull.example.com/concerts/"}
    _keeps_the_contract(stack)


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
