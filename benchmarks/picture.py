"""How time grows with the number of presets, as a picture for light and for dark pages."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pygal
from pygal.style import DarkStyle, LightStyle

LINES = {
    "up, ours": ("up", "ours"),
    "up, obvious provider": ("up", "obvious"),
    "refresh, ours": ("refresh", "ours"),
    "refresh, obvious provider": ("refresh", "obvious"),
}


def draw(folder: Path, sizes: tuple[int, ...], seconds: Mapping[tuple[str, str, int], float]) -> None:
    """Write performance-light.svg and performance-dark.svg."""
    for name, style in (("light", LightStyle), ("dark", DarkStyle)):
        chart = pygal.Line(
            logarithmic=True,
            style=style,
            js=[],
            title="Seconds by number of presets, 10 calls a second and 50 ms of latency",
            x_title="presets",
            legend_at_bottom=True,
            width=800,
            height=480,
            pretty_print=True,
            disable_xml_declaration=True,
        )
        chart.x_labels = [str(size) for size in sizes]
        for label, (operation, who) in LINES.items():
            chart.add(label, [round(seconds[operation, who, size], 1) for size in sizes])
        chart.add("floor of up: presets / 10", [size / 10 for size in sizes])
        (folder / f"performance-{name}.svg").write_text(chart.render(), encoding="utf-8")
