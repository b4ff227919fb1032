"""A real `pulumi import` from the file that `export` writes: no changing call, and nothing to do afterwards."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from full_account import EVERY_KIND, IDS, fill
from pulumi_stack import RESOURCE_TYPE, Run, Stack
from pulumi_volcengine_live.emulator import CREATE, LIST, Emulator

NewStack = Callable[[str], Stack]

HALL = """
class Hall(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__("test:index:Hall", name)


hall = Hall("hall")
second = live.Provider("second", access_key="{access_key}", secret_key="{secret_key}")
"""
IMPORT = ("import", "--generate-code=false", "--protect=false", "--yes", "--file", "import.json")


def _export(stack: Stack, *arguments: str) -> str:
    """Run `export` with an import file in the project's folder, and return the program."""
    state = stack.run("stack", "export").output
    command = [sys.executable, "-m", "pulumi_volcengine_live.command", "export", "--import-file", "import.json"]
    run = subprocess.run(
        [*command, *arguments],
        env=stack.environment,
        cwd=stack.folder,
        input=state,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert "Next: add the program to your project, and run: pulumi import --file import.json" in run.stderr
    return run.stdout


def _import(stack: Stack, *, check: bool = True) -> Run:
    return stack.run(*IMPORT, check=check)


def test_import_every_kind(new_stack: NewStack, emulator: Emulator) -> None:
    """Of one app; then the others, under a component and an explicit provider; then both once more."""
    fill(emulator)
    stack = new_stack(HALL.format(access_key=emulator.access_key, secret_key=emulator.secret_key))
    stack.up()
    program = stack.program.read_text()
    first = _export(stack, "--vhost", "push.example.com", "--app", "concerts")
    _import(stack).line("= 2 imported")
    urns = {resource["urn"].rpartition("::")[2]: resource["urn"] for resource in stack.state()["resources"]}
    second = _export(stack, "--state", "-", "--parent", urns["hall"], "--provider", urns["second"])
    assert emulator.secret_key not in (stack.folder / "import.json").read_text()
    _import(stack).line("= 2 imported")
    assert "imported" not in _import(stack).output, "what the stack has stays as it is"

    stack.program.write_text(program + first + second)
    stack.preview("--expect-no-changes")
    stack.refresh("--expect-no-changes")
    assert sorted(resource["id"] for resource in stack.resources()) == list(IDS)
    assert [resource["parent"].endswith("::hall") for resource in stack.resources()].count(True) == 2
    assert stack.changing_calls() == []
    assert emulator.presets == list(EVERY_KIND)


def _entry(**changed: Any) -> dict[str, Any]:
    return {"type": RESOURCE_TYPE, "name": "concerts", "id": IDS[0], **changed}


def test_fail_without_outputs_and_change_nothing(new_stack: NewStack, emulator: Emulator) -> None:
    """An entry that somebody wrote by hand: the SDK fails before the provider is asked."""
    fill(emulator)
    stack = new_stack("")
    (stack.folder / "import.json").write_text(json.dumps({"resources": [_entry()]}))
    refused = _import(stack, check=False)
    assert refused.code != 0
    refused.line("KeyError: '__provider'")
    assert emulator.calls(LIST) == []
    assert stack.resources() == []


def test_show_what_has_changed_since_the_export(new_stack: NewStack, emulator: Emulator) -> None:
    """The import does not ask the service for the presets, but the next preview does."""
    fill(emulator, EVERY_KIND[:2])
    stack = new_stack("")
    program = _export(stack)
    emulator.backend.put("default", dataclasses.replace(EVERY_KIND[0], MaxShiftTime=1296000))
    emulator.backend.remove("default", EVERY_KIND[1].key)
    _import(stack)
    stack.program.write_text(program)
    preview = stack.preview()
    preview.line("max_shift_time is 1296000 in the service and 604800 in the state")
    preview.line("the service does not list it")
    assert emulator.calls(CREATE) == []
