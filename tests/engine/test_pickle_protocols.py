"""A stack lives on when its Python changes: 3.14 pickles the provider's reference by protocol 5, earlier ones by 4.

One process then holds two provider objects, since a resource's inputs and outputs carry different references.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from plugin import REFERENCES
from pulumi_stack import Stack, declare
from pulumi_volcengine_live.emulator import CREATE, DELETE, UPDATE, Emulator

NewStack = Callable[[str], Stack]
CHANGES = [CREATE, DELETE, UPDATE]


def _pickle_by(stack: Stack, protocol: int, folder: Path) -> None:
    """Let the program and the plugin pickle as another Python does."""
    folder.mkdir(exist_ok=True)
    (folder / "sitecustomize.py").write_text(f"import pickle\n\npickle.DEFAULT_PROTOCOL = {protocol}\n")
    paths = [str(folder), os.environ.get("PYTHONPATH", "")]
    stack.environment["PYTHONPATH"] = os.pathsep.join(filter(None, paths))


def test_live_on_under_another_protocol(new_stack: NewStack, emulator: Emulator, tmp_path: Path) -> None:
    """Bug: the renamed resource's preset was adopted, and deleted in the same update.

    From 4 to 5, from 5 to 5 and from 5 to 4: each update renames without an alias, changes in place and replaces.
    """
    stack = new_stack("")
    references = set()
    for step, (protocol, calls) in enumerate([(4, [CREATE] * 3), (5, CHANGES), (5, CHANGES), (4, CHANGES)]):
        _pickle_by(stack, protocol, tmp_path / "site")
        stack.write(
            declare(f"name_{step}", adopt=True)
            + declare("changed", app="changed", max_shift_time=86400 if step % 2 else 604800)
            + declare("replaced", app="replaced", pull_domain=f"pull{step}.example.com")
        )
        stack.up()
        assert sorted(stack.changing_calls()) == calls, (step, protocol)
        assert {resource["inputs"]["__provider"] for resource in stack.resources()} == {REFERENCES[protocol]}
        references |= {resource["outputs"]["__provider"] for resource in stack.resources()}
    assert references == {REFERENCES[4], REFERENCES[5]}

    _pickle_by(stack, 5, tmp_path / "site")
    stack.destroy()
    assert stack.changing_calls() == [DELETE] * 3
    assert emulator.presets == []
