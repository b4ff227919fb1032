"""Aligned columns on a terminal."""

from __future__ import annotations

from collections.abc import Sequence


def print_table(*rows: Sequence[str]) -> None:
    """Print the rows, the first of which is the head. A cell that could control the terminal is shown escaped."""
    shown = [[cell if cell.isprintable() else repr(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    for row in shown:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
