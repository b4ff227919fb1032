"""The workarounds for Pulumi's SDK, in a stand-in for the plugin's `__main__`."""

from __future__ import annotations

import io
import logging
import sys
import traceback
from typing import Any

import pytest

from pulumi_volcengine_live.engine import sdk_workarounds
from pulumi_volcengine_live.errors import ConflictError


class _PluginMain:
    """What the SDK's plugin process has as its `__main__`."""

    DynamicResourceProviderServicer = object

    def __init__(self) -> None:
        self.traceback: Any = traceback


@pytest.fixture
def plugin_main(monkeypatch: pytest.MonkeyPatch) -> _PluginMain:
    main = _PluginMain()
    monkeypatch.setitem(sys.modules, "__main__", main)
    return main


def _shown(main: Any, error: Exception) -> str:
    try:
        raise error
    except (ConflictError, KeyError):
        return str(main.traceback.format_exc())


def test_show_our_errors_as_their_message_and_others_untouched(plugin_main: _PluginMain) -> None:
    sdk_workarounds.show_errors_as_sentences()
    sdk_workarounds.show_errors_as_sentences()
    assert _shown(plugin_main, ConflictError("it exists.")) == "it exists. Nothing was changed by this."
    assert _shown(plugin_main, KeyError("x")).startswith("Traceback")
    assert plugin_main.traceback.print_exc.__module__ == "traceback"


def test_show_whole_tracebacks_if_asked(plugin_main: _PluginMain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOLC_LIVE_TRACEBACKS", "full")
    sdk_workarounds.show_errors_as_sentences()
    assert _shown(plugin_main, ConflictError("it exists.")).startswith("Traceback")


@pytest.mark.parametrize("missing", ["DynamicResourceProviderServicer", "traceback"])
def test_patch_nothing_outside_the_plugin_process(
    plugin_main: _PluginMain, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    if missing == "traceback":
        del plugin_main.traceback
    else:
        monkeypatch.delattr(_PluginMain, missing)
    before = dict(vars(plugin_main))
    sdk_workarounds.show_errors_as_sentences()
    assert vars(plugin_main) == before


def test_mark_each_warning_once(plugin_main: _PluginMain, monkeypatch: pytest.MonkeyPatch) -> None:
    """If another dynamic provider of the program shows all logs of the process, the mark is not added a second time."""
    log, root = logging.getLogger("pulumi_volcengine_live"), logging.getLogger()
    monkeypatch.setattr(log, "handlers", [])
    for handlers, shown in ([], "warning: odd\n"), ([logging.NullHandler()], ""):
        monkeypatch.setattr(root, "handlers", handlers)
        written = io.StringIO()
        monkeypatch.setattr(sys, "stderr", written)
        log.handlers.clear()
        sdk_workarounds.mark_warnings()
        sdk_workarounds.mark_warnings()
        logging.getLogger("pulumi_volcengine_live.engine").warning("odd")
        assert written.getvalue() == shown
