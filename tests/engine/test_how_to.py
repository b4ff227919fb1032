"""What docs/how-to.md tells a user to do, done."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from pages import commands, script, type_in, typed
from pulumi_stack import Stack, declare
from pulumi_volcengine_live.emulator import CREATE, DELETE, LIST, UPDATE, Access, Emulator

NewStack = Callable[..., Stack]

OLD, NEW = "organization/test/test", "organization/other/test"


@pytest.fixture
def other_project(tmp_path: Path) -> Path:
    folder = tmp_path / "other"
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text("name: other\nruntime: python\n")
    (folder / "__main__.py").touch()
    return folder


def test_move_presets_to_another_stack(new_stack: NewStack, emulator: Emulator, other_project: Path) -> None:
    """One from state to state; one out of its state, and adopted, as if the other stack had another backend."""
    old = new_stack(declare("within") + declare("beyond", app="beyond") + declare("stays", app="stays"))
    old.up()
    old.changing_calls()
    presets = emulator.presets
    new = new_stack(other_project, beside=old)
    stacks = (("organization/old/dev", OLD), ("organization/new/dev", NEW))
    _, *move = typed("docs/how-to.md", "pulumi state move", *stacks, ("URN", old.urn("within")))
    new.run(*move, "--yes")
    _, *delete = typed("docs/how-to.md", "pulumi state delete", ("URN", old.urn("beyond")))
    old.run(*delete, "--yes")
    new.write(declare("within") + declare("beyond", app="beyond", adopt=True))
    assert re.search(r"\+ 1 created\n +2 unchanged\n", new.up().output), "the stack and the moved preset"
    assert new.changing_calls() == []
    assert emulator.presets == presets
    managed = [sorted(resource["outputs"]["app"] for resource in stack.resources()) for stack in (old, new)]
    assert managed == [["stays"], ["beyond", "live"]]


def test_rotate_keys_and_check_for_drift_with_keys_that_may_only_list(new_stack: NewStack, emulator: Emulator) -> None:
    """A drift check's exit code is 7 with drift, and 1 if it failed; test_import.py has one without drift."""
    stack = new_stack(declare("replay"))
    for name in ("VOLC_ACCESSKEY", "VOLC_SECRETKEY"):
        del stack.environment[name]
    for number in (1, 2):
        emulator.add_account("ours", f"key-{number}", f"secret-{number}", vhosts=["push.example.com"])
    stack.configure({"volcengine:accessKey": "key-1", "volcengine:secretKey": "secret-1"})
    stack.up()
    keys = ("accessKey", "accessKey key-2"), ("secretKey", "secretKey secret-2")
    *set_keys, update = commands(script("docs/how-to.md", "pulumi config set", *keys))
    _type(stack, "\n".join(set_keys))
    del emulator.keys["key-1"]
    emulator.backend.access["ours"] = Access(denied=[CREATE, UPDATE, DELETE])
    emulator.forget_calls()

    _, *check = typed("docs/how-to.md", "pulumi refresh --preview-only")
    disabled = stack.run(*check, check=False)
    disabled.line("error: Preview failed: reading time-shift preset", "InvalidCredential")
    assert disabled.code == 1
    (preset,) = emulator.backend.presets("ours")
    emulator.backend.put("ours", dataclasses.replace(preset, MaxShiftTime=259200))
    drifted = stack.run(*check, "--run-program", check=False)
    drifted.line("~ max_shift_time : 604800 => 259200")
    assert drifted.code == 7
    assert [resource["outputs"]["max_shift_time"] for resource in stack.resources()] == [604800]

    emulator.backend.put("ours", preset)
    assert "2 unchanged" in _type(stack, f"{update} --skip-preview")
    assert {call.action for call in emulator.calls()} == {LIST}


def _type(stack: Stack, text: str) -> str:
    return type_in(text, stack.folder, stack.environment)
