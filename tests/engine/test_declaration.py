"""Both call forms, explicit providers, and the options that every Pulumi resource has."""

from __future__ import annotations

import json
from collections.abc import Callable

from pulumi_stack import Stack
from pulumi_volcengine_live.emulator import CREATE, DELETE, UPDATE, Emulator

NewStack = Callable[[str], Stack]

PROGRAM = """\
def preset(name, app, opts=None, **changed):
    inputs = dict(vhost="push.example.com", app=app, max_shift_time=604800, pull_domain="pull.example.com",
                  time_shift_type=1)
    return live.TimeShiftPreset(name, opts=opts, **{{**inputs, **changed}})

second = live.Provider("second", access_key={key!r}, secret_key="secret-canary-of-{key}", session_token=None,
                       shared_delete="verify")
other = live.Provider("other", access_key="other-key", secret_key="other-secret", endpoint={endpoint!r})
preset("of_second", "second", pulumi.ResourceOptions(provider=second), vhost="push.second.example.com")
preset("of_other", "other", pulumi.ResourceOptions(provider=other))
preset("kept", "kept", pulumi.ResourceOptions(retain_on_delete=True))
preset("protected", "protected", pulumi.ResourceOptions(protect=True))
"""
BEFORE = """\
preset("by_keywords", "by_keywords")
first = preset("ignoring", "ignoring", pulumi.ResourceOptions(ignore_changes=["max_shift_time"]))
preset("after", "after", pulumi.ResourceOptions(depends_on=[first], parent=first,
                                                additional_secret_outputs=["bucket"]))
preset("on_changes", "on_changes", pulumi.ResourceOptions(replace_on_changes=["max_shift_time"]))
preset("old", "renamed")
"""
AFTER = """\
live.TimeShiftPreset("by_keywords", live.TimeShiftPresetArgs(vhost="push.example.com", app="by_keywords",
    max_shift_time=604800, pull_domain="pull.example.com", time_shift_type=1), pulumi.ResourceOptions())
first = preset("ignoring", "ignoring", pulumi.ResourceOptions(ignore_changes=["max_shift_time"]),
               max_shift_time=86400)
preset("after", "after", pulumi.ResourceOptions(depends_on=[first], parent=first,
                                                additional_secret_outputs=["bucket"]))
preset("on_changes", "on_changes", pulumi.ResourceOptions(replace_on_changes=["max_shift_time"]),
       max_shift_time=86400)
def weekly(args):
    return pulumi.ResourceTransformResult({**args.props, "max_shift_time": 259200}, args.opts)
preset("new", "renamed", pulumi.ResourceOptions(aliases=[pulumi.Alias(name="old")], transforms=[weekly]))
"""
OF_THE_ENVIRONMENT = {"kept", "protected", "by_keywords", "ignoring", "after", "on_changes", "renamed"}


def test_obey_providers_and_the_options_that_every_resource_has(new_stack: NewStack, emulator: Emulator) -> None:
    """A declaration by args is the same as one by keywords, and a rotated key an update of the provider alone."""
    emulator.add_account("second", "key-1", "secret-canary-of-key-1", vhosts=["push.second.example.com"])
    with Emulator(access_key="other-key", secret_key="other-secret") as other:
        stack = new_stack(PROGRAM.format(key="key-1", endpoint=other.url) + BEFORE)
        stack.up()
        assert _apps(emulator, other) == {"default": OF_THE_ENVIRONMENT, "second": {"second"}, "other": {"other"}}
        assert "secret-canary" not in json.dumps(stack.state())
        created = [call.body["App"] for call in emulator.calls(CREATE)]
        assert created.index("ignoring") < created.index("after")
        (after,) = [resource for resource in stack.resources() if resource["urn"].endswith("::after")]
        assert "live-time-shift" not in json.dumps(after["outputs"]), "bucket is secret"

        emulator.add_account("second", "key-2", "secret-canary-of-key-2")
        del emulator.keys["key-1"]
        stack.write(PROGRAM.format(key="key-2", endpoint=other.url) + AFTER)
        emulator.forget_calls()
        other.forget_calls()
        shown = stack.preview_and_up("--diff")
        assert "__re" not in shown.output, "hidden inputs"
        assert "secret-canary" not in shown.output
        assert "~ 2 to update" in shown.output, "the second account's provider, and the renamed preset"
        assert "+-1 to replace" in shown.output
        changed = {preset.App: preset.MaxShiftTime for preset in emulator.presets if preset.MaxShiftTime != 604800}
        assert changed == {"renamed": 259200, "on_changes": 86400}
        assert {call.account for call in emulator.calls(CREATE, UPDATE, DELETE)} == {"default"}
        assert sorted(stack.changing_calls()) == [CREATE, DELETE, UPDATE]
        assert other.calls(CREATE, UPDATE, DELETE) == []

        refused = stack.destroy(check=False)
        assert refused.code != 0
        refused.line("error:", "protected")
        assert _apps(emulator, other) == {"default": {"kept", "protected"}, "second": set(), "other": set()}


def _apps(emulator: Emulator, other: Emulator) -> dict[str, set[str]]:
    presets = {"default": emulator.presets, "second": emulator.backend.presets("second"), "other": other.presets}
    return {account: {preset.App for preset in found} for account, found in presets.items()}
