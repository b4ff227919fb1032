"""Random programs in random lives: a green preview ends in a green update, and nobody's presets are harmed.

`make fuzz` runs the same walks on the real engine.
"""

from __future__ import annotations

import pytest

from fuzz.judge import Judge
from fuzz.programs import Declared, Outside, Program, Step
from fuzz.walks import shown, simulated, steps_of, walk
from pulumi_volcengine_live.emulator import CREATE, Fault


@pytest.mark.parametrize("seed", range(12))
def test_keep_every_promise_in_a_random_life(seed: int) -> None:
    steps = steps_of(seed)
    done = list[int]()
    violation = walk(steps, done.append)
    assert violation is None, f"{violation}\n\nseed {seed}, after:\n{shown(steps[: len(done) + 1])}"


def test_notice_a_preset_that_somebody_creates_after_a_failed_replacement() -> None:
    """The preview was green, and the update then found that the preset exists already."""
    one = Declared("one", "push.example.com", "a")
    before, after = Program((one,)), Program((one.but(pull_domain="else.example.com"),))
    refusal = Fault(CREATE, status=400, code="InvalidParam")
    with simulated() as stack:
        judge = Judge(stack)
        judge.step(Step(before))
        judge.step(Step(after, faults=(refusal,), between=True))
        judge.step(Step(after, outside=(Outside("create", one.key),)))
        preview = stack.preview(Step(after))
        assert "property adopt" in preview.text
        assert "not the one in the state" in preview.text
        judge.step(Step(after, outside=(Outside("remove", one.key),)))
        assert not stack.state()[0].pending


def test_notice_it_also_where_another_resource_moves_to() -> None:
    """Depending on the resource that leaves made the place count as free."""
    one, other = Declared("one", "push.example.com", "a"), Declared("other", "push.example.com", "b")
    before, after = Program((one, other)), Program((one.but(pull_domain="else.example.com"), other))
    moved = Program((one.but(app="c"), other.but(app="a", depends_on=("one",))))
    refusal = Fault(CREATE, status=400, code="InvalidParam")
    with simulated() as stack:
        judge = Judge(stack)
        judge.step(Step(before))
        judge.step(Step(after, faults=(refusal,), between=True))
        judge.step(Step(moved, outside=(Outside("create", one.key),)))
        assert "not the one in the state" in stack.preview(Step(moved)).text
        judge.step(Step(moved, outside=(Outside("remove", one.key),)))
        assert sorted(held.key[1] for held in stack.state()) == ["a", "c"]


def test_notice_it_also_where_the_replacement_is_forced() -> None:
    """The engine then asks for no diff, which would give the preset's name in the state."""
    one = Declared("one", "push.example.com", "a", trigger=1)
    before, after = Program((one,)), Program((one.but(pull_domain="else.example.com"),))
    forced = Program((one.but(trigger=2),))
    refusal = Fault(CREATE, status=400, code="InvalidParam")
    with simulated() as stack:
        judge = Judge(stack)
        judge.step(Step(before))
        judge.step(Step(after, faults=(refusal,), between=True))
        judge.step(Step(forced, outside=(Outside("create", one.key),)))
        assert "not the one in the state" in stack.preview(Step(forced)).text
