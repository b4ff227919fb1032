"""The bodies of requests: with a length, or in chunks, as the vendor's Go SDK sends them."""

from __future__ import annotations

import re
from email.message import Message
from io import BufferedIOBase

_LONGEST_BODY = 1 << 20
_LONGEST_LINE = 1 << 13
_CHUNK_SIZE_LINE = re.compile(rb"([0-9A-Fa-f]+)[ \t]*(?:;.*)?\r?\n")


def read_body(headers: Message, stream: BufferedIOBase) -> bytes | None:
    """The whole body; None if it is too long, cut off or framed in an unknown way."""
    encoding, length = headers.get("Transfer-Encoding"), headers.get("Content-Length")
    if encoding is not None:
        return _chunks(stream) if encoding.lower() == "chunked" and length is None else None
    if length is None:
        return b""
    return _exactly(stream, int(length)) if length.isascii() and length.isdigit() else None


def _exactly(stream: BufferedIOBase, size: int) -> bytes | None:
    body = stream.read(size) if size <= _LONGEST_BODY else b""
    return body if len(body) == size else None


def _chunks(stream: BufferedIOBase) -> bytes | None:
    body = b""
    while line := _CHUNK_SIZE_LINE.fullmatch(stream.readline(_LONGEST_LINE)):
        size = int(line[1], 16)
        if size == 0:
            return body if _trailers_end(stream) else None
        chunk = _exactly(stream, size)
        if chunk is None or len(body) + size > _LONGEST_BODY or stream.readline(3) not in (b"\r\n", b"\n"):
            return None
        body += chunk
    return None


def _trailers_end(stream: BufferedIOBase) -> bool:
    while (line := stream.readline(_LONGEST_LINE)) not in (b"\r\n", b"\n"):
        if not line.endswith(b"\n"):
            return False
    return True
