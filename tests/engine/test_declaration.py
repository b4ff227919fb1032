"""Both call forms, explicit providers, and the options that every Pulumi resource has."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

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


def test_declare_with_keywords_or_args_to_the_same_effect(new_stack: NewStack, emulator: Emulator) -> None:
    stack = new_stack(
        'live.TimeShiftPreset("replay", vhost="push.example.com", app="live", max_shift_time=604800,\n'
        '    pull_domain="pull.example.com", time_shift_type=1)\n'
    )
    stack.up()
    stack.write(
        'live.TimeShiftPreset("replay", live.TimeShiftPresetArgs(vhost="push.example.com", app="live",\n'
        '    max_shift_time=604800, pull_domain="pull.example.com", time_shift_type=1), pulumi.ResourceOptions())\n'
    )
    stack.up("--expect-no-changes")


def test_take_a_rotated_key_as_an_update_of_the_provider_alone(new_stack: NewStack, emulator: Emulator) -> None:
    emulator.add_account("second", "key-1", "secret-canary-1", vhosts=["push.example.com"])
    stack = new_stack(
        _program(
            'second = live.Provider("second", access_key="key-1", secret_key="secret-canary-1",',
            '                       session_token=None, shared_delete="verify")',
            'preset("replay", "live", pulumi.ResourceOptions(provider=second))',
        )
    )
    stack.up()
    assert [preset.App for preset in emulator.backend.presets("second")] == ["live"]
    assert "secret-canary-1" not in json.dumps(stack.state())
    emulator.add_account("second", "key-2", "secret-canary-2")
    del emulator.keys["key-1"]
    stack.change("key-1", "key-2")
    stack.change("secret-canary-1", "secret-canary-2")
    stack.changing_calls()
    preview = stack.preview()
    assert "~ 1 to update" in preview.output
    assert "to replace" not in preview.output
    assert "canary" not in preview.output
    stack.up()
    assert stack.changing_calls() == []
    stack.destroy()
    assert emulator.backend.presets("second") == []


def test_use_several_endpoints_in_one_program(new_stack: NewStack, emulator: Emulator) -> None:
    with Emulator(access_key="other-key", secret_key="other-secret") as other:
        stack = new_stack(
            _program(
                f'keys = dict(access_key="other-key", secret_key="other-secret", endpoint="{other.url}")',
                'other = live.Provider("other", **keys)',
                'preset("here", "here")',
                'preset("there", "there", pulumi.ResourceOptions(provider=other))',
            )
        )
        stack.up()
        assert [preset.App for preset in emulator.presets] == ["here"]
        assert [preset.App for preset in other.presets] == ["there"]
        stack.up("--expect-no-changes")
        stack.destroy()
        assert emulator.presets == other.presets == []


def test_say_what_to_do_instead_of_importing(new_stack: NewStack, emulator: Emulator) -> None:
    stack = new_stack(_program('preset("replay", "live", pulumi.ResourceOptions(import_="push.example.com/live"))'))
    preview = stack.preview(check=False)
    assert preview.code != 0
    assert "Traceback" not in preview.output
    preview.line("replay: import_ does not work for dynamic resources", "--import-file", "adopt=True")


def test_obey_the_options_that_keep_things(new_stack: NewStack, emulator: Emulator) -> None:
    stack = new_stack(
        _program(
            'preset("kept", "kept", pulumi.ResourceOptions(retain_on_delete=True))',
            'first = preset("ignoring", "ignoring", pulumi.ResourceOptions(ignore_changes=["max_shift_time"]))',
            'preset("after", "after", pulumi.ResourceOptions(depends_on=[first], parent=first,',
            '       additional_secret_outputs=["bucket"]))',
        )
    )
    stack.up()
    assert [call.body["App"] for call in emulator.calls(CREATE)].index("ignoring") < 2
    (after,) = [resource for resource in stack.resources() if resource["urn"].endswith("::after")]
    assert "live-time-shift" not in json.dumps(after["outputs"])
    stack.changing_calls()
    stack.change('"kept", "kept", ', '"kept", "kept", max_shift_time=604800, opts=')
    stack.change('"ignoring", "ignoring", ', '"ignoring", "ignoring", max_shift_time=86400, opts=')
    stack.up("--expect-no-changes")
    assert stack.changing_calls() == []
    stack.destroy()
    assert [preset.App for preset in emulator.presets] == ["kept"]


def test_refuse_to_delete_what_is_protected(new_stack: NewStack, emulator: Emulator) -> None:
    stack = new_stack(_program('preset("replay", "live", pulumi.ResourceOptions(protect=True))'))
    stack.up()
    assert stack.destroy(check=False).code != 0
    assert len(emulator.presets) == 1
    stack.change("protect=True", "protect=False")
    stack.up()


def test_follow_aliases_and_transforms_without_a_call(new_stack: NewStack, emulator: Emulator) -> None:
    stack = new_stack(_program('preset("old", "live")'))
    stack.up()
    stack.changing_calls()
    stack.write(
        _program(
            "def weekly(args):",
            '    return pulumi.ResourceTransformResult({**args.props, "max_shift_time": 259200}, args.opts)',
            'preset("new", "live", pulumi.ResourceOptions(aliases=[pulumi.Alias(name="old")], transforms=[weekly]))',
        )
    )
    stack.up()
    assert stack.changing_calls() == [UPDATE]
    assert [preset.MaxShiftTime for preset in emulator.presets] == [259200]


@pytest.mark.parametrize("told", ["max_shift_time", "*"])
def test_replace_on_changes_of_what_the_option_names(new_stack: NewStack, emulator: Emulator, told: str) -> None:
    """The engine is not told which inputs of a dynamic resource changed, so it cannot carry the option out itself."""
    stack = new_stack(_program(f'preset("replay", "live", pulumi.ResourceOptions(replace_on_changes=["{told}"]))'))
    stack.up()
    stack.changing_calls()
    stack.change("max_shift_time=604800", "max_shift_time=86400")
    preview = stack.preview()
    assert "replace" in preview.line("pulumi-python:dynamic/volcengine-live:TimeShiftPreset:")
    assert "__replace_on_changes" not in preview.output
    stack.up()
    assert stack.changing_calls() == [DELETE, CREATE]
    stack.up("--expect-no-changes")
    stack.change(f'["{told}"]', '["app"]')
    stack.up("--expect-no-changes")
    assert stack.changing_calls() == []


def test_update_only_what_is_targeted(new_stack: NewStack, emulator: Emulator) -> None:
    stack = new_stack(_program('preset("one", "one")', 'preset("two", "two")'))
    stack.up()
    stack.change("max_shift_time=604800", "max_shift_time=86400")
    one = next(resource["urn"] for resource in stack.resources() if resource["urn"].endswith("::one"))
    stack.changing_calls()
    stack.up("--target", one, "--refresh")
    assert stack.changing_calls() == [UPDATE]
    assert {preset.App: preset.MaxShiftTime for preset in emulator.presets} == {"one": 86400, "two": 604800}


@pytest.mark.parametrize("arguments", [("--json",), ("--diff",), ("--refresh",)], ids=repr)
def test_preview_in_every_form(new_stack: NewStack, arguments: tuple[str, ...]) -> None:
    stack = new_stack(_program('preset("replay", "live")'))
    preview = stack.run("preview", *arguments)
    assert "TimeShiftPreset" in preview.output
