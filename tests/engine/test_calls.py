"""What thirty presets cost on the real engine, with its threads, counted at the service."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from pulumi_stack import Stack
from pulumi_volcengine_live.emulator import CREATE, DELETE, LIST, LIST_DOMAINS, UPDATE, Emulator, Preset

PRESETS = 30
PROGRAM = """
for number in range(30):
    live.TimeShiftPreset(
        f"replay-{number}", vhost=f"push{number % 10}.example.com", app=f"app-{number}", max_shift_time=604800,
        pull_domain="pull.example.com", time_shift_type=1,
    )
"""
OTHER = Preset("push0.example.com", "other", "", 86400, "pull.example.com", "other", 1, "fcdn-tos")
SECONDS_BETWEEN_LISTINGS = 3.0


def _counted(emulator: Emulator) -> dict[str, int]:
    assert {call.status for call in emulator.calls()} == {200}
    return dict(Counter(call.action for call in emulator.calls()))


def _listings_are_shared(emulator: Emulator) -> bool:
    """One listing of each type, and another pair only if the last one was some seconds old."""
    moments = {
        type_: [call.at for call in emulator.calls(LIST) if call.body["Type"] == type_] for type_ in ("tos", "vod")
    }
    later = zip(moments["tos"], moments["tos"][1:], strict=False)
    return len(moments["tos"]) == len(moments["vod"]) and all(b - a >= SECONDS_BETWEEN_LISTINGS - 0.1 for a, b in later)


def test_count_the_calls_of_many_presets(new_stack: Callable[[str], Stack], emulator: Emulator) -> None:
    emulator.backend.put("default", OTHER)
    stack = new_stack(PROGRAM)

    stack.preview_and_up()
    calls = _counted(emulator)
    assert calls[CREATE] == PRESETS
    assert calls.keys() == {CREATE, LIST, LIST_DOMAINS}
    assert calls[LIST_DOMAINS] == 1
    at_first = 2 + 2 + 2
    assert calls[LIST] <= at_first + 2 * PRESETS, "and at most one listing for each preset's details"

    emulator.forget_calls()
    stack.refresh()
    assert _counted(emulator).keys() == {LIST}
    assert _listings_are_shared(emulator)

    emulator.forget_calls()
    stack.change("604800", "86400")
    stack.preview_and_up()
    assert _counted(emulator) == {LIST: 2 + 2, UPDATE: PRESETS}, "two in the preview, two in the update"

    emulator.forget_calls()
    stack.destroy()
    calls = _counted(emulator)
    assert calls[DELETE] == PRESETS
    assert calls.keys() == {DELETE, LIST}
    assert calls[LIST] <= 2 * PRESETS, "at most one listing before each delete, none after it"
    assert emulator.presets == [OTHER]
