"""Run the tests that meet Pulumi at both ends of what pyproject.toml allows: `ends.py [lowest|newest] [TEST ...]`."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import venv
from importlib.metadata import requires, version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TESTED_WITH = [f"{name}=={version(name)}" for name in ("cryptography", "hypothesis", "pytest")]
TESTS = [
    "tests/contracts",
    "tests/pure",
    "tests/service",
    "tests/engine/test_look_ups.py",
    "tests/engine/test_previews.py",
    "tests/engine/test_quickstart.py",
    "tests/engine/test_released_states.py",
    "tests/engine/test_troubleshooting.py",
    "tests/engine/test_users_project.py",
]


def lowest() -> list[str]:
    """Each dependency of the package at its lower bound."""
    dependencies = requires("pulumi-volcengine-live") or []
    return [re.sub(r"^([\w-]+).*>=([\d.]+).*$", r"\1==\2", dependency) for dependency in dependencies]


ENDS = {"lowest": lowest, "newest": list[str]}


def run(end: str, tests: list[str]) -> int:
    """Install the package with that end's dependencies into an environment of its own, and run the tests in it."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = str(Path(folder) / "bin" / "python")
        pip = [python, "-m", "pip", "--disable-pip-version-check"]
        subprocess.run([*pip, "install", "--quiet", str(ROOT), *ENDS[end](), *TESTED_WITH], check=True)
        installed = subprocess.run([*pip, "freeze"], check=True, capture_output=True, text=True).stdout
        print(f"{end}: {', '.join(re.findall(r'^(?:pulumi|volcengine)==.*', installed, re.MULTILINE))}", flush=True)
        return subprocess.run([python, "-m", "pytest", "-q", *tests], cwd=ROOT, check=False).returncode


def main(arguments: list[str]) -> int:
    """Both ends and all of TESTS, where nothing else is said."""
    ends = [argument for argument in arguments if argument in ENDS] or list(ENDS)
    tests = [argument for argument in arguments if argument not in ENDS] or TESTS
    return max([run(end, tests) for end in ends])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
