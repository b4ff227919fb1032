"""What the command prints, run on the real engine: nothing changes in the service, and everything is managed."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable

from full_account import EVERY_KIND, IDS, fill
from pulumi_stack import Stack, declare
from pulumi_volcengine_live.emulator import Emulator

NewStack = Callable[[str], Stack]


def _command(stack: Stack, *arguments: str, given: str = "") -> str:
    command = [sys.executable, "-m", "pulumi_volcengine_live.command", *arguments]
    run = subprocess.run(command, env=stack.environment, input=given, capture_output=True, text=True, check=True)
    return run.stdout


def _exported(stack: Stack) -> str:
    return stack.run("stack", "export").output


def test_adopt_every_kind_and_change_nothing(new_stack: NewStack, emulator: Emulator) -> None:
    """App-level and stream-level presets, independent and recording ones, of several vhosts."""
    fill(emulator)
    stack = new_stack("")
    stack.program.write_text(_command(stack, "export"))
    stack.up()
    assert sorted(resource["id"] for resource in stack.resources()) == list(IDS)
    assert stack.changing_calls() == []
    assert emulator.presets == list(EVERY_KIND)

    stack.program.write_text(stack.program.read_text().replace("    adopt=True,\n", ""))
    stack.up()
    stack.refresh("--expect-no-changes")
    assert stack.changing_calls() == []

    listed = json.loads(_command(stack, "list", "--json", "--state", "-", given=_exported(stack)))
    assert listed["missing"] == []
    names = [[resource["name"] for resource in preset["resources"]] for preset in listed["presets"]]
    assert names == [["concerts"], ["concerts-main-stage"], [IDS[2]], [IDS[3]]]


def test_compare_with_a_stack(new_stack: NewStack, emulator: Emulator) -> None:
    """One that has nothing yet; then one with a resource that only reads, an explicit provider, and a lost preset."""
    fill(emulator)
    stack = new_stack("")
    assert _command(stack, "list", "--state", "-", given=_exported(stack)).count("nobody here") == len(IDS)
    stack.write(
        f'live.TimeShiftPreset.get("viewer", "{IDS[0]}")\n'
        f'same = live.Provider("same", access_key="{emulator.access_key}", secret_key="{emulator.secret_key}")\n'
        + declare("lost", app="lost", opts="provider=same")
        + declare("kept", app="kept", opts="parent=lost")
    )
    stack.up()
    emulator.backend.remove("default", ("push.example.com", "lost", ""))
    shown = _command(stack, "list", "--state", "-", given=_exported(stack)).splitlines()
    managed = {line.split()[0]: line.split("  ")[-1].strip() for line in shown if line.startswith("push.")}
    assert managed == {
        **dict.fromkeys(IDS, "nobody here"),
        IDS[0]: "nobody here, viewer (only reads it)",
        "push.example.com/kept": "kept (provider same)",
        "push.example.com/lost": "lost (provider same)",
    }
    assert shown[-1].startswith("push.example.com/lost")
