"""A process killed between the service's commit and the state's, and the recovery that docs/recovering.md gives."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress

from pulumi_stack import Stack, declare
from pulumi_volcengine_live.emulator import CREATE, DELETE, UPDATE, Emulator, Fault

ENDED_SECONDS = 60


def test_recover_from_kills(new_stack: Callable[[str], Stack], emulator: Emulator) -> None:
    """First of the plugin, then of the engine: during a create and an update, and during a delete.

    That the page's first update after a create reports what exists, tests/service/test_replays.py has.
    """
    stack = new_stack(_declare("a") + _declare("b", after="a"))
    _kill_after_commits(stack, "up", "plugin", {CREATE: 2})
    assert _in_state(stack, "max_shift_time") == {"a": 604800}
    names = {one.App: one.Name for one in emulator.presets}
    stack.write(_declare("b", adopt=True) + _declare("a", 86400, after="b"))
    _kill_after_commits(stack, "up", "plugin", {UPDATE: 1})
    assert _in_state(stack, "preset_name") == names
    assert _in_state(stack, "max_shift_time") == {"a": 604800, "b": 604800}

    stack.write(_declare("a", 86400) + _declare("b", 86400, after="a") + _declare("c", after="a"))
    _kill_after_commits(stack, "up", "engine", {UPDATE: 2, CREATE: 1})
    assert _in_state(stack, "max_shift_time") == {"a": 86400, "b": 604800}
    _cancel(stack)
    assert sorted(one["type"] for one in stack.state()["pending_operations"]) == ["creating", "updating"]
    stack.refresh("--clear-pending-creates")
    assert "pending_operations" not in stack.state()

    stack.write(_declare("a", 86400) + _declare("c", after="a", adopt=True))
    _kill_after_commits(stack, "up", "plugin", {DELETE: 1})
    assert _in_state(stack, "max_shift_time") == {"a": 86400, "b": 86400, "c": 604800}
    assert {one.App: one.MaxShiftTime for one in emulator.presets} == {"a": 86400, "c": 604800}
    _kill_after_commits(stack, "destroy", "engine", {DELETE: 1})
    assert {"a", "c"} <= _in_state(stack, "app").keys()
    _cancel(stack)
    stack.destroy()
    assert (stack.resources(), emulator.presets) == ([], [])
    assert [len(emulator.calls(action)) for action in (CREATE, UPDATE, DELETE)] == [3, 3, 3]


def _declare(app: str, max_shift_time: int = 604800, *, after: str = "", adopt: bool | None = None) -> str:
    opts = f"depends_on=[{after}]" if after else ""
    return declare(app, app=app, max_shift_time=max_shift_time, adopt=adopt, opts=opts)


def _cancel(stack: Stack) -> None:
    """Remove the lock that a killed engine leaves."""
    locks = stack.backend / ".pulumi" / "locks"
    assert [file for file in locks.rglob("*") if file.is_file()]
    stack.run("cancel", "--yes")
    assert not [file for file in locks.rglob("*") if file.is_file()]


def _in_state(stack: Stack, output: str) -> dict[str, object]:
    return {one["outputs"]["app"]: one["outputs"][output] for one in stack.resources()}


def _kill_after_commits(stack: Stack, verb: str, victim: str, calls: Mapping[str, int]) -> None:
    """Kill once so many calls of each action took effect; the answer to the last one of each is still on its way.

    The calls before it finish what the last kill broke off. What the victim leaves behind is ended too.
    """
    for action, number in calls.items():
        stack.emulator.faults.add(Fault(action, "hang", "after", skip=number - 1))
    commits = threading.Semaphore(0)
    stack.emulator.backend.after_write = commits.release
    with stack.start(verb, "--yes", "--skip-preview") as engine:
        for _ in range(sum(calls.values())):
            assert commits.acquire(timeout=ENDED_SECONDS)
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
