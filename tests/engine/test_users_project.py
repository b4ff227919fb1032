"""A user's project, tested with the kit as docs/testing.md shows."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

from pulumi_stack import ROOT, paths

PROJECT = ROOT / "tests" / "users_project"
TESTS = "".join(file.read_text() for file in PROJECT.glob("test_*.py")).count("def test_")
SHOWN = [(PROJECT / name).read_text() for name in ("halls.py", "test_with_mocks.py", "test_with_emulator.py")]


def test_pass_a_users_own_tests(engine: Path, pulumi_home: Path, tmp_path: Path) -> None:
    project = shutil.copytree(PROJECT, tmp_path / "project", ignore=shutil.ignore_patterns("__pycache__"))
    environment = {
        **paths(engine),
        "HOME": str(tmp_path),
        "PULUMI_HOME": str(pulumi_home),
        "PULUMI_SKIP_UPDATE_CHECK": "1",
    }
    command = [sys.executable, "-m", "pytest", "-q"]
    run = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
    assert f"{TESTS} passed in" in run.stdout, run.stdout + run.stderr


def test_show_the_very_files_in_the_docs() -> None:
    page = (ROOT / "docs" / "testing.md").read_text()
    assert re.findall(r"```python\n(.*?)```", page, re.DOTALL) == SHOWN
