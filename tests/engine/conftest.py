"""The real engine on a copy of a program, with a file backend and a home of its own."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pulumi_stack import COMMANDS_FILE, Stack, find_engine
from pulumi_volcengine_live.emulator import Emulator

NOTING = """\
#!/bin/sh
for word; do
    case $word in -* | never) ;; *) echo "$word" >> {file}; break ;; esac
done
exec {pulumi} "$@"
"""


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a `pulumi` that notes each command in a file, which tests/conftest.py counts at the end."""
    found = find_engine()
    if found is None:
        reason = "NO PULUMI ENGINE: nothing was proven about `pulumi up`. Run `make setup` to have one."
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("engine")
    for file in found.iterdir() if found.joinpath("pulumi-language-python").exists() else ():
        if file.is_file() and file.name != "pulumi":
            (folder / file.name).symlink_to(file.resolve())
    noted = tmp_path_factory.getbasetemp() / COMMANDS_FILE
    pulumi = folder / "pulumi"
    pulumi.write_text(NOTING.format(file=noted, pulumi=found / "pulumi"))
    pulumi.chmod(0o755)
    _list_packages_once(folder / "python" / "pip")
    return folder


def _list_packages_once(pip: Path) -> None:
    """Before each preview and update the engine has pip list all packages, which takes half of the command's time.

    The answer is always the same here; a stack's PYTHONPATH leads to a `pip` that prints it.
    """
    arguments = ["list", "-v", "--format", "json"]
    command = [sys.executable, "-m", "pip", *arguments]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    pip.mkdir(parents=True)
    (pip / "__init__.py").touch()
    (pip / "__main__.py").write_text(f"import sys\nassert sys.argv[1:] == {arguments}\nprint({listed!r})\n")


@pytest.fixture(autouse=True)
def _not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Switch coverage off in the processes that tests start, as tests/conftest.py does in this one."""
    monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)


@pytest.fixture(scope="session")
def pulumi_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """One that lives in real time, as the engine does."""
    with Emulator() as running:
        yield running


@pytest.fixture
def new_stack(engine: Path, pulumi_home: Path, emulator: Emulator, tmp_path: Path) -> Callable[..., Stack]:
    """Make a stack of a program's text or of an example's folder; it and its service end with the test."""
    numbers = itertools.count()

    def make(program: str | Path, beside: Stack | None = None) -> Stack:
        folder = tmp_path / f"project{next(numbers)}"
        if isinstance(program, Path):
            shutil.copytree(program, folder)
        else:
            folder.mkdir()
            (folder / "Pulumi.yaml").write_text("name: test\nruntime: python\n")
        stack = Stack(folder, engine, pulumi_home, emulator, beside)
        if isinstance(program, str):
            stack.write(program)
        return stack

    return make
