"""Random programs in random lives: a green preview ends in a green update, and nobody's presets are harmed.

`make fuzz` runs the same walks on the real engine.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from fuzz.judge import Judge
from fuzz.programs import Declared, Outside, Program, Step
from fuzz.simulation import SimulatedStack
from fuzz.walks import shown, simulated, steps_of, walk
from pulumi_volcengine_live.emulator import CREATE, Fault

ONE = Declared("one", "push.example.com", "a", trigger=1)
OTHER = Declared("other", "push.example.com", "b")
THEIRS, GONE = Outside("create", ONE.key), Outside("remove", ONE.key)


@contextmanager
def _failed_replacement(*others: Declared) -> Iterator[tuple[SimulatedStack, Judge]]:
    """The preset of ONE is deleted for a replacement, whose create is refused."""
    refusal = Fault(CREATE, status=400, code="InvalidParam")
    with simulated() as stack:
        judge = Judge(stack)
        judge.step(Step(Program((ONE, *others))))
        replaced = ONE.but(pull_domain="else.example.com")
        judge.step(Step(Program((replaced, *others)), faults=(refusal,), faults_after_preview=True))
        yield stack, judge


@pytest.mark.parametrize("seed", range(8))
def test_keep_every_promise_in_a_random_life(seed: int) -> None:
    steps = steps_of(seed)
    done = list[int]()
    violation = walk(steps, done.append)
    assert violation is None, f"{violation}\n\nseed {seed}, after:\n{shown(steps[: len(done) + 1])}"


def test_keep_what_is_adopted_while_the_resource_that_gives_its_vhost_is_replaced() -> None:
    """Bug: the preset was deleted and created again, and only the other one's replacement was announced."""
    taker = OTHER.but(takes_vhost="one")
    after = Program((ONE.but(trigger=2), taker.but(name="new", adopt=True)))
    assert walk([Step(Program((ONE, taker))), Step(after)]) is None


def test_refuse_a_preset_that_somebody_creates_after_a_failed_replacement() -> None:
    """Bug: the preview was green, and the update then found that the preset exists already."""
    after = Program((ONE.but(pull_domain="else.example.com"),))
    with _failed_replacement() as (stack, judge):
        judge.step(Step(after, outside=(THEIRS,)))
        preview = stack.preview(Step(after))
        assert "property adopt" in preview.text
        assert "not the one in the state" in preview.text
        judge.step(Step(after, outside=(GONE,)))
        assert not stack.state()[0].pending


def test_refuse_a_preset_that_somebody_creates_after_a_failed_replacement_where_another_resource_moves_in() -> None:
    """Bug: the new resource depends on the one that leaves, so its preset was taken for the one that leaves."""
    moved = Program((ONE.but(app="c"), OTHER.but(app="a", depends_on=("one",))))
    with _failed_replacement(OTHER) as (stack, judge):
        judge.step(Step(moved, outside=(THEIRS,)))
        assert "not the one in the state" in stack.preview(Step(moved)).text
        judge.step(Step(moved, outside=(GONE,)))
        assert sorted(held.key[1] for held in stack.state()) == ["a", "c"]


def test_refuse_a_preset_that_somebody_creates_after_a_failed_replacement_if_the_next_is_forced() -> None:
    """The engine asks for no diff then, so the provider does not know the preset's name in the state."""
    forced = Program((ONE.but(trigger=2),))
    with _failed_replacement() as (stack, judge):
        judge.step(Step(forced, outside=(THEIRS,)))
        assert "not the one in the state" in stack.preview(Step(forced)).text
