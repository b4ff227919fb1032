"""A process killed between the service's commit and the state's, and the recovery that docs/recovering.md gives."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress

import pytest

from pulumi_stack import Stack, declare
from pulumi_volcengine_live.emulator import CREATE, DELETE, UPDATE, Emulator, Fault

NewStack = Callable[[str], Stack]
ENDED_SECONDS = 60


@pytest.mark.parametrize("victim", ["plugin", "engine"])
def test_recover_from_kills(new_stack: NewStack, emulator: Emulator, victim: str) -> None:
    """During a create, then during an update, then during a delete."""
    stack = new_stack(declare("replay"))
    _kill_after_commit(stack, CREATE, victim, "up")
    assert stack.resources() == []
    (made,) = emulator.presets
    _unlock(stack, victim)
    stack.refresh("--clear-pending-creates")
    refused = stack.up(check=False)
    assert refused.code != 0
    refused.line("error:", "exists already", "push.example.com/live (max_shift_time 604800", "adopt=True")
    assert "Traceback" not in refused.output
    stack.write(declare("replay", adopt=True))
    assert "pending" not in stack.up().output
    assert stack.resources()[0]["outputs"]["preset_name"] == made.Name
    assert stack.changing_calls() == [CREATE]
    assert emulator.presets == [made]

    stack.write(declare("replay", max_shift_time=86400))
    _kill_after_commit(stack, UPDATE, victim, "up")
    assert stack.resources()[0]["outputs"]["max_shift_time"] == 604800
    _unlock(stack, victim)
    stack.up()
    assert stack.resources()[0]["outputs"]["max_shift_time"] == 86400
    assert [preset.MaxShiftTime for preset in emulator.presets] == [86400]

    _kill_after_commit(stack, DELETE, victim, "destroy")
    assert len(stack.resources()) == 1
    _unlock(stack, victim)
    stack.destroy()
    assert stack.resources() == []
    assert len(emulator.calls(DELETE)) == 1


def _kill_after_commit(stack: Stack, action: str, victim: str, verb: str) -> None:
    """Kill while the answer to a call that took effect is on its way; what the victim leaves behind is ended too."""
    committed = threading.Event()
    stack.emulator.backend.after_write = committed.set
    stack.emulator.faults.add(Fault(action, "hang", "after"))
    with stack.start(verb, "--yes", "--skip-preview") as engine:
        assert committed.wait(ENDED_SECONDS)
        below = _processes_below(engine.pid)
        plugins = [pid for pid, command in below.items() if " -m pulumi.dynamic " in command]
        assert len(plugins) == 1
        for pid in plugins if victim == "plugin" else [engine.pid]:
            os.kill(pid, signal.SIGKILL)
        if victim == "plugin":
            output, _ = engine.communicate(timeout=ENDED_SECONDS)
            assert "error" in output
        else:
            _end(below)
            engine.communicate(timeout=ENDED_SECONDS)
        assert engine.returncode != 0
    assert [call.effect for call in stack.emulator.calls(action)][-1]


def _unlock(stack: Stack, victim: str) -> None:
    if victim == "engine":
        stack.run("refresh", "--yes", check=False).line("the stack is currently locked", "`pulumi cancel`")
        stack.run("cancel", "--yes")


def _end(processes: dict[int, str]) -> None:
    for pid, command in _running().items():
        if processes.get(pid) == command[1]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _processes_below(ancestor: int) -> dict[int, str]:
    running = _running()
    below: dict[int, str] = {}
    parents = {ancestor}
    while parents:
        found = {pid: command for pid, (parent, command) in running.items() if parent in parents}
        below |= found
        parents = set(found)
    return below


def _running() -> dict[int, tuple[int, str]]:
    """Each process with its parent and its command."""
    listed = subprocess.run(
        ["ps", "-A", "-ww", "-o", "pid=,ppid=,command="], capture_output=True, text=True, check=True
    )
    fields = (line.split(maxsplit=2) for line in listed.stdout.splitlines())
    return {int(pid): (int(parent), command[0] if command else "") for pid, parent, *command in fields}
