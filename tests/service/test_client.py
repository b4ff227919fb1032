"""The four calls on the wire, and every trap of the vendor's SDK."""

from __future__ import annotations

import dataclasses
import json
import socket
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from pulumi_volcengine_live import errors
from pulumi_volcengine_live.api.client import GATHER_SECONDS, Client, client_for
from pulumi_volcengine_live.emulator import CREATE, DELETE, LIST, UPDATE, Backend, Emulator, Fault, Guesses
from pulumi_volcengine_live.emulator import Preset as Stored
from pulumi_volcengine_live.preset import Identity, MaxShiftTime, Preset, TimeShiftType
from pulumi_volcengine_live.settings import Credentials
from stepped_clock import SteppedClock

APP = Identity("push.example.com", "live")
STREAM = Identity("push.example.com", "live", "s1")
WANTED = Preset(STREAM, MaxShiftTime.DAYS_1, "pull.example.com", TimeShiftType.INDEPENDENT)

CALLS: dict[str, Callable[[Client], object]] = {
    CREATE: lambda client: client.create(WANTED),
    UPDATE: lambda client: client.update(STREAM, 604800),
    DELETE: lambda client: client.delete(STREAM),
    LIST: lambda client: client.presets(),
}
OK = {"RequestId": "R1", "Action": "", "Version": "2023-01-01", "Service": "live", "Region": "cn-north-1"}


def _client(emulator: Emulator, clock: SteppedClock, **changed: Any) -> Client:
    keys = {"access_key": emulator.access_key, "secret_key": emulator.secret_key, **changed}
    return Client(Credentials(**keys), emulator.url, clock=clock, call_seconds=5)


def test_send_what_is_documented_and_numbers_as_integers(client: Client, emulator: Emulator) -> None:
    assert client.create(WANTED) == "time-shift-1"
    client.update(STREAM, MaxShiftTime.DAYS_7)
    client.delete(STREAM)
    client.create(Preset(APP, 86400, "pull.example.com", 0))
    client.presets()
    client.presets("push.example.com")
    sent = [json.dumps(call.body) for call in emulator.calls() if call.action != LIST]
    name = '{"Vhost": "push.example.com", "App": "live"'
    assert sent == [
        name + ', "Stream": "s1", "MaxShiftTime": 86400, "PullDomain": "pull.example.com", "TimeShiftType": 1}',
        name + ', "Stream": "s1", "MaxShiftTime": 604800}',
        name + ', "Stream": "s1"}',
        name + ', "MaxShiftTime": 86400, "PullDomain": "pull.example.com", "TimeShiftType": 0}',
    ]
    listed = sorted(json.dumps(call.body) for call in emulator.calls(LIST))
    assert listed == [
        '{"Type": "tos", "Vhost": "push.example.com"}',
        '{"Type": "tos"}',
        '{"Type": "vod", "Vhost": "push.example.com"}',
        '{"Type": "vod"}',
    ]
    assert {call.status for call in emulator.calls()} == {200}


def test_list_presets_of_every_storage_as_values(client: Client, emulator: Emulator) -> None:
    stored = [
        Stored("Push.Example.com", "live", "", 86400, "Pull.example.com", "n1", 0, "tos", Bucket="b"),
        Stored("push.example.com", "live", "s1", 604800, "pull.example.com", "n2", 1, "fcdn-toS", Bucket="b"),
        Stored("push.example.com", "vod", "", 259200, "vod.example.com", "n3", 1, "vod", VODNamespace="space"),
    ]
    for preset in stored:
        emulator.backend.put("default", preset)
    assert sorted(client.presets(), key=lambda preset: preset.identity) == [
        Preset(APP, 86400, "pull.example.com", 0, "n1", False, "tos", "b", None),
        Preset(STREAM, 604800, "pull.example.com", 1, "n2", True, "fcdn-tos", "b", None),
        Preset(Identity("push.example.com", "vod"), 259200, "vod.example.com", 0, "n3", True, "vod", None, "space"),
    ]


@pytest.mark.parametrize("empty", ["array", "null"])
def test_read_an_empty_list_however_it_is_written(client: Client, emulator: Emulator, empty: Any) -> None:
    emulator.backend.guesses = Guesses(empty_list=empty)
    assert client.presets() == []


JUNK = {
    "nothing": "",
    "null": "null",
    "a list": "[]",
    "an object": "{}",
    "a number": "7",
    "HTML": "<html><body>Bad gateway</body></html>",
    "half an object": '{"ResponseMetadata": {"RequestId": "R1"',
    "no request id": json.dumps({"ResponseMetadata": {}, "Result": {"List": []}}),
    "another action's": json.dumps({"ResponseMetadata": {**OK, "Action": "Other"}, "Result": {"List": []}}),
    "metadata that is no object": json.dumps({"ResponseMetadata": [], "Result": {"List": []}}),
    "no metadata": json.dumps({"Result": {"List": []}}),
    "lists in lists": "[" * 200_000,
    "an error without code": json.dumps({"ResponseMetadata": {"RequestId": "R1", "Error": {"CodeN": 100}}}),
    "an error that is text": json.dumps({"ResponseMetadata": {"RequestId": "R1", "Error": "internal"}}),
}
JUNK_LISTS: dict[str, Any] = {
    "no result": None,
    "a result without list": {},
    "a result that is a list": [],
    "a list that is an object": {"List": {}},
    "a list that is text": {"List": "x"},
    "an item that is text": {"List": ["x"]},
    "an item that is null": {"List": [None]},
    "an item without app": {"List": [{"Vhost": "v", "MaxShiftTime": 1, "Type": "tos"}]},
    "an item with a number for a name": {"List": [{"Vhost": 1, "App": "a", "MaxShiftTime": 1, "Type": "tos"}]},
    "an item with text for a number": {"List": [{"Vhost": "v", "App": "a", "MaxShiftTime": "1", "Type": "tos"}]},
}


@pytest.mark.parametrize(
    ("action", "junk"), [*((CREATE, junk) for junk in JUNK), *((action, "HTML") for action in (UPDATE, DELETE, LIST))]
)
def test_take_no_junk_for_success(client: Client, emulator: Emulator, action: str, junk: str) -> None:
    emulator.faults.add(Fault(action, status=200, body=JUNK[junk]))
    with pytest.raises(errors.OutcomeUnknownError):
        CALLS[action](client)


def test_take_an_error_that_says_nothing_for_none(client: Client, emulator: Emulator) -> None:
    metadata = {"RequestId": "R1", "Error": {"CodeN": 0, "Code": "", "Message": ""}}
    emulator.faults.add(Fault(DELETE, status=200, body=json.dumps({"ResponseMetadata": metadata})))
    client.delete(Identity("v", "a"))


@pytest.mark.parametrize("junk", JUNK_LISTS)
def test_take_no_junk_for_an_empty_list(client: Client, emulator: Emulator, junk: str) -> None:
    result = JUNK_LISTS[junk]
    body = {"ResponseMetadata": {**OK, "Action": LIST}, **({} if result is None else {"Result": result})}
    emulator.faults.add(Fault(LIST, status=200, body=json.dumps(body)))
    with pytest.raises(errors.OutcomeUnknownError) as refused:
        client.presets()
    assert "Nothing was changed by this." in str(refused.value)


@pytest.mark.parametrize("action", CALLS)
def test_raise_the_error_inside_http_200(client: Client, emulator: Emulator, action: str) -> None:
    emulator.faults.add(Fault(action, status=200, code="CommonErr", body="not classified"))
    with pytest.raises(errors.OutcomeUnknownError, match="CommonErr: not classified") as raised:
        CALLS[action](client)
    answer = raised.value.answer
    assert answer is not None
    assert answer.request_id in {call.request_id for call in emulator.calls(action)}
    assert (answer.action, answer.status, answer.code) == (action, 200, "CommonErr")


@pytest.mark.parametrize("action", CALLS)
def test_name_a_broken_connection_by_what_to_do_next(client: Client, emulator: Emulator, action: str) -> None:
    emulator.faults.add(Fault(action, "reset"))
    with pytest.raises(errors.OutcomeUnknownError):
        CALLS[action](client)


@pytest.mark.parametrize(
    ("fault", "kind", "says"),
    [
        (Fault(CREATE, "cut"), errors.OutcomeUnknownError, "the connection broke during CreateTimeShiftPresetV3"),
        (Fault(CREATE, status=502, body="<html>"), errors.OutcomeUnknownError, "HTTP 502"),
        (Fault(CREATE, status=403, body="<html>"), errors.AccessError, "HTTP 403"),
        (Fault(CREATE, status=429, code="FlowLimitExceeded"), errors.ThrottledError, "FlowLimitExceeded"),
    ],
    ids=repr,
)
def test_name_every_failure_by_what_to_do_next(
    client: Client, emulator: Emulator, fault: Fault, kind: type[Exception], says: str
) -> None:
    emulator.faults.add(dataclasses.replace(fault))
    with pytest.raises(kind, match=says):
        client.create(WANTED)


@pytest.mark.parametrize("fault", [Fault(CREATE, "hang"), Fault(CREATE, "drip", seconds=0.1)], ids=repr)
def test_bound_a_call_as_a_whole(emulator: Emulator, clock: SteppedClock, fault: Fault) -> None:
    """Each byte that drips would start the SDK's own time limits anew."""
    keys = Credentials(emulator.access_key, emulator.secret_key)
    emulator.faults.add(dataclasses.replace(fault))
    with pytest.raises(errors.OutcomeUnknownError, match=r"within 0\.4 seconds|Timeout"):
        Client(keys, emulator.url, clock=clock, call_seconds=0.4).create(WANTED)


def test_say_that_nothing_was_sent_where_nobody_listens(clock: SteppedClock) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with pytest.raises(errors.UnreachableError, match="no connection"):
        Client(Credentials("a", "s"), f"http://127.0.0.1:{port}", clock=clock).create(WANTED)


def test_follow_no_redirect_with_a_signed_call(client: Client, emulator: Emulator) -> None:
    with Emulator() as elsewhere:
        emulator.faults.add(Fault(CREATE, status=307, location=f"{elsewhere.url}/?Action={CREATE}&Version=2023-01-01"))
        with pytest.raises(errors.UntrustedError):
            client.create(WANTED)
        assert elsewhere.calls() == []


def test_send_no_password_from_netrc(
    client: Client, emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login someone password netrc-canary\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    client.create(WANTED)
    assert [call.status for call in emulator.calls()] == [200]


def test_use_the_given_keys_and_not_those_that_the_sdk_would_find(
    emulator: Emulator, clock: SteppedClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".volc").mkdir()
    (tmp_path / ".volc" / "credentials").write_text("[default]\naccess_key_id=x\nsecret_access_key=y\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("VOLC_ACCESSKEY", "wrong")
    monkeypatch.setenv("VOLC_SECRETKEY", "wrong")
    assert _client(emulator, clock).presets() == []


def test_go_to_loopback_past_any_proxy(
    emulator: Emulator, clock: SteppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    assert _client(emulator, clock).presets() == []


def test_send_the_session_token_of_temporary_keys(emulator: Emulator, clock: SteppedClock) -> None:
    emulator.add_account("temporary", "sts-ak", "sts-sk", "sts-token")
    sts = _client(emulator, clock, access_key="sts-ak", secret_key="sts-sk", session_token="sts-token")
    sts.create(WANTED)
    assert len(emulator.backend.presets("temporary")) == 1
    with pytest.raises(errors.AccessError):
        _client(emulator, clock, access_key="sts-ak", secret_key="sts-sk").presets()


def test_keep_two_accounts_and_endpoints_apart_in_one_process(clock: SteppedClock) -> None:
    with Emulator(access_key="one", secret_key="first") as one, Emulator(access_key="two", secret_key="second") as two:
        clients = [_client(one, clock), _client(two, clock)] * 4

        def create(number: int) -> None:
            clients[number % 2].create(Preset(Identity("v", f"app{number}"), 86400, "p", 1))

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(create, range(16)))
        assert {preset.App for preset in one.presets} == {f"app{number}" for number in range(0, 16, 2)}
        assert {preset.App for preset in two.presets} == {f"app{number}" for number in range(1, 16, 2)}
        assert {call.status for call in one.calls() + two.calls()} == {200}


def test_have_one_client_for_each_account_of_a_process() -> None:
    keys = Credentials("a", "s")
    assert client_for(keys, "https://one") is client_for(Credentials("a", "s"), "https://one")
    assert client_for(keys, "https://one") is not client_for(keys, "https://two")


def test_keep_connections_alive(client: Client, emulator: Emulator) -> None:
    """Two are needed, for the two calls of a look go out at once."""
    for number in range(5):
        client.create(Preset(Identity("v", f"app{number}"), 86400, "p", 1))
        client.presets()
    assert len(emulator.calls()) == 15
    assert len({call.connection for call in emulator.calls()}) <= 2


def test_slow_down_when_the_service_throttles() -> None:
    clock = SteppedClock()
    with Emulator(backend=Backend(calls_per_second=2, now=clock.monotonic)) as emulator:
        client = _client(emulator, clock)
        for number in range(40):
            identity = Identity("v", f"app{number}")
            while True:
                try:
                    client.create(Preset(identity, 86400, "p", 1))
                    break
                except errors.ThrottledError:
                    pass
        assert len(emulator.presets) == 40
        throttled = sum(call.status == 429 for call in emulator.calls())
        assert throttled < 40


@pytest.mark.parametrize("encode", [str, lambda secret: secret.encode().hex()], ids=["plain", "hex"])
def test_show_no_secret_that_the_service_repeats(
    emulator: Emulator, clock: SteppedClock, encode: Callable[[str], str]
) -> None:
    secrets = {"access_key": "AK-canary", "secret_key": "SK-canary", "session_token": "ST-canary"}
    client = _client(emulator, clock, **secrets)
    said = " ".join(secrets.values())
    for fault in (Fault("*", status=401, code="InvalidCredential", body=said), Fault("*", status=502, body=said)):
        emulator.faults.add(fault)
        with pytest.raises(errors.LiveError) as refused:
            client.create(WANTED)
        shown = "".join(traceback.format_exception(refused.value)) + repr(refused.value) + repr(vars(refused.value))
        assert not any(encode(secret) in shown for secret in secrets.values())
        assert "***" in str(refused.value)


def test_stamp_a_look_before_its_calls_go_out_and_after_their_turn(
    client: Client, emulator: Emulator, clock: SteppedClock
) -> None:
    """A look whose stamp is later than its calls would hide what was written in between."""
    seen: list[tuple[int, float]] = []
    began = clock.monotonic()
    for _ in range(6):
        client.presets(starting=lambda: seen.append((len(emulator.calls()), clock.monotonic() - began)))
    assert [calls for calls, _ in seen] == [0, 2, 4, 6, 8, 10]
    first = GATHER_SECONDS
    assert [at for _, at in seen] == pytest.approx([first * (n + 1) for n in range(5)] + [first + 1])


def test_load_the_sdk_before_a_look_is_stamped(client: Client) -> None:
    """That takes a tenth of a second, in which other threads come that can share the look."""
    loaded: list[bool] = []
    client.presets(starting=lambda: loaded.append("_transport" in vars(client)))
    assert loaded == [True]


def test_read_junk_for_a_name_as_no_name(client: Client, emulator: Emulator) -> None:
    for name in (7, "", None, ["x"]):
        body = {"ResponseMetadata": {**OK, "Action": CREATE}, "Result": {"PresetName": name}}
        emulator.faults.add(Fault(CREATE, status=200, body=json.dumps(body)))
        assert client.create(WANTED) is None


@pytest.mark.parametrize("number", [True, 86400.5, None])
def test_take_no_junk_for_a_number(client: Client, emulator: Emulator, number: object) -> None:
    item = {"Vhost": "v", "App": "a", "MaxShiftTime": number, "Type": "tos"}
    body = {"ResponseMetadata": {**OK, "Action": LIST}, "Result": {"List": [item]}}
    emulator.faults.add(Fault(LIST, status=200, body=json.dumps(body)))
    with pytest.raises(errors.OutcomeUnknownError):
        client.presets()


@pytest.mark.parametrize("name", ["", 7, None])
@pytest.mark.parametrize("key", ["Vhost", "App"])
def test_take_no_junk_for_a_part_of_an_identity(client: Client, emulator: Emulator, key: str, name: object) -> None:
    item = {"Vhost": "v", "App": "a", "MaxShiftTime": 86400, "Type": "tos", key: name}
    body = {"ResponseMetadata": {**OK, "Action": LIST}, "Result": {"List": [item]}}
    emulator.faults.add(Fault(LIST, status=200, body=json.dumps(body)))
    with pytest.raises(errors.OutcomeUnknownError):
        client.presets()


def test_take_null_for_no_stream(client: Client, emulator: Emulator) -> None:
    item = {"Vhost": "v", "App": "a", "Stream": None, "MaxShiftTime": 86400, "Type": "tos"}
    body = {"ResponseMetadata": {**OK, "Action": LIST}, "Result": {"List": [item]}}
    emulator.faults.add(Fault(LIST, status=200, body=json.dumps(body)))
    assert [preset.identity for preset in client.presets()] == [Identity("v", "a")]


def test_hide_a_secret_that_is_the_beginning_of_another(emulator: Emulator, clock: SteppedClock) -> None:
    client = _client(emulator, clock, access_key="canary", session_token="canary-and-more")
    emulator.faults.add(Fault("*", status=502, body="bad token canary-and-more"))
    with pytest.raises(errors.LiveError) as refused:
        client.create(WANTED)
    assert "and-more" not in str(refused.value)


def test_show_nothing_of_what_the_sdk_raised(client: Client, emulator: Emulator) -> None:
    emulator.faults.add(Fault("*", "reset"))
    with pytest.raises(errors.OutcomeUnknownError) as refused:
        client.create(WANTED)
    shown = "".join(traceback.format_exception(refused.value))
    assert "volcengine/" not in shown
    assert "requests" not in shown


@pytest.mark.parametrize("status", [400, 403, 404, 429, 500, 502])
def test_take_no_envelope_with_another_status_for_success(client: Client, emulator: Emulator, status: int) -> None:
    body = {"ResponseMetadata": {**OK, "Action": LIST}, "Result": {"List": []}}
    emulator.faults.add(Fault(LIST, status=status, body=json.dumps(body)))
    with pytest.raises(errors.LiveError):
        client.presets()


def test_say_that_nothing_was_sent_where_no_connection_comes_about_in_time(
    client: Client, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(*_: object, **__: object) -> None:
        raise TimeoutError

    monkeypatch.setattr("urllib3.connection.connection.create_connection", late)
    with pytest.raises(errors.UnreachableError):
        client.create(WANTED)


@pytest.mark.parametrize(
    ("broken", "kind"),
    [
        (requests.ReadTimeout("x"), errors.OutcomeUnknownError),
        (requests.ConnectionError("x"), errors.OutcomeUnknownError),
        (requests.exceptions.ChunkedEncodingError("x"), errors.OutcomeUnknownError),
        (requests.ConnectTimeout("x"), errors.UnreachableError),
    ],
    ids=repr,
)
def test_call_unsent_only_what_had_no_connection(
    client: Client, monkeypatch: pytest.MonkeyPatch, broken: Exception, kind: type[Exception]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise broken

    monkeypatch.setattr(requests.Session, "request", fail)
    with pytest.raises(kind):
        client.create(WANTED)


def test_start_beside_a_broken_file_of_the_sdk(
    emulator: Emulator, clock: SteppedClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".volc").mkdir()
    (tmp_path / ".volc" / "config").write_text("{")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert _client(emulator, clock).presets() == []


def test_keep_a_listing_whose_words_are_the_keys(clock: SteppedClock) -> None:
    with Emulator(access_key="live", secret_key="secret") as emulator:
        stored = Stored("push.example.com", "live", "", 86400, "pull.example.com", "n", 1, "fcdn-tos", "b")
        emulator.backend.put("default", stored)
        assert [preset.identity for preset in _client(emulator, clock).presets()] == [APP]


def test_show_no_secret_that_the_service_repeats_with_escapes(emulator: Emulator, clock: SteppedClock) -> None:
    token = "ST/canary+x=="
    client = _client(emulator, clock, session_token=token)
    said = json.dumps(
        {
            "ResponseMetadata": {
                **OK,
                "Action": CREATE,
                "Error": {"Code": "InvalidCredential", "Message": f"bad token {token}"},
            }
        }
    )
    emulator.faults.add(Fault("*", status=401, body=said.replace("/", "\\/").replace("=", "\\u003d")))
    with pytest.raises(errors.AccessError) as refused:
        client.create(WANTED)
    assert token not in str(refused.value)


@pytest.mark.parametrize("stream", [7, 0, False, []])
def test_take_no_stream_that_is_no_text(client: Client, emulator: Emulator, stream: object) -> None:
    item = {"Vhost": "v", "App": "a", "Stream": stream, "MaxShiftTime": 86400, "Type": "tos"}
    body = {"ResponseMetadata": {**OK, "Action": LIST}, "Result": {"List": [item]}}
    emulator.faults.add(Fault(LIST, status=200, body=json.dumps(body)))
    with pytest.raises(errors.OutcomeUnknownError):
        client.presets()


def test_hide_a_secret_that_the_end_of_what_is_shown_cuts(emulator: Emulator, clock: SteppedClock) -> None:
    client = _client(emulator, clock, access_key="AK-canary-0123456789")
    emulator.faults.add(Fault(CREATE, status=502, body="x" * 110 + "AK-canary-0123456789"))
    with pytest.raises(errors.OutcomeUnknownError) as refused:
        client.create(WANTED)
    assert "AK-can" not in str(refused.value)


def test_hide_a_secret_in_a_code(emulator: Emulator, clock: SteppedClock) -> None:
    client = _client(emulator, clock, access_key="AK-canary-0123456789")
    emulator.faults.add(Fault(CREATE, status=400, code="InvalidKey.AK-canary-0123456789"))
    with pytest.raises(errors.InvalidRequestError) as refused:
        client.create(WANTED)
    assert "AK-can" not in str(refused.value) + repr(refused.value.answer)
