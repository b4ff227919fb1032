"""Errors of docs/troubleshooting.md that take the service's readings, and what the page says to do then."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from plugin import Plugin, PluginError
from pulumi_stack import ROOT
from pulumi_volcengine_live.emulator import Emulator, Guesses
from pulumi_volcengine_live.emulator import Preset as Stored

PAGE = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
ALONE = Stored("push.example.com", "concerts", "main-stage", 86400, "pull.example.com", "n", 1, "fcdn-tos")


def test_show_how_a_preset_is_still_there_and_delete_it_by_hand(
    new_plugin: Callable[..., Plugin], emulator: Emulator
) -> None:
    """If the service deletes presets of whole apps only, that of a stream remains, even alone in its app."""
    emulator.backend.guesses = Guesses(delete_removes="app-level")
    emulator.backend.put("default", ALONE)
    olds = {"vhost": ALONE.Vhost, "app": ALONE.App, "stream": ALONE.Stream}
    with pytest.raises(PluginError) as failed:
        new_plugin().delete("push.example.com/concerts/main-stage", olds)
    error = re.sub(r"request id [0-9A-F]+", "request id ...", str(failed.value).strip())
    assert f"error: {error[error.index('deleting ') :]}\n" in PAGE

    emulator.backend.remove("default", ALONE.key)
    emulator.forget_calls()
    new_plugin().delete("push.example.com/concerts/main-stage", olds)
