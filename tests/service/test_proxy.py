"""Through a web proxy: whether a call was sent is known there too."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from authority import Authority
from pulumi_volcengine_live import errors
from pulumi_volcengine_live.api.client import Client
from pulumi_volcengine_live.emulator import CREATE, Emulator, Fault
from pulumi_volcengine_live.preset import Identity, Preset
from pulumi_volcengine_live.settings import Credentials
from stepped_clock import NO_DEADLINE

WANTED = Preset(Identity("push.example.com", "live"), 86400, "pull.example.com", 1)


class _Tunnel(socketserver.StreamRequestHandler):
    """A proxy's part of a CONNECT request."""

    def handle(self) -> None:
        host, port = self.rfile.readline().split()[1].decode().rsplit(":", 1)
        while self.rfile.readline().strip():
            pass
        with socket.create_connection((host, int(port))) as there:
            self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
            back = threading.Thread(target=self._pump, args=(there, self.connection))
            back.start()
            self._pump(self.connection, there)
            back.join()

    @staticmethod
    def _pump(source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def proxy() -> Iterator[str]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Tunnel) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.fixture
def through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, proxy: str) -> Iterator[Emulator]:
    """An emulator with https, reached through the proxy."""
    authority = Authority(tmp_path, "authority")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.file))
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with Emulator(certificate=authority.issue("127.0.0.1")) as emulator:
        yield emulator


def _client(emulator: Emulator, seconds: float = 5) -> Client:
    return Client(Credentials(emulator.access_key, emulator.secret_key), emulator.url, call_seconds=seconds)


def test_go_to_https_through_the_proxy_of_the_environment(through: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    tunnelled: list[str] = []
    handle = _Tunnel.handle

    def noted(self: _Tunnel) -> None:
        tunnelled.append("once")
        handle(self)

    monkeypatch.setattr(_Tunnel, "handle", noted)
    _client(through).create(WANTED, NO_DEADLINE)
    assert tunnelled == ["once"]


def test_report_that_nothing_was_sent_if_the_proxy_refuses(through: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        _Tunnel, "handle", lambda self: self.wfile.write(b"HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n")
    )
    with pytest.raises(errors.UnreachableError, match=r"through the proxy .* \(the proxy answered HTTP 407\)"):
        _client(through).create(WANTED, NO_DEADLINE)
    assert through.calls() == []


@pytest.mark.parametrize("kind", ["reset", "hang", "cut"])
def test_report_an_unknown_outcome_if_the_connection_breaks_behind_a_proxy(through: Emulator, kind: Any) -> None:
    """urllib3 blames the proxy for a connection that breaks after the call was sent."""
    through.faults.add(Fault(CREATE, kind, "after", seconds=0.1))
    with pytest.raises(errors.OutcomeUnknownError):
        _client(through).create(WANTED, NO_DEADLINE)
    assert len(through.presets) == 1


def test_report_that_nothing_was_sent_if_the_proxy_does_not_answer(
    through: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends = threading.Event()
    monkeypatch.setattr(_Tunnel, "handle", lambda _: ends.wait(10))
    with pytest.raises(errors.UnreachableError, match="within the time limit"):
        _client(through, 0.3).create(WANTED, NO_DEADLINE)
    ends.set()


@pytest.mark.parametrize(
    ("proxy", "says"),
    [
        ("http://a..b:1", r"no connection to .*a\.\.b \(the name is not a host name\)"),
        ("http://", "no request can be made"),
        ("http://127.0.0.1:port", "no request can be made"),
        ("socks5://127.0.0.1:1", "no request can be made"),
    ],
)
def test_name_the_settings_of_a_malformed_proxy(
    through: Emulator, monkeypatch: pytest.MonkeyPatch, proxy: str, says: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    with pytest.raises(errors.SettingsError, match=says) as refused:
        _client(through).create(WANTED, NO_DEADLINE)
    assert "HTTPS_PROXY" in str(refused.value)
