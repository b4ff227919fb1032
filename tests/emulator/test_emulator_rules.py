"""Every rule that is documented, and the code that answers who breaks it."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from emulator.foreign import NOW, SIGNED, Client
from pulumi_volcengine_live.emulator import (
    CREATE,
    DELETE,
    DESCRIBE_DOMAINS,
    LIST,
    LIST_DOMAINS,
    LIST_RECORDINGS,
    UPDATE,
    Backend,
    Emulator,
    Guesses,
    Preset,
)
from stepped_clock import SteppedClock

APP = {"Vhost": "live.example.com", "App": "live"}
NEW = {**APP, "MaxShiftTime": 86400, "PullDomain": "pull.example.com"}
LONGER = {**APP, "MaxShiftTime": 1296000}
OWN = Preset(
    Vhost="live.example.com",
    App="live",
    Stream="",
    MaxShiftTime=86400,
    Domain="pull.example.com",
    Name="time-shift-1",
    Status=0,
    Type="tos",
    Bucket="live-time-shift",
)
VHOST = {"Vhost": "live.example.com"}
COMPLETE: dict[str, dict[str, Any]] = {
    CREATE: NEW,
    UPDATE: LONGER,
    DELETE: APP,
    LIST: {**VHOST, "Type": "tos"},
    LIST_RECORDINGS: VHOST,
    LIST_DOMAINS: {"PageNum": 1, "PageSize": 10},
    DESCRIBE_DOMAINS: {"DomainList": ["live.example.com"]},
}
OF_VHOST = tuple(action for action, body in COMPLETE.items() if "Vhost" in body)


def listed(client: Client, storage: str, **more: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.call(LIST, {"Type": storage, **more}).result["List"]
    return found


@pytest.mark.parametrize("seconds", [86400, 259200, 604800, 1296000])
@pytest.mark.parametrize("stream", ["", "s", "A-z_0.9" * 14 + "ab"])
@pytest.mark.parametrize("app", ["a", "A-z_0.9" * 4 + "ab"])
def test_create_with_documented_values(emulator: Emulator, client: Client, app: str, stream: str, seconds: int) -> None:
    body = {**NEW, "App": app, "Stream": stream, "MaxShiftTime": seconds}
    assert client.call(CREATE, body).result == {"PresetName": "time-shift-1"}
    assert emulator.presets == [dataclasses.replace(OWN, App=app, Stream=stream, MaxShiftTime=seconds)]


NO_INTEGERS: tuple[Any, ...] = ("1", 1.0, True, None, [])
NO_STRINGS: tuple[Any, ...] = (1, None, {})
BAD_VALUES: list[tuple[str, str, Any, str]] = [
    *[(action, "App", "a" * 31, "InvalidParam") for action in (CREATE, UPDATE, DELETE)],
    *[(CREATE, "App", value, "InvalidParam") for value in ("", "a b", "a/b", "a\n", "é")],
    *[(CREATE, "Stream", value, "InvalidParam") for value in ("s" * 101, "a b", "a/b", "a\n", "é")],
    *[(CREATE, "MaxShiftTime", value, "InvalidParam") for value in (0, -1, 1, 86399, 86401, 172800)],
    (UPDATE, "MaxShiftTime", 86401, "InvalidParam"),
    *[(CREATE, "TimeShiftType", value, "InvalidParam") for value in (-1, 2)],
    *[(CREATE, name, "", "InvalidParam") for name in ("Vhost", "PullDomain")],
    *[(LIST, "Type", value, "InvalidParam") for value in ("fcdn-tos", "TOS", "all")],
    *[(CREATE, "MaxShiftTime", value, "InvalidParam.BindError") for value in NO_INTEGERS],
    *[(CREATE, "TimeShiftType", value, "InvalidParam.BindError") for value in NO_INTEGERS],
    *[(action, "Vhost", value, "InvalidParam.BindError") for action in OF_VHOST for value in NO_STRINGS],
    *[(action, "Unknown", "x", "InvalidParam.BindError") for action in COMPLETE],
    (UPDATE, "PullDomain", "pull.example.com", "InvalidParam.BindError"),
    (LIST, "Type", 1, "InvalidParam.BindError"),
    (LIST_RECORDINGS, "Type", "fcdn-tos", "InvalidParam"),
    *[(LIST_DOMAINS, name, value, "InvalidParam") for name in ("PageNum", "PageSize") for value in (0, -1, 1001)],
    *[(LIST_DOMAINS, "PageNum", value, "InvalidParam.BindError") for value in NO_INTEGERS],
    (LIST_DOMAINS, "DomainTypeList", ["pull"], "InvalidParam"),
    (LIST_DOMAINS, "DomainStatusList", [0, 7], "InvalidParam"),
    (LIST_DOMAINS, "DomainRegionList", ["global"], "InvalidParam"),
    (LIST_DOMAINS, "DomainStatusList", ["0"], "InvalidParam.BindError"),
    *[(LIST_DOMAINS, "VhostList", value, "InvalidParam.BindError") for value in ("live.example.com", None, [1])],
    (DESCRIBE_DOMAINS, "DomainList", [], "InvalidParam"),
    (DESCRIBE_DOMAINS, "DomainList", "live.example.com", "InvalidParam.BindError"),
]


@pytest.mark.parametrize(("action", "name", "value", "code"), BAD_VALUES)
def test_refuse_value(emulator: Emulator, client: Client, action: str, name: str, value: Any, code: str) -> None:
    emulator.put(OWN)
    answer = client.call(action, {**COMPLETE[action], name: value})
    assert (answer.status, answer.code) == (400, code)
    assert name in answer.envelope["ResponseMetadata"]["Error"]["Message"]
    assert emulator.presets == [OWN]


@pytest.mark.parametrize(
    ("action", "name"), [(action, name) for action in COMPLETE if action != LIST for name in COMPLETE[action]]
)
def test_refuse_call_without_required_field(emulator: Emulator, client: Client, action: str, name: str) -> None:
    emulator.put(OWN)
    body = {key: value for key, value in COMPLETE[action].items() if key != name}
    answer = client.call(action, body)
    assert (answer.status, answer.code, emulator.presets) == (400, "InvalidParam", [OWN])


@pytest.mark.parametrize(
    ("kind", "recording", "listed_in", "expected"),
    [
        (None, "tos", "tos", {"Type": "tos", "Status": 0, "Bucket": "live-time-shift", "VODNamespace": ""}),
        (0, "tos", "tos", {"Type": "tos", "Status": 0, "Bucket": "live-time-shift", "VODNamespace": ""}),
        (0, "vod", "vod", {"Type": "vod", "Status": 0, "Bucket": "", "VODNamespace": "live"}),
        (1, "tos", "tos", {"Type": "fcdn-tos", "Status": 1, "Bucket": "live-time-shift", "VODNamespace": ""}),
        (1, "vod", "tos", {"Type": "fcdn-tos", "Status": 1, "Bucket": "live-time-shift", "VODNamespace": ""}),
        (1, "none", "tos", {"Type": "fcdn-tos", "Status": 1, "Bucket": "live-time-shift", "VODNamespace": ""}),
    ],
)
def test_store_where_the_time_shift_type_says(
    emulator: Emulator, client: Client, kind: int | None, recording: Any, listed_in: str, expected: dict[str, Any]
) -> None:
    emulator.backend.guesses = Guesses(recording=recording)
    client.call(CREATE, NEW if kind is None else {**NEW, "TimeShiftType": kind})
    common = {key: value for key, value in dataclasses.asdict(OWN).items() if key not in expected}
    assert listed(client, listed_in) == [{**common, **expected}]
    assert listed(client, {"tos": "vod", "vod": "tos"}[listed_in]) == []


def test_refuse_recording_without_a_recording_preset(emulator: Emulator, client: Client) -> None:
    emulator.backend.guesses = Guesses(recording="none")
    answer = client.call(CREATE, {**NEW, "TimeShiftType": 0})
    assert (answer.status, answer.code, emulator.presets) == (400, "InvalidParam", [])


def test_list_every_vhost_or_one(emulator: Emulator, client: Client) -> None:
    for vhost in ("a.example.com", "b.example.com"):
        emulator.put(dataclasses.replace(OWN, Vhost=vhost))
    assert [item["Vhost"] for item in listed(client, "tos")] == ["a.example.com", "b.example.com"]
    assert [item["Vhost"] for item in listed(client, "tos", Vhost="b.example.com")] == ["b.example.com"]
    assert listed(client, "tos", Vhost="c.example.com") == []


@pytest.mark.parametrize("body", [{}, {"Type": ""}])
def test_list_vod_without_type(emulator: Emulator, client: Client, body: dict[str, str]) -> None:
    emulator.put(OWN)
    emulator.put(dataclasses.replace(OWN, App="vod", Type="vod"))
    assert [item["App"] for item in client.call(LIST, body).result["List"]] == ["vod"]


def test_list_storage_without_case(emulator: Emulator, client: Client) -> None:
    emulator.put(dataclasses.replace(OWN, Type="fcdn-toS"))
    assert [item["Type"] for item in listed(client, "tos")] == ["fcdn-toS"]


def test_update_only_max_shift_time_of_the_one_named(emulator: Emulator, client: Client) -> None:
    stream = dataclasses.replace(OWN, Stream="s")
    for preset in (OWN, stream):
        emulator.put(preset)
    answer = client.call(UPDATE, {**LONGER, "Stream": "s"})
    assert (answer.status, answer.result) == (200, None)
    assert emulator.presets == [OWN, dataclasses.replace(stream, MaxShiftTime=1296000)]


@pytest.mark.parametrize("action", [UPDATE, DELETE])
@pytest.mark.parametrize("other", [{"Vhost": "b.example.com"}, {"App": "other"}, {"Stream": "s"}])
def test_refuse_change_of_what_is_not_there(
    emulator: Emulator, client: Client, action: str, other: dict[str, str]
) -> None:
    emulator.put(OWN)
    answer = client.call(action, {**COMPLETE[action], **other})
    assert (answer.status, answer.code, emulator.presets) == (403, "RequestForbidden", [OWN])


def test_create_20_streams_of_an_app_and_no_more(emulator: Emulator, client: Client) -> None:
    """The app's own preset and other apps do not count."""
    for number in range(20):
        emulator.put(dataclasses.replace(OWN, Stream=f"s{number}"))
    refused = client.call(CREATE, {**NEW, "Stream": "s20"})
    assert (refused.status, refused.code, len(emulator.presets)) == (400, "InvalidParam", 20)
    assert client.call(CREATE, NEW).status == 200
    assert client.call(CREATE, {**NEW, "App": "other", "Stream": "s"}).status == 200


def test_name_each_preset_anew(emulator: Emulator, client: Client) -> None:
    emulator.put(dataclasses.replace(OWN, App="other", Name="time-shift-2"))
    names = []
    for _ in range(3):
        names.append(client.call(CREATE, NEW).result["PresetName"])
        client.call(DELETE, APP)
    assert names == ["time-shift-1", "time-shift-3", "time-shift-4"]


@pytest.mark.parametrize("action", [CREATE, UPDATE, DELETE, LIST, LIST_RECORDINGS])
@pytest.mark.parametrize(
    ("vhost", "code"),
    [("unknown.example.com", "RequestForbidden"), ("theirs.example.com", "RequestForbidden.AccountIDNotAllow")],
)
def test_refuse_vhost_of_somebody_else(emulator: Emulator, client: Client, action: str, vhost: str, code: str) -> None:
    emulator.backend.vhosts = {"live.example.com": "default", "theirs.example.com": "them"}
    refused = client.call(action, {**COMPLETE[action], "Vhost": vhost})
    assert (refused.status, refused.code) == (403, code)
    assert client.call(CREATE, NEW).status == 200


def test_keep_accounts_apart(emulator: Emulator, client: Client) -> None:
    emulator.add_account("other", "other-key", "other-secret", vhosts=["theirs.example.com"])
    client.call(CREATE, NEW)
    theirs = {"keys": ("other-key", "other-secret"), "signed": SIGNED}
    assert client.call(LIST, {"Type": "tos"}, **theirs).result == {"List": []}
    assert client.call(DELETE, APP, **theirs).code == "RequestForbidden.AccountIDNotAllow"
    assert client.call(CREATE, {**NEW, "Vhost": "theirs.example.com"}, **theirs).status == 200
    assert len(emulator.presets) == 1


@pytest.mark.parametrize("action", COMPLETE)
def test_limit_calls_in_a_sliding_second(emulator: Emulator, client: Client, clock: SteppedClock, action: str) -> None:
    """Refused calls do not count; after half of them have left the last second, half of them may come again."""

    def served(calls: int) -> list[int]:
        codes = [client.call(action, COMPLETE[action]) for _ in range(calls)]
        return [number for number, answer in enumerate(codes) if answer.code != "FlowLimitExceeded"]

    assert served(5) == [0, 1, 2, 3, 4]
    clock.sleep(0.6)
    assert served(7) == [0, 1, 2, 3, 4]
    clock.sleep(0.39)
    assert served(2) == []
    clock.sleep(0.01)
    assert served(7) == [0, 1, 2, 3, 4]
    assert {call.status for call in emulator.calls() if call.code == "FlowLimitExceeded"} == {429}


def test_limit_each_action_and_account_apart(emulator: Emulator, client: Client) -> None:
    emulator.add_account("other", "other-key", "other-secret")
    for _ in range(10):
        client.call(LIST)
    assert client.call(LIST).code == "FlowLimitExceeded"
    assert client.call(CREATE, NEW).status == 200
    assert client.call(LIST, keys=("other-key", "other-secret")).status == 200


def test_limit_nothing_if_the_limit_is_off() -> None:
    with Emulator(backend=Backend(calls_per_second=None), now=lambda: NOW) as emulator:
        client = Client(emulator.url)
        assert {client.call(LIST).status for _ in range(30)} == {200}
        client.close()
