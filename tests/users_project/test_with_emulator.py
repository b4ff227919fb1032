import dataclasses
import shutil
import subprocess
from pathlib import Path

import pytest
from pulumi import automation

import halls
from pulumi_volcengine_live.emulator import CREATE, UPDATE, Emulator, Fault


@pytest.fixture(autouse=True)
def _backend(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{tmp_path}")
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "test")


@pytest.fixture
def stack(live_emulator: Emulator) -> automation.Stack:
    return automation.create_stack("test", project_name="halls", program=halls.program)


def test_live_a_life(live_emulator: Emulator, stack: automation.Stack) -> None:
    assert stack.up().outputs["enabled"].value == [True, True]
    main_hall, studio = live_emulator.presets
    assert (studio.App, studio.MaxShiftTime, studio.Domain) == ("studio", 604800, "pull.example.com")

    live_emulator.backend.put("default", dataclasses.replace(main_hall, MaxShiftTime=86400))
    stack.refresh()
    stack.up()
    assert [call.body["App"] for call in live_emulator.calls(UPDATE)] == ["main-hall"]

    stack.destroy()
    assert live_emulator.presets == []


def test_make_each_once_where_an_answer_is_lost(live_emulator: Emulator, stack: automation.Stack) -> None:
    live_emulator.faults.add(Fault(CREATE, "reset", when="after"))
    stack.up()
    assert len(live_emulator.calls(CREATE)) == len(live_emulator.presets) == 2


def test_make_nothing_where_the_keys_are_wrong(
    live_emulator: Emulator, stack: automation.Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOLC_SECRETKEY", "wrong")
    with pytest.raises(automation.CommandError, match="SignatureDoesNotMatch"):
        stack.up()
    assert live_emulator.presets == []


def test_run_from_the_command_line(live_emulator: Emulator, tmp_path: Path) -> None:
    project = shutil.copytree(Path(__file__).parent, tmp_path / "halls")
    for command in ("pulumi stack init test", "pulumi up --yes --skip-preview"):
        subprocess.run(command.split(), cwd=project, check=True)
    assert len(live_emulator.presets) == 2
