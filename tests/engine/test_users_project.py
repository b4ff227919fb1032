"""A user's project, tested as docs/testing.md shows; tests/test_docs.py compares its files with the page."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from pulumi_stack import ROOT, paths

PROJECT = ROOT / "tests" / "users_project"
TESTS = "".join(file.read_text() for file in PROJECT.glob("test_*.py")).count("def test_")


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
