"""A destroy beside other presets of the app: refused at first, and what the operator's word for one run then does."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Literal

import pytest

from pulumi_stack import Stack, declare
from pulumi_volcengine_live.emulator import CREATE, DELETE, Emulator, Guesses
from pulumi_volcengine_live.emulator import Preset as Stored

NewStack = Callable[[str], Stack]
Reading = Literal["stream", "app-level", "app"]

FOREIGN = Stored("push.example.com", "live", "foreign", 86400, "pull.example.com", "foreign", 0, "vod")
FOREIGN_SHOWN = "push.example.com/live/foreign (max_shift_time 86400, pull_domain pull.example.com, time_shift_type 0)"
APP_SHOWN = "push.example.com/live (max_shift_time 604800, pull_domain pull.example.com, time_shift_type 1)"
STREAM_SHOWN = "push.example.com/live/s1 (max_shift_time 604800, pull_domain pull.example.com, time_shift_type 1)"
SETTING = "volcengine-live:sharedDelete"
VARIABLE = "VOLC_LIVE_SHARED_DELETE"


@pytest.mark.parametrize("mode", ["verify", "accept"])
def test_destroy_as_the_environment_says_after_a_refusal(new_stack: NewStack, emulator: Emulator, mode: str) -> None:
    stack = new_stack(declare("replay") + declare("first", stream="s1"))
    stack.run("config", "set", SETTING, "refuse")
    stack.up()
    emulator.backend.put("default", FOREIGN)

    refused = stack.destroy(check=False)
    assert refused.code != 0
    assert "Traceback" not in refused.output
    assert FOREIGN_SHOWN in refused.line("error: deleting time-shift preset push.example.com/live:", STREAM_SHOWN)
    assert FOREIGN_SHOWN in refused.line("error: deleting time-shift preset push.example.com/live/s1:", APP_SHOWN)
    assert VARIABLE in refused.line("error: deleting time-shift preset", SETTING, "verify", "accept")
    assert emulator.calls(DELETE) == []
    assert len(stack.resources()) == 2

    stack.environment[VARIABLE] = mode
    assert "Traceback" not in stack.destroy().output
    assert stack.resources() == []
    assert emulator.presets == [FOREIGN]


def test_refuse_a_replacement_at_preview(new_stack: NewStack, emulator: Emulator) -> None:
    stack = new_stack(declare("replay"))
    stack.up()
    emulator.backend.put("default", FOREIGN)
    stack.changing_calls()
    stack.change("pull.example.com", "replay.example.com")
    for refused in (stack.preview(check=False), stack.up(check=False)):
        assert refused.code != 0
        line = refused.line("property pull_domain value {replay.example.com} has a problem:", FOREIGN_SHOWN, SETTING)
        assert VARIABLE in line
        assert "Traceback" not in refused.output
    assert stack.changing_calls() == []

    stack.environment[VARIABLE] = "verify"
    assert "(replace)" in stack.preview().output
    stack.up()
    assert stack.changing_calls() == [DELETE, CREATE]
    assert {preset.Domain for preset in emulator.presets if preset != FOREIGN} == {"replay.example.com"}
    assert FOREIGN in emulator.presets


@pytest.mark.parametrize("mode", ["verify", "accept"])
def test_destroy_an_app_level_preset_where_the_service_removes_only_those(
    new_stack: NewStack, emulator: Emulator, mode: str
) -> None:
    stack = _beside_a_foreign_one(new_stack, emulator, "app-level", declare("replay"), mode)
    stack.destroy()
    assert stack.resources() == []
    assert emulator.presets == [FOREIGN]


@pytest.mark.parametrize("mode", ["verify", "accept"])
def test_tell_that_another_went_in_its_place(new_stack: NewStack, emulator: Emulator, mode: str) -> None:
    stack = _beside_a_foreign_one(new_stack, emulator, "app-level", declare("first", stream="s1"), mode)
    emulator.backend.put("default", dataclasses.replace(FOREIGN, Stream=""))
    told = stack.destroy(check=False)
    assert told.code != 0
    line = told.line(
        "error: deleting time-shift preset push.example.com/live/s1:", "still there, and still in the state"
    )
    assert "push.example.com/live (max_shift_time 86400, pull_domain pull.example.com, time_shift_type 0)" in line
    assert "Traceback" not in told.output
    assert [resource["id"] for resource in stack.resources()] == ["push.example.com/live/s1"]
    assert [preset.Stream for preset in emulator.presets] == ["foreign", "s1"]
    assert len(emulator.calls(DELETE)) == 1


def test_fail_to_verify_and_tell_what_vanished(new_stack: NewStack, emulator: Emulator) -> None:
    stack = _beside_a_foreign_one(new_stack, emulator, "app", declare("replay"), "verify")
    told = stack.destroy(check=False)
    assert told.code != 0
    assert FOREIGN_SHOWN in told.line("error: deleting time-shift preset", "deleted itself; nothing was put back")
    assert "Traceback" not in told.output
    assert emulator.presets == []

    stack.changing_calls()
    stack.destroy()
    assert stack.changing_calls() == []
    assert stack.resources() == []


def test_accept_and_tell_what_vanished(new_stack: NewStack, emulator: Emulator) -> None:
    stack = _beside_a_foreign_one(new_stack, emulator, "app", declare("replay"), "accept")
    told = stack.destroy()
    assert FOREIGN_SHOWN in told.line("the service removed other presets of the app along with it")
    assert stack.resources() == []
    assert emulator.presets == []


def test_destroy_as_an_explicit_provider_says(new_stack: NewStack, emulator: Emulator) -> None:
    keys = f"access_key={emulator.access_key!r}, secret_key={emulator.secret_key!r}"
    account = f'account = live.Provider("account", {keys}, shared_delete="verify")\n'
    stack = new_stack(account + declare("replay", opts="provider=account"))
    stack.up()
    emulator.backend.put("default", FOREIGN)
    stack.destroy()
    assert stack.resources() == []
    assert emulator.presets == [FOREIGN]


@pytest.mark.parametrize("reading", ["stream", "app"])
def test_destroy_a_stack_with_several_presets_of_an_app(
    new_stack: NewStack, emulator: Emulator, reading: Reading
) -> None:
    emulator.backend.guesses = Guesses(delete_removes=reading)
    stack = new_stack(
        "".join(declare(f"preset{number}", stream=f"s{number}") for number in range(3)) + declare("replay")
    )
    stack.up()
    assert stack.destroy(check=False).code != 0
    assert len(emulator.presets) == len(stack.resources()) == 4
    stack.environment[VARIABLE] = "accept"
    stack.destroy()
    assert stack.resources() == []
    assert emulator.presets == []


def _beside_a_foreign_one(new_stack: NewStack, emulator: Emulator, reading: Reading, program: str, mode: str) -> Stack:
    """A stack that is up, with a preset of nobody's beside its own."""
    stack = new_stack(program)
    stack.up()
    emulator.backend.put("default", FOREIGN)
    emulator.backend.guesses = Guesses(delete_removes=reading)
    stack.environment[VARIABLE] = mode
    return stack
