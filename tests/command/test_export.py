"""The program that `export` prints; tests/engine/test_export.py runs it."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from full_account import EVERY_KIND, IDS
from pulumi_volcengine_live.emulator import Emulator, Preset

Command = Callable[..., tuple[int, str, str]]

HEAD = '"""Time-shift presets that exist; adopt=True may go after the first `pulumi up`."""\n'
PROGRAM = f"""{HEAD}
import pulumi_volcengine_live as live

live.TimeShiftPreset(
    "concerts",
    vhost="push.example.com",
    app="concerts",
    max_shift_time=live.MaxShiftTime.DAYS_7,
    pull_domain="pull.example.com",
    time_shift_type=live.TimeShiftType.INDEPENDENT,
    adopt=True,
)

live.TimeShiftPreset(
    "concerts-main-stage",
    vhost="push.example.com",
    app="concerts",
    stream="main-stage",
    max_shift_time=live.MaxShiftTime.DAYS_1,
    pull_domain="pull.example.com",
    time_shift_type=live.TimeShiftType.RECORDING,
    adopt=True,
)
"""
NAMES = ["concerts", "concerts-main-stage", "push.example.com/news/s.1", "push.example.org/news/s.1"]
ODD = [
    {"MaxShiftTime": 90},
    {"Domain": ""},
    {"Domain": 'x"\nimport os'},
    {"App": 'a"; import os'},
    {"Stream": "s t"},
    {"Vhost": "not a host"},
]


def _format(program: str) -> str:
    ruff = str(Path(sys.executable).with_name("ruff"))
    formatting = [ruff, "format", "--isolated", "-"]
    return subprocess.run(formatting, input=program, capture_output=True, text=True, check=True).stdout


def test_print_a_program(command: Command) -> None:
    assert command("export", "--vhost", "push.example.com", "--app", "concerts") == (0, PROGRAM, "")


def test_name_each_resource_in_its_own_way(command: Command) -> None:
    """By app and stream; by the id where two vhosts have the same."""
    code, out, err = command("export", "--json")
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert told["resources"] == dict(zip(NAMES, IDS, strict=True))
    assert told["left_out"] == {}
    assert all(f'    "{name}",\n' in told["program"] for name in NAMES)


def test_name_apart_what_would_look_alike(command: Command, emulator: Emulator) -> None:
    """An app `concerts-main-stage` beside a stream `main-stage` of an app `concerts`."""
    emulator.backend.put("default", dataclasses.replace(EVERY_KIND[0], App="concerts-main-stage"))
    resources = json.loads(command("export", "--json")[1])["resources"]
    assert len(resources) == len(IDS) + 1
    assert all(resources[id_] == id_ for id_ in (IDS[1], "push.example.com/concerts-main-stage"))


@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_leave_out_what_the_provider_would_refuse(command: Command, emulator: Emulator, odd: dict[str, object]) -> None:
    """With a comment and a word on standard error, and never as code."""
    put = {**vars(EVERY_KIND[0]), "App": "odd", **odd}
    emulator.backend.put("default", Preset(**put))
    code, out, err = command("export", "--json")
    told = json.loads(out)
    assert (code, err) == (1, "")
    assert list(told["resources"]) == NAMES
    ((id_, why),) = told["left_out"].items()
    assert "must be" in why
    remarks = [line for line in told["program"].splitlines() if line.startswith("#") or "import os" in line]
    assert remarks == [f"# Left out: {id_!r}: {why}."]
    assert _format(told["program"]) == told["program"]
    said = f"volcengine-live export: {id_!r} was left out, see the comment in the program.\n"
    assert command("export") == (1, told["program"], said)


@pytest.mark.parametrize("account", ["full", "empty"])
def test_leave_nothing_to_format(command: Command, emulator: Emulator, account: str) -> None:
    if account == "empty":
        emulator.reset()
    code, out, _ = command("export")
    assert code == 0
    assert _format(out) == out


def test_tell_that_there_is_nothing(command: Command, emulator: Emulator) -> None:
    emulator.reset()
    assert command("export") == (0, HEAD, "The service lists no time-shift presets.\n")
