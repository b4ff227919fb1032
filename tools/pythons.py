"""Run the tests that need no engine on each Python that the package is for: `pythons.py [VERSION ...] [TEST ...]`."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import environments

ROOT: Final = Path(__file__).resolve().parent.parent
ON_ALL_CORES: Final = ("-n", "auto")
WITHOUT_ENGINE: Final = ["--ignore=tests/engine"]


def supported() -> list[str]:
    """The versions that pyproject.toml names."""
    return re.findall(r":: (3\.\d+)", (ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def find_python(version: str) -> str | None:
    """The path of a Python of that version: this one, one on PATH, or one of pyenv's."""
    return next((python for python in _candidates(version) if _is_of(python, version)), None)


def _candidates(version: str) -> Iterator[str]:
    yield sys.executable
    if on_path := shutil.which(f"python{version}"):
        yield on_path
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from map(str, sorted(pyenv.glob(f"versions/{version}.*/bin/python"), reverse=True))


def _is_of(python: str, version: str) -> bool:
    """Whether it is there and starts; pyenv's command for a version that is not active exists and fails."""
    try:
        run = subprocess.run([python, "--version"], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return False
    return run.stdout.startswith(f"Python {version}.")


def run(python: str, tests: list[str]) -> int:
    """Install what is pinned into an environment of its own, and run the tests in it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environments.create(folder, python)
        environments.install(folder, "--require-hashes", "-r", str(environments.REQUIREMENTS))
        environments.install(folder, "--no-deps", "--no-build-isolation", "-e", str(ROOT))
        environment = {**os.environ, "PATH": os.pathsep.join([str(folder / "bin"), os.environ["PATH"]])}
        command = [environments.interpreter(folder), "-m", "pytest", "-q", *ON_ALL_CORES, *tests]
        return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def main(arguments: list[str]) -> int:
    """Run the tests on each version, and name the versions that are missing."""
    versions = [argument for argument in arguments if argument in supported()] or supported()
    tests = [argument for argument in arguments if argument not in supported()] or WITHOUT_ENGINE
    outcomes: dict[str, str] = {}
    for version in versions:
        python = find_python(version)
        print(f"\n== Python {version}: {python or 'not on this machine'}", flush=True)
        outcomes[version] = "skipped, missing" if python is None else ("failed" if run(python, tests) else "passed")
    print("\n" + "\n".join(f"Python {version}: {outcome}" for version, outcome in outcomes.items()))
    return "failed" in outcomes.values()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
