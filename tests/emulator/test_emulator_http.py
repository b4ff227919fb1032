"""HTTP/1.1 as any client may speak it."""

from __future__ import annotations

import json
import socket
from typing import Any

import pytest

from emulator.foreign import NOW, Answer, Client, Request, Wire, head
from pulumi_volcengine_live.emulator import CREATE, LIST, LIST_DOMAINS, LIST_RECORDINGS, Emulator

NEW = {"Vhost": "live.example.com", "App": "live", "MaxShiftTime": 86400, "PullDomain": "pull.example.com"}
BODY = json.dumps(NEW).encode()
MADE = {"PresetName": "time-shift-1"}
CHUNKED = "Transfer-Encoding: chunked"


def create(emulator: Emulator) -> Request:
    return Client(emulator.url).request(CREATE, BODY)


def chunk(content: bytes, extension: bytes = b"") -> bytes:
    return b"%x%s\r\n%s\r\n" % (len(content), extension, content)


@pytest.mark.parametrize(
    ("framing", "body"),
    [
        pytest.param(f"Content-Length: {len(BODY)}", BODY, id="length"),
        pytest.param(CHUNKED, chunk(BODY) + b"0\r\n\r\n", id="one chunk"),
        pytest.param(
            "transfer-encoding: Chunked", b"0A\r\n" + BODY[:10] + b"\r\n" + chunk(BODY[10:]) + b"000\r\n\r\n", id="case"
        ),
        pytest.param(CHUNKED, b"".join(chunk(bytes([byte])) for byte in BODY) + b"0\r\n\r\n", id="a chunk each byte"),
        pytest.param(CHUNKED, chunk(BODY, b' ;name="value";flag') + b"0;last\r\n\r\n", id="extensions"),
        pytest.param(CHUNKED, chunk(BODY, b";long=" + b"x" * 4000) + b"0\r\n\r\n", id="long extension"),
        pytest.param(CHUNKED, chunk(BODY) + b"0\r\nA: 1\r\nB: 2\r\n\r\n", id="trailers"),
    ],
)
def test_read_body(emulator: Emulator, framing: str, body: bytes) -> None:
    """The answer to a second request on the connection shows that the first was read to its end, and no further."""
    with Wire(emulator.url) as wire:
        wire.send(head(create(emulator), framing), body)
        assert wire.read().result == MADE
        wire.send(head(create(emulator), framing), body)
        assert wire.read().code == "InvalidParam"


@pytest.mark.parametrize(
    ("framing", "body"),
    [
        pytest.param([CHUNKED, f"Content-Length: {len(BODY)}"], chunk(BODY) + b"0\r\n\r\n", id="two framings"),
        pytest.param(["Transfer-Encoding: gzip, chunked"], chunk(BODY) + b"0\r\n\r\n", id="compressed"),
        pytest.param(["Content-Length: -1"], BODY, id="negative length"),
        pytest.param(["Content-Length: many"], BODY, id="length of letters"),
        pytest.param([f"Content-Length: {1 << 21}"], b"", id="too long"),
        pytest.param([CHUNKED], b"%x\r\n" % (1 << 21), id="too long chunk"),
        pytest.param([CHUNKED], chunk(b"x" * (1 << 19)) * 3 + b"0\r\n\r\n", id="too many chunks"),
        pytest.param([CHUNKED], b"-1\r\n", id="negative chunk"),
        pytest.param([CHUNKED], b"1_0\r\n" + BODY, id="python's number"),
        pytest.param([CHUNKED], b"2\r\n" + BODY, id="longer than its chunk"),
        pytest.param([CHUNKED], chunk(BODY) + b"0\r\n" + b"A" * 9000, id="endless trailer"),
    ],
)
def test_refuse_body_framed_in_no_known_way(emulator: Emulator, framing: list[str], body: bytes) -> None:
    with Wire(emulator.url) as wire:
        wire.send(head(create(emulator), *framing), body)
        assert wire.read().status == 400
    assert emulator.calls() == []


@pytest.mark.parametrize(
    ("framing", "body"),
    [(f"Content-Length: {len(BODY)}", BODY[:-1]), (CHUNKED, chunk(BODY)), (CHUNKED, chunk(BODY) + b"0\r\n")],
)
def test_ignore_request_broken_off(emulator: Emulator, framing: str, body: bytes) -> None:
    with Wire(emulator.url) as wire:
        wire.send(head(create(emulator), framing), body)
        wire.socket.shutdown(socket.SHUT_WR)
        wire.rest()
    assert (emulator.calls(), emulator.presets) == ([], [])


@pytest.mark.parametrize(
    ("framing", "body"), [(f"Content-Length: {len(BODY)}", BODY), (CHUNKED, chunk(BODY) + b"0\r\n\r\n")]
)
def test_let_client_go_on_that_expects_it(emulator: Emulator, framing: str, body: bytes) -> None:
    with Wire(emulator.url) as wire:
        wire.send(head(create(emulator), framing, "Expect: 100-continue"))
        assert wire.read().status == 100
        wire.send(body)
        assert wire.read().result == MADE


@pytest.mark.parametrize(
    ("action", "body", "shown"),
    [
        (LIST_DOMAINS, {"PageNum": 1, "PageSize": 10, "VhostList": ["live.example.com"]}, "DomainList"),
        (LIST_RECORDINGS, {"Vhost": "live.example.com", "Type": "tos"}, "PresetList"),
    ],
)
def test_serve_the_read_only_calls_as_the_go_sdk_sends_them(
    emulator: Emulator, action: str, body: dict[str, Any], shown: str
) -> None:
    """In chunks, and held back until the server lets it go on."""
    content = json.dumps(body).encode()
    request = Client(emulator.url).request(action, content)
    with Wire(emulator.url) as wire:
        wire.send(head(request, CHUNKED, "Expect: 100-continue"))
        assert wire.read().status == 100
        wire.send(chunk(content[:7]), chunk(content[7:]) + b"0\r\n\r\n")
        assert [item["Vhost"] for item in wire.read().result[shown]] == ["live.example.com"]


def test_serve_absolute_request_target(emulator: Emulator) -> None:
    request = create(emulator)
    with Wire(emulator.url) as wire:
        wire.send(head(request, f"Content-Length: {len(BODY)}", target=emulator.url + request.target), BODY)
        assert wire.read().result == MADE


def test_serve_request_without_a_body(emulator: Emulator) -> None:
    with Wire(emulator.url) as wire:
        wire.send(b"GET /_emulator/calls HTTP/1.1\r\n\r\n")
        assert wire.read() == Answer(200, b"[]\n")


def test_serve_several_requests_on_one_connection(emulator: Emulator) -> None:
    request = Client(emulator.url).request(LIST)
    with Wire(emulator.url) as wire:
        wire.send(*[head(request, "Content-Length: 2"), b"{}"] * 3)
        assert [wire.read().status for _ in range(3)] == [200, 200, 200]


@pytest.mark.parametrize(("version", "connection"), [("1.1", "Connection: close"), ("1.0", "Accept: */*")])
def test_end_connection_when_the_client_wants_it(emulator: Emulator, version: str, connection: str) -> None:
    with Wire(emulator.url) as wire:
        wire.send(head(create(emulator), f"Content-Length: {len(BODY)}", connection, version=version), BODY)
        assert wire.read().result == MADE
        assert wire.rest() == b""


@pytest.mark.parametrize("body", [b"", b"[]", b'"text"', b"not JSON", b"\xff\xfe", b"[" * 100_000, b"null"])
def test_refuse_body_that_is_no_object(client: Client, body: bytes) -> None:
    answer = client.send(client.request(CREATE, body))
    assert (answer.status, answer.code) == (400, "InvalidParam.BindError")


@pytest.mark.parametrize(
    ("action", "signing"),
    [
        (LIST, {"method": "GET"}),
        (LIST, {"method": "PUT"}),
        (LIST, {"version": "2018-01-01"}),
        ("ListNothing", {}),
        ("", {}),
    ],
)
def test_refuse_what_is_no_call(client: Client, action: str, signing: dict[str, str]) -> None:
    answer = client.call(action, {"Type": "tos"}, **signing)
    assert (answer.status, answer.code) == (404, "InvalidActionOrVersion")


def test_answer_in_the_documented_envelope(client: Client) -> None:
    metadata = client.call(LIST).envelope["ResponseMetadata"]
    request_id = metadata.pop("RequestId")
    assert metadata == {"Action": LIST, "Version": "2023-01-01", "Service": "live", "Region": "cn-north-1"}
    assert client.call(LIST).envelope["ResponseMetadata"]["RequestId"] != request_id


def test_wait_before_each_answer_with_latency() -> None:
    with Emulator(latency=0.05, now=lambda: NOW) as emulator:
        client = Client(emulator.url, seconds=0.02)
        with pytest.raises(TimeoutError):
            client.call(LIST)
