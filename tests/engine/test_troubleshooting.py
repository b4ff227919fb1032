"""The screens of docs/troubleshooting.md are what a user sees, word for word."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from pulumi_stack import ROOT, Run, Stack
from pulumi_volcengine_live.emulator import Emulator, Preset

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


def _no_keys(stack: Stack, _: Emulator) -> Run:
    del stack.environment["VOLC_ACCESSKEY"], stack.environment["VOLC_SECRETKEY"]
    return stack.up(check=False)


def _wrong_keys(stack: Stack, _: Emulator) -> Run:
    stack.environment["VOLC_SECRETKEY"] = "wrong"
    return stack.preview(check=False)


def _a_week_in_days(stack: Stack, _: Emulator) -> Run:
    stack.change("live.MaxShiftTime.DAYS_7", "7")
    return stack.preview(check=False)


def _it_exists(stack: Stack, emulator: Emulator) -> Run:
    emulator.backend.put("default", EXISTING)
    return stack.preview(check=False)


def _beside_others(stack: Stack, emulator: Emulator) -> Run:
    stack.up()
    emulator.backend.put("default", Preset(**{**vars(EXISTING), "Stream": "main-stage"}))
    return stack.destroy(check=False)


@pytest.mark.parametrize("mistake", [_no_keys, _wrong_keys, _a_week_in_days, _it_exists, _beside_others])
def test_show_what_the_page_shows(
    new_stack: Callable[[str], Stack], emulator: Emulator, mistake: Callable[[Stack, Emulator], Run]
) -> None:
    run = mistake(new_stack(ONE), emulator)
    assert run.code != 0
    assert "Traceback" not in run.output
    shown = re.sub(r"request id [0-9A-F]+", "request id ...", run.line("error: "))
    page = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
    assert shown[shown.index("error: ") :].split(" resource 'replay': ")[-1] in page
