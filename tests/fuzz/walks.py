"""Random walks on the simulated engine."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from random import Random
from typing import Final

import pytest

from fuzz.judge import SECRETS, Judge, Violation
from fuzz.programs import Step, Walk
from fuzz.simulation import SimulatedStack
from plugin import Plugin
from pulumi_volcengine_live.api.client import Client
from pulumi_volcengine_live.emulator import Backend, Emulator
from pulumi_volcengine_live.engine import run
from pulumi_volcengine_live.lifecycle.operations import AccountPresets
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
        patch.setattr(run, "AccountPresets", functools.partial(AccountPresets, clock=clock))
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


def steps_of(seed: int) -> list[Step]:
    return Walk(Random(seed)).steps(STEPS)


def walk(steps: Sequence[Step], done: Callable[[int], None] = lambda _: None) -> Violation | None:
    """Carry the steps out; the promise that is broken first. `done` is called with the number of each finished step."""
    with simulated() as stack:
        judge = Judge(stack)
        for number, step in enumerate(steps, 1):
            try:
                judge.step(step)
            except Violation as violation:
                return violation
            done(number)
    return None


def shown(steps: Sequence[Step]) -> str:
    return "\n".join(f"{number}. {step}" for number, step in enumerate(steps, 1))
