"""A stack lives on when its Python changes: 3.14 pickles the provider's reference by protocol 5, earlier ones by 4.

One process then holds two provider objects, since a resource's inputs and outputs carry different references.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from plugin import REFERENCES
from pulumi_stack import Stack, declare
from pulumi_volcengine_live.emulator import CREATE, DELETE, UPDATE, Emulator

NewStack = Callable[[str], Stack]


def _pickle_by(stack: Stack, protocol: int, folder: Path) -> None:
    """Let the program and the plugin pickle as another Python does."""
    folder.mkdir(exist_ok=True)
    (folder / "sitecustomize.py").write_text(f"import pickle\n\npickle.DEFAULT_PROTOCOL = {protocol}\n")
    paths = [str(folder), os.environ.get("PYTHONPATH", "")]
    stack.environment["PYTHONPATH"] = os.pathsep.join(filter(None, paths))


@pytest.mark.parametrize(("before", "after"), [(4, 5), (5, 4), (5, 5)])
def test_live_on_under_another_protocol(
    new_stack: NewStack, emulator: Emulator, tmp_path: Path, before: int, after: int
) -> None:
    """A resource renamed without an alias was adopted, and its preset deleted in the same update."""
    stack = new_stack(declare("old") + declare("other", app="other"))
    _pickle_by(stack, before, tmp_path / "site")
    stack.up()
    assert {resource["inputs"]["__provider"] for resource in stack.resources()} == {REFERENCES[before]}
    _pickle_by(stack, after, tmp_path / "site")
    stack.changing_calls()
    stack.write(declare("new", adopt=True) + declare("other", app="other", max_shift_time=86400))
    stack.run("up", "--yes")
    assert stack.changing_calls() == [UPDATE]
    stack.run("refresh", "--yes", "--expect-no-changes")
    stack.write(declare("new", adopt=True) + declare("other", app="other", pull_domain="else.example.com"))
    stack.run("up", "--yes")
    assert stack.changing_calls() == [DELETE, CREATE]
    stack.destroy()
    assert stack.changing_calls() == [DELETE, DELETE]
    assert emulator.presets == []
