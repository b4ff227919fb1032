"""How many calls arrive in a second, for tests of the rate limit."""

from __future__ import annotations

from collections.abc import Sequence


def most_in_any_second(moments: Sequence[float]) -> int:
    return max(sum(start <= moment < start + 1 for moment in moments) for start in moments)
