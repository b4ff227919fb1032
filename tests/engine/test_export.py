"""What the command prints, run on the real engine: nothing changes in the service, and everything is managed."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from collections.abc import Callable

from full_account import EVERY_KIND, IDS, fill
from pages import script, type_in
from pulumi_stack import Stack, declare
from pulumi_volcengine_live.emulator import CREATE, Emulator


def _managed(stack: Stack) -> dict[str, set[str]]:
    """Who manages each preset, by its id, as the commands of docs/command.md list it with the configuration's keys."""
    take_keys = script("docs/command.md", "export VOLC_ACCESSKEY=$(pulumi config get")
    compare = script("docs/command.md", "pulumi stack export | volcengine-live list")
    lines = type_in(take_keys + compare, stack.folder, stack.environment).splitlines()
    rows = [line.split("  ") for line in lines if line.startswith("push.")]
    return {row[0]: set(row[-1].strip().split(", ")) for row in rows}


def test_adopt_every_kind_and_compare(new_stack: Callable[[str], Stack], emulator: Emulator) -> None:
    """App-level and stream-level presets, independent and recording ones, of several vhosts, beside others."""
    fill(emulator)
    stack = new_stack("")
    command = [sys.executable, "-m", "pulumi_volcengine_live.command", "export"]
    program = subprocess.run(command, env=stack.environment, capture_output=True, text=True, check=True).stdout
    keys = [stack.environment.pop(name) for name in ("VOLC_ACCESSKEY", "VOLC_SECRETKEY")]
    stack.configure(dict(zip(("volcengine:accessKey", "volcengine:secretKey"), keys, strict=True)))
    stack.write(
        program
        + f'same = live.Provider("same", access_key={keys[0]!r}, secret_key={keys[1]!r})\n'
        + f'live.TimeShiftPreset.get("viewer", {IDS[0]!r})\n'
        + declare("lost", app="lost", opts="provider=same")
        + declare("kept", app="kept", opts="parent=lost")
    )
    stack.up()
    adopted = [resource["id"] for resource in stack.resources() if resource["inputs"].get("adopt")]
    assert sorted(adopted) == list(IDS)
    assert stack.changing_calls() == [CREATE, CREATE]
    assert {*EVERY_KIND} < {*emulator.presets}
    emulator.backend.remove("default", ("push.example.com", "lost", ""))
    emulator.backend.put("default", dataclasses.replace(EVERY_KIND[0], App="theirs"))
    assert _managed(stack) == {
        IDS[0]: {"concerts", "viewer (only reads it)"},
        IDS[1]: {"concerts-main-stage"},
        IDS[2]: {IDS[2]},
        IDS[3]: {IDS[3]},
        "push.example.com/kept": {"kept (provider same)"},
        "push.example.com/lost": {"lost (provider same)"},
        "push.example.com/theirs": {"nobody here"},
    }
