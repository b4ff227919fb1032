"""Connections that end with the call they serve: connecting, sending and reading are all bounded by its end.

`requests` and urllib3 bound each single read, so an answer that drips in byte by byte, or a host with many addresses,
could take any time. The classes here bound the whole. UnreachableError, UntrustedError and SettingsError from here mean
that nothing was sent: connecting failed, or no time was left to send.
"""

from __future__ import annotations

import contextlib
import http.client
import io
import math
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import Any, Final

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

from pulumi_volcengine_live.api.deadlines import MORE_TIME_ADVICE
from pulumi_volcengine_live.api.retries import CONNECT_SECONDS
from pulumi_volcengine_live.api.threads import NO_THREAD_ADVICE, no_thread_left
from pulumi_volcengine_live.errors import LiveError, SettingsError, UnreachableError, UntrustedError


class CallEnd:
    """When the current thread's call must end. urllib3 has no way to hand this to a connection."""

    _of_thread: Final = threading.local()

    @classmethod
    @contextlib.contextmanager
    def in_seconds(cls, seconds: float) -> Iterator[None]:
        """Calls in the block must end after so many seconds, or when an outer block says, if that is earlier."""
        outer: float = getattr(cls._of_thread, "moment", math.inf)
        cls._of_thread.moment = min(outer, time.monotonic() + seconds)
        try:
            yield
        finally:
            cls._of_thread.moment = outer

    @classmethod
    def left(cls) -> float:
        """The seconds that are left, TimeoutError if there are none. Only inside a block of `in_seconds`."""
        left: float = cls._of_thread.moment - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


def timed_out(error: BaseException) -> bool:
    """Whether a time limit caused the error, whatever urllib3 and `requests` turned it into."""
    return any(isinstance(cause, TimeoutError) for cause in _causes(error))


class BoundedAdapter(HTTPAdapter):
    """Makes `requests` use the connections of this module, directly and through http and https proxies."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Replace urllib3's pools for direct connections."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: Any, **kwargs: Any) -> Any:
        """Replace urllib3's pools for connections through a proxy."""
        manager = super().proxy_manager_for(proxy, **kwargs)
        if not proxy.lower().startswith("socks"):  # SOCKS has connections of its own; ours would bypass the proxy
            manager.pool_classes_by_scheme = _POOLS
        return manager


class _BoundedReads(io.RawIOBase):
    """Reads from a socket, within the time that the call has left."""

    def __init__(self, sock: socket.socket, raw: io.RawIOBase) -> None:
        self._sock = sock
        self._raw = raw

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(CallEnd.left())
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(http.client.HTTPResponse):
    """Reads the status line, the headers and the body by bounded reads, also of a proxy's answer to CONNECT."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_BoundedReads(sock, self.fp.detach()))


class _Connection(HTTPConnection):
    response_class = _Response

    def _new_conn(self) -> socket.socket:
        return _connected(self._dns_host, self.port or self.default_port, self.socket_options or ())

    def connect(self) -> None:
        """Connect: resolve the name, pass the proxy, check the certificate. If this fails, nothing was sent."""
        peer = self._peer  # read before: urllib3 forgets it if a proxy refuses
        try:
            with CallEnd.in_seconds(CONNECT_SECONDS):
                super().connect()
        except (OSError, HTTPError, http.client.HTTPException, RuntimeError, ValueError) as error:
            raise _connection_error(peer, error) from None

    def request(self, *args: Any, **kwargs: Any) -> None:
        """Send the request on this thread, so that nothing can be sent after the call was given up."""
        if self.sock is not None:  # a connection that is kept alive still has the time limit of its last call
            self.sock.settimeout(self._left_to_send())
        super().request(*args, **kwargs)

    def _left_to_send(self) -> float:
        try:
            return CallEnd.left()
        except TimeoutError:
            message = f"there was no time left to send anything to {self._peer}."
            raise UnreachableError(message, advice=MORE_TIME_ADVICE) from None

    @property
    def _peer(self) -> str:
        return f"{self._tunnel_host} through the proxy {self.host}" if self._tunnel_host else self.host


class _TlsConnection(_Connection, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


_POOLS: Final = {"http": _Pool, "https": _TlsPool}


def _connected(host: str, port: int, options: Iterable[tuple[Any, ...]]) -> socket.socket:
    """A connection to the first address that answers; each gets its share of the time, so that none takes all."""
    addresses = _addresses(host, port)
    problem: OSError = TimeoutError()  # for a host without addresses
    for position, (family, kind, protocol, _, address) in enumerate(addresses):
        sock = socket.socket(family, kind, protocol)
        try:
            for option in options:
                sock.setsockopt(*option)
            sock.settimeout(CallEnd.left() / (len(addresses) - position))
            sock.connect(address)
            sock.settimeout(CallEnd.left())
        except OSError as error:
            sock.close()
            problem = error
        else:
            return sock
    raise problem


def _addresses(host: str, port: int) -> list[tuple[Any, ...]]:
    """Look up the host's name on another thread, since this cannot be interrupted. Nothing is sent from there.

    RuntimeError if the machine has no thread left.
    """
    found: Future[list[tuple[Any, ...]]] = Future()

    def look_up() -> None:
        try:
            found.set_result(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is raised on the caller's thread
            found.set_exception(error)

    threading.Thread(target=look_up, name="volcengine-live-name-look-up", daemon=True).start()
    try:
        return found.result(CallEnd.left())
    except FutureTimeoutError:
        raise TimeoutError from None


def _connection_error(peer: str, error: Exception) -> LiveError:
    causes = list(_causes(error))
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return UntrustedError(f"the certificate of {peer} was refused before anything was sent.")
    if any(isinstance(cause, UnicodeError) for cause in causes):
        return SettingsError(
            f"no connection to {peer} (the name is not a host name).",
            advice="Check the endpoint, HTTPS_PROXY and ALL_PROXY.",
        )
    if timed_out(error):
        return UnreachableError(f"no connection to {peer} within the time limit.")
    no_thread = no_thread_left(error)  # from `_addresses`
    refused = re.search("Tunnel connection failed: ([0-9]{3})", str(error))
    if no_thread:
        reason = "this machine has no thread left"
    elif refused:
        reason = f"the proxy answered HTTP {refused[1]}"
    elif any(isinstance(cause, socket.gaierror) for cause in causes):
        reason = "the name cannot be resolved"
    else:
        reason = type(causes[-1]).__name__
    return UnreachableError(f"no connection to {peer} ({reason}).", advice=NO_THREAD_ADVICE if no_thread else "")


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error and what it was raised from; `requests` and urllib3 hand causes on as arguments and `reason` too.

    `__context__` is not followed: if a call is repeated after an error, that error is the context of the next one.
    """
    while error is not None:
        yield error
        inner = (error.__cause__, getattr(error, "reason", None), *error.args)
        error = next((cause for cause in inner if isinstance(cause, BaseException)), None)
