"""Random walks on the simulated engine, and the shortest walk that still breaks a promise."""

from __future__ import annotations

import dataclasses
import functools
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from random import Random
from typing import Any, Final

import pytest

from fuzz.judge import SECRETS, Judge, Violation
from fuzz.programs import Step, Walk
from fuzz.simulation import SimulatedStack
from plugin import Plugin
from pulumi_volcengine_live.api.client import Client
from pulumi_volcengine_live.emulator import Backend, Emulator
from pulumi_volcengine_live.engine import run
from pulumi_volcengine_live.lifecycle.operations import Lifecycle
from stepped_clock import SteppedClock

STEPS: Final = 12
"""The length of one walk: what goes wrong goes wrong early, and a new stack costs nothing."""
_BETWEEN_SECONDS: Final = 20.0
"""Between two commands: by then a listing shows everything."""


@contextmanager
def simulated() -> Iterator[SimulatedStack]:
    """A stack and a service of its own, on a clock that nothing waits for."""
    clock = SteppedClock()
    backend = Backend(now=clock.monotonic)
    access_key, secret_key = SECRETS
    log = logging.getLogger("pulumi_volcengine_live")
    level = log.level
    with (
        Emulator(access_key=access_key, secret_key=secret_key, backend=backend) as emulator,
        pytest.MonkeyPatch.context() as patch,
    ):
        client = functools.cache(functools.partial(Client, clock=clock, call_seconds=5))
        patch.setattr(run, "client_for", client)
        patch.setattr(run, "Lifecycle", functools.partial(Lifecycle, clock=clock))
        log.setLevel(logging.CRITICAL)
        try:
            yield SimulatedStack(emulator, functools.partial(_begin, emulator, clock))
        finally:
            log.setLevel(level)


def _begin(emulator: Emulator, clock: SteppedClock, settings: Mapping[str, str]) -> Plugin:
    """A new plugin process, some time after the one before."""
    clock.sleep(_BETWEEN_SECONDS)
    access_key, secret_key = SECRETS
    keys = {"volcengine:accessKey": access_key, "volcengine:secretKey": secret_key}
    return Plugin({**keys, "volcengine-live:endpoint": emulator.url, **settings})


def steps_of(seed: int, count: int = STEPS, *, faulty: bool = True) -> list[Step]:
    return Walk(Random(seed), faulty=faulty).steps(count)


def walk(steps: Sequence[Step], done: Callable[[int], None] = lambda _: None) -> Violation | None:
    """Carry the steps out; the promise that is broken first."""
    with simulated() as stack:
        judge = Judge(stack)
        for number, step in enumerate(steps, 1):
            try:
                judge.step(step)
            except Violation as violation:
                return violation
            done(number)
    return None


def shortest(steps: Sequence[Step], breaks: Callable[[Sequence[Step]], bool]) -> list[Step]:
    """Leave out whatever the violation does not need: steps, then parts of each."""
    steps, again = list(steps), True
    while again:
        again = False
        for less in _less(steps):
            if breaks(less):
                steps, again = less, True
                break
    return steps


def _less(steps: list[Step]) -> Iterator[list[Step]]:
    for index in reversed(range(len(steps))):
        yield steps[:index] + steps[index + 1 :]
    for name in sorted({one.name for step in steps for one in step.program.resources}):
        yield [dataclasses.replace(step, program=step.program.without(name)) for step in steps]
    for index, step in enumerate(steps):
        for simpler in _simpler(step):
            if simpler != step:
                yield [*steps[:index], simpler, *steps[index + 1 :]]


def _simpler(step: Step) -> Iterator[Step]:
    change = functools.partial(dataclasses.replace, step)
    yield from (change(outside=()), change(faults=()), change(protocol=4), change(parallel=16), change(seed=0))
    yield from (change(command="up"), change(shared_delete="verify"))
    for index in range(len(step.outside)):
        yield change(outside=step.outside[:index] + step.outside[index + 1 :])
    for one in step.program.resources:
        yield change(program=step.program.without(one.name))
    plain: dict[str, Any] = {
        "parent": "",
        "takes_vhost": "",
        "aliases": (),
        "depends_on": (),
        "replace_with": (),
        "deleted_with": "",
        "trigger": 0,
    }
    plain |= {"retain": False, "protect": False, "adopt": False, "takes": "", "replace_on_changes": False}
    plain |= {"delete_before_replace": None, "time_shift_type": 1, "max_shift_time": 604800, "stream": ""}
    for one in step.program.resources:
        for name, value in plain.items():
            yield change(program=step.program.with_(one.but(**{name: value})))


def shown(steps: Sequence[Step]) -> str:
    return "\n".join(f"{number}. {step}" for number, step in enumerate(steps, 1))
