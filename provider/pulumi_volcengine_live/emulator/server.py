"""The server: connections in, threads that answer them, and a clean end of both."""

from __future__ import annotations

import selectors
import socket
import socketserver
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timezone
from pathlib import Path
from types import TracebackType
from typing import Any, final

from .backend import Backend
from .calls_and_faults import Service
from .handler import Handler


@final
class Emulator(Service):
    """A service on this machine: `with Emulator() as emulator:` serves `emulator.url` until the block ends."""

    def __init__(
        self,
        *,
        port: int = 0,
        access_key: str = "emulator-access-key",
        secret_key: str = "emulator-secret-key",  # noqa: S107 - opens nothing but this process
        backend: Backend | None = None,
        latency: float = 0.0,
        certificate: tuple[Path, Path] | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(timezone.utc),
    ) -> None:
        """Port 0 takes a free one. `certificate` (its file, its key's file) serves https; `latency` is in seconds."""
        super().__init__(access_key, secret_key, backend or Backend(), latency, now)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) if certificate else None
        if context and certificate:
            context.load_cert_chain(*certificate)
        # socketserver makes a handler for each connection; a class of its own tells them all their service.
        self._server = _Server(port, type("BoundHandler", (Handler,), {"service": self}), context)
        self._scheme = "https" if certificate else "http"
        self._thread = threading.Thread(target=self._server.serve, name="emulator")

    def __enter__(self) -> Emulator:
        """Start to serve."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop, and end every connection."""
        self.stopping.set()
        self._server.end(self._thread)

    @property
    def url(self) -> str:
        """The endpoint to configure."""
        return f"{self._scheme}://127.0.0.1:{self._server.server_address[1]}"

    @property
    def environment(self) -> dict[str, str]:
        """What to add to a process's environment so that the provider in it calls here."""
        return {
            "VOLC_LIVE_ENDPOINT": self.url,
            "VOLC_ACCESSKEY": self.access_key,
            "VOLC_SECRETKEY": self.secret_key,
            "VOLC_SESSION_TOKEN": "",
        }


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, port: int, handler: type[Handler], context: ssl.SSLContext | None) -> None:
        super().__init__(("127.0.0.1", port), handler)
        if context:
            # The handshake belongs in the connection's thread, not in the loop that accepts connections.
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self._stopper, self._stopped = socket.socketpair()
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def serve(self) -> None:
        """Serve until `end` closes the other socket of the pair: so a stop does not wait for the next poll."""
        with selectors.DefaultSelector() as selector:
            selector.register(self, selectors.EVENT_READ)
            selector.register(self._stopped, selectors.EVENT_READ)
            while all(key.fileobj is self for key, _ in selector.select()):
                with suppress(OSError):
                    self.process_request(*self.get_request())

    def end(self, thread: threading.Thread) -> None:
        self._stopper.close()
        thread.join()
        self._stopped.close()
        with self._lock:
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print no traceback if a client disconnects."""
