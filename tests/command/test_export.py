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

HEAD_OF_IMPORT = (
    '"""Time-shift presets that exist. Run `pulumi import` with the file of this export before `pulumi up`."""\n'
)
HEAD = '"""Time-shift presets that exist. Remove adopt=True after the first `pulumi up`."""\n'
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


@pytest.mark.parametrize("id_", IDS)
def test_export_one_preset_by_its_id(command: Command, emulator: Emulator, id_: str) -> None:
    """One of the whole app too, without those of its streams; by its vhost, which suffices to keys limited to it."""
    assert list(json.loads(command("export", "--id", id_, "--json")[1])["resources"].values()) == [id_]
    assert {call.body.get("Vhost") for call in emulator.calls()} == {id_.partition("/")[0]}


def test_report_that_there_is_no_preset_of_an_id(command: Command) -> None:
    nothing = "Nothing to export. The service lists no time-shift presets of id push.example.com/x.\n"
    assert command("export", "--id", "push.example.com/x") == (0, "", nothing)


def test_name_each_resource_in_its_own_way(command: Command) -> None:
    """By app and stream; by the id where two vhosts have the same."""
    code, out, err = command("export", "--json")
    assert (code, err) == (0, "")
    printed = json.loads(out)
    assert printed["resources"] == dict(zip(NAMES, IDS, strict=True))
    assert printed["left_out"] == {}
    assert all(f'    "{name}",\n' in printed["program"] for name in NAMES)


def test_name_apart_what_would_look_alike(command: Command, emulator: Emulator) -> None:
    """An app `concerts-main-stage` beside a stream `main-stage` of an app `concerts`."""
    emulator.put(dataclasses.replace(EVERY_KIND[0], App="concerts-main-stage"))
    resources = json.loads(command("export", "--json")[1])["resources"]
    assert len(resources) == len(IDS) + 1
    assert all(resources[id_] == id_ for id_ in (IDS[1], "push.example.com/concerts-main-stage"))


@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_leave_out_what_the_provider_would_refuse(command: Command, emulator: Emulator, odd: dict[str, object]) -> None:
    """With a comment and a word on standard error, and never as code."""
    put = {**vars(EVERY_KIND[0]), "App": "odd", **odd}
    emulator.put(Preset(**put))
    code, out, err = command("export", "--json")
    printed = json.loads(out)
    assert (code, err) == (1, "")
    assert list(printed["resources"]) == NAMES
    ((id_, why),) = printed["left_out"].items()
    assert "must be" in why
    remarks = [line for line in printed["program"].splitlines() if line.startswith("#") or "import os" in line]
    assert remarks == [f"# Left out: {id_!r}: {why}."]
    assert _format(printed["program"]) == printed["program"]
    message = f"volcengine-live export: {id_!r} was left out, see the comment in the program.\n"
    assert command("export") == (1, printed["program"], message)


@pytest.mark.parametrize("account", ["full", "empty"])
def test_leave_nothing_to_format(command: Command, emulator: Emulator, account: str) -> None:
    if account == "empty":
        emulator.reset()
    code, out, _ = command("export")
    assert code == 0
    assert _format(out) == out


def test_report_that_there_is_nothing(command: Command, emulator: Emulator, tmp_path: Path) -> None:
    """Bug: the file without a preset was written, and the program asked for its import."""
    emulator.reset()
    nothing = "Nothing to export. The service lists no time-shift presets.\n"
    assert command("export") == (0, "", nothing)
    file = tmp_path / "import.json"
    not_written = f"Nothing can be imported, so {file} was not written.\n"
    assert command("export", "--import-file", str(file)) == (0, "", nothing + not_written)
    assert not file.exists()
    nothing_as_json = {"program": "", "resources": {}, "left_out": {}}
    code, out, err = command("export", "--import-file", str(file), "--json")
    assert (code, json.loads(out), err) == (0, nothing_as_json, "")
    assert not file.exists()


URN = "urn:pulumi:dev::halls::pulumi-python:dynamic/volcengine-live:TimeShiftPreset::{}"


@pytest.fixture
def state(tmp_path: Path) -> str:
    """A stack that manages the first preset as `concerts`, reads the second, and has another `news-s.1`."""
    common = {
        "type": URN.split("::")[2],
        "provider": "urn:pulumi:dev::halls::pulumi:providers:pulumi-python::default::1",
    }
    resources = [
        {**common, "urn": URN.format("concerts"), "id": IDS[0]},
        {**common, "urn": URN.format("viewer"), "id": IDS[1], "external": True},
        {**common, "urn": URN.format("concerts-main-stage"), "id": "push.example.com/other"},
    ]
    file = tmp_path / "state.json"
    file.write_text(json.dumps({"version": 3, "deployment": {"resources": resources}}))
    return str(file)


def test_leave_out_what_the_stack_has_and_name_apart(command: Command, state: str) -> None:
    """A resource that only reads a preset does not manage it; a name of the stack is not given to another preset."""
    printed = json.loads(command("export", "--state", state, "--json")[1])
    assert printed["resources"] == {IDS[1]: IDS[1], NAMES[2]: IDS[2], NAMES[3]: IDS[3]}
    assert "adopt=True" in printed["program"]


def test_leave_out_what_several_stacks_have(command: Command, state: str, tmp_path: Path) -> None:
    """Bug: of several --state the last one counted alone, so presets of the other stacks were taken over too."""
    ours = json.loads(Path(state).read_text())
    theirs = [{**ours["deployment"]["resources"][0], "urn": URN.format("news-s.1"), "id": IDS[3]}]
    other = tmp_path / "other.json"
    other.write_text(json.dumps({"version": 3, "deployment": {"resources": theirs}}))
    printed = json.loads(command("export", "--state", state, "--state", str(other), "--json")[1])
    assert printed["resources"] == {IDS[1]: IDS[1], IDS[2]: IDS[2]}


def test_report_that_the_stack_has_every_preset(command: Command, state: str) -> None:
    _, _, err = command("export", "--state", state, "--id", IDS[0])
    why = f"the stacks of --state have every time-shift preset that the service lists of id {IDS[0]}."
    assert err == f"Nothing to export: {why}\n"
    _, _, err = command("export", "--state", state, "--app", "nothing")
    assert err == "Nothing to export. The service lists no time-shift presets of app nothing.\n"


@pytest.fixture
def engine(tmp_path: Path, environment: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Put a `pulumi` of some version on PATH."""

    def put(version: str) -> None:
        script = tmp_path / "pulumi"
        script.write_text(f"#!/bin/sh\necho {version}\n")
        script.chmod(0o755)
        environment.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")

    return put


def test_write_a_file_for_import(command: Command, tmp_path: Path, engine: Callable[[str], None]) -> None:
    engine("v3.254.0")
    file = tmp_path / "import.json"
    code, out, err = command("export", "--import-file", str(file), "--vhost", "push.example.com", "--app", "concerts")
    assert code == 0
    assert out == PROGRAM.replace("    adopt=True,\n", "").replace(HEAD, HEAD_OF_IMPORT)
    assert err.startswith("Next: add the program to your project, and run: pulumi import --file ")
    first, second = json.loads(file.read_text())["resources"]
    provider = first["inputs"].pop("__provider")
    assert first == {
        "type": "pulumi-python:dynamic/volcengine-live:TimeShiftPreset",
        "name": "concerts",
        "id": IDS[0],
        "inputs": {
            "vhost": "push.example.com",
            "app": "concerts",
            "max_shift_time": 604800,
            "pull_domain": "pull.example.com",
            "time_shift_type": 1,
        },
        "outputs": {
            **first["inputs"],
            "preset_name": "ts-1",
            "enabled": True,
            "storage": "fcdn-tos",
            "bucket": "b",
            "__provider": provider,
        },
    }
    assert second["inputs"]["stream"] == "main-stage"


def test_write_no_file_for_import_without_a_preset(
    command: Command, emulator: Emulator, tmp_path: Path, engine: Callable[[str], None]
) -> None:
    """Bug: if every preset was left out, the file without one was written, and the next step was its import."""
    engine("v3.254.0")
    emulator.put(dataclasses.replace(EVERY_KIND[0], App="odd", MaxShiftTime=90))
    file = tmp_path / "import.json"
    code, out, err = command("export", "--import-file", str(file), "--app", "odd")
    assert code == 1
    assert out.startswith("# Left out: 'push.example.com/odd': ")
    left_out = "'push.example.com/odd' was left out, see the comment in the program."
    assert err == f"volcengine-live export: {left_out}\nNothing can be imported, so {file} was not written.\n"
    assert not file.exists()


def test_put_presets_under_a_parent_and_a_provider(command: Command, tmp_path: Path) -> None:
    parent = "urn:pulumi:dev::halls::test:index:Hall::main hall"
    provider = "urn:pulumi:dev::halls::pulumi:providers:pulumi-python::class"
    file = tmp_path / "import.json"
    given = ("--import-file", str(file), "--parent", parent, "--provider", provider)
    program = json.loads(command("export", *given, "--app", "concerts", "--json")[1])["program"]
    assert program.count("    opts=pulumi.ResourceOptions(parent=main_hall, provider=_class),\n") == 2
    assert f"# Define main_hall here: it is {parent!r}.\n# Define _class here: it is {provider!r}.\n" in program
    assert _format(program) == program
    content = json.loads(file.read_text())
    assert content["nameTable"] == {"parent": parent, "provider": provider}
    assert [(entry["parent"], entry["provider"]) for entry in content["resources"]] == [("parent", "provider")] * 2


@pytest.mark.parametrize(
    ("names", "variables"),
    [
        (("web-1", "web-1"), ("web_1", "web_1_provider")),
        (("live", "pulumi"), ("live_parent", "pulumi_provider")),
        (("a.b", "a-b"), ("a_b", "a_b_provider")),
        (("pulumi_provider", "pulumi"), ("pulumi_provider", "pulumi_provider_provider")),
    ],
)
def test_give_each_option_a_variable_of_its_own(
    command: Command, tmp_path: Path, names: tuple[str, str], variables: tuple[str, str]
) -> None:
    """Bug: a parent and a provider of one name got one variable, and a provider `live` was taken for the module."""
    parent = f"urn:pulumi:dev::halls::test:index:Hall::{names[0]}"
    provider = f"urn:pulumi:dev::halls::pulumi:providers:pulumi-python::{names[1]}"
    given = ("--import-file", str(tmp_path / "import.json"), "--parent", parent, "--provider", provider)
    program = json.loads(command("export", *given, "--json")[1])["program"]
    assert f"opts=pulumi.ResourceOptions(parent={variables[0]}, provider={variables[1]})" in program
    for variable, urn in zip(variables, (parent, provider), strict=True):
        assert f"# Define {variable} here: it is {urn!r}.\n" in program


def test_report_an_engine_that_cannot_import(command: Command, tmp_path: Path, engine: Callable[[str], None]) -> None:
    engine("v3.253.9")
    _, _, err = command("export", "--import-file", str(tmp_path / "import.json"))
    assert "Importing needs pulumi 3.254 or newer, and the pulumi on PATH is older." in err
    assert "without --import-file: the program then adopts" in err


@pytest.mark.parametrize("version", ["v3.300.0", "what; exit 3", ""])
def test_accept_an_engine_that_is_new_or_unknown(
    command: Command, tmp_path: Path, engine: Callable[[str], None], version: str
) -> None:
    engine(version)
    assert command("export", "--import-file", str(tmp_path / "import.json"))[2].startswith("Next: ")


def test_refuse_a_file_that_cannot_be_written(command: Command, tmp_path: Path) -> None:
    code, out, err = command("export", "--import-file", str(tmp_path / "nowhere" / "import.json"))
    assert (code, out) == (1, "")
    assert "nowhere/import.json cannot be written: No such file or directory." in err


@pytest.mark.parametrize("option", ["--parent", "--provider"])
def test_refuse_an_option_of_the_import_without_its_file(command: Command, option: str) -> None:
    code, _, err = command("export", option, "urn")
    assert code == 2
    assert f"{option} needs --import-file" in err
