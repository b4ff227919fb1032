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

from pulumi_volcengine_live import errors
from pulumi_volcengine_live.api.client import GATHER_SECONDS, Client, client_for
from pulumi_volcengine_live.api.listed_items import ListedPresets
from pulumi_volcengine_live.emulator import CREATE, DELETE, LIST, UPDATE, Backend, Emulator, Fault, Guesses
from pulumi_volcengine_live.emulator import Preset as Stored
from pulumi_volcengine_live.preset import Identity, MaxShiftTime, Preset, TimeShiftType
from pulumi_volcengine_live.settings import Credentials
from stepped_clock import NO_DEADLINE, SteppedClock

APP = Identity("push.example.com", "live")
STREAM = Identity("push.example.com", "live", "s1")
WANTED = Preset(STREAM, MaxShiftTime.DAYS_1, "pull.example.com", TimeShiftType.INDEPENDENT)

CALLS: dict[str, Callable[[Client], object]] = {
    CREATE: lambda client: client.create(WANTED, NO_DEADLINE),
    UPDATE: lambda client: client.update(STREAM, 604800, NO_DEADLINE),
    DELETE: lambda client: client.delete(STREAM, NO_DEADLINE),
    LIST: lambda client: client.presets("", NO_DEADLINE),
}
OK = {"RequestId": "R1", "Action": "", "Version": "2023-01-01", "Service": "live", "Region": "cn-north-1"}


def _client(emulator: Emulator, clock: SteppedClock, **changed: Any) -> Client:
    keys = {"access_key": emulator.access_key, "secret_key": emulator.secret_key, **changed}
    return Client(Credentials(**keys), emulator.url, clock=clock, call_seconds=5)


def test_send_what_is_documented_and_numbers_as_integers(client: Client, emulator: Emulator) -> None:
    assert client.create(WANTED, NO_DEADLINE) == "time-shift-1"
    client.update(STREAM, MaxShiftTime.DAYS_7, NO_DEADLINE)
    client.delete(STREAM, NO_DEADLINE)
    client.create(Preset(APP, 86400, "pull.example.com", 0), NO_DEADLINE)
    client.presets("", NO_DEADLINE)
    client.presets("push.example.com", NO_DEADLINE)
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
    assert sorted(client.presets("", NO_DEADLINE).presets, key=lambda preset: preset.identity) == [
        Preset(APP, 86400, "pull.example.com", 0, "n1", False, "tos", "b", None),
        Preset(STREAM, 604800, "pull.example.com", 1, "n2", True, "fcdn-tos", "b", None),
        Preset(Identity("push.example.com", "vod"), 259200, "vod.example.com", 0, "n3", True, "vod", None, "space"),
    ]


@pytest.mark.parametrize("empty", ["array", "null"])
def test_read_an_empty_list_however_it_is_written(client: Client, emulator: Emulator, empty: Any) -> None:
    emulator.backend.guesses = Guesses(empty_list=empty)
    assert client.presets("", NO_DEADLINE).presets == ()


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
}


@pytest.mark.parametrize(
    ("action", "junk"), [*((CREATE, junk) for junk in JUNK), *((action, "HTML") for action in (UPDATE, DELETE, LIST))]
)
def test_take_no_junk_for_success(client: Client, emulator: Emulator, action: str, junk: str) -> None:
    emulator.faults.add(Fault(action, status=200, body=JUNK[junk]))
    with pytest.raises(errors.UnexpectedAnswerError):
        CALLS[action](client)


def test_take_an_error_that_says_nothing_for_none(client: Client, emulator: Emulator) -> None:
    metadata = {"RequestId": "R1", "Error": {"CodeN": 0, "Code": "", "Message": ""}}
    emulator.faults.add(Fault(DELETE, status=200, body=json.dumps({"ResponseMetadata": metadata})))
    client.delete(Identity("v", "a"), NO_DEADLINE)


@pytest.mark.parametrize("junk", JUNK_LISTS)
def test_take_no_junk_for_an_empty_list(client: Client, emulator: Emulator, junk: str) -> None:
    result = JUNK_LISTS[junk]
    body = {"ResponseMetadata": {**OK, "Action": LIST}, **({} if result is None else {"Result": result})}
    emulator.faults.add(Fault(LIST, status=200, body=json.dumps(body)))
    with pytest.raises(errors.UnexpectedAnswerError, match="no list of presets") as refused:
        client.presets("", NO_DEADLINE)
    assert (refused.value.outcome, refused.value.retryable) == (errors.Outcome.UNCHANGED, False)


def _list(emulator: Emulator, client: Client, *items: object) -> ListedPresets:
    """What the client makes of a listing with these items."""
    for found in (items, ()):
        body = {"ResponseMetadata": {**OK, "Action": LIST}, "Result": {"List": list(found)}}
        emulator.faults.add(Fault(LIST, status=200, body=json.dumps(body)))
    return client.presets("", NO_DEADLINE)


ITEM = {"Vhost": "v", "App": "a", "Stream": "s", "MaxShiftTime": 86400, "Type": "tos"}
READABLE: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "an unknown field": ({"Created": {"At": 1}}, {}),
    "an unknown storage": ({"Type": "Tape"}, {"storage": "tape"}),
    "an unknown status": ({"Status": 7}, {"enabled": False}),
    "a status that is text": ({"Status": "1"}, {"enabled": False}),
    "another max shift time": ({"MaxShiftTime": 172800}, {"max_shift_time": 172800}),
    "null for the stream": ({"Stream": None}, {"identity": Identity("v", "a")}),
    "names that are no texts": ({"Name": 7, "Bucket": ["x"], "VODNamespace": {}, "Domain": False}, {}),
    "a lone surrogate": ({"Name": "\ud800", "Bucket": "b"}, {"bucket": "b"}),
    "control characters": (
        {"Name": "a\x1b[2J\nerror: \x9b\u202eb\u2028c", "Bucket": "\n"},
        {"preset_name": "a [2J error: b c"},
    ),
}
UNREADABLE: dict[str, tuple[dict[str, Any], tuple[str | None, ...], str]] = {
    "no vhost": ({"Vhost": None}, (None, "a", "s"), "Vhost that is missing"),
    "a number for the vhost": ({"Vhost": 1}, (None, "a", "s"), "Vhost that is 1"),
    "an empty app": ({"App": ""}, ("v", None, "s"), "App that is ''"),
    "ESC in the app": ({"App": "a\x1b[2J"}, ("v", None, "s"), r"App that is 'a\x1b[2J'"),
    "a lone surrogate in the app": ({"App": "\ud800"}, ("v", None, "s"), r"App that is '\ud800'"),
    "false for the stream": ({"Stream": False}, ("v", "a", None), "Stream that is False"),
    "a newline in the stream": ({"Stream": "s\n"}, ("v", "a", None), r"Stream that is 's\n'"),
    "text for the number": ({"MaxShiftTime": "86400"}, ("v", "a", "s"), "MaxShiftTime that is '86400'"),
    "true for the number": ({"MaxShiftTime": True}, ("v", "a", "s"), "MaxShiftTime that is True"),
    "a fraction": ({"MaxShiftTime": 0.5}, ("v", "a", "s"), "MaxShiftTime that is 0.5"),
    "a number beyond a state's": ({"MaxShiftTime": 10**400}, ("v", "a", "s"), "MaxShiftTime that is 1000"),
    "no storage": ({"Type": None}, ("v", "a", "s"), "Type that is missing"),
}


@pytest.mark.parametrize("case", READABLE)
def test_read_an_item_whatever_is_new_or_odd_in_it(client: Client, emulator: Emulator, case: str) -> None:
    given, expected = READABLE[case]
    listed = _list(emulator, client, {**ITEM, **given})
    plain = Preset(Identity("v", "a", "s"), 86400, "", 0, enabled=False, storage="tos")
    assert listed == ListedPresets((dataclasses.replace(plain, **expected),))


@pytest.mark.parametrize("case", UNREADABLE)
def test_report_an_unreadable_item_beside_the_others(client: Client, emulator: Emulator, case: str) -> None:
    """One such item anywhere in the account blocked every preset of it, after two minutes and 102 calls."""
    given, identity, problem = UNREADABLE[case]
    listed = _list(emulator, client, {**ITEM, **given}, {**ITEM, "App": "readable"})
    assert [preset.identity.app for preset in listed.presets] == ["readable"]
    (item,) = listed.unreadable
    assert (item.vhost, item.app, item.stream) == identity
    assert problem in item.problem
    assert len(emulator.calls()) == 2


@pytest.mark.parametrize("item", ["x", None, 7, ["x"]])
def test_take_an_item_that_is_no_object_for_any_preset(client: Client, emulator: Emulator, item: object) -> None:
    (found,) = _list(emulator, client, item).unreadable
    assert (found.vhost, found.app, found.stream) == (None, None, None)
    assert found.may_be(APP)


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
        (Fault(CREATE, status=502, body="<html>"), errors.UnexpectedAnswerError, "HTTP 502"),
        (Fault(CREATE, status=403, body="<html>"), errors.UnexpectedAnswerError, "HTTP 403"),
        (Fault(CREATE, status=429, code="FlowLimitExceeded"), errors.ThrottledError, "FlowLimitExceeded"),
    ],
    ids=repr,
)
def test_name_every_failure_by_what_to_do_next(
    client: Client, emulator: Emulator, fault: Fault, kind: type[Exception], says: str
) -> None:
    emulator.faults.add(dataclasses.replace(fault))
    with pytest.raises(kind, match=says):
        client.create(WANTED, NO_DEADLINE)


@pytest.mark.parametrize("fault", [Fault(CREATE, "hang"), Fault(CREATE, "drip", seconds=0.1)], ids=repr)
def test_bound_a_call_as_a_whole(emulator: Emulator, clock: SteppedClock, fault: Fault) -> None:
    """Each byte that drips would start the SDK's own time limits anew."""
    keys = Credentials(emulator.access_key, emulator.secret_key)
    emulator.faults.add(dataclasses.replace(fault))
    with pytest.raises(errors.OutcomeUnknownError, match=r"within 0\.4 seconds|Timeout"):
        Client(keys, emulator.url, clock=clock, call_seconds=0.4).create(WANTED, NO_DEADLINE)


def test_say_that_nothing_was_sent_where_nobody_listens(clock: SteppedClock) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with pytest.raises(errors.UnreachableError, match="no connection"):
        Client(Credentials("a", "s"), f"http://127.0.0.1:{port}", clock=clock).create(WANTED, NO_DEADLINE)


def test_follow_no_redirect_with_a_signed_call(client: Client, emulator: Emulator) -> None:
    with Emulator() as elsewhere:
        emulator.faults.add(Fault(CREATE, status=307, location=f"{elsewhere.url}/?Action={CREATE}&Version=2023-01-01"))
        with pytest.raises(errors.UnexpectedAnswerError, match="HTTP 307"):
            client.create(WANTED, NO_DEADLINE)
        assert elsewhere.calls() == []


def test_send_no_password_from_netrc(
    client: Client, emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login someone password netrc-canary\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    client.create(WANTED, NO_DEADLINE)
    assert [call.status for call in emulator.calls()] == [200]


def test_use_the_given_keys_and_not_those_that_the_sdk_would_find(
    emulator: Emulator, clock: SteppedClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".volc").mkdir()
    (tmp_path / ".volc" / "credentials").write_text("[default]\naccess_key_id=x\nsecret_access_key=y\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("VOLC_ACCESSKEY", "wrong")
    monkeypatch.setenv("VOLC_SECRETKEY", "wrong")
    assert _client(emulator, clock).presets("", NO_DEADLINE).presets == ()


def test_go_to_loopback_past_any_proxy(
    emulator: Emulator, clock: SteppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    assert _client(emulator, clock).presets("", NO_DEADLINE).presets == ()


def test_send_the_session_token_of_temporary_keys(emulator: Emulator, clock: SteppedClock) -> None:
    emulator.add_account("temporary", "sts-ak", "sts-sk", "sts-token")
    emulator.backend.vhosts = {"*": "temporary"}
    sts = _client(emulator, clock, access_key="sts-ak", secret_key="sts-sk", session_token="sts-token")
    sts.presets("", NO_DEADLINE)
    assert {call.account for call in emulator.calls()} == {"temporary"}
    with pytest.raises(errors.AccessError):
        _client(emulator, clock, access_key="sts-ak", secret_key="sts-sk").presets("", NO_DEADLINE)


def test_keep_two_accounts_and_endpoints_apart_in_one_process(clock: SteppedClock) -> None:
    with Emulator(access_key="one", secret_key="first") as one, Emulator(access_key="two", secret_key="second") as two:
        clients = [_client(one, clock), _client(two, clock)] * 4

        def create(number: int) -> None:
            clients[number % 2].create(Preset(Identity("v", f"app{number}"), 86400, "p", 1), NO_DEADLINE)

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
        client.create(Preset(Identity("v", f"app{number}"), 86400, "p", 1), NO_DEADLINE)
        client.presets("", NO_DEADLINE)
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
                    client.create(Preset(identity, 86400, "p", 1), NO_DEADLINE)
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
            client.create(WANTED, NO_DEADLINE)
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
        client.presets(
            "", NO_DEADLINE, starting=lambda: seen.append((len(emulator.calls()), clock.monotonic() - began))
        )
    assert [calls for calls, _ in seen] == [0, 2, 4, 6, 8, 10]
    first = GATHER_SECONDS
    assert [at for _, at in seen] == pytest.approx([first * (n + 1) for n in range(5)] + [first + 1])


def test_load_the_sdk_before_a_look_is_stamped(client: Client) -> None:
    """That takes a tenth of a second, in which other threads come that can share the look."""
    loaded: list[bool] = []
    client.presets("", NO_DEADLINE, starting=lambda: loaded.append("_transport" in vars(client)))
    assert loaded == [True]


def test_read_junk_for_a_name_as_no_name(client: Client, emulator: Emulator) -> None:
    for name in (7, "", None, ["x"]):
        body = {"ResponseMetadata": {**OK, "Action": CREATE}, "Result": {"PresetName": name}}
        emulator.faults.add(Fault(CREATE, status=200, body=json.dumps(body)))
        assert client.create(WANTED, NO_DEADLINE) is None


def test_hide_a_secret_that_is_the_beginning_of_another(emulator: Emulator, clock: SteppedClock) -> None:
    client = _client(emulator, clock, access_key="canary", session_token="canary-and-more")
    emulator.faults.add(Fault("*", status=502, body="bad token canary-and-more"))
    with pytest.raises(errors.LiveError) as refused:
        client.create(WANTED, NO_DEADLINE)
    assert "and-more" not in str(refused.value)


def test_show_nothing_of_what_the_sdk_raised(client: Client, emulator: Emulator) -> None:
    emulator.faults.add(Fault("*", "reset"))
    with pytest.raises(errors.OutcomeUnknownError) as refused:
        client.create(WANTED, NO_DEADLINE)
    shown = "".join(traceback.format_exception(refused.value))
    assert "volcengine/" not in shown
    assert "requests" not in shown


@pytest.mark.parametrize("status", [400, 403, 404, 429, 500, 502])
def test_take_no_envelope_with_another_status_for_success(client: Client, emulator: Emulator, status: int) -> None:
    body = {"ResponseMetadata": {**OK, "Action": LIST}, "Result": {"List": []}}
    emulator.faults.add(Fault(LIST, status=status, body=json.dumps(body)))
    with pytest.raises(errors.LiveError):
        client.presets("", NO_DEADLINE)


def test_start_beside_a_broken_file_of_the_sdk(
    emulator: Emulator, clock: SteppedClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".volc").mkdir()
    (tmp_path / ".volc" / "config").write_text("{")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert _client(emulator, clock).presets("", NO_DEADLINE).presets == ()


def test_keep_a_listing_whose_words_are_the_keys(clock: SteppedClock) -> None:
    with Emulator(access_key="live", secret_key="secret") as emulator:
        stored = Stored("push.example.com", "live", "", 86400, "pull.example.com", "n", 1, "fcdn-tos", "b")
        emulator.backend.put("default", stored)
        assert [preset.identity for preset in _client(emulator, clock).presets("", NO_DEADLINE).presets] == [APP]


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
        client.create(WANTED, NO_DEADLINE)
    assert token not in str(refused.value)


def test_hide_a_secret_that_the_end_of_what_is_shown_cuts(emulator: Emulator, clock: SteppedClock) -> None:
    client = _client(emulator, clock, access_key="AK-canary-0123456789")
    emulator.faults.add(Fault(CREATE, status=502, body="x" * 110 + "AK-canary-0123456789"))
    with pytest.raises(errors.UnexpectedAnswerError) as refused:
        client.create(WANTED, NO_DEADLINE)
    assert "AK-can" not in str(refused.value)


def test_hide_a_secret_in_a_code(emulator: Emulator, clock: SteppedClock) -> None:
    client = _client(emulator, clock, access_key="AK-canary-0123456789")
    emulator.faults.add(Fault(CREATE, status=400, code="InvalidKey.AK-canary-0123456789"))
    with pytest.raises(errors.InvalidRequestError) as refused:
        client.create(WANTED, NO_DEADLINE)
    assert "AK-can" not in str(refused.value) + repr(refused.value.answer)
