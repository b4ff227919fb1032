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


def test_create_once_if_an_answer_is_lost_and_mend_drift(live_emulator: Emulator, stack: automation.Stack) -> None:
    live_emulator.faults.add(Fault(CREATE, "reset", when="after"))
    assert stack.up().outputs["enabled"].value == [True, True]
    assert len(live_emulator.calls(CREATE)) == 2
    main_hall, studio = live_emulator.presets
    assert (studio.App, studio.MaxShiftTime, studio.Domain) == ("studio", 604800, "pull.example.com")

    live_emulator.put(dataclasses.replace(main_hall, MaxShiftTime=86400))
    stack.up(refresh=True)
    assert [call.body["App"] for call in live_emulator.calls(UPDATE)] == ["main-hall"]


def test_create_nothing_if_the_keys_are_wrong(
    live_emulator: Emulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("VOLC_SECRETKEY", "wrong")
    project = shutil.copytree(Path(__file__).parent, tmp_path / "halls")
    subprocess.run(["pulumi", "stack", "init", "test"], cwd=project, check=True)
    up = subprocess.run(["pulumi", "up", "--yes"], cwd=project, capture_output=True, text=True, check=False)
    assert "SignatureDoesNotMatch" in up.stdout
    assert up.returncode != 0
    assert live_emulator.presets == []
