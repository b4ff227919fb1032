"""The SDK's plugin process itself, which serves four calls at a time: the time in which a call waits there counts."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest
from pulumi.runtime import proto
from pulumi.runtime.proto import provider_pb2_grpc

from plugin import Plugin, PluginError
from pulumi_volcengine_live.emulator import CREATE, DELETE, Emulator, Fault
from pulumi_volcengine_live.emulator import Preset as Stored

FIRST = [f"first{number}" for number in range(4)]
"""As many as the plugin serves at a time."""
WAITING = [f"waiting{number}" for number in range(4)]
LONG, SHORT = 4.0, 1.5
REFUSAL = "was left when its turn came, so nothing was sent."


class PluginProcess(Plugin):
    """What the engine starts, in a process of its own."""

    def __init__(self, emulator: Emulator) -> None:
        environment = os.environ | emulator.environment | {"PULUMI_PROJECT": "test"}
        command = [sys.executable, "-m", "pulumi.dynamic"]
        self._process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self._channel = grpc.insecure_channel(f"127.0.0.1:{int(self._process.stdout.readline())}")
        self._stub = provider_pb2_grpc.ResourceProviderStub(self._channel)
        self._call("Configure", proto.ConfigureRequest())

    def end(self) -> None:
        self._channel.close()
        self._process.send_signal(signal.SIGINT)
        self._process.communicate(timeout=30)


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """One that lives in real time, as the process does."""
    with Emulator() as running:
        yield running


@pytest.fixture
def plugin(emulator: Emulator) -> Iterator[PluginProcess]:
    process = PluginProcess(emulator)
    yield process
    process.end()


def _inputs(app: str) -> dict[str, Any]:
    return {
        "vhost": "push.example.com",
        "app": app,
        "max_shift_time": 86400,
        "pull_domain": "pull.example.com",
        "time_shift_type": 1,
    }


def _error_of(call: Callable[[], object]) -> str:
    with pytest.raises(PluginError) as raised:
        call()
    return str(raised.value)


def _apps(emulator: Emulator, action: str) -> list[str]:
    return sorted(call.body["App"] for call in emulator.calls(action))


def test_send_nothing_for_creates_whose_time_ended_before_their_rate_limit_slot(
    plugin: PluginProcess, emulator: Emulator
) -> None:
    """Bug: eight creates at a service that does not answer took the time of two, one after the other."""
    at_the_service = threading.Semaphore(0)
    emulator.backend.after_write = at_the_service.release
    emulator.faults.add(Fault(CREATE, "hang", "after", times=8))
    assert plugin.check({}, _inputs("first0")).failures == []

    def create(app: str, timeout: float) -> str:
        return _error_of(lambda: plugin.create(_inputs(app), app, timeout))

    with ThreadPoolExecutor(8) as engine:
        first = [engine.submit(create, app, LONG) for app in FIRST]
        assert all(at_the_service.acquire(timeout=10) for _ in FIRST)
        waiting = [engine.submit(create, app, SHORT) for app in WAITING]
    assert [call.result() for call in waiting] == [
        f"creating time-shift preset push.example.com/{app}: less than 1 of this operation's {SHORT} seconds {REFUSAL}"
        " Nothing was changed by this. Run the command again, or give the resource more time with custom_timeouts."
        for app in WAITING
    ]
    assert not any(REFUSAL in call.result() for call in first)
    assert _apps(emulator, CREATE) == FIRST


def test_send_nothing_for_the_first_calls_of_a_destroy_after_their_time(
    plugin: PluginProcess, emulator: Emulator
) -> None:
    """They come while the package is loaded."""
    for app in (*FIRST, *WAITING):
        emulator.put(Stored("push.example.com", app, "", 86400, "pull.example.com", "n", 1, "fcdn-tos"))
    emulator.faults.add(Fault(DELETE, "hang", "after", times=8))

    def delete(app: str) -> str:
        return _error_of(lambda: plugin.delete(f"push.example.com/{app}", _inputs(app), app, LONG))

    with ThreadPoolExecutor(8) as engine:
        errors = list(engine.map(delete, (*FIRST, *WAITING)))
    assert sum(REFUSAL in error for error in errors) == len(_apps(emulator, DELETE)) == 4
