"""The real engine on a copy of a program, with a file backend and a home of its own."""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pulumi_stack import ROOT, Stack, find_engine
from pulumi_volcengine_live.emulator import Emulator


@pytest.fixture(scope="session")
def engine() -> Path:
    found = find_engine()
    if found is None:
        reason = "NO PULUMI ENGINE: nothing was proven about `pulumi up`. Run `make setup` to have one."
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return found


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


@pytest.fixture
def quickstart(new_stack: Callable[[str | Path], Stack], tmp_path: Path) -> Stack:
    """The quick start as the README has it: the root's Pulumi.yaml and its example."""
    copy = tmp_path / "quickstart"
    shutil.copytree(ROOT / "examples" / "quickstart", copy / "examples" / "quickstart")
    shutil.copy(ROOT / "Pulumi.yaml", copy)
    return new_stack(copy)
