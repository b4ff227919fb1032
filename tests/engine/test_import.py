"""A real `pulumi import` from the file that `export` writes: no changing call, and nothing to do afterwards."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from collections.abc import Callable

from full_account import DOMAINS, EVERY_KIND, IDS, fill
from pages import script, type_in, typed
from pulumi_stack import RESOURCE_TYPE, Run, Stack
from pulumi_volcengine_live.emulator import LIST, Emulator

HALL = """
import presets


class Hall(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__("test:index:Hall", name)


hall = Hall("hall")
second = live.Provider("second", access_key="{access_key}", secret_key="{secret_key}")
"""
EXPORT = ("export", "--import-file", "import.json", "--state", "-")
LATER = tuple(dataclasses.replace(EVERY_KIND[0], App=app) for app in ("hall", "studio"))


def _export(stack: Stack, *arguments: str) -> str:
    """Run `export` with an import file in the project's folder, and return the program."""
    run = subprocess.run(
        [sys.executable, "-m", "pulumi_volcengine_live.command", *EXPORT, *arguments],
        env=stack.environment,
        cwd=stack.folder,
        input=stack.run("stack", "export").output,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert "Next: add the program to your project, and run: pulumi import --file import.json" in run.stderr
    return run.stdout


def _import(stack: Stack, *, check: bool = True) -> Run:
    _, *words = typed("docs/resource.md", "pulumi import")
    return stack.run(*words, check=check)


def test_take_over_what_an_account_has(new_stack: Callable[[str], Stack], emulator: Emulator) -> None:
    """As docs/how-to.md says; then what was added later, under a component and an explicit provider."""
    fill(emulator)
    emulator.put(*DOMAINS)
    stack = new_stack(HALL.format(access_key=emulator.access_key, secret_key=emulator.secret_key))
    (stack.folder / "presets.py").touch()
    stack.up()
    see = script("docs/how-to.md", "volcengine-live list")
    take_over = script("docs/how-to.md", "volcengine-live export --import-file")
    printed = type_in(see + take_over, stack.folder, stack.environment)
    assert "stopped for arrears" in printed
    assert "= 4 imported" in printed
    assert sorted(resource["id"] for resource in stack.resources()) == list(IDS)

    file = stack.folder / "import.json"
    first = json.loads(file.read_text())
    emulator.put(*LATER)
    urns = {resource["urn"].rpartition("::")[2]: resource["urn"] for resource in stack.state()["resources"]}
    program = _export(stack, "--parent", urns["hall"], "--provider", urns["second"])
    assert emulator.secret_key not in file.read_text()
    later = json.loads(file.read_text())
    file.write_text(json.dumps({**later, "resources": first["resources"] + later["resources"]}))
    _import(stack).line("= 2 imported")  # what the stack has stays as it is
    assert [resource["parent"].endswith("::hall") for resource in stack.resources()].count(True) == 2

    stack.program.write_text(stack.program.read_text() + program)
    emulator.backend.put("default", dataclasses.replace(EVERY_KIND[0], MaxShiftTime=1296000))
    emulator.backend.remove("default", LATER[0].key)
    changed_since = stack.preview("--expect-no-changes")
    changed_since.line("max_shift_time is 1296000 in the service and 604800 in the state")
    changed_since.line("the service does not list it")
    emulator.put(EVERY_KIND[0], LATER[0])
    stack.refresh("--expect-no-changes")
    assert stack.changing_calls() == []
    assert set(emulator.presets) == {*EVERY_KIND, *LATER}

    emulator.forget_calls()
    by_hand = {"type": RESOURCE_TYPE, "name": "by-hand", "id": "push.example.com/by-hand"}
    file.write_text(json.dumps({"resources": [by_hand]}))
    _import(stack, check=False).line("KeyError: '__provider'")
    assert emulator.calls(LIST) == [], "the SDK fails before the provider is asked"
    assert len(stack.resources()) == len(emulator.presets)
