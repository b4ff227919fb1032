"""Who owns a preset: renamed, meant twice, adopted, only read."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest

from pulumi_stack import Stack, declare
from pulumi_volcengine_live.emulator import CREATE, DELETE, UPDATE, Emulator
from pulumi_volcengine_live.emulator import Preset as Stored

NewStack = Callable[[str], Stack]

EXISTING = Stored("push.example.com", "live", "", 604800, "pull.example.com", "made-by-hand", 1, "fcdn-tos")
WANTED = "push.example.com/live (max_shift_time 604800, pull_domain pull.example.com, time_shift_type 1)"


def _names(stack: Stack) -> list[str]:
    return [resource["urn"].rpartition("::")[2] for resource in stack.resources()]


def test_keep_the_preset_of_a_resource_renamed_without_an_alias(new_stack: NewStack, emulator: Emulator) -> None:
    stack = new_stack(declare("old"))
    stack.up()
    (made,) = emulator.presets
    stack.changing_calls()
    stack.write(declare("new", adopt=True))
    stack.up().line("push.example.com/live stays", "so only the state lets go of it here")
    assert stack.changing_calls() == []
    assert emulator.presets == [made]
    assert _names(stack) == ["new"]


@pytest.mark.parametrize(
    ("program", "calls", "names"),
    [
        ("", [DELETE], []),
        (declare("old", pull_domain="else.example.com"), [DELETE, CREATE], ["old"]),
        (declare("old", max_shift_time=86400), [UPDATE], ["old"]),
        (declare("new", adopt=True), [], ["new"]),
    ],
    ids=["removed", "replaced", "updated", "renamed"],
)
def test_change_what_was_refreshed_in_the_same_command(
    new_stack: NewStack, program: str, calls: list[str], names: list[str]
) -> None:
    """The engine asks for diffs during the refresh too; they were taken for the program's word on what it manages."""
    stack = new_stack(declare("old"))
    stack.up()
    stack.changing_calls()
    stack.write(program)
    stack.up("--refresh")
    assert stack.changing_calls() == calls
    assert _names(stack) == names


def test_destroy_what_was_refreshed_in_the_same_command(new_stack: NewStack, emulator: Emulator) -> None:
    """The preset stayed in the service, and nothing was left in the state."""
    stack = new_stack(declare("replay"))
    stack.up()
    stack.destroy("--refresh")
    assert emulator.presets == []
    assert stack.resources() == []


def test_replace_two_of_which_one_takes_an_unchanged_value_from_the_other(
    new_stack: NewStack, emulator: Emulator
) -> None:
    """The engine asks for a diff of the second before its turn comes, to see whether it must go with the first."""

    def program(domain: str) -> str:
        second = declare("second", app="two", pull_domain=domain)
        return declare("first", app="one", pull_domain=domain) + second.replace("=604800", "=first.max_shift_time")

    stack = new_stack(program("pull.example.com"))
    stack.up()
    stack.changing_calls()
    stack.write(program("else.example.com"))
    stack.up()
    assert sorted(stack.changing_calls()) == [CREATE, CREATE, DELETE, DELETE]
    assert {preset.Domain for preset in emulator.presets} == {"else.example.com"}
    assert sorted(_names(stack)) == ["first", "second"]


def test_rename_a_resource_with_an_alias(new_stack: NewStack, emulator: Emulator) -> None:
    stack = new_stack(declare("old"))
    stack.up()
    emulator.forget_calls()
    stack.write(declare("new", opts='aliases=[pulumi.Alias(name="old")]'))
    stack.up("--expect-no-changes")
    assert stack.changing_calls() == []
    assert _names(stack) == ["new"]


@pytest.mark.parametrize("existing", [0, 1], ids=["both new", "one existing"])
@pytest.mark.parametrize("adopt", [None, True], ids=["not adopting", "adopting"])
def test_refuse_two_resources_that_mean_the_same_preset(
    new_stack: NewStack, emulator: Emulator, existing: int, adopt: bool | None
) -> None:
    """Also where the checks of previews, which refuse it earlier, are off."""
    stack = new_stack(declare("first"))
    stack.environment["VOLC_LIVE_CHECKS"] = "off"
    if existing:
        stack.up()
    order = "depends_on=[first]" if existing else ""
    stack.write(declare("first") + declare("second", adopt=adopt, opts=order))
    refused = stack.up(check=False)
    assert refused.code != 0
    assert "Traceback" not in refused.output
    refused.line(
        "error: creating time-shift preset push.example.com/live:", "another resource of this program manages it"
    )
    assert len(emulator.calls(CREATE)) == 1
    (owner,) = _names(stack)

    stack.changing_calls()
    stack.write(declare(owner))
    stack.up()
    assert stack.changing_calls() == []
    assert len(emulator.presets) == 1


def test_keep_the_preset_that_the_remaining_one_of_two_resources_means(new_stack: NewStack, emulator: Emulator) -> None:
    """One that adopts before the owner's turn comes is in the state too; removing it takes nothing from the owner."""
    stack = new_stack(declare("owner"))
    stack.up()
    stack.write(declare("usurper", adopt=True) + declare("owner", opts="depends_on=[usurper]"))
    assert stack.up(check=False).code != 0
    stack.changing_calls()
    stack.write(declare("owner"))
    stack.up()
    assert _names(stack) == ["owner"]
    assert stack.changing_calls() == []
    assert [preset.App for preset in emulator.presets] == ["live"]


def test_adopt_an_equal_preset_without_a_changing_call(new_stack: NewStack, emulator: Emulator) -> None:
    emulator.backend.put("default", EXISTING)
    stack = new_stack(declare("replay", adopt=True))
    stack.up()
    assert stack.resources()[0]["outputs"]["preset_name"] == "made-by-hand"
    stack.write(declare("replay"))
    stack.up()
    stack.up("--expect-no-changes")
    assert stack.changing_calls() == []
    assert emulator.presets == [EXISTING]


def test_adopt_a_preset_and_bring_its_max_shift_time_over(new_stack: NewStack, emulator: Emulator) -> None:
    emulator.backend.put("default", dataclasses.replace(EXISTING, MaxShiftTime=86400))
    stack = new_stack(declare("replay", adopt=True))
    stack.up()
    assert stack.changing_calls() == [UPDATE]
    assert emulator.presets == [EXISTING]
    stack.refresh("--expect-no-changes")


@pytest.mark.parametrize(
    ("existing", "shown"),
    [
        (
            dataclasses.replace(EXISTING, Domain="other.example.com"),
            "pull_domain other.example.com, time_shift_type 1)",
        ),
        (dataclasses.replace(EXISTING, Type="tos", Status=0), "pull_domain pull.example.com, time_shift_type 0)"),
    ],
    ids=["another pull domain", "another type"],
)
def test_refuse_to_adopt_what_cannot_be_brought_over(
    new_stack: NewStack, emulator: Emulator, existing: Stored, shown: str
) -> None:
    emulator.backend.put("default", existing)
    stack = new_stack(declare("replay", adopt=True))
    stack.environment["VOLC_LIVE_CHECKS"] = "off"
    refused = stack.up(check=False)
    assert refused.code != 0
    refused.line("error:", f"push.example.com/live (max_shift_time 604800, {shown}", WANTED)
    assert "Traceback" not in refused.output
    assert stack.changing_calls() == []
    assert emulator.presets == [existing]
    assert stack.resources() == []


def test_get_a_preset_and_then_manage_it(new_stack: NewStack, emulator: Emulator) -> None:
    emulator.backend.put("default", EXISTING)
    stack = new_stack(
        'replay = live.TimeShiftPreset.get("replay", "push.example.com/live")\n'
        'pulumi.export("found", pulumi.Output.all(replay.max_shift_time, replay.preset_name, replay.storage))\n'
    )
    stack.up()
    assert stack.run("stack", "output", "found").output.strip() == '[604800,"made-by-hand","fcdn-tos"]'

    stack.write(declare("replay", adopt=True))
    stack.up()
    assert [resource.get("external", False) for resource in stack.resources()] == [False]
    stack.write(declare("replay"))
    stack.up()
    stack.up("--expect-no-changes")
    assert stack.changing_calls() == []
    assert emulator.presets == [EXISTING]


def test_get_tells_what_there_is_where_a_preset_is_missing(new_stack: NewStack, emulator: Emulator) -> None:
    emulator.backend.put("default", EXISTING)
    emulator.backend.put("default", dataclasses.replace(EXISTING, App="other", Stream="s1"))
    emulator.backend.put("default", dataclasses.replace(EXISTING, Vhost="elsewhere.example.com"))
    stack = new_stack('live.TimeShiftPreset.get("replay", "push.example.com/missing")\n')
    for missing in (stack.preview(check=False), stack.up(check=False)):
        assert missing.code != 0
        missing.line(
            "there is no time-shift preset push.example.com/missing.",
            "The vhost has: push.example.com/live, push.example.com/other/s1.",
        )
        assert "Traceback" not in missing.output


def test_get_does_not_delete_when_it_leaves_the_program(new_stack: NewStack, emulator: Emulator) -> None:
    emulator.backend.put("default", EXISTING)
    stack = new_stack('live.TimeShiftPreset.get("replay", "push.example.com/live")\n')
    stack.up()
    stack.destroy()
    assert stack.changing_calls() == []
    assert emulator.presets == [EXISTING]
