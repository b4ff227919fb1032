"""`make acceptance` on the real engine; the emulator serves as the account."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from subprocess import PIPE, STDOUT

import pytest

import acceptance.__main__ as acceptance
from acceptance.report import QUESTIONS
from pages import commands, script
from pulumi_stack import ROOT, paths
from pulumi_volcengine_live.emulator import CREATE, DELETE, UPDATE, Emulator, Fault, Guesses, Preset
from stepped_clock import SteppedClock

THEIRS = Preset("push.example.com", "live", "", 86400, "pull.example.com", "theirs", 1, "fcdn-tos")
MAKE = "make() { exec python -m acceptance; }\n"
"""What `make acceptance` does once all is set up."""


@pytest.fixture
def page(emulator: Emulator) -> str:
    keys = (
        ("ACCESSKEY=...", f"ACCESSKEY={emulator.access_key}"),
        ("SECRETKEY=...", f"SECRETKEY={emulator.secret_key}"),
    )
    return script("docs/contributing/acceptance.md", "export VOLC_LIVE_ACCEPTANCE=1", *keys)


@pytest.fixture(autouse=True)
def _ready(monkeypatch: pytest.MonkeyPatch, engine: Path, emulator: Emulator, tmp_path: Path, page: str) -> None:
    """What the page asks to set is set; the folder is empty."""
    emulator.backend.put("default", THEIRS)
    exported = [word.split("=") for line in commands(page) for word in line.split()[1:] if line.startswith("export ")]
    for name, value in {**emulator.environment, **dict(exported), **paths(engine)}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)


def test_take_the_whole_life_and_report_what_was_found(emulator: Emulator, capsys: pytest.CaptureFixture[str]) -> None:
    emulator.backend.guesses = Guesses("app", "overwrite", empty_list="null", recording="vod")
    emulator.backend.calls_per_second = None  # of a clock that does not move
    code = acceptance.main(SteppedClock())
    output, report = capsys.readouterr().out, acceptance.REPORT.read_text()
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
    for secret in (emulator.access_key, emulator.secret_key):
        assert secret not in output
    named = {(call.body["Vhost"], call.body["App"]) for call in emulator.calls(CREATE, UPDATE, DELETE)}
    assert named == {("push.example.com", "acceptance")}


@pytest.mark.parametrize(
    ("given", "reported"),
    [
        ({"VOLC_LIVE_ACCEPTANCE": ""}, "VOLC_LIVE_ACCEPTANCE=1 "),
        ({"VOLC_LIVE_ACCEPTANCE_APP": "a b"}, "app is 'a b', but must be"),
        ({"VOLC_SECRETKEY": "wrong"}, "signature  not ok"),
        ({"VOLC_LIVE_ACCEPTANCE_APP": "live"}, "did not create: push.example.com/live ("),
    ],
    ids=["not asked for", "a wrong name", "wrong keys", "an app in use"],
)
def test_not_begin(
    monkeypatch: pytest.MonkeyPatch,
    emulator: Emulator,
    capsys: pytest.CaptureFixture[str],
    given: Mapping[str, str],
    reported: str,
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    assert acceptance.main(SteppedClock()) == 2
    assert (emulator.calls(CREATE, UPDATE, DELETE), emulator.presets) == ([], [THEIRS])
    assert reported in capsys.readouterr().out
    assert not acceptance.REPORT.exists()


def test_clean_up_after_a_step_that_fails_and_when_it_is_interrupted(page: str, emulator: Emulator) -> None:
    """The first create is done, but the service answers that it is not; somebody ends the second, an observation's."""
    emulator.faults.add(Fault(CREATE, status=400, code="InvalidParam", body="not today", when="after"))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "tests"), os.environ["PYTHONPATH"]])}
    with subprocess.Popen(["bash", "-euc", MAKE + page], env=environment, stdout=PIPE, stderr=STDOUT, text=True) as run:

        def end_at_the_second_create() -> None:
            if [call.status for call in emulator.calls(CREATE)] == [400, 0]:
                run.send_signal(signal.SIGTERM)

        emulator.backend.after_write = end_at_the_second_create
        output, _ = run.communicate(timeout=300)
    assert (run.returncode, emulator.presets) == (1, [THEIRS]), output
    assert "ended early: interrupted" in output
    report = acceptance.REPORT.read_text()
    assert "| failed: pulumi up --yes --skip-preview: error: " in report
    assert "InvalidParam: not today" in report
    assert report.endswith("Nothing.\n")
