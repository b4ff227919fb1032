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

    quickstart.up("--expect-no-changes")
    assert quickstart.changing_calls() == []

    quickstart.change("DAYS_7", "DAYS_3")
    assert "~ max_shift_time : 604800 => 259200" in quickstart.preview().output
    quickstart.up()
    assert quickstart.changing_calls() == [UPDATE]
    quickstart.up("--expect-no-changes")

    quickstart.change("pull.example.com", "replay.example.com")
    preview = quickstart.preview()
    assert f"+-{RESOURCE_TYPE}: (replace)" in preview.output
    assert '~ pull_domain    : "pull.example.com" => "replay.example.com"' in preview.output
    quickstart.up()
    assert quickstart.changing_calls() == [DELETE, CREATE]
    quickstart.up("--expect-no-changes")

    quickstart.destroy()
    assert quickstart.changing_calls() == [DELETE]
    assert emulator.presets == []


def test_show_drift_with_both_values_and_mend_it(quickstart: Stack, emulator: Emulator) -> None:
    quickstart.up()
    emulator.backend.put("default", dataclasses.replace(emulator.presets[0], MaxShiftTime=86400))
    refresh = quickstart.run("refresh", "--preview-only", "--diff", "--expect-no-changes", check=False)
    assert refresh.code != 0
    assert "~ max_shift_time : 604800 => 86400" in refresh.output
    quickstart.refresh()
    assert "~ max_shift_time : 86400 => 604800" in quickstart.preview().output
    quickstart.changing_calls()
    quickstart.up()
    assert quickstart.changing_calls() == [UPDATE]
    quickstart.refresh("--expect-no-changes")
    assert [preset.MaxShiftTime for preset in emulator.presets] == [604800]


def test_make_anew_what_was_removed_outside(quickstart: Stack, emulator: Emulator) -> None:
    quickstart.up()
    emulator.backend.remove("default", emulator.presets[0].key)
    quickstart.refresh()
    assert quickstart.resources() == []
    assert "+ pulumi-python:dynamic/volcengine-live:TimeShiftPreset: (create)" in quickstart.preview().output
    quickstart.changing_calls()
    quickstart.up()
    assert quickstart.changing_calls() == [CREATE]


def test_destroy_what_is_gone_without_an_error(quickstart: Stack, emulator: Emulator) -> None:
    quickstart.up()
    emulator.backend.remove("default", emulator.presets[0].key)
    quickstart.changing_calls()
    quickstart.destroy()
    assert quickstart.changing_calls() == []
    assert quickstart.resources() == []


def test_write_a_state_that_keeps_the_contract(quickstart: Stack, emulator: Emulator) -> None:
    quickstart.up()
    (resource,) = quickstart.resources()
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
    state = json.dumps(quickstart.state())
    assert emulator.access_key not in state
    assert emulator.secret_key not in state


def test_ask_for_no_plugin_to_download(quickstart: Stack) -> None:
    """Pulumi takes a package named pulumi-* for one with a plugin, unless the package says otherwise."""
    log = quickstart.run("preview", "-v=7", "--logtostderr").output
    assert "GetRequiredPlugins" in log
    assert "plugins/volcengine-live" not in log
    assert "pulumi-resource-volcengine-live" not in log
