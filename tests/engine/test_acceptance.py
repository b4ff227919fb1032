"""`make acceptance` on the real engine; the emulator serves as the account."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from acceptance.report import QUESTIONS
from pulumi_stack import ROOT
from pulumi_volcengine_live.emulator import CREATE, DELETE, UPDATE, Emulator, Fault, Guesses, Preset

THEIRS = Preset("push.example.com", "live", "", 86400, "pull.example.com", "theirs", 1, "fcdn-tos")


class Acceptance:
    """The command in a folder of its own, with keys and all that it asks for but the switch."""

    def __init__(self, engine: Path, emulator: Emulator, folder: Path) -> None:
        self.process: subprocess.Popen[str] | None = None
        self.folder = folder
        self._environment = {
            **os.environ,
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), str(engine), os.environ["PATH"]]),
            "PYTHONPATH": str(ROOT / "tests"),
            **emulator.environment,
            "VOLC_LIVE_ACCEPTANCE_VHOST": "push.example.com",
            "VOLC_LIVE_ACCEPTANCE_APP": "acceptance",
            "VOLC_LIVE_ACCEPTANCE_PULL_DOMAIN": "pull.example.com",
        }

    def run(self, **given: str) -> tuple[int, str]:
        command = [sys.executable, "-m", "acceptance"]
        streams: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        environment = {**self._environment, **given}
        with subprocess.Popen(command, cwd=self.folder, env=environment, text=True, **streams) as self.process:
            output, _ = self.process.communicate(timeout=300)
        return self.process.returncode, output

    def report(self) -> str:
        return (self.folder / "acceptance-report.md").read_text()


@pytest.fixture
def acceptance(engine: Path, emulator: Emulator, tmp_path: Path) -> Acceptance:
    emulator.backend.put("default", THEIRS)
    return Acceptance(engine, emulator, tmp_path)


def test_take_the_whole_life_and_report_what_was_found(acceptance: Acceptance, emulator: Emulator) -> None:
    emulator.backend.guesses = Guesses("app", "overwrite", listing_lag=0.7, empty_list="null", recording="vod")
    code, output = acceptance.run(VOLC_LIVE_ACCEPTANCE="1")
    report = acceptance.report()
    assert report in output
    assert "failed" not in report
    assert (code, emulator.presets) == (0, [THEIRS]), output
    assert report.count("| as it should be |") == 6
    for key in QUESTIONS:
        (row,) = [line for line in report.splitlines() if line.startswith(f"| {QUESTIONS[key][0]} |")]
        assert "not seen" not in row
    assert "acknowledged, and it overwrites" in report
    assert "a delete removes other presets of the app along with" in report
    assert report.endswith("## What is left behind\n\nNothing.\n")
    for key in (emulator.access_key, emulator.secret_key):
        assert key not in output
    named = {(call.body["Vhost"], call.body["App"]) for call in emulator.calls(CREATE, UPDATE, DELETE)}
    assert named == {("push.example.com", "acceptance")}


@pytest.mark.parametrize(
    ("given", "reported"),
    [
        ({}, "VOLC_LIVE_ACCEPTANCE=1 "),
        ({"VOLC_LIVE_ACCEPTANCE": "1", "VOLC_LIVE_ACCEPTANCE_APP": "a b"}, "app is 'a b', but must be"),
        ({"VOLC_LIVE_ACCEPTANCE": "1", "VOLC_SECRETKEY": "wrong"}, "signature  not ok"),
        ({"VOLC_LIVE_ACCEPTANCE": "1", "VOLC_LIVE_ACCEPTANCE_APP": "live"}, "did not create: push.example.com/live ("),
    ],
    ids=["not asked for", "a wrong name", "wrong keys", "an app in use"],
)
def test_not_begin(acceptance: Acceptance, emulator: Emulator, given: Mapping[str, str], reported: str) -> None:
    code, output = acceptance.run(**given)
    assert (code, emulator.calls(CREATE, UPDATE, DELETE), emulator.presets) == (2, [], [THEIRS])
    assert reported in output
    assert not list(acceptance.folder.glob("*.md"))


def test_clean_up_after_a_step_that_fails_and_when_it_is_interrupted(
    acceptance: Acceptance, emulator: Emulator
) -> None:
    """The write after the failed step's clean-up is the first observation's: there somebody ends it."""
    emulator.faults.add(Fault(UPDATE, status=400, code="InvalidParam", body="not today"))
    writes = iter(range(1, 100))

    def end_at_the_third() -> None:
        if next(writes) == 3 and acceptance.process:
            acceptance.process.send_signal(signal.SIGTERM)

    emulator.backend.after_write = end_at_the_third
    code, output = acceptance.run(VOLC_LIVE_ACCEPTANCE="1")
    assert (code, emulator.presets) == (1, [THEIRS]), output
    assert "ended early: interrupted" in output
    report = acceptance.report()
    assert "| failed: pulumi up --yes --skip-preview: error: " in report
    assert "InvalidParam: not today" in report
    assert report.endswith("Nothing.\n")
