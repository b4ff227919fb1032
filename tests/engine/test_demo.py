"""`make demo` on the real engine, and the picture of it in the README."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

import run_picture
from pulumi_stack import ROOT, paths
from pulumi_volcengine_live.emulator import CREATE, DELETE, UPDATE

CALLS = "changing calls that reached the service: "
LIFE = [
    ("A new stack, and what it would do", "none"),
    ("pulumi up creates the preset", CREATE),
    ("A second up has nothing to do", "none"),
    ("The program says 3 days instead of 7: one update in place", UPDATE),
    ("Somebody sets 1 day behind Pulumi's back; refresh finds out, and the preview shows both values", UPDATE),
    ("pulumi destroy removes it", DELETE),
]
"""The demo's steps, each with the changing calls that it makes."""
OURS = ("==", "$", "changing", "the service", "604800", "259200")


def _ours(picture: str) -> list[str]:
    """The lines that no version of `pulumi` changes: titles, commands, values and what the service has."""
    elements = ET.fromstring(picture).iter("{http://www.w3.org/2000/svg}text")
    texts = [(element.text or "").replace("\N{NO-BREAK SPACE}", " ").strip() for element in elements]
    return [text for text in texts if text.startswith(OURS)]


def test_run_the_demo_as_the_picture_shows_it(engine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Create, nothing to do, update, drift that is found and mended, destroy."""
    for name, value in paths(engine).items():
        monkeypatch.setenv(name, value)
    printed = run_picture.run_demo()
    _, *steps = re.sub(r"\x1b\[[\d;]*m", "", printed).split("\n== ")
    assert [(step.partition("\n")[0], step.partition(CALLS)[2].partition("\n")[0]) for step in steps] == LIFE
    assert "~ max_shift_time : 86400 => 259200" in steps[-2]
    assert "the service holds push.example.com/concerts: 3 days, on pull.example.com, fcdn-tos" in steps[-2]
    assert "the service holds no preset" in steps[-1]

    shown = (ROOT / "docs" / "run.svg").read_text(encoding="utf-8")
    assert len(_ours(shown)) == 2 * 4 + 2, "two steps, and one change of a value"
    assert _ours(run_picture.draw(run_picture.select_steps(printed))) == _ours(shown)
    assert re.findall('https?://[^"]*', shown) == ["http://www.w3.org/2000/svg"]
