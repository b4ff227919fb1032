"""A process killed between the service's commit and the state's, and the recovery that docs/recovering.md gives."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress

from pulumi_stack import Stack, declare
from pulumi_volcengine_live.emulator import CREATE, DELETE, UPDATE, Emulator, Fault

ENDED_SECONDS = 60


def test_recover_from_kills(new_stack: Callable[[str], Stack], emulator: Emulator) -> None:
    """During a create, an update and a delete, first of the plugin, then of the engine."""
    stack = new_stack(declare("a", app="a"))
    _kill_after_commit(stack, "up", CREATE, "plugin")
    assert stack.resources() == []
    (made,) = emulator.presets
    refused = stack.up(check=False)
    assert refused.code != 0
    refused.line("error:", "exists already", "push.example.com/a (max_shift_time 604800", "adopt=True")
    assert "Traceback" not in refused.output
    stack.write(declare("a", app="a", adopt=True) + declare("b", app="b", opts="depends_on=[a]"))
    _kill_after_commit(stack, "up", CREATE, "engine")
    assert _in_state(stack, "preset_name") == {"a": made.Name}

    stack.refresh(check=False).line("the stack is currently locked", "`pulumi cancel`")
    stack.run("cancel", "--yes")
    assert len(stack.state()["pending_operations"]) == 1
    stack.refresh("--clear-pending-creates")
    assert "pending_operations" not in stack.state()
    before = emulator.presets
    stack.write(
        declare("b", app="b", adopt=True)
        + declare("a", app="a", adopt=True, max_shift_time=86400, opts="depends_on=[b]")
    )
    _kill_after_commit(stack, "up", UPDATE, "plugin")
    assert _in_state(stack, "preset_name") == {one.App: one.Name for one in before}
    assert _in_state(stack, "max_shift_time") == {"a": 604800, "b": 604800}
    stack.write(
        declare("a", app="a", max_shift_time=86400) + declare("b", app="b", max_shift_time=86400, opts="depends_on=[a]")
    )
    _kill_after_commit(stack, "up", UPDATE, "engine", skip=1)
    assert _in_state(stack, "max_shift_time") == {"a": 86400, "b": 604800}

    stack.run("cancel", "--yes")
    stack.write(declare("b", app="b", max_shift_time=86400))
    _kill_after_commit(stack, "up", DELETE, "plugin")
    assert _in_state(stack, "max_shift_time") == {"a": 86400, "b": 86400}
    assert [(one.App, one.MaxShiftTime) for one in emulator.presets] == [("b", 86400)]
    _kill_after_commit(stack, "destroy", DELETE, "engine")
    assert "b" in _in_state(stack, "max_shift_time")
    stack.run("cancel", "--yes")
    stack.destroy()
    assert stack.resources() == []
    assert (len(emulator.calls(CREATE)), len(emulator.calls(DELETE))) == (2, 2)


def _in_state(stack: Stack, output: str) -> dict[str, object]:
    return {one["outputs"]["app"]: one["outputs"][output] for one in stack.resources()}


def _kill_after_commit(stack: Stack, verb: str, action: str, victim: str, *, skip: int = 0) -> None:
    """Kill while the answer to a call that took effect is on its way; what the victim leaves behind is ended too.

    The calls before it, which finish what the last kill broke off, are skipped.
    """
    fault = Fault(action, "hang", "after", skip=skip)
    committed = threading.Event()
    stack.emulator.backend.after_write = lambda: None if fault.times else committed.set()
    stack.emulator.faults.add(fault)
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
