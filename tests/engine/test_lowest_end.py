"""The lowest dependencies that pyproject.toml allows; the other tests have the newest, and `make ends` has both."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from pulumi_stack import ROOT

TEST = "tests/engine/test_quickstart.py::test_create_and_update"


def test_create_and_update_at_the_lowest_end(engine: Path) -> None:
    environment = {**os.environ, "PATH": os.pathsep.join([str(engine), os.environ["PATH"]])}
    command = [sys.executable, str(ROOT / "tools" / "ends.py"), "lowest", "-n0", TEST]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert "1 passed" in run.stdout, run.stdout + run.stderr
    bounds = re.findall(r'"(\w+)>=([\d.]+),', (ROOT / "pyproject.toml").read_text())
    assert bounds
    assert all(f"{name}=={lowest}" in run.stdout for name, lowest in bounds)
