"""The emulator's own interface shows and changes what a person or a test wants, and refuses what it does not know."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from emulator.foreign import Client
from pulumi_volcengine_live.emulator import (
    BEHAVIOURS,
    CREATE,
    LIST,
    LIST_DOMAINS,
    Access,
    Domain,
    Emulator,
    Guesses,
    Preset,
    Recording,
)

NEW = {"Vhost": "live.example.com", "App": "live", "MaxShiftTime": 86400, "PullDomain": "pull.example.com"}
STORED = Preset(
    Vhost="live.example.com",
    App="live",
    Stream="s",
    MaxShiftTime=86400,
    Domain="pull.example.com",
    Name="mine",
    Status=1,
    Type="fcdn-tos",
)
DOMAIN = Domain("pull.example.com", "live.example.com")
RECORDED = Recording("live.example.com", "live")
PAGE = {"PageNum": 1, "PageSize": 10}


def answered(client: Client, method: str, name: str, content: Any = None) -> Any:
    answer = client.control(method, name, content)
    assert answer.status == 200
    return json.loads(answer.body)


def test_show_state(emulator: Emulator, client: Client) -> None:
    emulator.put(STORED, DOMAIN, RECORDED)
    emulator.backend.access["default"] = Access(denied=(LIST_DOMAINS,))
    assert answered(client, "GET", "state") == {
        "guesses": dataclasses.asdict(Guesses()),
        "presets": {"default": [dataclasses.asdict(STORED)]},
        "domains": {"default": [dataclasses.asdict(DOMAIN)]},
        "recordings": {"default": [dataclasses.asdict(RECORDED)]},
        "vhosts": {"*": "default"},
        "access": {"default": {"vhosts": None, "denied": [LIST_DOMAINS], "unlisted": []}},
    }


def test_show_calls_in_their_order(emulator: Emulator, client: Client) -> None:
    client.call(LIST, {"Type": "tos"})
    client.call(CREATE, NEW, keys=("nobody", "secret"))
    shown = answered(client, "GET", "calls")
    assert shown == [dataclasses.asdict(call) for call in emulator.calls()]
    assert [(call["action"], call["body"], call["account"]) for call in shown] == [
        (LIST, {"Type": "tos"}, "default"),
        (CREATE, NEW, ""),
    ]
    assert [(call["status"], call["code"], call["effect_at"] is not None) for call in shown] == [
        (200, "", True),
        (401, "InvalidCredential", False),
    ]


def test_show_calls_of_one_action(emulator: Emulator, client: Client) -> None:
    client.call(LIST)
    client.call(CREATE, NEW)
    assert [call.action for call in emulator.calls(CREATE)] == [CREATE]
    emulator.forget_calls()
    assert emulator.calls() == []


def test_show_behaviours(client: Client) -> None:
    assert answered(client, "GET", "behaviours") == [dataclasses.asdict(behaviour) for behaviour in BEHAVIOURS]


def test_change_one_guess_and_keep_the_others(emulator: Emulator, client: Client) -> None:
    answered(client, "POST", "guesses", {"listing_lag": 2})
    assert answered(client, "POST", "guesses", {"delete_removes": "app"}) == dataclasses.asdict(
        emulator.backend.guesses
    )
    assert emulator.backend.guesses == Guesses(delete_removes="app", listing_lag=2)


def test_add_and_clear_faults(client: Client) -> None:
    answered(client, "POST", "faults", {"action": LIST, "status": 503, "times": 9})
    assert client.call(LIST).status == 503
    answered(client, "DELETE", "faults")
    assert client.call(LIST).status == 200


def test_put_and_delete_presets(emulator: Emulator, client: Client) -> None:
    answered(client, "PUT", "presets", dataclasses.asdict(STORED))
    assert emulator.presets == [STORED]
    answered(client, "DELETE", "presets", {"Vhost": STORED.Vhost, "App": STORED.App})
    assert emulator.presets == [STORED]
    answered(client, "DELETE", "presets", {"Vhost": STORED.Vhost, "App": STORED.App, "Stream": STORED.Stream})
    assert emulator.presets == []


def test_put_presets_of_an_account(emulator: Emulator, client: Client) -> None:
    emulator.add_account("other", "other-key", "other-secret")
    answered(client, "PUT", "presets", {**dataclasses.asdict(STORED), "account": "other"})
    assert (emulator.presets, emulator.backend.presets("other")) == ([], [STORED])


def test_put_and_delete_domains(emulator: Emulator, client: Client) -> None:
    answered(client, "PUT", "domains", {"Domain": "pull.example.com", "Vhost": "live.example.com", "Status": 2})
    names = [item["Domain"] for item in client.call(LIST_DOMAINS, PAGE).result["DomainList"]]
    assert names == ["live.example.com", "pull.example.com"]
    answered(client, "DELETE", "domains", {"Domain": "pull.example.com"})
    assert answered(client, "GET", "state")["domains"] == {}


def test_put_and_delete_recording_presets(emulator: Emulator, client: Client) -> None:
    answered(client, "PUT", "recordings", {"Vhost": "live.example.com", "Type": "vod"})
    assert client.call(CREATE, NEW).status == 200
    assert [preset.Type for preset in emulator.presets] == ["vod"]
    answered(client, "DELETE", "recordings", {"Vhost": "live.example.com"})
    assert answered(client, "GET", "state")["recordings"] == {}


def test_open_an_account_with_a_vhost_of_its_own(emulator: Emulator, client: Client) -> None:
    answered(client, "PUT", "accounts", {"account": "other", "access_key": "other-key", "secret_key": "other-secret"})
    keys = {"keys": ("other-key", "other-secret")}
    assert client.call(CREATE, NEW, **keys).code == "RequestForbidden.AccountIDNotAllow"
    answered(client, "PUT", "vhosts", {"Vhost": "live.example.com", "account": "other"})
    assert client.call(CREATE, NEW, **keys).status == 200
    assert client.call(CREATE, NEW).code == "RequestForbidden.AccountIDNotAllow"
    assert "secret" not in json.dumps(answered(client, "GET", "state"))


def test_limit_what_keys_may_do(client: Client) -> None:
    answered(client, "PUT", "access", {"vhosts": ["else.example.com"], "denied": [LIST_DOMAINS]})
    assert client.call(CREATE, NEW).code == "AccessDenied"
    assert client.call(LIST_DOMAINS, PAGE).code == "AccessDenied"
    assert client.call(LIST).status == 200
    answered(client, "PUT", "access", {})
    assert client.call(CREATE, NEW).status == 200


def test_reset_all_but_the_guesses(emulator: Emulator, client: Client) -> None:
    client.call(CREATE, NEW)
    answered(client, "POST", "guesses", {"listing_lag": 2})
    answered(client, "POST", "faults", {"action": "*"})
    answered(client, "POST", "reset")
    assert (emulator.presets, emulator.calls(), emulator.backend.guesses.listing_lag) == ([], [], 2)
    assert client.call(LIST).status == 200


@pytest.mark.parametrize(
    ("method", "name"),
    [("GET", ""), ("GET", "nothing"), ("GET", "reset"), ("POST", "state"), ("PUT", "faults"), ("GET", "__init__")],
)
def test_refuse_what_is_no_control(client: Client, method: str, name: str) -> None:
    answer = client.control(method, name)
    assert answer.status == 404
    assert f"no {method} {name}, but GET state" in json.loads(answer.body)["error"]


PRESET = dataclasses.asdict(STORED)


@pytest.mark.parametrize(
    ("method", "name", "content", "error"),
    [
        ("POST", "guesses", {"nothing": 1}, "a field of Guesses must be one of delete_removes, "),
        (
            "POST",
            "guesses",
            {"delete_removes": "all"},
            "delete_removes must be one of stream, app-level, app, not 'all'",
        ),
        ("POST", "guesses", {"listing_lag": 1, "recording": None}, "recording must be one of tos, vod, none, not None"),
        ("POST", "guesses", {"listing_lag": "long"}, "listing_lag must be a number from 0, not 'long'"),
        ("POST", "guesses", {"listing_lag": -1}, "listing_lag must be a number from 0, not -1"),
        ("POST", "guesses", {"listing_lag": True}, "listing_lag must be a number from 0, not True"),
        ("POST", "guesses", {"listing_lag": float("nan")}, "listing_lag must be a number from 0, not nan"),
        ("POST", "guesses", [], "the body must be a JSON object"),
        ("POST", "faults", None, "Fault must be an object that also has action, not {}"),
        ("POST", "faults", {"action": "List"}, "action must be * or one of CreateTimeShiftPresetV3, "),
        (
            "POST",
            "faults",
            {"action": "*", "kind": "fire"},
            "kind must be one of answer, reset, hang, cut, drip, drip-headers, endless, not 'fire'",
        ),
        ("POST", "faults", {"action": "*", "when": "never"}, "when must be one of instead, before, after, not 'never'"),
        ("POST", "faults", {"action": "*", "times": 1.5}, "times must be a whole number from 0, not 1.5"),
        ("POST", "faults", {"action": "*", "skip": -1}, "skip must be a whole number from 0, not -1"),
        ("POST", "faults", {"action": "*", "status": 600}, "status must be 200 to 599, not 600"),
        ("POST", "faults", {"action": "*", "code": 5}, "code must be a string, not 5"),
        ("PUT", "presets", {**PRESET, "MaxShiftTime": "1"}, "MaxShiftTime must be a whole number from 0, not '1'"),
        ("PUT", "presets", {**PRESET, "account": "nobody"}, "account must be one of default, not 'nobody'"),
        ("PUT", "presets", {**PRESET, "account": []}, "account must be one of default, not []"),
        (
            "PUT",
            "presets",
            {"Vhost": "live.example.com"},
            "Preset must be an object that also has App, Stream, MaxShiftTime, ",
        ),
        ("DELETE", "presets", {"Vhost": "live.example.com"}, "PresetKey must be an object that also has App, not "),
        ("DELETE", "presets", "everything", "the body must be a JSON object"),
        ("PUT", "domains", {"Domain": "pull.example.com"}, "Domain must be an object that also has Vhost, not "),
        (
            "PUT",
            "domains",
            {"Domain": "d", "Vhost": "v", "Type": "pull"},
            "Type must be one of push, pull-flv, not 'pull'",
        ),
        ("PUT", "recordings", {"Vhost": "v", "Type": "fcdn-tos"}, "Type must be one of tos, vod, not 'fcdn-tos'"),
        ("PUT", "vhosts", {"Vhost": "v", "account": "nobody"}, "account must be one of default, not 'nobody'"),
        ("PUT", "access", {"vhosts": "v"}, "vhosts must be a list of strings, not 'v'"),
        ("PUT", "access", {"denied": [1]}, "denied must be a list of strings, not [1]"),
    ],
)
def test_refuse_bad_use_and_change_nothing(
    emulator: Emulator, client: Client, method: str, name: str, content: Any, error: str
) -> None:
    emulator.put(STORED)
    answer = client.control(method, name, content)
    assert answer.status == 400
    assert json.loads(answer.body)["error"].startswith(error)
    assert (emulator.presets, emulator.backend.guesses) == ([STORED], Guesses())
    assert client.call(LIST).status == 200


@pytest.mark.parametrize(
    ("headers", "error"),
    [
        ({"Origin": "https://evil.example.com"}, "Origin"),
        ({"Origin": "null"}, "Origin"),
        ({"Host": "evil.example.com"}, "Host"),
        ({"Host": "evil.example.com:8899"}, "Host"),
        ({"Host": "127.0.0.1.evil.example.com"}, "Host"),
        ({"Host": "127.0.0.1@evil.example.com"}, "Host"),
        ({"Host": "[::1"}, "Host"),
    ],
)
def test_refuse_a_page_in_a_browser(emulator: Emulator, client: Client, headers: dict[str, str], error: str) -> None:
    """A web page could send these requests to the loopback address, or to a name of its own that leads there."""
    emulator.put(STORED)
    answer = client.exchange("POST", "/_emulator/reset", b"", {"Host": client.host, **headers})
    assert answer.status == 403
    assert error in json.loads(answer.body)["error"]
    assert emulator.presets == [STORED]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:8899", "LOCALHOST", "[::1]:1"])
def test_serve_this_machine_by_each_name(client: Client, host: str) -> None:
    assert client.exchange("GET", "/_emulator/calls", b"", {"Host": host}).status == 200
