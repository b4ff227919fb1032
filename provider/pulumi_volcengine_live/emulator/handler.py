"""The HTTP face: requests in, envelopes out, faults in between."""

from __future__ import annotations

import json
import os
import socket
import struct
import time
import uuid
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from . import control
from .bodies import read_body
from .calls_and_faults import Call, Service
from .faults import Fault
from .request_rules import VERSION, ApiError, check_version
from .signature import account_of

_PIECE = 1 << 16


class Handler(BaseHTTPRequestHandler):
    """One connection, with as many requests as the client sends on it."""

    service: Service
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # buffered, so that an answer goes out in one piece; hence the flushes

    def _handle(self) -> None:
        body = read_body(self.headers, self.rfile)
        path = urlsplit(self.path).path
        if body is None:
            self.close_connection = True
            self._send(400, b"bad or too long body\n", {"Content-Type": "text/plain"})
        elif path.startswith(control.PREFIX):
            status, content = control.refusal(self.headers) or control.answer(
                self.service, self.command, path.removeprefix(control.PREFIX), _parsed(body)
            )
            self._send_json(status, json.dumps(content, indent=2) + "\n")
        else:
            self._serve(body)

    do_GET = do_POST = do_PUT = do_DELETE = _handle  # noqa: N815 - the names that http.server looks for

    def handle_expect_100(self) -> bool:
        """Let the client go on at once: it holds the body back until it has read this."""
        super().handle_expect_100()
        self.wfile.flush()
        return True

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The service's clock, which also judges signatures."""
        return super().date_time_string(self.service.now().timestamp() if timestamp is None else timestamp)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Calls are recorded, not printed."""

    def _serve(self, body: bytes) -> None:
        query = {name: values[-1] for name, values in parse_qs(urlsplit(self.path).query).items()}
        action, request_id = query.get("Action", ""), uuid.uuid4().hex.upper()
        call = Call(action, _parsed(body), "", time.monotonic(), request_id, connection=self.client_address[1])
        self.service.record(call)
        self.service.stopping.wait(self.service.latency)
        fault = self.service.faults.next(call.action)
        if fault is None:
            self._answer(call, *self._carry_out(call, query, body))
            return
        call.fault = f"{fault.kind} {fault.when}"
        truth = self._carry_out(call, query, body) if fault.when == "after" else (200, _envelope(call))
        try:
            self._fail(call, fault, *truth)
        finally:
            if fault.when == "before":
                self._carry_out(call, query, body)

    def _carry_out(self, call: Call, query: dict[str, str], body: bytes) -> tuple[int, dict[str, Any]]:
        try:
            headers = {name.lower(): value for name, value in self.headers.items()}
            call.account = account_of(self.service.keys, self.service.now(), self.command, self.path, headers, body)
            check_version(self.command, query.get("Version", ""))
            result = self.service.backend.call(call.account, call.action, call.body)
        except ApiError as error:
            return error.status, _envelope(call, error=error)
        call.effect_at = time.monotonic()
        return 200, _envelope(call, result=result)

    def _answer(self, call: Call, status: int, content: dict[str, Any]) -> None:
        call.status = status
        call.code = content["ResponseMetadata"].get("Error", {}).get("Code", "")
        self._send_json(status, json.dumps(content))

    def _fail(self, call: Call, fault: Fault, status: int, truth: dict[str, Any]) -> None:
        if fault.kind == "answer" and fault.code:
            error = ApiError(fault.status, fault.code, fault.body or "made by a fault")
            self._answer(call, fault.status, _envelope(call, error=error))
        elif fault.kind == "answer":
            call.status = fault.status
            headers = {
                "Content-Type": fault.content_type,
                "Content-Encoding": fault.encoding,
                "Location": fault.location,
            }
            self._send(fault.status, fault.content, headers)
        else:
            self._break(call, fault, status, json.dumps(truth).encode())

    def _break(self, call: Call, fault: Fault, status: int, whole: bytes) -> None:
        """Answer in part, without end or not at all, and end the connection."""
        self.close_connection = True
        if fault.kind == "hang":
            self.service.stopping.wait(fault.seconds)
        elif fault.kind in ("cut", "drip"):
            call.status = status
            self._send_headers(status, {"Content-Type": "application/json", "Content-Length": str(len(whole))})
            self._send_part(whole, fault)
        elif fault.kind in ("drip-headers", "endless"):
            call.status = status
            self._send_without_end(status, fault)
        self._hang_up(reset=fault.kind == "reset")

    def _send_part(self, whole: bytes, fault: Fault) -> None:
        for position in range(len(whole) // 2 if fault.kind == "cut" else len(whole)):
            self.wfile.write(whole[position : position + 1])
            if fault.kind == "drip":
                self.wfile.flush()
                if self.service.stopping.wait(fault.seconds):
                    return

    def _send_without_end(self, status: int, fault: Fault) -> None:
        """Send until the client hangs up, which raises OSError, or the emulator stops."""
        if fault.kind == "endless":
            self._send_headers(status, {"Content-Type": "application/json"})
        else:
            self.send_response(status)
        piece, seconds = (b"x" * _PIECE, 0.0) if fault.kind == "endless" else (b"x", fault.seconds)
        with suppress(OSError):
            while not self.service.stopping.wait(seconds):
                self.flush_headers()  # of `drip-headers`, whose status line is buffered until now
                self.wfile.write(piece)
                self.wfile.flush()

    def _hang_up(self, *, reset: bool) -> None:
        """End the connection now, not when the handler ends: a late effect must come after the end."""
        with suppress(OSError):
            self.wfile.flush()
            if reset:
                # to linger for 0 seconds means: close with a reset
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                os.close(self.connection.detach())
            else:
                self.connection.shutdown(socket.SHUT_RDWR)

    def _send_headers(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            if value:
                self.send_header(name, value)
        self.end_headers()

    def _send(self, status: int, content: bytes, headers: dict[str, str]) -> None:
        self._send_headers(status, {**headers, "Content-Length": str(len(content))})
        self.wfile.write(content)
        self.wfile.flush()

    def _send_json(self, status: int, content: str) -> None:
        self._send(status, content.encode(), {"Content-Type": "application/json"})


def _envelope(call: Call, *, result: Any = None, error: ApiError | None = None) -> dict[str, Any]:
    metadata: dict[str, Any] = {
        "RequestId": call.request_id,
        "Action": call.action,
        "Version": VERSION,
        "Service": "live",
        "Region": "cn-north-1",
    }
    if error is not None:
        metadata["Error"] = {"Code": error.code, "Message": error.message}
    return {"ResponseMetadata": metadata, **({} if result is None else {"Result": result})}


def _parsed(body: bytes) -> Any:
    """The JSON value of a body; if it is not JSON, its text, which `rules.check` refuses."""
    try:
        return json.loads(body or b"null")
    except (ValueError, RecursionError):
        return body.decode("utf-8", "replace")
