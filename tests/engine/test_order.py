"""A green preview ends in a green update, in whatever order the program's resources follow each other.

Each of these was red, or green and then red, with 0.1.0.
"""

from __future__ import annotations

from collections.abc import Callable

from pulumi_stack import Run, Stack, declare
from pulumi_volcengine_live.emulator import CREATE, DELETE, Emulator, Fault
from pulumi_volcengine_live.emulator import Preset as Stored

NewStack = Callable[[str], Stack]

COMPONENT = 'parent = pulumi.ComponentResource("test:index:Parent", "parent", None, {opts})\n'
PREVIEW_THEN_UP = ("up", "--yes")
"""`pulumi up` as users run it: a preview, and the update only if it passes."""


def _up(stack: Stack, *arguments: str, check: bool = True) -> Run:
    stack.changing_calls()
    return stack.run(*PREVIEW_THEN_UP, *arguments, check=check)


def _apps(emulator: Emulator) -> list[str]:
    return sorted("/".join(filter(None, (preset.App, preset.Stream))) for preset in emulator.presets)


def _refused(stack: Stack, *parts: str, arguments: tuple[str, ...] = ()) -> None:
    """`pulumi up` refuses in its preview, so that nothing is changed."""
    run = _up(stack, *arguments, check=False)
    assert run.code != 0, run.output
    assert "Traceback" not in run.output
    run.line(*parts)
    assert stack.changing_calls() == []


def test_carry_out_every_forced_replacement_that_pulumi_announces(new_stack: NewStack, emulator: Emulator) -> None:
    def program(trigger: str, domain: str) -> str:
        return (
            declare("triggered", app="triggered", opts=f"replacement_trigger={trigger!r}")
            + declare("changed", app="changed", max_shift_time=86400 if trigger == "new" else 604800,
                      opts="replace_on_changes=['max_shift_time']")
            + declare("first", app="first", pull_domain=domain)
            + declare("dependent", app="dependent").replace("'pull.example.com'", "first.pull_domain")
            + declare("along", app="along", opts="replace_with=[first]")
            + declare("not_first", app="not-first", opts="delete_before_replace=False", pull_domain=domain)
            + declare("kept", app="kept")
        )  # fmt: skip

    stack = new_stack(program("old", "pull.example.com"))
    stack.up()
    before = {preset.App: preset.Name for preset in emulator.presets}
    stack.write(program("new", "else.example.com"))
    _up(stack)
    after = {preset.App: preset.Name for preset in emulator.presets}
    assert {app for app in before if before[app] != after[app]} == {*before} - {"kept"}
    assert sorted(stack.changing_calls()) == [CREATE] * 6 + [DELETE] * 6
    assert stack.preview("--expect-no-changes")


def test_say_what_to_do_where_pulumi_does_not_announce_a_forced_replacement(
    new_stack: NewStack, emulator: Emulator
) -> None:
    """The engine's only check has no old inputs then, as for a new resource whose preset exists already."""
    stack = new_stack(declare("replay"))
    stack.up()
    urn = stack.resources()[0]["urn"]
    _refused(stack, "property adopt", "--target-replace", "adopt=True", arguments=("--target-replace", urn))
    stack.write(declare("replay", adopt=True))
    _up(stack, "--target-replace", urn)
    assert stack.changing_calls() == [DELETE, CREATE]
    stack.run("state", "taint", urn)
    _up(stack)
    assert stack.changing_calls() == [DELETE, CREATE]


def _moved(step: int, *, ordered: bool) -> str:
    """Five presets, each of which moves to where the next one was; each depends on that one if they are ordered."""
    opts = [f"depends_on=[r{number + 1}]" if ordered and number < 4 else "" for number in range(5)]
    return "".join(declare(f"r{number}", app=f"app{number + step}", opts=opts[number]) for number in (4, 3, 2, 1, 0))


def test_move_presets_along_in_the_order_that_the_program_states(new_stack: NewStack, emulator: Emulator) -> None:
    stack = new_stack(_moved(0, ordered=True))
    stack.up()
    stack.write(_moved(1, ordered=True))
    _up(stack, "--parallel", "64")
    assert _apps(emulator) == ["app1", "app2", "app3", "app4", "app5"]
    assert sorted(stack.changing_calls()) == [CREATE] * 5 + [DELETE] * 5
    stack.run("preview", "--expect-no-changes")


def test_refuse_moves_whose_order_the_program_does_not_state(new_stack: NewStack, emulator: Emulator) -> None:
    """Pulumi registers them in an order that changes from run to run, so a green preview did not predict the update."""
    stack = new_stack(declare("a", app="one") + declare("b", app="two"))
    stack.up()
    stack.write(declare("b", app="three") + declare("a", app="two"))
    _refused(stack, "property adopt", "push.example.com/two", "depends_on=[")
    stack.write(declare("a", app="two") + declare("b", app="one"))
    _refused(stack, "property adopt", "push.example.com/", "swap")
    assert _apps(emulator) == ["one", "two"]


def test_know_what_a_child_inherits_from_a_retained_parent(new_stack: NewStack, emulator: Emulator) -> None:
    """The preview refused a delete that the engine would never ask for."""

    def program(stream: str) -> str:
        parent = COMPONENT.format(opts="pulumi.ResourceOptions(retain_on_delete=True)")
        return parent + declare("moving", stream=stream, opts="parent=parent") + declare("beside", stream="s9")

    stack = new_stack(program("s1"))
    stack.up()
    stack.refresh()
    stack.write(program("s2"))
    _up(stack)
    assert _apps(emulator) == ["live/s1", "live/s2", "live/s9"]
    assert stack.changing_calls() == [CREATE]


def test_know_after_a_refresh_that_a_preset_is_retained(new_stack: NewStack, emulator: Emulator) -> None:
    """A refresh dropped the hidden inputs, so that the preview of a replacement was green, and its update red."""
    opts = "retain_on_delete=True, replace_on_changes=['max_shift_time']"
    stack = new_stack(declare("kept", opts=opts))
    stack.up()
    stack.refresh()
    stack.write(declare("kept", opts=opts, max_shift_time=86400))
    _refused(stack, "property max_shift_time", "retain_on_delete keeps the old preset")
    assert _apps(emulator) == ["live"]


def test_go_on_after_a_replacement_whose_create_was_refused(new_stack: NewStack, emulator: Emulator) -> None:
    """Every update said that another resource managed the preset already, and there was no way out."""
    stack = new_stack(declare("replay"))
    stack.up()
    emulator.faults.add(Fault(CREATE, status=400, code="InvalidParam"))
    stack.write(declare("replay", pull_domain="else.example.com"))
    assert stack.up(check=False).code != 0
    assert _apps(emulator) == []
    theirs = Stored("push.example.com", "live", "", 604800, "pull.example.com", "theirs", 1, "fcdn-tos")
    emulator.backend.put("default", theirs)
    stack.write(declare("replay"))
    _refused(stack, "property adopt", "exists already")
    emulator.backend.remove("default", theirs.key)
    stack.write(declare("replay", max_shift_time=86400))
    _up(stack)
    assert stack.changing_calls() == [CREATE]
    assert stack.preview("--expect-no-changes")


def test_replace_beside_a_preset_that_the_same_update_creates(new_stack: NewStack, emulator: Emulator) -> None:
    """The delete was refused or not, as the two happened to follow each other."""
    stack = new_stack(declare("old"))
    stack.up()
    replaced = declare("old", pull_domain="else.example.com")
    stack.write(replaced + declare("new", stream="s1"))
    _refused(stack, "property ", "in this update", "depends_on=[old]")
    stack.write(replaced + declare("new", stream="s1", opts="depends_on=[old]"))
    _up(stack)
    assert _apps(emulator) == ["live", "live/s1"]


def test_keep_the_preset_of_two_resources_when_one_is_targeted(new_stack: NewStack, emulator: Emulator) -> None:
    """`up --target` checks only its targets, so the other resource declares nothing in that update."""
    stack = new_stack(declare("a"))
    stack.up()
    state = stack.state()
    (copied,) = stack.resources()
    state["resources"].append({**copied, "urn": copied["urn"].replace("::a", "::b")})
    stack.import_state({"version": 3, "deployment": state})
    stack.write(declare("a"))
    stack.changing_calls()
    stack.up("--target", copied["urn"])
    assert stack.changing_calls() == []
    stack.up()
    assert stack.changing_calls() == [], "the program declares it with the resource that stays"
    assert _apps(emulator) == ["live"]


def test_count_custom_timeouts_from_pulumis_call(new_stack: NewStack, emulator: Emulator) -> None:
    stack = new_stack(declare("replay", opts="custom_timeouts=pulumi.CustomTimeouts(create='3s')"))
    emulator.faults.add(Fault(CREATE, status=429, code="FlowLimitExceeded", times=1000))
    up = stack.up(check=False)
    assert up.code != 0
    up.line("FlowLimitExceeded")
    assert 1 < len(emulator.calls(CREATE)) < 50
