"""The context manager ends all that it began, whatever is under way: waiting for it would take an hour."""

from __future__ import annotations

import gc
import http.client
import ssl
import threading
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from emulator.foreign import NOW, Client, Wire, head
from pulumi_volcengine_live.emulator import LIST, Emulator, Fault

HOUR = 3600.0


@pytest.fixture(autouse=True)
def _nothing_left() -> Iterator[None]:
    before = set(threading.enumerate())
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        yield
        gc.collect()
    assert [str(warning.message) for warning in warned] == []
    assert set(threading.enumerate()) <= before


def received(wire: Wire) -> bytes:
    """Until the end, which is a reset where the emulator had something left to read."""
    try:
        return wire.rest()
    except ConnectionResetError:
        return b""


def test_stop_unused() -> None:
    with Emulator() as emulator:
        url = emulator.url
    with pytest.raises(ConnectionRefusedError):
        Client(url).call(LIST)


def test_stop_with_open_connections() -> None:
    with Emulator(now=lambda: NOW) as emulator:
        clients = [Client(emulator.url) for _ in range(5)]
        assert {client.call(LIST).status for client in clients} == {200}
        silent = Wire(emulator.url)
        halfway = Wire(emulator.url)
        halfway.send(head(clients[0].request(LIST), "Content-Length: 2"), b"{")
    for wire in (silent, halfway):
        assert received(wire) == b""
        wire.close()
    for client in clients:
        client.close()


@pytest.mark.parametrize("kind", ["hang", "drip"])
@pytest.mark.parametrize("when", ["instead", "before", "after"])
def test_stop_with_fault_under_way(kind: str, when: str) -> None:
    with Emulator(now=lambda: NOW) as emulator:
        emulator.faults.add(Fault(LIST, kind, when, seconds=HOUR))  # type: ignore[arg-type]
        wire = Wire(emulator.url)
        wire.send(head(Client(emulator.url).request(LIST), "Content-Length: 2"), b"{}")
        while not emulator.calls(LIST):
            time.sleep(0.001)
    with wire:
        assert b"Result" not in received(wire)


def test_stop_with_latency_under_way() -> None:
    with Emulator(latency=HOUR, now=lambda: NOW) as emulator, Wire(emulator.url) as wire:
        wire.send(head(Client(emulator.url).request(LIST), "Content-Length: 2"), b"{}")
        while not emulator.calls(LIST):
            time.sleep(0.001)


def test_stop_after_a_reset_connection() -> None:
    with Emulator(now=lambda: NOW) as emulator:
        emulator.faults.add(Fault(LIST, "reset"))
        client = Client(emulator.url)
        with pytest.raises(ConnectionResetError):
            client.call(LIST)


def test_leave_nothing_open_without_its_port() -> None:
    with Emulator() as emulator, pytest.raises(OSError, match="in use"):
        Emulator(port=int(emulator.url.rpartition(":")[2]))


def test_leave_nothing_open_without_its_certificate(tmp_path: Path) -> None:
    missing = tmp_path / "missing.pem"
    with pytest.raises(FileNotFoundError):
        Emulator(certificate=(missing, missing))


def test_serve_https(certificate: tuple[Path, Path]) -> None:
    """Also a reset, and a client that speaks no TLS, leave it well."""
    with Emulator(certificate=certificate, now=lambda: NOW) as emulator:
        assert emulator.url.startswith("https://127.0.0.1:")
        context = ssl.create_default_context(cafile=certificate[0])
        client = Client(emulator.url)
        request = client.request(LIST)
        emulator.faults.add(Fault(LIST, "reset", skip=1))
        connection = http.client.HTTPSConnection(client.host, timeout=10, context=context)
        connection.request("POST", request.target, request.body, request.headers)
        response = connection.getresponse()
        assert (response.status, response.read() != b"") == (200, True)
        connection.request("POST", request.target, request.body, request.headers)
        with pytest.raises(ConnectionResetError):
            connection.getresponse()
        connection.close()
        with Wire(emulator.url) as plain:
            plain.send(b"GET / HTTP/1.1\r\n\r\n")
            assert b"HTTP" not in plain.rest()
