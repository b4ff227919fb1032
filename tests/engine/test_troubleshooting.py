"""The screens of docs/troubleshooting.md are what a user sees, word for word."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable

from pages import script, type_in
from pulumi_stack import RESOURCE_TYPE, ROOT, Run, Stack
from pulumi_volcengine_live.emulator import Domain, Emulator, Preset

ONE = """\
live.TimeShiftPreset(
    "replay",
    vhost="push.example.com",
    app="concerts",
    max_shift_time=live.MaxShiftTime.DAYS_7,
    pull_domain="pull.example.com",
    time_shift_type=live.TimeShiftType.INDEPENDENT,
)
"""
EXISTING = Preset("push.example.com", "concerts", "", 86400, "pull.example.com", "n", 1, "fcdn-tos")


PAGE = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")


def test_show_what_the_page_shows(new_stack: Callable[[str], Stack], emulator: Emulator) -> None:
    """One mistake after the other, each corrected before the next."""
    stack = new_stack(ONE)
    keys = {name: stack.environment.pop(name) for name in ("VOLC_ACCESSKEY", "VOLC_SECRETKEY")}
    _on_the_page(stack.up(check=False))
    assert (stack.resources(), emulator.calls()) == ([], [])

    stack.environment |= {**keys, "VOLC_SECRETKEY": "wrong"}
    _on_the_page(stack.preview(check=False))

    emulator.add_account("theirs", "their-key", "their-secret", vhosts=["push.other.example.com"])
    stack.environment |= {"VOLC_ACCESSKEY": "their-key", "VOLC_SECRETKEY": "their-secret"}
    _on_the_page(stack.preview(check=False))

    stack.environment |= keys
    stack.change("live.MaxShiftTime.DAYS_7", "7")
    _on_the_page(stack.preview(check=False))

    stack.change("max_shift_time=7", "max_shift_time=live.MaxShiftTime.DAYS_7")
    emulator.backend.put("default", EXISTING)
    _on_the_page(stack.preview(check=False))

    emulator.backend.remove("default", EXISTING.key)
    emulator.put(Domain("pull.example.com", "push.example.com"))
    stack.change("pull.example.com", "pull.exmaple.com")
    assert stack.preview_and_up("--diff").line("time-shift preset push.example.com/concerts: ") in PAGE
    emulator.backend.put("default", dataclasses.replace(EXISTING, Stream="main-stage"))
    _on_the_page(stack.destroy(check=False))


def test_import_one_preset_after_the_sdk_could_not(new_stack: Callable[[str], Stack], emulator: Emulator) -> None:
    for stream in ("", "main-stage"):
        emulator.backend.put("default", dataclasses.replace(EXISTING, Stream=stream))
    stack = new_stack("import presets\n")
    (stack.folder / "presets.py").touch()
    by_hand = stack.run("import", RESOURCE_TYPE, "concerts", "push.example.com/concerts", "--yes", check=False)
    assert by_hand.line("KeyError").strip() in PAGE
    assert stack.resources() == []

    type_in(script("docs/troubleshooting.md", "volcengine-live export"), stack.folder, stack.environment)
    assert [resource["id"] for resource in stack.resources()] == ["push.example.com/concerts"]
    stack.preview("--expect-no-changes")


def _on_the_page(run: Run) -> None:
    assert run.code != 0
    assert "Traceback" not in run.output
    shown = re.sub(r"request id [0-9A-F]+", "request id ...", run.line("error: "))
    assert shown[shown.index("error: ") :].split(" resource 'replay': ")[-1] in PAGE
