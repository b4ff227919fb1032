"""The package as a user gets it: a wheel in an empty environment."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pulumi_volcengine_live as live
from pulumi_stack import ROOT


def test_build_a_wheel_that_works_outside_the_checkout(tmp_path: Path) -> None:
    """As `make dist` does on each Python. It carries types and the changelog's last version, and has no plugin."""
    this = f"{sys.version_info.major}.{sys.version_info.minor}"
    command = [sys.executable, str(ROOT / "tools" / "dist.py"), str(tmp_path), this]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert f"Python {this}: the wheel works" in run.stdout
    (wheel,) = tmp_path.glob("*.whl")
    released = re.findall(r"^## \[(\d.*?)\] - \d{4}-\d\d-\d\d$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert wheel.name.split("-")[1] == released[0] == live.__version__
    with zipfile.ZipFile(wheel) as content:
        assert "pulumi_volcengine_live/py.typed" in content.namelist()
        assert json.loads(content.read("pulumi_volcengine_live/pulumi-plugin.json")) == {"resource": False}
        top = {name.split("/")[0] for name in content.namelist() if "dist-info" not in name}
        assert top == {"pulumi_volcengine_live", "pulumi_volcengine_live_pytest.py"}


def test_load_neither_the_sdk_nor_requests_before_the_first_call() -> None:
    program = "import sys, pulumi_volcengine_live; print([n for n in ('volcengine', 'requests') if n in sys.modules])"
    run = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert run.stdout.strip() == "[]"
