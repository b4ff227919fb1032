"""What docs/how-to.md tells a user to do, done."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from pages import script, type_in, typed
from pulumi_stack import Stack, declare
from pulumi_volcengine_live.emulator import CREATE, DELETE, LIST, UPDATE, Access, Emulator

NewStack = Callable[..., Stack]

STAYS = declare("stays", app="stays")
OLD, NEW = "organization/test/test", "organization/other/test"


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
    stacks = (("organization/old/dev", OLD), ("organization/new/dev", NEW))
    _, *move = typed("docs/how-to.md", "pulumi state move", *stacks, ("URN", old.urn("within")))
    new.run(*move, "--yes")
    _, *delete = typed("docs/how-to.md", "pulumi state delete", ("URN", old.urn("beyond")))
    old.run(*delete, "--yes")
    old.write(STAYS)
    new.write(declare("within"))
    elsewhere.write(declare("beyond", app="beyond", adopt=True))
    for stack in (old, new):
        stack.up("--expect-no-changes")
    elsewhere.up()
    assert old.changing_calls() == []
    assert emulator.presets == presets
    managed = [[resource["id"].rpartition("/")[2] for resource in stack.resources()] for stack in (old, new, elsewhere)]
    assert managed == [["stays"], ["live"], ["beyond"]]


def test_rotate_keys_and_check_with_keys_that_may_only_list(new_stack: NewStack, emulator: Emulator) -> None:
    """A drift check's exit code is 0 without drift, 7 with it, and 1 if it failed, as with keys that are disabled."""
    stack = new_stack(declare("replay"))
    for name in ("VOLC_ACCESSKEY", "VOLC_SECRETKEY"):
        del stack.environment[name]
    for number in (1, 2):
        emulator.add_account("ours", f"key-{number}", f"secret-{number}", vhosts=["push.example.com"])
    _type(stack, script("docs/installation-configuration.md", "pulumi config set", *_keys(1)))
    stack.up()
    _type(stack, script("docs/installation-configuration.md", "pulumi config set", *_keys(2)))
    del emulator.keys["key-1"]
    emulator.backend.access["ours"] = Access(denied=[CREATE, UPDATE, DELETE])
    emulator.forget_calls()

    _, *check = typed("docs/how-to.md", "pulumi refresh --preview-only")
    disabled = stack.run(*check, check=False)
    disabled.line("error: Preview failed: reading time-shift preset", "InvalidCredential")
    assert disabled.code == 1
    assert stack.run(*check, "--run-program").code == 0
    assert "2 unchanged" in _type(stack, script("docs/how-to.md", "pulumi config set", *_keys(2)))

    stack.change("604800", "86400")
    keys = (("ACCESSKEY=...", "ACCESSKEY=key-2"), ("SECRETKEY=...", "SECRETKEY=secret-2"))
    previewed = _type(stack, script("docs/how-to.md", "export VOLC_ACCESSKEY", *keys, ("--stack dev", "--stack test")))
    assert "~ max_shift_time : 604800 => 86400" in previewed
    (preset,) = emulator.backend.presets("ours")
    emulator.backend.put("ours", dataclasses.replace(preset, MaxShiftTime=259200))
    drifted = stack.run(*check, check=False)
    drifted.line("~ max_shift_time : 604800 => 259200")
    assert drifted.code == 7
    assert [resource["outputs"]["max_shift_time"] for resource in stack.resources()] == [604800]
    assert {call.action for call in emulator.calls()} == {LIST}


def _keys(number: int) -> tuple[tuple[str, str], tuple[str, str]]:
    """What a user types after the names of the settings."""
    return ("accessKey", f"accessKey key-{number}"), ("secretKey", f"secretKey secret-{number}")


def _type(stack: Stack, text: str) -> str:
    return type_in(text, stack.folder, stack.environment)
