"""How every verb ends: its exit code, and where it says what went wrong."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pulumi_volcengine_live.emulator import LIST, Emulator, Fault

Command = Callable[..., tuple[int, str, str]]

VERBS = ("list", "export")
INSTALLED = [str(Path(sys.executable).with_name("volcengine-live"))]
MODULE = [sys.executable, "-m", "pulumi_volcengine_live.command"]


@pytest.mark.parametrize("started", [INSTALLED, MODULE], ids=["script", "module"])
def test_run_as_script_and_as_module(environment: pytest.MonkeyPatch, started: list[str]) -> None:
    ended = subprocess.run([*started, "list"], capture_output=True, text=True, check=True)
    assert ended.stdout.startswith("PRESET")
    assert ended.stderr == ""


@pytest.mark.parametrize("verb", VERBS)
def test_end_quietly_if_nobody_reads_on(environment: pytest.MonkeyPatch, verb: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    ended = subprocess.run([*MODULE, verb], stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writing)
    assert (ended.returncode, ended.stderr) == (1, "")


@pytest.mark.parametrize("verb", VERBS)
def test_end_quietly_if_it_is_interrupted(environment: pytest.MonkeyPatch, emulator: Emulator, verb: str) -> None:
    emulator.faults.add(Fault(LIST, status=429, code="FlowLimitExceeded", times=1000))
    with subprocess.Popen([*MODULE, verb], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        while process.poll() is None and not emulator.calls():
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        assert process.communicate() == ("", "")
    assert process.returncode == 1


@pytest.mark.parametrize("verb", VERBS)
def test_report_a_failure_in_one_line(command: Command, verb: str, emulator: Emulator) -> None:
    emulator.keys.clear()
    code, out, err = command(verb)
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert err.startswith(f"volcengine-live {verb}: looking up time-shift presets: the service answered InvalidCred")
    assert "Check the keys" in err


@pytest.mark.parametrize("verb", VERBS)
def test_report_a_failure_as_json(command: Command, verb: str, emulator: Emulator) -> None:
    emulator.keys.clear()
    code, out, err = command(verb, "--json")
    assert (code, err) == (1, "")
    error = json.loads(out)["error"]
    assert (error["kind"], error["code"]) == ("AccessError", "InvalidCredential")
    assert error["request_id"] in error["message"]


@pytest.mark.parametrize("verb", VERBS)
def test_list_the_sources_of_keys(command: Command, verb: str, environment: pytest.MonkeyPatch) -> None:
    environment.delenv("VOLC_ACCESSKEY")
    environment.delenv("VOLC_SECRETKEY")
    code, out, err = command(verb)
    assert (code, out) == (1, "")
    assert err == (
        f"volcengine-live {verb}: no keys for Volcengine were found in the environment or in ~/.volc; a stack's"
        " configuration is not read here. Nothing was changed by this. Set VOLC_ACCESSKEY and VOLC_SECRETKEY.\n"
    )
    error = json.loads(command(verb, "--json")[1])["error"]
    assert (error["kind"], error["code"], error["request_id"]) == ("SettingsError", None, None)


@pytest.mark.parametrize(
    "flags", [["--vhost", "https://x"], ["--app", "a/b"], ["--id", "a"], ["--nothing"], ["--vhost"]], ids=repr
)
@pytest.mark.parametrize("verb", VERBS)
def test_refuse_a_wrong_command_line(command: Command, verb: str, flags: list[str], emulator: Emulator) -> None:
    code, out, err = command(verb, *flags)
    assert (code, out) == (2, "")
    assert flags[0] in err.splitlines()[-1]
    assert emulator.calls() == []


def test_document_the_exit_codes_in_help(command: Command) -> None:
    code, out, _ = command("--help")
    assert code == 0
    assert "Exit codes: 0 " in out
    assert "With --json a failure" in out
