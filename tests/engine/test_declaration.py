"""Both call forms, explicit providers, and the options that every Pulumi resource has."""

from __future__ import annotations

import json
from collections.abc import Callable

import pulumi
import pytest

import pulumi_volcengine_live as live
from pulumi_stack import Stack
from pulumi_volcengine_live.emulator import CREATE, DELETE, UPDATE, Emulator

NewStack = Callable[[str], Stack]

HELPERS = """\
def preset(name, app, opts=None, **changed):
    inputs = dict(vhost="push.example.com", app=app, max_shift_time=604800, pull_domain="pull.example.com",
                  time_shift_type=1)
    return live.TimeShiftPreset(name, opts=opts, **{**inputs, **changed})

"""


def _program(*lines: str) -> str:
    return HELPERS + "\n".join(lines) + "\n"


def test_take_a_rotated_key_as_an_update_of_the_provider_alone(new_stack: NewStack, emulator: Emulator) -> None:
    """Beside a provider of another endpoint."""
    emulator.add_account("second", "key-1", "secret-canary-1", vhosts=["push.second.example.com"])
    with Emulator(access_key="other-key", secret_key="other-secret") as other:
        stack = new_stack(
            _program(
                'second = live.Provider("second", access_key="key-1", secret_key="secret-canary-1",',
                '                       session_token=None, shared_delete="verify")',
                f'keys = dict(access_key="other-key", secret_key="other-secret", endpoint="{other.url}")',
                'other = live.Provider("other", **keys)',
                'preset("replay", "live", pulumi.ResourceOptions(provider=second), vhost="push.second.example.com")',
                'preset("here", "here")',
                'preset("there", "there", pulumi.ResourceOptions(provider=other))',
            )
        )
        stack.up()
        presets = {"second": emulator.backend.presets("second"), "here": emulator.presets, "there": other.presets}
        assert {where: [preset.App for preset in found] for where, found in presets.items()} == {
            "second": ["live"],
            "here": ["here"],
            "there": ["there"],
        }
        assert "secret-canary-1" not in json.dumps(stack.state())

        emulator.add_account("second", "key-2", "secret-canary-2")
        del emulator.keys["key-1"]
        stack.change("key-1", "key-2")
        stack.change("secret-canary-1", "secret-canary-2")
        stack.changing_calls()
        rotated = stack.preview_and_up("--diff")
        assert "~ 1 to update" in rotated.output
        assert "to replace" not in rotated.output
        assert "canary" not in rotated.output
        assert stack.changing_calls() == []
        stack.destroy()
        assert emulator.backend.presets("second") == emulator.presets == other.presets == []


BEFORE = _program(
    'preset("by_keywords", "by_keywords")',
    'preset("kept", "kept", pulumi.ResourceOptions(retain_on_delete=True))',
    'first = preset("ignoring", "ignoring", pulumi.ResourceOptions(ignore_changes=["max_shift_time"]))',
    'preset("after", "after", pulumi.ResourceOptions(depends_on=[first], parent=first,',
    '       additional_secret_outputs=["bucket"]))',
    'preset("on_changes", "on_changes", pulumi.ResourceOptions(replace_on_changes=["max_shift_time"]))',
    'preset("old", "renamed")',
    'preset("protected", "protected", pulumi.ResourceOptions(protect=True))',
)
AFTER = _program(
    'live.TimeShiftPreset("by_keywords", live.TimeShiftPresetArgs(vhost="push.example.com", app="by_keywords",',
    '    max_shift_time=604800, pull_domain="pull.example.com", time_shift_type=1), pulumi.ResourceOptions())',
    'preset("kept", "kept", pulumi.ResourceOptions(retain_on_delete=True))',
    'first = preset("ignoring", "ignoring", pulumi.ResourceOptions(ignore_changes=["max_shift_time"]),',
    "               max_shift_time=86400)",
    'preset("after", "after", pulumi.ResourceOptions(depends_on=[first], parent=first,',
    '       additional_secret_outputs=["bucket"]))',
    'preset("on_changes", "on_changes", pulumi.ResourceOptions(replace_on_changes=["max_shift_time"]),',
    "       max_shift_time=86400)",
    "def weekly(args):",
    '    return pulumi.ResourceTransformResult({**args.props, "max_shift_time": 259200}, args.opts)',
    'preset("new", "renamed", pulumi.ResourceOptions(aliases=[pulumi.Alias(name="old")], transforms=[weekly]))',
    'preset("protected", "protected", pulumi.ResourceOptions(protect=True))',
)


def test_obey_the_options_that_every_resource_has(new_stack: NewStack, emulator: Emulator) -> None:
    """A declaration by args is the same as one by keywords; hidden inputs are not shown."""
    stack = new_stack(BEFORE)
    stack.up()
    made = [call.body["App"] for call in emulator.calls(CREATE)]
    assert made.index("ignoring") < made.index("after")
    (after,) = [resource for resource in stack.resources() if resource["urn"].endswith("::after")]
    assert "live-time-shift" not in json.dumps(after["outputs"])

    stack.changing_calls()
    stack.write(AFTER)
    shown = stack.preview_and_up("--diff")
    assert "__re" not in shown.output
    assert sorted(stack.changing_calls()) == [CREATE, DELETE, UPDATE]
    changed = {preset.App: preset.MaxShiftTime for preset in emulator.presets if preset.MaxShiftTime != 604800}
    assert changed == {"renamed": 259200, "on_changes": 86400}

    assert stack.destroy(check=False).code != 0
    assert {preset.App for preset in emulator.presets} == {"kept", "protected"}
    stack.write(_program('preset("protected", "protected")'))
    stack.up()
    stack.destroy()
    assert [preset.App for preset in emulator.presets] == ["kept"]


def test_say_what_to_do_instead_of_importing() -> None:
    """Before anything is registered; what ends a program so is shown as one line."""
    with pytest.raises(
        pulumi.RunError, match=r"replay: import_ does not work for dynamic resources.*--import-file.*adopt=True"
    ):
        live.TimeShiftPreset(
            "replay",
            vhost="push.example.com",
            app="live",
            max_shift_time=604800,
            pull_domain="pull.example.com",
            opts=pulumi.ResourceOptions(import_="push.example.com/live"),
        )
