"""`make demo` on the real engine, and the picture of it in the README."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

from pulumi_stack import ROOT

OURS = ("==", "$", "changing", "the service", "604800", "259200")


def _ours(picture: str) -> list[str]:
    """What does not hang on the version of `pulumi`: the titles, the commands, the values and what the service has."""
    elements = ET.fromstring(picture).iter("{http://www.w3.org/2000/svg}text")
    texts = [(element.text or "").replace("\N{NO-BREAK SPACE}", " ").strip() for element in elements]
    return [text for text in texts if text.startswith(OURS)]


def test_show_in_the_picture_what_the_demo_prints(engine: Path, tmp_path: Path) -> None:
    """The whole demo runs for it, from the first preview to the destroy."""
    path = os.pathsep.join([str(Path(sys.executable).parent), str(engine), os.environ["PATH"]])
    drawn = tmp_path / "run.svg"
    command = [sys.executable, str(ROOT / "tools" / "run_picture.py"), str(drawn)]
    subprocess.run(command, env={**os.environ, "PATH": path}, check=True)
    shown = (ROOT / "docs" / "run.svg").read_text(encoding="utf-8")
    assert len(_ours(shown)) == 2 * 4 + 2, "two steps, and one change of a value"
    assert _ours(drawn.read_text(encoding="utf-8")) == _ours(shown)
    assert re.findall('https?://[^"]*', shown) == ["http://www.w3.org/2000/svg"]
