"""Type checkers see the package as users do, and every program that a page shows is right."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from pages import PAGES
from pulumi_stack import ROOT

RIGHT, WRONG = (ROOT / "tests" / "typing" / name for name in ("users_program.py", "wrong_program.py"))
MYPY = [
    *(sys.executable, "-m", "mypy", "--config-file", str(ROOT / "pyproject.toml"), "--no-explicit-package-bases"),
    *("--cache-dir", str(ROOT / ".mypy_cache" / "programs")),
    "--allow-untyped-decorators",  # pulumi.runtime.test, which docs/testing.md shows, has no types
]
PYRIGHT = [
    *(str(Path(sys.executable).with_name("basedpyright")), "--level", "error", "--pythonpath", sys.executable),
]


def _shown_in_pages(folder: Path) -> list[Path]:
    """Each as a program of its own."""
    files = []
    for block in (block for page in PAGES for block in page.blocks if block.language == "python"):
        files.append(folder / f"{re.sub(r'[^a-z0-9]', '_', block.place.lower())}.py")
        files[-1].write_text(block.text, encoding="utf-8")
    return files


@pytest.mark.parametrize("checker", [MYPY, PYRIGHT], ids=["mypy", "pyright"])
def test_find_every_mistake_and_no_other(checker: list[str], tmp_path: Path) -> None:
    programs = [RIGHT, WRONG, *(_shown_in_pages(tmp_path) if checker is MYPY else ())]
    run = subprocess.run([*checker, *map(str, programs)], cwd=ROOT, capture_output=True, text=True, check=False)
    found = {(Path(file).name, int(line)) for file, line in re.findall(r"(\S+\.py):(\d+):.*error", run.stdout)}
    lines = enumerate(WRONG.read_text(encoding="utf-8").splitlines(), 1)
    mistakes = {(WRONG.name, number) for number, line in lines if "live.TimeShift" in line or "live.get_" in line}
    assert found == mistakes, run.stdout + run.stderr
