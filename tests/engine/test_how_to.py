"""What docs/how-to.md tells a user to do, done."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pulumi_stack import Stack, declare
from pulumi_volcengine_live.emulator import CREATE, DELETE, LIST, UPDATE, Emulator, Fault

NewStack = Callable[..., Stack]

MOVED = declare("replay")
STAYS = declare("stays", app="stays")
OLD, NEW = "organization/test/test", "organization/other/test"
DRIFT_CHECK = ("refresh", "--preview-only", "--expect-no-changes")


@pytest.fixture
def old(new_stack: NewStack) -> Stack:
    """A stack with a preset that is to move, and one that stays."""
    stack = new_stack(MOVED + STAYS)
    stack.up()
    stack.changing_calls()
    return stack


@pytest.fixture
def other_project(tmp_path: Path) -> Path:
    folder = tmp_path / "other"
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text("name: other\nruntime: python\n")
    (folder / "__main__.py").touch()
    return folder


def _urn(stack: Stack, name: str) -> str:
    (urn,) = [resource["urn"] for resource in stack.resources() if resource["urn"].endswith(f"::{name}")]
    return str(urn)


def test_move_a_preset_within_a_backend(
    new_stack: NewStack, emulator: Emulator, old: Stack, other_project: Path
) -> None:
    presets = emulator.presets
    new = new_stack(other_project, beside=old)
    old.run("state", "move", "--yes", "--source", OLD, "--dest", NEW, _urn(old, "replay"))
    old.write(STAYS)
    new.write(MOVED)
    for stack in (old, new):
        stack.up("--expect-no-changes")
    assert old.changing_calls() == []
    assert emulator.presets == presets

    new.destroy()
    assert [preset.App for preset in emulator.presets] == ["stays"]


def test_move_a_preset_to_another_backend(
    new_stack: NewStack, emulator: Emulator, old: Stack, other_project: Path
) -> None:
    presets = emulator.presets
    old.run("state", "delete", "--yes", _urn(old, "replay"))
    old.write(STAYS)
    old.up("--expect-no-changes")
    new = new_stack(other_project)
    new.write(declare("replay", adopt=True))
    new.up()
    assert old.changing_calls() == []
    assert emulator.presets == presets
    assert [resource["id"] for resource in new.resources()] == ["push.example.com/live"]


def test_rotate_keys_of_the_configuration(new_stack: NewStack, emulator: Emulator) -> None:
    """Until the next `pulumi up`, refresh uses the old ones, unless it runs the program."""
    stack = new_stack(declare("replay"))
    for name in ("VOLC_ACCESSKEY", "VOLC_SECRETKEY"):
        del stack.environment[name]
    _give_keys(stack, emulator, "first")
    stack.up()
    _give_keys(stack, emulator, "second")
    del emulator.keys["first"]
    stack.changing_calls()

    stack.refresh(check=False).line("error: reading time-shift preset", "InvalidCredential")
    stack.refresh("--run-program", "--expect-no-changes")
    stack.up("--expect-no-changes")
    stack.refresh("--expect-no-changes")
    assert stack.changing_calls() == []


def _give_keys(stack: Stack, emulator: Emulator, key: str) -> None:
    emulator.add_account("ours", key, f"secret of {key}", vhosts=["push.example.com"])
    stack.run("config", "set", "--secret", "volcengine:accessKey", key)
    stack.run("config", "set", "--secret", "volcengine:secretKey", f"secret of {key}")


def test_tell_drift_from_failure_by_the_exit_code(new_stack: NewStack, emulator: Emulator) -> None:
    stack = new_stack(declare("replay"))
    stack.up()
    assert stack.run(*DRIFT_CHECK).code == 0
    emulator.backend.remove("default", emulator.presets[0].key)
    assert stack.run(*DRIFT_CHECK, check=False).code == 7
    assert len(stack.resources()) == 1, "a check changes no state"
    stack.environment["VOLC_SECRETKEY"] = "wrong"
    assert stack.run(*DRIFT_CHECK, check=False).code == 1


def test_check_with_keys_that_may_only_list(new_stack: NewStack, emulator: Emulator) -> None:
    stack = new_stack(declare("replay"))
    stack.up()
    for action in (CREATE, UPDATE, DELETE):
        emulator.faults.add(Fault(action, status=403, code="AccessDenied", times=1000))
    emulator.forget_calls()
    stack.change("604800", "86400")
    stack.preview()
    stack.run(*DRIFT_CHECK)
    assert {call.action for call in emulator.calls()} == {LIST}
    stack.up(check=False).line("error: updating time-shift preset", "AccessDenied: ", UPDATE)


def test_preview_without_a_call_where_checks_are_off(new_stack: NewStack, emulator: Emulator) -> None:
    stack = new_stack(declare("replay"))
    stack.environment["VOLC_LIVE_CHECKS"] = "off"
    stack.preview()
    assert emulator.calls() == []
