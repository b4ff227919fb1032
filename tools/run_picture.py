"""Draw docs/run.svg: what two steps of the demo print, for light and for dark pages."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

ROOT: Final = Path(__file__).resolve().parent.parent
STEPS: Final = ("pulumi up creates the preset", "The program says 3 days instead of 7: one update in place")
COLUMNS: Final = 108
LIGHT: Final = TerminalTheme(
    (246, 248, 250),
    (31, 35, 40),
    [
        (36, 41, 47),
        (207, 34, 46),
        (17, 99, 41),
        (77, 45, 0),
        (9, 105, 218),
        (130, 80, 223),
        (27, 124, 131),
        (110, 119, 129),
    ],
    [
        (87, 96, 106),
        (164, 14, 38),
        (26, 127, 55),
        (99, 60, 1),
        (33, 139, 255),
        (164, 117, 249),
        (49, 146, 170),
        (140, 149, 159),
    ],
)
DARK: Final = TerminalTheme(
    (22, 27, 34),
    (230, 237, 243),
    [
        (72, 79, 88),
        (255, 123, 114),
        (63, 185, 80),
        (210, 153, 34),
        (88, 166, 255),
        (188, 140, 255),
        (57, 197, 207),
        (177, 186, 196),
    ],
    [
        (110, 118, 129),
        (255, 161, 152),
        (86, 211, 100),
        (227, 179, 65),
        (121, 192, 255),
        (210, 168, 255),
        (86, 212, 221),
        (240, 246, 252),
    ],
)
SVG_TEMPLATE: Final = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, Menlo, Consolas, monospace; font-size: {char_height}px; }}
.ground {{ fill: LIGHT_GROUND; }}
{styles}
@media (prefers-color-scheme: dark) {{
.ground {{ fill: DARK_GROUND; }}
DARK_STYLES
}}
</style>
<defs>{lines}</defs>
<rect class="ground" width="100%" height="100%" rx="12"/>
<g class="{unique_id}-matrix" transform="translate({terminal_x}, 20)">
{matrix}
</g>
</svg>
"""
"""Rich fills the braces, `draw` the words in capitals."""


def run_demo() -> str:
    """What the demo prints, with colours."""
    command = [sys.executable, str(ROOT / "tools" / "demo.py")]
    environment = {**os.environ, "PULUMI_OPTION_COLOR": "always"}
    return subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout


def select_steps(output: str) -> str:
    """The steps to be shown, with the titles that they have on a terminal."""
    steps = dict(step.partition("\n")[::2] for step in output.split("\n== "))
    return "\n\n".join(f"\033[1m== {title}\033[0m\n{steps[title].rstrip()}" for title in STEPS)


def draw(text: str) -> str:
    """The text as a picture."""
    console = Console(record=True, file=io.StringIO(), width=COLUMNS, force_terminal=True)
    console.print(Text.from_ansi(text))
    dark = console.export_svg(theme=DARK, code_format="{styles}", unique_id="run", clear=False)
    picture = console.export_svg(theme=LIGHT, code_format=SVG_TEMPLATE, unique_id="run")
    grounds = {"LIGHT_GROUND": LIGHT.background_color.hex, "DARK_GROUND": DARK.background_color.hex}
    for name, value in {**grounds, "DARK_STYLES": dark}.items():
        picture = picture.replace(name, value)
    return picture


def main() -> None:
    """Draw into the file that is named, else into docs/run.svg."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "run.svg"
    target.write_text(draw(select_steps(run_demo())), encoding="utf-8")


if __name__ == "__main__":
    main()
