"""Errors of docs/troubleshooting.md as the engine shows them, word for word.

The others are in tests/service/test_documented_errors.py, warnings in tests/service/test_likely_mistakes.py, and an
import that fails in test_import.py.
"""

from __future__ import annotations

from collections.abc import Callable

from pulumi_stack import ROOT, Run, Stack, declare
from pulumi_volcengine_live.emulator import CREATE, DELETE, Emulator, Preset

EXISTING = Preset("push.example.com", "concerts", "", 86400, "pull.example.com", "n", 1, "fcdn-tos")
BESIDE = Preset("push.example.com", "concerts", "main-stage", 86400, "pull.example.com", "n", 1, "fcdn-tos")
PAGE = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
ELSEWHERE = "elsewhere = live.Provider('elsewhere', access_key={!r}, secret_key={!r}, endpoint={!r})\n"


def test_show_what_the_page_shows(new_stack: Callable[[str], Stack], emulator: Emulator) -> None:
    """An update is refused once the preset of another service is created, and then that one's delete is."""
    emulator.backend.put("default", EXISTING)
    with Emulator() as other:
        stack = new_stack(
            ELSEWHERE.format(other.access_key, other.secret_key, other.url)
            + declare("replay", app="concerts", opts="provider=elsewhere")
            + declare("exists", app="concerts", opts="depends_on=[replay]")
        )
        _is_on_the_page(stack.up(check=False))
        other.backend.put("default", BESIDE)
        _is_on_the_page(stack.destroy(check=False))
        assert [call.action for call in other.calls(CREATE, DELETE)] == [CREATE]
    assert stack.changing_calls() == []
    assert [resource["id"] for resource in stack.resources()] == ["push.example.com/concerts"]


def _is_on_the_page(run: Run) -> None:
    """The error, without the name of the resource that the engine puts before the problem of an input."""
    assert run.code != 0
    assert "Traceback" not in run.output
    line = run.line("error: ")
    _, _, shown = line[line.index("error: ") :].rpartition(" resource 'exists': ")
    assert f"\n{shown}\n" in PAGE
