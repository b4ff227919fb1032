"""The emulator's own word on where its behaviours come from, and its distance from the provider."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pulumi_volcengine_live import emulator
from pulumi_volcengine_live.emulator import BEHAVIOURS, Guesses

FILES = sorted(Path(emulator.__file__).parent.glob("*.py"))


def codes() -> Iterator[str]:
    for file in FILES:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "ApiError":
                code = node.args[1]
                if isinstance(code, ast.Constant):
                    yield str(code.value)


@pytest.mark.parametrize("code", sorted(set(codes())))
def test_name_each_error_code(code: str) -> None:
    named = {name.rstrip(".") for behaviour in BEHAVIOURS for name in re.findall(r"[A-Za-z.]+", behaviour.what)}
    assert code in named


@pytest.mark.parametrize("guess", list(vars(Guesses())))
def test_name_each_guess(guess: str) -> None:
    assert any(f"guess: {guess}" in behaviour.source for behaviour in BEHAVIOURS)


def test_name_a_source_for_each_behaviour() -> None:
    assert all(behaviour.what and behaviour.source for behaviour in BEHAVIOURS)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_import_nothing_of_the_provider(file: Path) -> None:
    """Only the standard library, and the emulator's own files by one dot."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 1 or (node.level == 0 and str(node.module).split(".")[0] in sys.stdlib_module_names)
        elif isinstance(node, ast.Import):
            assert {name.name.split(".")[0] for name in node.names} <= sys.stdlib_module_names
