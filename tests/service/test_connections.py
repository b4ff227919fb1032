"""A call ends in time, leaves nothing behind, and is never sent after it was given up."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from typing import Any

import pytest

from pulumi_volcengine_live.api.client import Client
from pulumi_volcengine_live.api.connections import CallEnd
from pulumi_volcengine_live.api.deadlines import MORE_TIME_ADVICE, Deadline
from pulumi_volcengine_live.api.transport import Transport
from pulumi_volcengine_live.emulator import CREATE, LIST, Emulator, Fault
from pulumi_volcengine_live.errors import (
    Outcome,
    OutcomeUnknownError,
    ThrottledError,
    UnexpectedAnswerError,
    UnreachableError,
)
from pulumi_volcengine_live.preset import Identity, Preset
from pulumi_volcengine_live.settings import Credentials
from stepped_clock import NO_DEADLINE

WANTED = Preset(Identity("push.example.com", "live"), 86400, "pull.example.com", 1)
SECONDS = 0.6
MIB = 1 << 20


def _client(emulator: Emulator, seconds: float = SECONDS, host: str = "127.0.0.1") -> Client:
    endpoint = emulator.url.replace("127.0.0.1", host)
    return Client(Credentials(emulator.access_key, emulator.secret_key), endpoint, call_seconds=seconds)


@pytest.fixture
def dropping() -> Iterator[socket.socket]:
    """A listener that drops packets, as a firewall does: its queue is full."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(3):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield listener


def _resolve_to(monkeypatch: pytest.MonkeyPatch, *addresses: Any) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", address) for address in addresses]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)


def _received(listener: socket.socket) -> bytes:
    """What arrives once the listener answers: a packet that was dropped is sent again after a second."""
    received = b""
    listener.settimeout(1.5)
    with suppress(TimeoutError):
        while True:
            connection, _ = listener.accept()
            with connection, suppress(TimeoutError):  # those that fill the queue send nothing
                connection.settimeout(0.1)
                received += connection.recv(1)
    return received


def _threads_of_calls() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("volcengine-live")]


def _address(emulator: Emulator) -> tuple[str, int]:
    return "127.0.0.1", int(emulator.url.rpartition(":")[2])


def test_report_that_nothing_was_sent_if_no_time_is_left(emulator: Emulator) -> None:
    """Bug: the outcome was said to be unknown."""
    transport = Transport(Credentials(emulator.access_key, emulator.secret_key), emulator.url)
    with pytest.raises(UnreachableError, match="no time left") as refused:
        transport.send(CREATE, {"Vhost": "push.example.com", "App": "live"}, 0)
    assert refused.value.outcome is Outcome.UNCHANGED
    assert emulator.calls() == []


def test_reach_a_second_address_within_the_call(
    emulator: Emulator, dropping: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bug: the error called the outcome unknown, and the signed Create arrived afterwards."""
    _resolve_to(monkeypatch, dropping.getsockname(), _address(emulator))
    assert _client(emulator, host="localhost").create(WANTED, NO_DEADLINE) == "time-shift-1"
    assert len(emulator.calls(CREATE)) == 1


def test_send_nothing_to_an_address_that_answers_too_late(
    emulator: Emulator, dropping: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bug: a dropped packet counted as an unknown outcome; after 151 s `up` said that the preset may exist."""
    _resolve_to(monkeypatch, dropping.getsockname())
    with pytest.raises(UnreachableError, match="no connection to localhost within the time limit") as refused:
        _client(emulator, host="localhost").create(WANTED, NO_DEADLINE)
    assert refused.value.outcome is Outcome.UNCHANGED
    assert _received(dropping) == b""


@pytest.mark.parametrize(
    ("problem", "reason"),
    [
        ("can't start new thread", "this machine has no thread left"),
        ("can't create new thread at interpreter shutdown", "RuntimeError"),
    ],
    ids=["no thread left", "the interpreter is ending"],
)
def test_report_that_nothing_was_sent_if_no_thread_can_look_up_the_name(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, problem: str, reason: str
) -> None:
    start = threading.Thread.start

    def exhausted(thread: threading.Thread) -> None:
        if thread.name == "volcengine-live-name-look-up":
            raise RuntimeError(problem)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", exhausted)
    with pytest.raises(UnreachableError, match=rf"no connection to .* \({reason}\)") as refused:
        _client(emulator).create(WANTED, NO_DEADLINE)
    assert refused.value.outcome is Outcome.UNCHANGED
    assert ("smaller --parallel" in str(refused.value)) == ("no thread left" in reason)
    assert emulator.calls() == []


def test_advise_fewer_programs_and_not_the_network_if_no_thread_can_list(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bug: the message said to check the network, the proxy settings and the endpoint."""

    def exhausted(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", exhausted)
    with pytest.raises(UnreachableError) as refused:
        _client(emulator).presets("", NO_DEADLINE)
    assert str(refused.value) == (
        "the presets could not be listed, since this machine has no thread left (can't start new thread). Nothing was"
        " changed by this. Stop other programs, or run `pulumi` with a smaller --parallel."
    )
    assert emulator.calls() == []


def test_name_a_host_whose_name_cannot_be_resolved(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(UnreachableError, match=r"no connection to localhost \(the name cannot be resolved\)\."):
        _client(emulator, host="localhost").create(WANTED, NO_DEADLINE)


def test_send_nothing_after_a_name_was_resolved_too_late(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    may_answer, answered = threading.Event(), threading.Event()
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", _address(emulator))]

    def resolve(*_: object, **__: object) -> Any:
        may_answer.wait(10)
        answered.set()
        return found

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with pytest.raises(UnreachableError, match="no connection to localhost within the time limit"):
        _client(emulator, 0.2, host="localhost").create(WANTED, NO_DEADLINE)
    may_answer.set()
    assert answered.wait(10)
    for thread in _threads_of_calls():
        thread.join(10)
    assert emulator.calls() == []


@pytest.mark.parametrize(
    "fault",
    [
        Fault(CREATE, "hang"),
        Fault(CREATE, "drip", seconds=0.05),
        Fault(CREATE, "drip-headers", seconds=0.05),
    ],
    ids=lambda fault: fault.kind,
)
def test_give_up_a_slow_answer_and_leave_nothing_behind(emulator: Emulator, fault: Fault) -> None:
    """Each byte would restart the time limit of one read."""
    emulator.faults.add(fault)
    with pytest.raises(OutcomeUnknownError, match=r"did not answer CreateTimeShiftPresetV3 within 0\.6 seconds"):
        _client(emulator).create(WANTED, NO_DEADLINE)
    assert _threads_of_calls() == []


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (Fault(CREATE, "endless", status=200), "longer than 64 MiB"),
        (Fault(CREATE, status=200, body="x" * MIB, repeat=65, encoding="gzip"), "longer than 64 MiB"),
        (Fault(CREATE, status=200, body="{}", encoding="br"), "in an encoding that was not asked for, 'br'"),
        (Fault(CREATE, status=200, body="{}", encoding="gzip, gzip"), "in an encoding that was not asked for"),
        (Fault(CREATE, status=200, body="{}", encoding="deflate"), "compressed in a way that cannot be read"),
    ],
    ids=["endless", "gzip", "br", "gzip in gzip", "no deflate"],
)
def test_limit_how_much_of_an_answer_is_read(emulator: Emulator, fault: Fault, says: str) -> None:
    """Bug: an endless body kept a thread and memory growing; 298 KB of gzip became 556 MB."""
    emulator.faults.add(fault)
    with pytest.raises(UnexpectedAnswerError, match=says) as refused:
        _client(emulator, seconds=30).create(WANTED, NO_DEADLINE)
    assert (refused.value.outcome, refused.value.retryable) == (Outcome.UNKNOWN, False)
    assert _threads_of_calls() == []


def test_read_a_compressed_listing(emulator: Emulator) -> None:
    body = '{"ResponseMetadata": {"RequestId": "R1"}, "Result": {"List": []}}'
    emulator.faults.add(Fault(LIST, status=200, body=body, encoding="gzip", times=2))
    assert _client(emulator).presets("", NO_DEADLINE).presets == ()


def test_give_up_at_the_deadline_of_the_operation(emulator: Emulator) -> None:
    emulator.faults.add(Fault(CREATE, "hang"))
    with pytest.raises(OutcomeUnknownError):
        _client(emulator, seconds=60).create(WANTED, Deadline.after(time, 1.2))


def test_send_nothing_that_would_hardly_be_answered_by_the_deadline(emulator: Emulator) -> None:
    with pytest.raises(ThrottledError, match=r"too little .* was left to send CreateTimeShiftPresetV3") as refused:
        _client(emulator).create(WANTED, Deadline.after(time, 0.9))
    assert refused.value.outcome is Outcome.UNCHANGED
    assert emulator.calls() == []


def test_wait_for_no_rate_limit_slot_beyond_the_deadline(emulator: Emulator) -> None:
    """Ten calls that hang take all slots of the rate limit."""
    client = _client(emulator, seconds=5)
    emulator.faults.add(Fault(CREATE, "hang", times=10, seconds=1))
    with ThreadPoolExecutor(10) as pool:
        hanging = [pool.submit(client.create, WANTED, NO_DEADLINE) for _ in range(10)]
        while len(emulator.calls(CREATE)) < 10:
            time.sleep(0.001)
        with pytest.raises(ThrottledError):
            client.create(WANTED, Deadline.after(time, 1.1))
        assert len(emulator.calls(CREATE)) == 10
        assert all(isinstance(call.exception(), OutcomeUnknownError) for call in hanging)


LOOKING_UP_FOR_EVER = """
import socket
import threading
import time

from pulumi_volcengine_live.api.client import Client
from pulumi_volcengine_live.api.connections import CallEnd
from pulumi_volcengine_live.api.deadlines import Deadline
from pulumi_volcengine_live.settings import Credentials

socket.getaddrinfo = lambda *_, **__: threading.Event().wait()
client = Client(Credentials("a", "s"), "https://live.example.com", call_seconds=0.2)
client.presets("", Deadline.after(time, 600))
"""


def test_let_the_process_end_during_a_name_look_up() -> None:
    """A look-up cannot be interrupted, but Pulumi waits for the plugin to end."""
    command = [sys.executable, "-c", LOOKING_UP_FOR_EVER]
    run = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert "UnreachableError: no connection to live.example.com" in run.stderr


def test_send_nothing_on_a_kept_connection_once_the_time_is_over(emulator: Emulator) -> None:
    client = _client(emulator)
    client.create(WANTED, NO_DEADLINE)
    emulator.forget_calls()
    with CallEnd.in_seconds(0), pytest.raises(UnreachableError, match="no time left to send anything") as refused:
        client.create(WANTED, NO_DEADLINE)
    assert refused.value.advice == MORE_TIME_ADVICE
    assert emulator.calls() == []
