"""Run tests at both ends of the supported versions: `ends.py [lowest|newest|engine] [TEST ...]`.

`lowest` and `newest`: with the lowest and the newest dependencies that pyproject.toml allows; `engine`: with the oldest
supported engine.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from importlib.metadata import requires, version
from pathlib import Path
from typing import Final

import build_engine
import environments
from status_line import StatusLine

ROOT: Final = Path(__file__).resolve().parent.parent
TESTED_WITH: Final = [
    f"{name}=={version(name)}"
    for name in ("coverage", "cryptography", "hypothesis", "markdown-it-py", "pytest", "pytest-xdist")
]
ENGINE_TESTS: Final = [
    "tests/engine/test_look_ups.py",
    "tests/engine/test_quickstart.py",
    "tests/engine/test_released_states.py",
    "tests/engine/test_sequences.py",
    "tests/engine/test_troubleshooting.py",
    "tests/engine/test_users_project.py",
]
TESTS: Final = ["tests/contracts", "tests/pure", "tests/service", *ENGINE_TESTS]

PRINT_VERSIONS: Final = """\
from importlib.metadata import version
print(", ".join(f"{name}=={version(name)}" for name in ("pulumi", "volcengine")), flush=True)
"""


def lowest() -> list[str]:
    """Each dependency of the package at its lower bound."""
    dependencies = requires("pulumi-volcengine-live") or []
    return [re.sub(r"^([\w-]+).*>=([\d.]+).*$", r"\1==\2", dependency) for dependency in dependencies]


def run_with(dependencies: list[str], tests: list[str]) -> int:
    """Install the package with these dependencies into an environment of its own, and run the tests in it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environments.create(folder)
        environments.install(folder, str(ROOT), *dependencies, *TESTED_WITH)
        return run_tests(environments.interpreter(folder), os.environ["PATH"], tests)


def run_on_oldest_engine(tests: list[str]) -> int:
    """Run the tests in this environment, with the oldest supported engine first on PATH."""
    engine = build_engine.build(build_engine.OLDEST, StatusLine(sys.stdout))
    return run_tests(sys.executable, os.pathsep.join([str(engine), os.environ["PATH"]]), tests)


def run_tests(python: str, path: str, tests: list[str]) -> int:
    """Run the tests on all cores, and say with which versions."""
    environment = {**os.environ, "PATH": path}
    for command in ([python, "-c", PRINT_VERSIONS], ["pulumi", "version"]):
        subprocess.run(command, env=environment, check=False)
    command = [python, "-m", "pytest", "-q", "-n", "auto", *tests]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


ENDS: Final[dict[str, tuple[Callable[[list[str]], int], list[str]]]] = {
    "lowest": (lambda tests: run_with(lowest(), tests), TESTS),
    "newest": (lambda tests: run_with([], tests), TESTS),
    "engine": (run_on_oldest_engine, ENGINE_TESTS),
}


def main(arguments: list[str]) -> int:
    """Run the named ends, or all; with the named tests, or each end's own."""
    ends = [argument for argument in arguments if argument in ENDS] or list(ENDS)
    tests = [argument for argument in arguments if argument not in ENDS]
    outcomes = {}
    for end in ends:
        run, usual = ENDS[end]
        print(f"\n== {end}", flush=True)
        outcomes[end] = run(tests or usual)
    print("".join(f"\n{end}: {'failed' if code else 'passed'}" for end, code in outcomes.items()))
    return max(outcomes.values())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
