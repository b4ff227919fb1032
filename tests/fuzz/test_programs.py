"""Random programs in random lives: a green preview ends in a green update, and nobody's presets are harmed.

`make fuzz` runs the same walks on the real engine.
"""

from __future__ import annotations

import pytest

from fuzz.walks import shown, steps_of, walk


@pytest.mark.parametrize("seed", range(6))
def test_keep_every_promise_in_a_random_life(seed: int) -> None:
    steps = steps_of(seed)
    done = list[int]()
    violation = walk(steps, done.append)
    assert violation is None, f"{violation}\n\nseed {seed}, after:\n{shown(steps[: len(done) + 1])}"
