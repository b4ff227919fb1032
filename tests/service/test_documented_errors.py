"""Errors of docs/troubleshooting.md, word for word; tests/engine/test_troubleshooting.py has two on the real engine."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from plugin import Plugin, PluginError, Properties
from pulumi_stack import ROOT
from pulumi_volcengine_live.emulator import Emulator, Guesses
from pulumi_volcengine_live.emulator import Preset as Stored

PAGE = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
ALONE = Stored("push.example.com", "concerts", "main-stage", 86400, "pull.example.com", "n", 1, "fcdn-tos")
NEW = {
    "vhost": "push.example.com",
    "app": "concerts",
    "max_shift_time": 604800,
    "pull_domain": "pull.example.com",
    "time_shift_type": 1,
}


def _is_on_the_page(error: PluginError, start: str) -> bool:
    """Whether the page has it from this word on; before it the SDK puts a traceback, which no user sees."""
    text = re.sub(r"request id [0-9A-F]+", "request id ...", str(error).strip())
    return f"\nerror: {text[text.rindex(start) :]}\n" in PAGE


@pytest.mark.parametrize(
    "keys",
    [
        {"accessKey": "their-key", "secretKey": "wrong"},
        {"accessKey": "their-key", "secretKey": "their-secret"},
    ],
    ids=["wrong keys", "keys of another account"],
)
def test_show_how_the_service_refuses_keys(emulator: Emulator, on_stepped_clock: None, keys: Properties) -> None:
    """Already in a preview."""
    emulator.add_account("theirs", "their-key", "their-secret", vhosts=["push.other.example.com"])
    settings = {f"volcengine:{name}": key for name, key in keys.items()}
    plugin = Plugin({**settings, "volcengine-live:endpoint": emulator.url})
    with pytest.raises(PluginError) as refused:
        plugin.check({}, {**NEW, "__preview": True})
    plugin.end()
    assert _is_on_the_page(refused.value, "listing the ")


def test_show_that_there_are_no_keys(
    emulator: Emulator, on_stepped_clock: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("VOLC_ACCESSKEY", "VOLC_SECRETKEY", "VOLCENGINE_ACCESS_KEY", "VOLCENGINE_SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)
    plugin = Plugin({"volcengine-live:endpoint": emulator.url})
    with pytest.raises(PluginError) as refused:
        plugin.create(NEW)
    plugin.end()
    assert _is_on_the_page(refused.value, "no keys ")
    assert emulator.calls() == []


def test_show_that_days_are_no_duration(new_plugin: Callable[..., Plugin], emulator: Emulator) -> None:
    ((name, reason),) = new_plugin().check({}, {**NEW, "max_shift_time": 7, "__preview": True}).failures
    assert f"\nproperty {name} value {{7}} has a problem: {reason}\n" in PAGE
    assert emulator.calls() == []


def test_documented_fix_for_a_stream_preset_that_delete_leaves(
    new_plugin: Callable[..., Plugin], emulator: Emulator
) -> None:
    """If Delete removes app-level presets only, a stream's preset remains, even alone in its app."""
    emulator.backend.guesses = Guesses(delete_removes="app-level")
    emulator.put(ALONE)
    olds = {"vhost": ALONE.Vhost, "app": ALONE.App, "stream": ALONE.Stream}
    with pytest.raises(PluginError) as failed:
        new_plugin().delete("push.example.com/concerts/main-stage", olds)
    assert _is_on_the_page(failed.value, "deleting ")

    emulator.backend.remove("default", ALONE.key)
    emulator.forget_calls()
    new_plugin().delete("push.example.com/concerts/main-stage", olds)
