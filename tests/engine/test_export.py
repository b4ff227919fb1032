"""What the command prints, run on the real engine: nothing changes in the service, and everything is managed."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable

from full_account import EVERY_KIND, IDS, fill
from pulumi_stack import Stack
from pulumi_volcengine_live.emulator import Emulator

NewStack = Callable[[str], Stack]


def _command(stack: Stack, *arguments: str, given: str = "") -> str:
    command = [sys.executable, "-m", "pulumi_volcengine_live.command", *arguments]
    run = subprocess.run(command, env=stack.environment, input=given, capture_output=True, text=True, check=True)
    return run.stdout


def test_adopt_every_kind_and_change_nothing(new_stack: NewStack, emulator: Emulator) -> None:
    """App-level and stream-level presets, independent and recording ones, of several vhosts."""
    fill(emulator)
    stack = new_stack("")
    stack.program.write_text(_command(stack, "export"))
    stack.up()
    assert sorted(resource["id"] for resource in stack.resources()) == list(IDS)
    stack.up("--expect-no-changes")
    assert stack.changing_calls() == []
    assert emulator.presets == list(EVERY_KIND)

    stack.program.write_text(stack.program.read_text().replace("    adopt=True,\n", ""))
    stack.up()
    stack.refresh("--expect-no-changes")
    assert stack.changing_calls() == []

    exported = stack.run("stack", "export").output
    told = json.loads(_command(stack, "list", "--json", "--state", "-", given=exported))
    assert told["missing"] == []
    names = [[resource["name"] for resource in preset["resources"]] for preset in told["presets"]]
    assert names == [["concerts"], ["concerts-main-stage"], [IDS[2]], [IDS[3]]]


def test_compare_with_a_stack_that_has_nothing(new_stack: NewStack, emulator: Emulator) -> None:
    fill(emulator)
    stack = new_stack("")
    exported = stack.run("stack", "export").output
    assert _command(stack, "list", "--state", "-", given=exported).count("nobody here") == len(IDS)
