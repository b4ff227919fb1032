"""The package as a user gets it: a wheel in an empty environment."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import pulumi_volcengine_live as live
from pulumi_stack import ROOT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built, and tried outside the checkout, as `make dist` does."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, str(ROOT / "tools" / "dist.py"), str(folder)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    (built,) = folder.glob("*.whl")
    return built


def test_name_the_version_in_the_changelog(wheel: Path) -> None:
    released = re.findall(r"^## \[(\d.*?)\] - \d{4}-\d\d-\d\d$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert wheel.name.split("-")[1] == released[0] == live.__version__


def test_carry_types_and_the_word_that_there_is_no_plugin(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as content:
        assert "pulumi_volcengine_live/py.typed" in content.namelist()
        assert json.loads(content.read("pulumi_volcengine_live/pulumi-plugin.json")) == {"resource": False}
        top = {name.split("/")[0] for name in content.namelist() if "dist-info" not in name}
        assert top == {"pulumi_volcengine_live", "pulumi_volcengine_live_pytest.py"}


def test_load_neither_the_sdk_nor_requests_before_the_first_call() -> None:
    program = "import sys, pulumi_volcengine_live; print([n for n in ('volcengine', 'requests') if n in sys.modules])"
    run = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert run.stdout.strip() == "[]"


def test_name_only_what_there_is_to_those_who_contribute() -> None:
    files = [*ROOT.glob("*"), *(file for top in ("provider", "tests", "docs") for file in (ROOT / top).rglob("*.*"))]
    there = [file.relative_to(ROOT).as_posix() for file in files]
    there += [file.read_text(encoding="utf-8") for file in files if file.suffix == ".py"]
    named = re.findall(r"`([\w./]+)`", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    named = [name.removeprefix(".../").strip("/") for name in named]
    assert len(named) > 50
    assert [name for name in named if not any(name in text for text in there)] == []


def test_keep_the_layers_apart() -> None:
    """Imports go one way; the emulator imports nothing of the provider."""
    package = ROOT / "provider" / "pulumi_volcengine_live"
    allowed = {
        "preset": set(),
        "errors": set(),
        "inputs": {"preset"},
        "pacing": {"errors"},
        "settings": {"errors"},
        "transport": {"errors", "settings"},
        "client": {"errors", "pacing", "preset", "settings", "transport"},
        "listings": {"pacing", "preset"},
        "looks": {"errors", "listings", "pacing", "preset"},
        "shared_delete": {"errors", "listings", "preset", "settings"},
        "lifecycle": {"client", "errors", "listings", "looks", "pacing", "preset", "shared_delete"},
        "properties": {"inputs", "preset"},
        "live_checks": {"errors", "lifecycle", "listings", "preset", "properties", "settings", "shared_delete"},
        "phase": {"client", "lifecycle", "live_checks", "settings"},
        "plain_errors": {"errors"},
        "provider": {"errors", "inputs", "phase", "plain_errors", "preset", "properties", "settings", ""},
        "resource": {"errors", "inputs", "properties", "provider", "settings", ""},
        "functions": {"client", "errors", "inputs", "pacing", "preset", "properties", "resource", ""},
    }
    for file in package.glob("*.py"):
        if file.stem == "__init__":
            continue
        lines = [line.strip() for line in file.read_text().splitlines() if line.strip().startswith("from .")]
        imported = {line.split()[1].lstrip(".") for line in lines}
        assert imported <= allowed[file.stem], file
    of_command = {
        "own_app": {"lifecycle", "listings", "looks", "pacing"},  # makes presets by the provider's own rules
        "service_checks": {"pacing", "transport"},  # asks without keys, and not for ever
    }
    for file in (package / "command").glob("*.py"):
        imported = set(re.findall(r"^ *from \.\.(\w*)", file.read_text(), re.MULTILINE))
        usual = {"", "client", "emulator", "errors", "functions", "inputs", "preset", "settings"}
        assert imported <= usual | of_command.get(file.stem, set()), file
    for file in (package / "emulator").glob("*.py"):
        assert "from .." not in file.read_text(), file
