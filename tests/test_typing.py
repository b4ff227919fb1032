"""Type checkers see the package as users do."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pulumi_stack import ROOT

PROGRAMS = Path(__file__).parent / "typing"
CHECKERS = {
    "mypy": [sys.executable, "-m", "mypy", "--strict", "--config-file", os.devnull],
    "pyright": [
        str(Path(sys.executable).with_name("basedpyright")),
        "--level",
        "error",
        "--pythonpath",
        sys.executable,
    ],
}


def _wrong_lines(checker: str, program: str) -> set[int]:
    file = PROGRAMS / program
    environment = {**os.environ, "MYPYPATH": str(ROOT / "provider")}
    command = [*CHECKERS[checker], str(file)]
    run = subprocess.run(command, cwd=PROGRAMS, env=environment, capture_output=True, text=True, check=False)
    lines = [int(number) for number in re.findall(rf"{program}:(\d+):.*error", run.stdout)]
    assert (run.returncode == 0) == (not lines), run.stdout + run.stderr
    return set(lines)


@pytest.mark.parametrize("checker", CHECKERS)
def test_check_a_users_program_without_an_error(checker: str) -> None:
    assert _wrong_lines(checker, "users_program.py") == set()


@pytest.mark.parametrize("checker", CHECKERS)
def test_find_every_mistake(checker: str) -> None:
    text = (PROGRAMS / "wrong_program.py").read_text(encoding="utf-8").splitlines()
    mistakes = {number for number, line in enumerate(text, 1) if "live.TimeShift" in line or "live.get_" in line}
    assert _wrong_lines(checker, "wrong_program.py") == mistakes
