"""What docs/how-to.md tells a user to do, done."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from pulumi_stack import Stack, declare
from pulumi_volcengine_live.emulator import CREATE, DELETE, LIST, UPDATE, Emulator, Fault

NewStack = Callable[..., Stack]

STAYS = declare("stays", app="stays")
OLD, NEW = "organization/test/test", "organization/other/test"
DRIFT_CHECK = ("refresh", "--preview-only", "--expect-no-changes")


@pytest.fixture
def other_project(tmp_path: Path) -> Path:
    folder = tmp_path / "other"
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text("name: other\nruntime: python\n")
    (folder / "__main__.py").touch()
    return folder


def test_move_presets_to_stacks_of_the_same_and_of_another_backend(
    new_stack: NewStack, emulator: Emulator, other_project: Path
) -> None:
    old = new_stack(declare("within") + declare("beyond", app="beyond") + STAYS)
    old.up()
    old.changing_calls()
    presets = emulator.presets
    new, elsewhere = new_stack(other_project, beside=old), new_stack(other_project)
    new.run("state", "move", "--yes", "--source", OLD, "--dest", NEW, old.urn("within"))
    old.run("state", "delete", "--yes", old.urn("beyond"))
    old.write(STAYS)
    new.write(declare("within"))
    elsewhere.write(declare("beyond", app="beyond", adopt=True))
    for stack in (old, new):
        stack.up("--expect-no-changes")
    elsewhere.up()
    assert old.changing_calls() == []
    assert emulator.presets == presets
    assert [resource["id"] for resource in elsewhere.resources()] == ["push.example.com/beyond"]

    new.destroy()
    assert sorted(preset.App for preset in emulator.presets) == ["beyond", "stays"]


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
    emulator.add_account("ours", key, f"secret-of-{key}", vhosts=["push.example.com"])
    settings = {"accessKey": key, "secretKey": f"secret-of-{key}"}
    stack.run(
        "config",
        "set-all",
        *(word for name, value in settings.items() for word in ("--secret", f"volcengine:{name}={value}")),
    )


def test_check_with_keys_that_may_only_list(new_stack: NewStack, emulator: Emulator) -> None:
    """A drift check's exit code is 0 without drift, 7 with it, and 1 if it failed."""
    stack = new_stack(declare("replay"))
    stack.up()
    for action in (CREATE, UPDATE, DELETE):
        emulator.faults.add(Fault(action, status=403, code="AccessDenied", times=1000))
    emulator.forget_calls()
    stack.change("604800", "86400")
    stack.preview()
    assert stack.run(*DRIFT_CHECK).code == 0
    assert {call.action for call in emulator.calls()} == {LIST}
    stack.up(check=False).line("error: updating time-shift preset", "AccessDenied: ", UPDATE)

    emulator.backend.put("default", dataclasses.replace(emulator.presets[0], MaxShiftTime=259200))
    assert stack.run(*DRIFT_CHECK, check=False).code == 7
    assert len(stack.resources()) == 1, "a check changes no state"
    stack.environment["VOLC_SECRETKEY"] = "wrong"
    assert stack.run(*DRIFT_CHECK, check=False).code == 1
