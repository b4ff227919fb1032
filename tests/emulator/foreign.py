"""A client of nobody's making: it signs and frames its requests itself, sharing nothing with what it tests."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import socket
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, final
from urllib.parse import quote, urlsplit

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
KEYS = ("emulator-access-key", "emulator-secret-key")
SIGNED = ("content-type", "host", "x-content-sha256", "x-date")


@dataclass
class Answer:
    status: int
    body: bytes

    @property
    def envelope(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        return str(self.envelope["ResponseMetadata"].get("Error", {}).get("Code", ""))

    @property
    def result(self) -> Any:
        return self.envelope.get("Result")


@dataclass
class Request:
    """One signed call; a field changed is a call signed that way, `headers` are what goes out."""

    action: str
    body: bytes
    host: str
    keys: tuple[str, str] = KEYS
    token: str = ""
    at: datetime = NOW
    signed: Sequence[str] = SIGNED
    version: str = "2023-01-01"
    method: str = "POST"
    region: str = "cn-north-1"
    service: str = "live"
    query: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        moment = self.at.strftime("%Y%m%dT%H%M%SZ")
        digest = hashlib.sha256(self.body).hexdigest()
        self.headers = {
            "Host": self.host,
            "Content-Type": "application/json",
            "X-Date": moment,
            "X-Content-Sha256": digest,
            **({"X-Security-Token": self.token} if self.token else {}),
        }
        values = {name.lower(): value for name, value in self.headers.items()}
        lines = [self.method, "/", self._canonical_query()]
        lines += [f"{name}:{values[name]}" for name in self.signed]
        lines += ["", ";".join(self.signed), digest]
        scope = [moment[:8], self.region, self.service, "request"]
        key = self.keys[1].encode()
        for part in scope:
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        hashed = hashlib.sha256("\n".join(lines).encode()).hexdigest()
        text = "\n".join(["HMAC-SHA256", moment, "/".join(scope), hashed])
        signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
        self.headers["Authorization"] = (
            f"HMAC-SHA256 Credential={self.keys[0]}/{'/'.join(scope)}, "
            f"SignedHeaders={';'.join(self.signed)}, Signature={signature}"
        )

    @property
    def target(self) -> str:
        return f"/?{self._canonical_query()}"

    def _canonical_query(self) -> str:
        query = {"Action": self.action, "Version": self.version, **self.query}
        return "&".join(f"{quote(name, safe='')}={quote(query[name], safe='')}" for name in sorted(query))


class Client:
    """Calls on one connection that it keeps."""

    def __init__(self, url: str, seconds: float = 10) -> None:
        self.host = urlsplit(url).netloc
        self._connection = http.client.HTTPConnection(self.host, timeout=seconds)

    def request(self, action: str, content: Any = None, **signing: Any) -> Request:
        body = content if isinstance(content, bytes) else json.dumps(content or {}).encode()
        return Request(action, body, self.host, **signing)

    def send(self, request: Request, *, target: str = "", body: bytes | None = None) -> Answer:
        content = request.body if body is None else body
        return self.exchange(request.method, target or request.target, content, request.headers)

    def call(self, action: str, content: Any = None, **signing: Any) -> Answer:
        return self.send(self.request(action, content, **signing))

    def control(self, method: str, name: str, content: Any = None) -> Answer:
        body = b"" if content is None else json.dumps(content).encode()
        return self.exchange(method, f"/_emulator/{name}", body, {})

    def exchange(self, method: str, target: str, body: bytes, headers: dict[str, str]) -> Answer:
        try:
            self._connection.request(method, target, body, headers)
            response = self._connection.getresponse()
            return Answer(response.status, response.read())
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        self._connection.close()


def head(request: Request, *more: str, target: str = "", method: str = "", version: str = "1.1") -> bytes:
    """The request without its body, `more` being the lines that frame it."""
    lines = [f"{method or request.method} {target or request.target} HTTP/{version}"]
    lines += [f"{name}: {value}" for name, value in request.headers.items()]
    return "\r\n".join([*lines, *more, "", ""]).encode()


@final
class Wire:
    """A bare connection."""

    def __init__(self, url: str, seconds: float = 10) -> None:
        address = urlsplit(url)
        self.socket = socket.create_connection((address.hostname, address.port), timeout=seconds)
        self._stream = self.socket.makefile("rb")

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._stream.close()
        self.socket.close()

    def send(self, *parts: bytes) -> None:
        self.socket.sendall(b"".join(parts))

    def read(self) -> Answer:
        """One answer, which must have a length."""
        status = int(self._stream.readline().split()[1])
        headers = http.client.parse_headers(self._stream)
        return Answer(status, self._stream.read(int(headers.get("Content-Length", "0"))))

    def rest(self) -> bytes:
        """Everything until the other side ends the connection."""
        return self._stream.read()
