"""The exact number of calls for thirty presets, handled one at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from plugin import Plugin
from pulumi_volcengine_live.emulator import CREATE, DELETE, LIST, UPDATE, Emulator, Preset
from stepped_clock import SteppedClock

NewPlugin = Callable[..., Plugin]

PRESETS = 30
VHOSTS = 10
OTHER = Preset("push0.example.com", "somebody-elses", "", 86400, "pull.example.com", "other", 1, "fcdn-tos")


@pytest.fixture
def count(emulator: Emulator) -> Callable[[], dict[str, int]]:
    """The calls since the last time, each answered with 200. Each vhost has somebody else's preset from the start."""
    for number in range(VHOSTS):
        emulator.put(Preset(f"push{number}.example.com", *OTHER.key[1:], *_values(OTHER)))

    def counted() -> dict[str, int]:
        assert {call.status for call in emulator.calls()} == {200}
        calls = Counter(call.action for call in emulator.calls())
        emulator.forget_calls()
        return dict(calls)

    return counted


def _values(preset: Preset) -> tuple[Any, ...]:
    return preset.MaxShiftTime, preset.Domain, preset.Name, preset.Status, preset.Type


def _inputs(number: int, max_shift_time: int = 86400) -> dict[str, Any]:
    return {
        "vhost": f"push{number % VHOSTS}.example.com",
        "app": f"app{number}",
        "max_shift_time": max_shift_time,
        "pull_domain": "pull.example.com",
        "time_shift_type": 1,
    }


def _preview(plugin: Plugin, olds: dict[str, dict[str, Any]], max_shift_time: int = 86400) -> None:
    for number in range(PRESETS):
        news = _inputs(number, max_shift_time)
        id_ = f"{news['vhost']}/{news['app']}"
        assert not plugin.check(olds.get(id_, {}), news, name=f"r{number}").failures
        if id_ in olds:
            plugin.diff(id_, olds[id_], news)


def test_count_the_calls_of_thirty_presets_life(
    new_plugin: NewPlugin, count: Callable[[], dict[str, int]], clock: SteppedClock
) -> None:
    _preview(new_plugin(), {})
    assert count() == {LIST: 2}, "the preview of what is new"

    up = new_plugin()
    _preview(up, {})
    state = dict(up.create(_inputs(number)) for number in range(PRESETS))
    assert count() == {LIST: 2 + 2 * PRESETS, CREATE: PRESETS}, "one listing at first, and each preset's details"

    _preview(new_plugin(), state)
    assert count() == {LIST: 2}, "the preview, or the up, without changes"

    refresh = new_plugin()
    assert {id_: refresh.read(id_, outputs)[1] for id_, outputs in state.items()} == state
    assert count() == {LIST: 2}, "the refresh"

    change = new_plugin()
    _preview(change, state, 604800)
    for number, (id_, outputs) in enumerate(state.items()):
        change.update(id_, outputs, _inputs(number, 604800))
    assert count() == {LIST: 2, UPDATE: PRESETS}, "an acknowledged update needs no listing"

    destroy = new_plugin()
    for id_, outputs in state.items():
        clock.sleep(0.1)
        destroy.delete(id_, outputs)
    assert count() == {LIST: 2 * PRESETS, DELETE: PRESETS}, "a listing before each delete, none after it"
