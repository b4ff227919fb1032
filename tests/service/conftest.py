"""The plugin as the engine uses it, on a stepped clock."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from plugin import Plugin
from pulumi_volcengine_live.api.client import Client
from pulumi_volcengine_live.emulator import CREATE, Emulator
from pulumi_volcengine_live.engine import run
from pulumi_volcengine_live.lifecycle.operations import AccountPresets
from replay import PlayedStack
from stepped_clock import SteppedClock


@pytest.fixture
def on_stepped_clock(clock: SteppedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    client = functools.cache(functools.partial(Client, clock=clock))
    monkeypatch.setattr(run, "client_for", client)
    monkeypatch.setattr(run, "AccountPresets", functools.partial(AccountPresets, clock=clock))


@pytest.fixture
def new_plugin(emulator: Emulator, on_stepped_clock: None) -> Iterator[Callable[..., Plugin]]:
    """Start a plugin for one command; keyword arguments are settings, such as `sharedDelete`."""
    plugins: list[Plugin] = []

    def begin(**settings: str) -> Plugin:
        named = {f"volcengine-live:{name}": value for name, value in settings.items()}
        keys = {"volcengine:accessKey": emulator.access_key, "volcengine:secretKey": emulator.secret_key}
        plugins.append(Plugin({**keys, "volcengine-live:endpoint": emulator.url, **named}))
        return plugins[-1]

    yield begin
    for plugin in plugins:
        plugin.end()


@pytest.fixture
def no_threads_after_a_create(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once the service got a create, the machine has no thread left for a listing."""

    def exhausted(workers: int) -> ThreadPoolExecutor:
        if emulator.calls(CREATE):
            raise RuntimeError("can't start new thread")
        return ThreadPoolExecutor(workers)

    monkeypatch.setattr("pulumi_volcengine_live.api.client.ThreadPoolExecutor", exhausted)


@pytest.fixture
def stack(new_plugin: Callable[..., Plugin]) -> PlayedStack:
    """A stack that plays what the engine was recorded to ask (tests/sequences)."""
    return PlayedStack(new_plugin)
