"""What the client makes of an answer, whoever sent it: results, errors and listed items."""

from __future__ import annotations

import base64
import dataclasses
import html
import json
import re
import traceback
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from plugin import Plugin
from pulumi_volcengine_live import errors
from pulumi_volcengine_live.api.client import Client
from pulumi_volcengine_live.api.listed_presets import ListedPresets
from pulumi_volcengine_live.emulator import CREATE, DELETE, LIST, UPDATE, Emulator, Fault
from pulumi_volcengine_live.emulator import Preset as Stored
from pulumi_volcengine_live.errors import Outcome
from pulumi_volcengine_live.preset import Identity, Preset
from pulumi_volcengine_live.settings import Credentials
from stepped_clock import NO_DEADLINE, SteppedClock

APP = Identity("push.example.com", "live")
WANTED = Preset(APP, 86400, "pull.example.com", 1)
METADATA = {"RequestId": "R1", "Version": "2023-01-01", "Service": "live", "Region": "cn-north-1"}
PAGE = "<html><head><style>b { color: red }</style><title>403 Forbidden</title></head><body>by the\n<b>gate</b></body>"

CALLS: dict[str, Callable[[Client], object]] = {
    CREATE: lambda client: client.create(WANTED, NO_DEADLINE),
    UPDATE: lambda client: client.update(APP, 604800, NO_DEADLINE),
    DELETE: lambda client: client.delete(APP, NO_DEADLINE),
    LIST: lambda client: client.presets("", NO_DEADLINE),
}


def _client(emulator: Emulator, clock: SteppedClock, **changed: Any) -> Client:
    keys = {"access_key": emulator.access_key, "secret_key": emulator.secret_key, **changed}
    return Client(Credentials(**keys), emulator.url, clock=clock)


def _envelope(result: Any = None, **metadata: Any) -> str:
    return json.dumps({"ResponseMetadata": {**METADATA, **metadata}, **({} if result is None else {"Result": result})})


# Answers of the service


@pytest.mark.parametrize("action", CALLS)
def test_raise_an_error_that_comes_with_http_200(client: Client, emulator: Emulator, action: str) -> None:
    emulator.faults.add(Fault(action, status=200, code="CommonErr", body="not classified"))
    with pytest.raises(errors.OutcomeUnknownError, match="CommonErr: not classified") as raised:
        CALLS[action](client)
    answer = raised.value.answer
    assert answer is not None
    assert answer.request_id in {call.request_id for call in emulator.calls(action)}
    assert (answer.action, answer.status, answer.code) == (action, 200, "CommonErr")


@pytest.mark.parametrize("action", CALLS)
@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault("*", "reset"), errors.OutcomeUnknownError),
        (Fault("*", "cut"), errors.OutcomeUnknownError),
        (Fault("*", status=500, code="InternalError"), errors.OutcomeUnknownError),
        (Fault("*", status=502, body=PAGE), errors.UnexpectedAnswerError),
    ],
    ids=["reset", "cut", "500", "page"],
)
def test_report_that_a_read_only_call_changed_nothing(
    client: Client, emulator: Emulator, action: str, fault: Fault, kind: type[errors.LiveError]
) -> None:
    emulator.faults.add(dataclasses.replace(fault, action=action))
    with pytest.raises(kind) as raised:
        CALLS[action](client)
    assert raised.value.outcome is (Outcome.UNCHANGED if action == LIST else Outcome.UNKNOWN)
    assert ("adopt=True" in str(raised.value)) == (action != LIST and kind is errors.OutcomeUnknownError)


def test_ignore_an_error_whose_parts_are_empty(client: Client, emulator: Emulator) -> None:
    body = _envelope(Error={"CodeN": 0, "Code": "", "Message": ""})
    emulator.faults.add(Fault(DELETE, status=200, body=body))
    client.delete(APP, NO_DEADLINE)


@pytest.mark.parametrize("name", [7, "", None, ["x"], "\ud800"], ids=ascii)
def test_lose_no_acknowledged_create_to_an_odd_name(client: Client, emulator: Emulator, name: object) -> None:
    """Bug: a lone surrogate or a number raised after the preset was created, so no state knew of it."""
    emulator.faults.add(Fault(CREATE, status=200, body=_envelope({"PresetName": name})))
    assert client.create(WANTED, NO_DEADLINE) is None


# Answers of others

PAGES = {
    "nothing": "",
    "null": "null",
    "a list": "[]",
    "an object": "{}",
    "a number": "7",
    "HTML": PAGE,
    "half an object": '{"ResponseMetadata": {"RequestId": "R1"',
    "a number of many digits": "9" * 5000,
    "lists in lists": "[" * 200_000,
    "no metadata": json.dumps({"Result": {"List": []}}),
    "metadata that is no object": json.dumps({"ResponseMetadata": [], "Result": {"List": []}}),
    "no request id": json.dumps({"ResponseMetadata": {}, "Result": {"List": []}}),
    "another action's": _envelope({"List": []}, Action="Other"),
    "another action's error": _envelope(Action="Other", Error={"Code": "RequestForbidden", "Message": "no"}),
    "an error without code": _envelope(Error={"CodeN": 100}),
    "an error whose code is a number": _envelope(Error={"Code": 403}),
    "an error that is text": _envelope(Error="internal"),
}


@pytest.mark.parametrize("page", PAGES)
def test_do_not_take_an_answer_without_the_services_envelope_for_success(
    client: Client, emulator: Emulator, page: str
) -> None:
    emulator.faults.add(Fault(CREATE, status=200, body=PAGES[page]))
    with pytest.raises(errors.UnexpectedAnswerError) as raised:
        client.create(WANTED, NO_DEADLINE)
    assert (raised.value.outcome, raised.value.retryable) == (Outcome.UNKNOWN, False)


@pytest.mark.parametrize(
    ("status", "retryable"), [(302, False), (400, False), (403, False), (404, False), (407, False), (502, True)]
)
def test_name_who_answered_in_place_of_the_service(
    client: Client, emulator: Emulator, status: int, retryable: bool
) -> None:
    """Bug: a proxy's 403 said `Check the keys`, its 404 `Correct the value`."""
    emulator.faults.add(Fault(CREATE, status=status, body=PAGE))
    with pytest.raises(errors.UnexpectedAnswerError) as raised:
        client.create(WANTED, NO_DEADLINE)
    host = emulator.url.removeprefix("http://")
    assert str(raised.value) == (
        f"the answer to CreateTimeShiftPresetV3 from {host} is not one that the service documents, so a proxy, a portal"
        f" or another server may have sent it: HTTP {status}, 403 Forbidden by the gate. Whether the service carried it"
        " out is not known. Check the proxy, the firewall and the endpoint (not the keys or the values), then run the"
        " command again."
    )
    assert raised.value.retryable is retryable


@pytest.mark.parametrize("status", [302, 400, 403, 404, 429, 500, 502])
def test_do_not_take_a_result_with_an_error_status_for_success(client: Client, emulator: Emulator, status: int) -> None:
    emulator.faults.add(Fault(LIST, status=status, body=_envelope({"List": []}, Action=LIST)))
    with pytest.raises(errors.UnexpectedAnswerError):
        client.presets("", NO_DEADLINE)


# Listed items

NO_LISTS: dict[str, Any] = {
    "no result": None,
    "a result without list": {},
    "a result that is a list": [],
    "a list that is an object": {"List": {}},
    "a list that is text": {"List": "x"},
}


@pytest.mark.parametrize("result", NO_LISTS)
def test_refuse_a_listing_without_a_list(client: Client, emulator: Emulator, result: str) -> None:
    emulator.faults.add(Fault(LIST, status=200, body=_envelope(NO_LISTS[result])))
    with pytest.raises(errors.UnexpectedAnswerError, match="no list of presets") as raised:
        client.presets("", NO_DEADLINE)
    assert (raised.value.outcome, raised.value.retryable) == (Outcome.UNCHANGED, False)


def _list(emulator: Emulator, client: Client, *items: object) -> ListedPresets:
    """What the client reads from a listing of these items."""
    for found in (items, ()):
        emulator.faults.add(Fault(LIST, status=200, body=_envelope({"List": list(found)})))
    return client.presets("", NO_DEADLINE)


ITEM = {"Vhost": "v", "App": "a", "Stream": "s", "MaxShiftTime": 86400, "Type": "tos"}
READABLE: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "an unknown field": ({"Created": {"At": 1}}, {}),
    "an unknown storage": ({"Type": "Tape"}, {"storage": "tape", "time_shift_type": None}),
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
    "no vhost": ({"Vhost": None}, (None, "a", "s"), "Vhost is missing"),
    "a number for the vhost": ({"Vhost": 1}, (None, "a", "s"), "Vhost is 1"),
    "an empty app": ({"App": ""}, ("v", None, "s"), "App is ''"),
    "ESC in the app": ({"App": "a\x1b[2J"}, ("v", None, "s"), r"App is 'a\x1b[2J'"),
    "a lone surrogate in the app": ({"App": "\ud800"}, ("v", None, "s"), r"App is '\ud800'"),
    "false for the stream": ({"Stream": False}, ("v", "a", None), "Stream is False"),
    "a newline in the stream": ({"Stream": "s\n"}, ("v", "a", None), r"Stream is 's\n'"),
    "text for the number": ({"MaxShiftTime": "86400"}, ("v", "a", "s"), "MaxShiftTime is '86400'"),
    "true for the number": ({"MaxShiftTime": True}, ("v", "a", "s"), "MaxShiftTime is True"),
    "a fraction": ({"MaxShiftTime": 0.5}, ("v", "a", "s"), "MaxShiftTime is 0.5"),
    "a number beyond a state's": (
        {"MaxShiftTime": 2**53},
        ("v", "a", "s"),
        f"MaxShiftTime is {2**53}, but must be a whole number below 2**53",
    ),
    "a number of 400 digits": ({"MaxShiftTime": 10**400}, ("v", "a", "s"), "MaxShiftTime is 1000"),
    "a list for the number": ({"MaxShiftTime": [86400]}, ("v", "a", "s"), "MaxShiftTime is a list, but"),
    "an object for the number": ({"MaxShiftTime": {"a": 1}}, ("v", "a", "s"), "MaxShiftTime is an object, but"),
    "text of eighty characters": ({"MaxShiftTime": "x" * 78}, ("v", "a", "s"), f"MaxShiftTime is '{'x' * 78}', but"),
    "a longer text": ({"MaxShiftTime": "x" * 79}, ("v", "a", "s"), f"MaxShiftTime is '{'x' * 79}..., but"),
    "no name": ({"Vhost": None, "App": None, "Stream": 7}, (None, None, None), "Vhost is missing"),
    "no storage": ({"Type": None}, ("v", "a", "s"), "Type is missing"),
}


@pytest.mark.parametrize("case", READABLE)
def test_read_an_item_with_new_or_odd_values(client: Client, emulator: Emulator, case: str) -> None:
    given, expected = READABLE[case]
    listed = _list(emulator, client, {**ITEM, **given})
    plain = Preset(Identity("v", "a", "s"), 86400, "", 0, enabled=False, storage="tos")
    assert listed == ListedPresets((dataclasses.replace(plain, **expected),))


@pytest.mark.parametrize("case", UNREADABLE)
def test_report_an_unreadable_item_beside_the_others(client: Client, emulator: Emulator, case: str) -> None:
    """Bug: one such item anywhere in the account blocked every preset of it, after two minutes and 102 calls."""
    given, identity, problem = UNREADABLE[case]
    listed = _list(emulator, client, {**ITEM, **given}, {**ITEM, "App": "readable"})
    assert [preset.identity.app for preset in listed.presets] == ["readable"]
    (item,) = listed.unreadable
    assert (item.vhost, item.app, item.stream) == identity
    parts = zip(("Vhost", "App", "Stream"), identity, strict=True)
    names = ", ".join(f"{name} {value}" for name, value in parts if value)
    assert f"({names or 'without a readable name'}) cannot be read: {problem}" in item.problem
    assert len(emulator.calls()) == 2


@pytest.mark.parametrize("item", ["x", None, 7, ["x"]])
def test_an_item_that_is_no_object_may_be_any_preset(client: Client, emulator: Emulator, item: object) -> None:
    (found,) = _list(emulator, client, item).unreadable
    assert (found.vhost, found.app, found.stream) == (None, None, None)
    assert found.may_be(APP)


# Texts

STEERING = "\x1b[2J\r\n::error::forged\x9b\x85\u202e\u2028\u2029\u200b\x00"


@pytest.mark.parametrize(
    "body",
    [
        _envelope(Error={"Code": f"Invalid{STEERING}", "Message": STEERING}, RequestId=f"R{STEERING}"),
        f"<html>{STEERING}</html>",
    ],
    ids=["envelope", "page"],
)
def test_show_no_character_that_steers_a_terminal(client: Client, emulator: Emulator, body: str) -> None:
    """Bug: a message with ESC or a newline forged a line of the doctor, or an `::error` line in a pipeline's log."""
    emulator.faults.add(Fault(CREATE, status=400, body=body))
    with pytest.raises(errors.LiveError) as raised:
        client.create(WANTED, NO_DEADLINE)
    answer = raised.value.answer
    assert answer is not None
    assert all(text.isprintable() for text in (str(raised.value), answer.code, answer.message, answer.request_id))


def test_a_code_with_a_hidden_character_does_not_mean_absent(client: Client, emulator: Emulator) -> None:
    emulator.faults.add(Fault(UPDATE, status=403, code="RequestForbidden\u200b"))
    with pytest.raises(errors.AccessError):
        client.update(APP, 604800, NO_DEADLINE)


SECRETS = {"access_key": "AK<canary>+0123456789", "secret_key": "SK/canary&0123456789", "session_token": "ST'&canary=="}
FORMS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "quoted for a URL": lambda secret: quote(secret, safe=""),
    "quoted for a path": quote,
    "quoted in lower case": lambda secret: re.sub("%..", lambda found: found[0].lower(), quote(secret, safe="")),
    "escaped for HTML": html.escape,
    "escaped for HTML, but for quotes": lambda secret: html.escape(secret, quote=False),
    "escaped for JSON": lambda secret: secret.replace("/", "\\/"),
    "escaped for JSON in HTML": lambda secret: re.sub("[<>&='\"]", lambda found: f"\\u{ord(found[0]):04x}", secret),
    "in base64": lambda secret: base64.b64encode(secret.encode()).decode().rstrip("="),
    "behind others in base64": lambda secret: base64.b64encode(b"ab" + secret.encode()).decode()[3:].rstrip("="),
}


@pytest.mark.parametrize("form", FORMS)
def test_show_no_secret_that_an_answer_repeats(emulator: Emulator, clock: SteppedClock, form: str) -> None:
    client = _client(emulator, clock, **SECRETS)
    repeated = [FORMS[form](secret) for secret in SECRETS.values()]
    repeats = " ".join(repeated)
    for fault in (Fault("*", status=401, code="InvalidCredential", body=repeats), Fault("*", status=502, body=repeats)):
        emulator.faults.add(fault)
        with pytest.raises(errors.LiveError) as raised:
            client.create(WANTED, NO_DEADLINE)
        shown = "".join(traceback.format_exception(raised.value)) + repr(raised.value) + repr(vars(raised.value))
        assert not any(secret in shown for secret in repeated)
        assert "***" in str(raised.value)


@pytest.mark.parametrize(
    ("keys", "fault"),
    [
        ({"access_key": "canary", "session_token": "canary-and-more"}, Fault("*", status=502, body="canary-and-more")),
        ({"access_key": "and-more-0123456789"}, Fault("*", status=502, body="x" * 110 + "and-more-0123456789")),
        ({"access_key": "and-more-0123456789"}, Fault("*", status=400, code="InvalidKey.and-more-0123456789")),
    ],
    ids=["the beginning of another", "cut by the end of what is shown", "in a code"],
)
def test_show_no_part_of_a_secret(emulator: Emulator, clock: SteppedClock, keys: dict[str, str], fault: Fault) -> None:
    emulator.faults.add(fault)
    with pytest.raises(errors.LiveError) as raised:
        _client(emulator, clock, **keys).create(WANTED, NO_DEADLINE)
    assert "and-m" not in str(raised.value) + repr(raised.value.answer)


def test_classify_before_secrets_are_masked(emulator: Emulator, clock: SteppedClock) -> None:
    """Bug: the access key `Request` turned RequestForbidden into an access error."""
    emulator.faults.add(Fault(UPDATE, status=403, code="RequestForbidden"))
    with pytest.raises(errors.NotFoundError):
        _client(emulator, clock, access_key="Request").update(APP, 604800, NO_DEADLINE)


def test_do_not_mask_listed_values_that_equal_a_key(clock: SteppedClock) -> None:
    with Emulator(access_key="live", secret_key="secret") as emulator:
        stored = Stored("push.example.com", "live", "", 86400, "pull.example.com", "n", 1, "fcdn-tos", "b")
        emulator.put(stored)
        (listed,) = _client(emulator, clock).presets("", NO_DEADLINE).presets
        assert listed.identity == APP


# In a preview


@pytest.mark.parametrize("status", [200, 403, 404])
def test_let_a_preview_pass_with_a_warning_behind_a_captive_portal(
    new_plugin: Callable[..., Plugin], emulator: Emulator, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    """Bug: a portal's 403 failed the preview with `Check the keys`."""
    emulator.faults.add(Fault(LIST, status=status, body=PAGE, times=100))
    inputs = {"vhost": "push.example.com", "app": "live", "max_shift_time": 86400.0, "pull_domain": "pull.example.com"}
    assert new_plugin().check({}, inputs).failures == []
    (warning,) = caplog.messages
    assert "a proxy, a portal or another server may have sent it" in warning
    assert f"HTTP {status}, 403 Forbidden by the gate." in warning
