"""`make demo` on the real engine, and the picture of it in the README."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

from pulumi_stack import ROOT

DURATION = re.compile(r"\d+(\.\d+)?m?s\b")


def _text(picture: str) -> str:
    lines = (element.text or "" for element in ET.fromstring(picture).iter("{http://www.w3.org/2000/svg}text"))
    return DURATION.sub("...", "\n".join(lines))


def test_show_in_the_picture_what_the_demo_prints(engine: Path, tmp_path: Path) -> None:
    """The whole demo runs for it; a run differs from another in nothing but its durations."""
    path = os.pathsep.join([str(Path(sys.executable).parent), str(engine), os.environ["PATH"]])
    drawn = tmp_path / "run.svg"
    command = [sys.executable, str(ROOT / "tools" / "run_picture.py"), str(drawn)]
    subprocess.run(command, env={**os.environ, "PATH": path}, check=True)
    shown = (ROOT / "docs" / "run.svg").read_text(encoding="utf-8")
    assert _text(drawn.read_text(encoding="utf-8")) == _text(shown)
    assert re.findall('https?://[^"]*', shown) == ["http://www.w3.org/2000/svg"]
