"""A real `pulumi import` from the file that `export` writes: no changing call, and nothing to do afterwards."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable

from full_account import DOMAINS, EVERY_KIND, IDS, fill
from pages import commands, script, type_in, typed
from pulumi_stack import RESOURCE_TYPE, ROOT, Stack
from pulumi_volcengine_live.emulator import LIST, Emulator

PROGRAM = """
import presets


class Hall(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__("test:index:Hall", name)


hall = Hall("hall")
second = live.Provider("second", access_key="{access_key}", secret_key="{secret_key}")
"""
LATER = dataclasses.replace(EVERY_KIND[0], App="hall")
AT_ONCE = ("--protect=false --yes", "--protect=false --yes --skip-preview")
LATER_ID = "push.example.com/hall"


def test_take_over_what_an_account_has(new_stack: Callable[[str], Stack], emulator: Emulator) -> None:
    """As docs/how-to.md says; then what was added later, under a component and an explicit provider."""
    fill(emulator)
    emulator.put(*DOMAINS)
    stack = new_stack(PROGRAM.format(access_key=emulator.access_key, secret_key=emulator.secret_key))
    (stack.folder / "presets.py").touch()
    stack.up()
    assert "stopped for arrears" in _type(stack, script("docs/how-to.md", "volcengine-live list"))
    export, take_over, _ = commands(script("docs/how-to.md", "volcengine-live export --import-file", AT_ONCE))
    assert "= 4 imported" in _type(stack, f"{export}\n{take_over}")
    assert sorted(resource["id"] for resource in stack.resources()) == list(IDS)

    emulator.backend.put("default", LATER)
    _take_over_later(stack, emulator)
    assert [resource["id"] for resource in stack.resources() if resource["parent"].endswith("::hall")] == [LATER_ID]

    emulator.backend.put("default", dataclasses.replace(EVERY_KIND[0], MaxShiftTime=1296000))
    emulator.backend.remove("default", LATER.key)
    changed_since = stack.run(*typed("docs/how-to.md", "pulumi preview --expect-no-changes")[1:])
    changed_since.line("max_shift_time is 1296000 in the service and 604800 in the state")
    changed_since.line("the service does not list it")
    emulator.put(EVERY_KIND[0], LATER)
    stack.run(*typed("docs/how-to.md", "pulumi refresh --preview-only")[1:])
    assert stack.changing_calls() == []
    assert {*emulator.presets} == {*EVERY_KIND, LATER}


def _take_over_later(stack: Stack, emulator: Emulator) -> None:
    """As docs/troubleshooting.md says of an import by hand that fails; what the stack has already stays as it is."""
    emulator.forget_calls()
    by_hand = stack.run("import", RESOURCE_TYPE, "hall", LATER_ID, "--yes", "--skip-preview", check=False)
    assert f"\n{by_hand.line('KeyError').strip()}\n" in (ROOT / "docs" / "troubleshooting.md").read_text()
    assert emulator.calls(LIST) == [], "the SDK fails before the provider is asked"
    assert len(stack.resources()) == len(IDS)

    file = stack.folder / "import.json"
    before = json.loads(file.read_text())
    urns = {resource["urn"].rpartition("::")[2]: resource["urn"] for resource in stack.state()["resources"]}
    options = f"--id {LATER_ID} --parent '{urns['hall']}' --provider '{urns['second']}'"
    filled = ("--id push.example.com/concerts", options), ("presets.py", "later.py"), AT_ONCE
    export, take_over = commands(script("docs/troubleshooting.md", "volcengine-live export", *filled))
    _type(stack, export)
    assert emulator.secret_key not in file.read_text()
    now = json.loads(file.read_text())
    file.write_text(json.dumps({**now, "resources": before["resources"] + now["resources"]}))
    assert "= 1 imported" in _type(stack, take_over)
    stack.program.write_text(stack.program.read_text() + (stack.folder / "later.py").read_text())


def _type(stack: Stack, text: str) -> str:
    return type_in(text, stack.folder, stack.environment)
