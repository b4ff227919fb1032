"""Lists items in a message."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

MAX_SHOWN: Final = 5


def short_list(items: Sequence[object]) -> str:
    """The items, joined by commas: the first five, then how many more there are."""
    texts = [str(item) for item in items[:MAX_SHOWN]]
    return ", ".join(texts) + (f" and {len(items) - MAX_SHOWN} more" if len(items) > MAX_SHOWN else "")
