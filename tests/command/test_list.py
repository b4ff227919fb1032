"""What there is, and who manages it."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from full_account import IDS
from pulumi_volcengine_live.emulator import Emulator

Command = Callable[..., tuple[int, str, str]]

TYPE = "pulumi-python:dynamic/volcengine-live:TimeShiftPreset"
GONE = "push.example.com/gone"
SCREEN = """\
PRESET                                MAX SHIFT  PULL DOMAIN       TYPE         NAME  ENABLED  STORAGE
push.example.com/concerts             7 d        pull.example.com  independent  ts-1  yes      fcdn-tos
push.example.com/concerts/main-stage  1 d        pull.example.com  recording    ts-2  no       tos
push.example.com/news/s.1             15 d       pull.example.com  independent  ts-3  yes      fcdn-tos
push.example.org/news/s.1             3 d        vod.example.org   recording    ts-4  yes      vod
"""
SCREEN_WITH_STATE = """\
... STORAGE   MANAGED BY
... fcdn-tos  all-of-it
... tos       nobody here, viewer (only reads it)
... fcdn-tos  old::name (to be deleted), new
... vod       nobody here

In the state, but not listed by the service:
PRESET                 MANAGED BY
push.example.com/gone  lost (provider second)
"""


def _urn(name: str, type_: str = TYPE) -> str:
    return f"urn:pulumi:test::test::{type_}::{name}"


def _resource(name: str, id_: str, provider: str = "default", **more: Any) -> dict[str, Any]:
    provider_urn = _urn(provider, "pulumi:providers:pulumi-python")
    return {"urn": _urn(name), "type": TYPE, "id": id_, "provider": f"{provider_urn}::uuid", **more}


STATE = {
    "version": 3,
    "deployment": {
        "resources": [
            {"urn": _urn("test-test", "pulumi:pulumi:Stack"), "type": "pulumi:pulumi:Stack"},
            _resource("lost", GONE, "second"),
            _resource("all-of-it", IDS[0], "default_1_2_3"),
            _resource("viewer", IDS[1], external=True),
            _resource("old::name", IDS[2], delete=True),
            _resource("new", IDS[2]),
        ]
    },
}


@pytest.fixture
def state(tmp_path: Path) -> str:
    file = tmp_path / "state.json"
    file.write_text(json.dumps(STATE))
    return str(file)


def test_show_what_there_is(command: Command) -> None:
    assert command("list") == (0, SCREEN, "")


def test_show_who_manages_it(command: Command, state: str) -> None:
    code, out, err = command("list", "--state", state)
    assert (code, err) == (0, "")
    table, _, rest = out.partition("\n\n")
    cut = SCREEN.splitlines()[0].index("STORAGE")
    shown = "\n".join(f"... {line[cut:]}" for line in table.splitlines())
    assert f"{shown}\n\n{rest}" == SCREEN_WITH_STATE


def test_show_which_of_several_stacks_manages_it(command: Command, state: str, tmp_path: Path) -> None:
    """Bug: of several --state the last one counted alone. In several stacks a name alone says too little."""
    other = {"deployment": {"resources": [_resource("everything", IDS[0]), _resource("lost", GONE, "second")]}}
    file = tmp_path / "other.json"
    file.write_text(json.dumps(other).replace("urn:pulumi:test::test", "urn:pulumi:dev::halls"))
    out = command("list", "--state", state, "--state", str(file))[1].splitlines()
    managers = {line.split("  ")[0]: line.rpartition("  ")[2] for line in out if line.startswith("push.")}
    assert managers == {
        IDS[0]: "all-of-it (test/test), everything (halls/dev)",
        IDS[1]: "nobody here, viewer (test/test; only reads it)",
        IDS[2]: "old::name (test/test; to be deleted), new (test/test)",
        IDS[3]: "nobody here",
        GONE: "lost (test/test; provider second), lost (halls/dev; provider second)",
    }


def test_narrow_down_both_sides(command: Command, state: str) -> None:
    _, out, _ = command("list", "--state", state, "--vhost", "PUSH.example.com", "--app", "news", "--json")
    printed = json.loads(out)
    assert [preset["id"] for preset in printed["presets"]] == [IDS[2]]
    assert printed["missing"] == []
    _, out, err = command("list", "--state", state, "--app", "gone")
    assert out.startswith("\nIn the state, but not listed by the service:\n")
    assert err == "The service lists no time-shift presets of app gone.\n"
    _, out, _ = command("list", "--state", state, "--id", "PUSH.example.com/concerts", "--json")
    printed = json.loads(out)
    assert [preset["id"] for preset in printed["presets"]] == [IDS[0]]
    assert printed["missing"] == []


def test_print_json_with_every_field(command: Command) -> None:
    code, out, err = command("list", "--json")
    assert (code, err) == (0, "")
    presets = json.loads(out)["presets"]
    assert [preset["id"] for preset in presets] == list(IDS)
    assert presets[3] == {
        "id": "push.example.org/news/s.1",
        "vhost": "push.example.org",
        "app": "news",
        "stream": "s.1",
        "max_shift_time": 259200,
        "pull_domain": "vod.example.org",
        "time_shift_type": 0,
        "preset_name": "ts-4",
        "enabled": True,
        "storage": "vod",
        "bucket": None,
        "vod_namespace": "space",
    }
    assert "missing" not in json.loads(out)


def test_print_json_with_who_manages_it(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(STATE)))
    printed = json.loads(command("list", "--json", "--state", "-")[1])
    assert [[each["role"] for each in preset["resources"]] for preset in printed["presets"]] == [
        ["manages"],
        ["reads"],
        ["deletes", "manages"],
        [],
    ]
    lost = {"urn": _urn("lost"), "name": "lost", "provider": "second", "role": "manages"}
    assert printed["missing"] == [{"id": GONE, "resources": [lost]}]


@pytest.mark.parametrize("deployment", [None, {}, {"resources": None}, {"resources": []}], ids=repr)
def test_take_an_empty_stack(command: Command, tmp_path: Path, deployment: object) -> None:
    file = tmp_path / "state.json"
    file.write_text(json.dumps({"version": 3, "deployment": deployment}))
    code, out, _ = command("list", "--state", str(file))
    assert code == 0
    assert out.count("nobody here") == len(IDS)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"error: no stack selected",
        b"[]",
        b"{}",
        b"\xff\xfe",
        b'{"deployment": 1}',
        b'{"deployment": {"resources": [1]}}',
        json.dumps({"deployment": {"resources": [_resource("x", "not-an-id")]}}).encode(),
        json.dumps({"deployment": {"resources": [{"type": TYPE, "id": IDS[0], "urn": "x"}]}}).encode(),
    ],
    ids=repr,
)
def test_refuse_what_is_no_state(command: Command, tmp_path: Path, content: bytes, emulator: Emulator) -> None:
    file = tmp_path / "state.json"
    file.write_bytes(content)
    code, out, err = command("list", "--state", str(file))
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert f"the state {file} is not what `pulumi stack export` prints." in err
    assert emulator.calls() == []


@pytest.mark.parametrize("verb", ["list", "export"])
def test_report_a_state_that_cannot_be_read(command: Command, tmp_path: Path, emulator: Emulator, verb: str) -> None:
    """Before any call: a look-up that fails would hide it."""
    code, _, err = command(verb, "--state", str(tmp_path / "nowhere"))
    assert (code, err.count("\n")) == (1, 1)
    assert "No such file or directory" in err
    assert emulator.calls() == []


def test_write_out_what_would_move_the_cursor(command: Command, emulator: Emulator) -> None:
    """A listed text is shown without the characters that steer a terminal."""
    (odd, *_) = emulator.presets
    emulator.put(type(odd)(**{**vars(odd), "Name": "\x1b[2J", "MaxShiftTime": 90}))
    line = command("list")[1].splitlines()[1]
    assert " [2J " in line
    assert line.isprintable()
    assert " 90 s " in line
