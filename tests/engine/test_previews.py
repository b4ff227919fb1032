"""What is refused at apply is refused at preview: on one line, without a traceback, with at most two looks."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest

from pulumi_stack import Run, Stack, declare
from pulumi_volcengine_live.emulator import CREATE, DELETE, LIST, UPDATE, Emulator, Fault
from pulumi_volcengine_live.emulator import Preset as Stored

NewStack = Callable[[str], Stack]

STORED = Stored("push.example.com", "live", "", 604800, "pull.example.com", "n", 1, "fcdn-tos", "b")
ONE = """\
replay = live.TimeShiftPreset(
    "replay", vhost="push.example.com", app="live", max_shift_time=604800, pull_domain="pull.example.com",
    time_shift_type=1,
)
"""
ANOTHER = ONE.replace('"replay"', '"again"')
STREAMS = """\
for number in range({count}):
    live.TimeShiftPreset(
        f"s{{number}}", vhost="push.example.com", app="live", stream=f"s{{number}}", max_shift_time=604800,
        pull_domain="pull.example.com", time_shift_type=1,
    )
"""


def _refused(stack: Stack, *parts: str) -> Run:
    """Preview, and find the refusal on one line."""
    stack.emulator.forget_calls()
    preview = stack.preview(check=False)
    assert preview.code != 0, preview.output
    assert "Traceback" not in preview.output
    preview.line("error: ", *parts)
    assert not stack.emulator.calls(CREATE, UPDATE, DELETE)
    assert len(stack.emulator.calls(LIST)) <= 4, "two looks, each at both storages"
    return preview


@pytest.mark.parametrize(
    ("program", "stored", "parts"),
    [
        (ONE, STORED, ("property adopt", "exists already", "adopt=True")),
        (
            ONE.replace("time_shift_type=1", "time_shift_type=1, adopt=True"),
            dataclasses.replace(STORED, Domain="else.example.com"),
            ("property pull_domain", "pull_domain else.example.com", "cannot be changed in place"),
        ),
        (
            ONE.replace("time_shift_type=1", "time_shift_type=1, adopt=True"),
            dataclasses.replace(STORED, Type="tos"),
            ("property time_shift_type", "time_shift_type 0", "cannot be changed in place"),
        ),
        (ONE + ANOTHER, None, ("property app", "of this program means push.example.com/live too")),
        (STREAMS.format(count=21), None, ("property stream", "presets of 21 streams", "takes 20")),
        (
            STREAMS.format(count=20),
            dataclasses.replace(STORED, Stream="theirs"),
            ("property stream", "presets of 21 streams"),
        ),
    ],
    ids=["exists", "other domain", "other type", "twice", "21 streams", "20 streams and theirs"],
)
def test_refuse_at_preview(
    new_stack: NewStack, emulator: Emulator, program: str, stored: Stored | None, parts: tuple[str, ...]
) -> None:
    if stored is not None:
        emulator.backend.put("default", stored)
    _refused(new_stack(program), *parts)


@pytest.mark.parametrize(
    ("owner", "said"), [(None, "RequestForbidden"), ("someone", "RequestForbidden.AccountIDNotAllow")]
)
def test_refuse_a_vhost_that_the_service_refuses(
    new_stack: NewStack, emulator: Emulator, owner: str | None, said: str
) -> None:
    emulator.backend.vhosts = {"push.example.com": owner} if owner else {}
    _refused(new_stack(ONE), "property vhost", said, "Check")


def test_tell_wrong_keys_at_preview(new_stack: NewStack, emulator: Emulator) -> None:
    stack = new_stack(ONE)
    stack.environment["VOLC_SECRETKEY"] = "wrong"
    _refused(stack, "SignatureDoesNotMatch", "Check the keys")


@pytest.mark.parametrize("fault", [Fault(LIST, "reset", times=1000), Fault(LIST, status=429, code="X", times=1000)])
def test_warn_and_pass_where_the_service_cannot_be_asked(new_stack: NewStack, emulator: Emulator, fault: Fault) -> None:
    emulator.faults.add(fault)
    preview = new_stack(ONE + STREAMS.format(count=3)).preview()
    assert preview.output.count("this was not checked against the service") == 1


def test_replace_in_one_preview_what_stands_alone(new_stack: NewStack, emulator: Emulator) -> None:
    """A replacement is checked twice, the second time as if it were new, for a preset that is there."""
    stack = new_stack(ONE)
    stack.up()
    stack.change("pull.example.com", "else.example.com")
    preview = stack.preview()
    assert "+-1 to replace" in preview.output
    preview.line("stops time shift in between")
    stack.up()
    assert [preset.Domain for preset in emulator.presets] == ["else.example.com"]


DEPENDENT = declare("first", app="one") + declare("second", app="two").replace(
    "'pull.example.com'", "first.pull_domain"
)


def test_replace_in_one_preview_what_depends_on_a_replaced_one(new_stack: NewStack, emulator: Emulator) -> None:
    """The engine replaces the second along with the first, and checks it only as if it were new."""
    stack = new_stack(DEPENDENT)
    stack.up()
    stack.changing_calls()
    stack.change("pull.example.com", "else.example.com")
    preview = stack.preview()
    assert "+-2 to replace" in preview.output
    for app in ("one", "two"):
        preview.line(f"replacing time-shift preset push.example.com/{app} stops time shift in between")
    stack.up()
    assert stack.changing_calls() == [DELETE, DELETE, CREATE, CREATE]
    assert {preset.Domain for preset in emulator.presets} == {"else.example.com"}


def test_refuse_at_preview_what_depends_on_a_replaced_one_and_stands_beside_others(
    new_stack: NewStack, emulator: Emulator
) -> None:
    stack = new_stack(DEPENDENT)
    stack.up()
    emulator.backend.put("default", dataclasses.replace(STORED, App="two", Stream="theirs"))
    stack.change("pull.example.com", "else.example.com")
    refused = stack.preview(check=False)
    assert refused.code != 0
    refused.line("property pull_domain value", "deletes push.example.com/two and makes it anew", "two/theirs")


def test_announce_no_replacement_in_a_refresh_that_only_reads(new_stack: NewStack, emulator: Emulator) -> None:
    """The engine asks a refresh's diff what it would take to bring the preset back."""
    stack = new_stack(ONE)
    stack.up()
    emulator.backend.put("default", dataclasses.replace(emulator.presets[0], Domain="else.example.com"))
    assert "replacing" not in stack.refresh().output


def test_leave_what_is_replaced_beside_others_where_it_is_retained(new_stack: NewStack, emulator: Emulator) -> None:
    """Its delete was refused at preview, though there is none."""

    def program(stream: str) -> str:
        return declare("moving", stream=stream, opts="retain_on_delete=True") + declare("staying", stream="s2")

    stack = new_stack(program("s1"))
    stack.up()
    stack.changing_calls()
    stack.write(program("s3"))
    assert "__retain_on_delete" not in stack.preview().output
    stack.up()
    assert stack.changing_calls() == [CREATE]
    assert sorted(preset.Stream for preset in emulator.presets) == ["s1", "s2", "s3"]


def test_replace_at_the_users_word_with_adoption_and_deleting_first(new_stack: NewStack, emulator: Emulator) -> None:
    """For --target-replace the engine checks as if the resource were new, and asks no diff."""
    stack = new_stack(ONE)
    stack.up()
    stack.change('app="live"', 'app="live", adopt=True, opts=pulumi.ResourceOptions(delete_before_replace=True)')
    stack.changing_calls()
    stack.up("--target-replace", stack.resources()[0]["urn"])
    assert stack.changing_calls() == [DELETE, CREATE]
    assert len(emulator.presets) == 1


def test_warn_of_drift_with_both_values_and_never_in_a_clean_run(new_stack: NewStack, emulator: Emulator) -> None:
    stack = new_stack(ONE)
    assert "warning" not in stack.up().output.lower()
    emulator.forget_calls()
    clean = stack.preview("--expect-no-changes")
    assert "drift" not in clean.output
    assert len(emulator.calls()) <= 2
    emulator.backend.put("default", dataclasses.replace(emulator.presets[0], MaxShiftTime=86400))
    stack.preview().line("has drifted", "86400 in the service", "604800 in the state", "pulumi refresh")
    emulator.backend.remove("default", emulator.presets[0].key)
    stack.preview().line("in the state, but the service does not list it")


def test_pass_without_keys_and_offline(new_stack: NewStack, emulator: Emulator) -> None:
    stack = new_stack(ONE)
    for name in ("VOLC_ACCESSKEY", "VOLC_SECRETKEY", "VOLC_LIVE_ENDPOINT"):
        del stack.environment[name]
    stack.preview()
    up = stack.up(check=False)
    assert up.code != 0
    assert "Traceback" not in up.output
    up.line("no keys for Volcengine were found", "volcengine:accessKey", "VOLC_ACCESSKEY", "~/.volc/credentials")
    assert stack.resources() == []
    assert emulator.calls() == []


def test_leave_unknown_values_alone(new_stack: NewStack, emulator: Emulator) -> None:
    emulator.backend.put("default", STORED)
    program = """\
first = live.TimeShiftPreset(
    "first", vhost="push.example.com", app="first", max_shift_time=604800, pull_domain="pull.example.com",
    time_shift_type=1,
)
live.TimeShiftPreset(
    "second", vhost="push.example.com", app=first.preset_name.apply(lambda name: f"of-{name}"),
    max_shift_time=first.max_shift_time, pull_domain=first.id.apply(lambda id: id.split("/")[0]),
    time_shift_type=first.enabled.apply(int),
)
"""
    stack = new_stack(program)
    preview = stack.preview()
    assert "+ 3 to create" in preview.output
    stack.up()
    assert {preset.App for preset in emulator.presets} == {"live", "first", "of-time-shift-1"}
    stack.change('app="first"', 'app="moved"')
    preview = stack.preview()
    assert "Traceback" not in preview.output
