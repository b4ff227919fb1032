"""A valid signature is served, whatever SDK made it; any other is refused with the reason, and changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from emulator.foreign import KEYS, NOW, SIGNED, Client, Request
from pulumi_volcengine_live.emulator import CREATE, LIST, Emulator

NEW = {"Vhost": "live.example.com", "App": "live", "MaxShiftTime": 86400, "PullDomain": "pull.example.com"}


@pytest.mark.parametrize(
    "signed",
    [
        pytest.param(SIGNED, id="python, go, java"),
        pytest.param(("x-content-sha256", "x-date"), id="node"),
        pytest.param(("x-date",), id="the least"),
    ],
)
@pytest.mark.parametrize("case", [str.lower, str.upper, str.title])
def test_serve_signed_call(client: Client, signed: tuple[str, ...], case: Callable[[str], str]) -> None:
    request = client.request(CREATE, NEW, signed=signed)
    request.headers = {case(name): value for name, value in request.headers.items()}
    assert client.send(request).result == {"PresetName": "time-shift-1"}


@pytest.mark.parametrize("minutes", [-15, 0, 15])
def test_serve_call_signed_within_the_clock_difference(client: Client, minutes: int) -> None:
    assert client.call(LIST, at=NOW + timedelta(minutes=minutes)).status == 200


@pytest.mark.parametrize(
    "target",
    [
        "/?Action={0}&Version=2023-01-01&a%20b=%C3%BC%2A&z=",
        "/?z=&a%20b=%C3%BC%2A&Version=2023-01-01&Action={0}",
        "/?a+b=%c3%bc*&Action={0}&Version=2023-01-01&z=",
    ],
)
def test_serve_call_whatever_the_order_and_the_escapes_of_its_query(client: Client, target: str) -> None:
    request = client.request(LIST, query={"a b": "ü*", "z": ""})
    assert client.send(request, target=target.format(LIST)).status == 200


@pytest.mark.parametrize("port", [80, 443])
def test_serve_call_whose_host_is_signed_without_the_usual_port(client: Client, port: int) -> None:
    request = Request(LIST, b"{}", "live.example.com")
    request.headers["Host"] += f":{port}"
    assert client.send(request).status == 200


def test_open_the_account_of_the_keys(emulator: Emulator, client: Client) -> None:
    emulator.add_account("temporary", "temporary-key", "temporary-secret", "token", vhosts=["live.example.com"])
    signed = (*SIGNED, "x-security-token")
    answer = client.call(CREATE, NEW, keys=("temporary-key", "temporary-secret"), token="token", signed=signed)
    assert answer.status == 200
    assert (len(emulator.presets), len(emulator.backend.presets("temporary"))) == (0, 1)


@pytest.mark.parametrize(
    ("signing", "code"),
    [
        pytest.param({"keys": (KEYS[0], "wrong")}, "SignatureDoesNotMatch", id="wrong secret"),
        pytest.param({"keys": ("unknown", KEYS[1])}, "InvalidCredential", id="unknown key"),
        pytest.param({"region": "cn-south-1"}, "InvalidCredential", id="other region"),
        pytest.param({"service": "vod"}, "InvalidCredential", id="other service"),
        pytest.param({"at": NOW - timedelta(minutes=15, seconds=1)}, "InvalidTimestamp", id="stale"),
        pytest.param({"at": NOW + timedelta(minutes=15, seconds=1)}, "InvalidTimestamp", id="early"),
        pytest.param({"token": "token"}, "InvalidSecurityToken", id="token of nobody"),
        pytest.param({"signed": ("content-type", "host")}, "SignatureDoesNotMatch", id="date not signed"),
    ],
)
def test_refuse_call_signed(emulator: Emulator, client: Client, signing: dict[str, Any], code: str) -> None:
    answer = client.call(CREATE, NEW, **signing)
    assert (answer.status, answer.code, emulator.presets) == (401, code, [])


@pytest.mark.parametrize(
    ("header", "value", "code"),
    [
        ("Authorization", "", "MissingAuthenticationToken"),
        ("Authorization", "Basic dXNlcjpwYXNzd29yZA==", "MissingAuthenticationToken"),
        ("Authorization", "HMAC-SHA256 Credential=a/b, SignedHeaders=x-date", "MissingAuthenticationToken"),
        ("X-Date", "", "InvalidTimestamp"),
        ("X-Date", "yesterday", "InvalidTimestamp"),
        ("X-Date", "20260103T000000Z", "InvalidTimestamp"),
        ("X-Date", "20260102T030406Z", "SignatureDoesNotMatch"),
        ("X-Content-Sha256", "0" * 64, "SignatureDoesNotMatch"),
        ("Content-Type", "text/plain", "SignatureDoesNotMatch"),
        ("Host", "elsewhere.example.com", "SignatureDoesNotMatch"),
        ("X-Security-Token", "tökén", "InvalidSecurityToken"),
    ],
)
def test_refuse_call_whose_header_changed(
    emulator: Emulator, client: Client, header: str, value: str, code: str
) -> None:
    request = client.request(CREATE, NEW)
    request.headers[header] = value
    answer = client.send(request)
    assert (answer.status, answer.code, emulator.presets) == (401, code, [])


@pytest.mark.parametrize(
    ("header", "value", "reason"),
    [
        ("X-Date", "20260103T000000Z", "X-Date is too far from the service's clock"),
        ("Authorization", f"/{NOW - timedelta(days=1):%Y%m%d}/", "X-Date is not of the date in the Credential"),
    ],
)
def test_say_what_is_wrong_with_a_date(client: Client, header: str, value: str, reason: str) -> None:
    """Bug: a Credential of another date was reported as a difference of clocks."""
    request = client.request(LIST)
    signed = request.headers[header]
    request.headers[header] = signed.replace(f"/{NOW:%Y%m%d}/", value) if header == "Authorization" else value
    error = client.send(request).envelope["ResponseMetadata"]["Error"]
    assert (error["Code"], error["Message"]) == ("InvalidTimestamp", reason)


def test_refuse_call_whose_body_changed(emulator: Emulator, client: Client) -> None:
    request = client.request(CREATE, NEW)
    answer = client.send(request, body=request.body.replace(b"86400", b"86401"))
    assert (answer.status, answer.code, emulator.presets) == (401, "SignatureDoesNotMatch", [])


def test_refuse_call_whose_query_changed(client: Client) -> None:
    request = client.request(LIST)
    assert client.send(request, target=request.target + "&more=1").code == "SignatureDoesNotMatch"


@pytest.mark.parametrize("token", ["", "wrong"])
def test_refuse_temporary_keys_without_their_token(emulator: Emulator, client: Client, token: str) -> None:
    emulator.add_account("temporary", "temporary-key", "temporary-secret", "token")
    answer = client.call(LIST, keys=("temporary-key", "temporary-secret"), token=token)
    assert (answer.status, answer.code) == (401, "InvalidSecurityToken")
