"""Domains, recording presets and what an account's keys may see of them."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.foreign import Client
from pulumi_volcengine_live.emulator import (
    CREATE,
    DELETE,
    DESCRIBE_DOMAINS,
    LIST,
    LIST_DOMAINS,
    LIST_RECORDINGS,
    UPDATE,
    Access,
    Domain,
    Emulator,
    Guesses,
    Preset,
    Recording,
)

PUSH = Domain("live.example.com", "live.example.com", "push")
PULL = Domain("pull.example.com", "live.example.com", CertDomain="*.example.com", ChainID="21614")
OTHER = Domain("else.example.com", "push.example.com", "pull-flv", Status=2, Region="cn-global")
NEW = {"Vhost": "live.example.com", "App": "live", "MaxShiftTime": 86400, "PullDomain": "pull.example.com"}
THEIRS = {"keys": ("their-key", "their-secret")}


def page(client: Client, *, number: int = 1, size: int = 1000, call: Any = None, **filters: Any) -> Any:
    return client.call(LIST_DOMAINS, {"PageNum": number, "PageSize": size, **filters}, **(call or {})).result


def names(client: Client, **options: Any) -> list[str]:
    return [item["Domain"] for item in page(client, **options)["DomainList"]]


def test_list_a_domain_in_the_documented_form(emulator: Emulator, client: Client) -> None:
    emulator.put(PUSH, PULL)
    assert page(client, DomainNameList=["pull.example.com"]) == {
        "Total": 1,
        "DomainList": [
            {
                "Domain": "pull.example.com",
                "Vhost": "live.example.com",
                "PushDomain": "live.example.com",
                "Type": "pull-flv",
                "Status": 0,
                "Region": "cn",
                "CNAME": "pull.example.com.bytefcdn.com",
                "CnameCheck": 1,
                "DomainCheck": 0,
                "ICPCheck": 1,
                "CertDomain": "*.example.com",
                "ChainID": "21614",
                "HTTP2": False,
                "CreateTime": "2026-01-02T03:04:05Z",
                "ProjectName": "default",
                "Tags": [],
            }
        ],
    }


@pytest.mark.parametrize(
    ("filters", "left"),
    [
        ({}, ["else.example.com", "live.example.com", "pull.example.com", "push.example.com"]),
        ({"VhostList": []}, ["else.example.com", "live.example.com", "pull.example.com", "push.example.com"]),
        ({"VhostList": ["live.example.com"]}, ["live.example.com", "pull.example.com"]),
        ({"DomainNameList": ["else.example.com", "nothing.example.com"]}, ["else.example.com"]),
        ({"DomainTypeList": ["push"]}, ["live.example.com", "push.example.com"]),
        ({"DomainStatusList": [2, 3]}, ["else.example.com"]),
        ({"DomainRegionList": ["cn-global"]}, ["else.example.com"]),
        ({"DomainTypeList": ["pull-flv"], "DomainStatusList": [0]}, ["pull.example.com"]),
    ],
)
def test_filter_domains(emulator: Emulator, client: Client, filters: dict[str, Any], left: list[str]) -> None:
    emulator.put(PUSH, PULL, OTHER)
    assert names(client, **filters) == left


def test_list_domains_in_pages(emulator: Emulator, client: Client) -> None:
    """An empty page comes after the last one; each page has the number of all."""
    for number in range(5):
        emulator.put(Domain(f"d{number}", "live.example.com", "push"))
    pages = [page(client, number=number, size=2) for number in (1, 2, 3, 4)]
    assert [[item["Domain"] for item in each["DomainList"]] for each in pages] == [
        ["d0", "d1"],
        ["d2", "d3"],
        ["d4"],
        [],
    ]
    assert {each["Total"] for each in pages} == {5}


def test_own_every_vhost_that_nobody_else_owns(emulator: Emulator, client: Client) -> None:
    """A vhost has a push domain of its name, where nobody put one in: so whoever asks for it finds a sign of it."""
    emulator.add_account("them", *THEIRS["keys"], vhosts=["theirs.example.com"])
    asked = {"VhostList": ["any.example.com", "theirs.example.com"]}
    assert names(client, **asked) == ["any.example.com"]
    assert names(client, call=THEIRS, **asked) == ["theirs.example.com"]
    assert (names(client), names(client, call=THEIRS)) == ([], ["theirs.example.com"])
    emulator.put(Domain("live.theirs.example.com", "theirs.example.com", "push"), account="them")
    assert names(client, call=THEIRS) == ["live.theirs.example.com"]


def test_show_no_domain_of_a_vhost_that_nobody_has(emulator: Emulator, client: Client) -> None:
    emulator.backend.vhosts = {}
    assert page(client, VhostList=["live.example.com"]) == {"Total": 0, "DomainList": []}


def test_list_the_domains_of_a_vhost_with_presets(emulator: Emulator, client: Client) -> None:
    """A preset that is there has a pull domain, but one that stores in VOD has none of Live."""
    emulator.put(Preset("live.example.com", "live", "", 86400, "pull.example.com", "n", 1, "fcdn-tos"))
    emulator.put(Preset("live.example.com", "vod", "", 86400, "vod.example.com", "n", 1, "vod"))
    assert names(client) == ["live.example.com", "pull.example.com"]
    emulator.put(PULL)
    assert names(client) == sorted(["live.example.com", PULL.Domain])


def test_describe_domains(emulator: Emulator, client: Client) -> None:
    emulator.put(PUSH, PULL)
    items = client.call(DESCRIBE_DOMAINS, {"DomainList": ["pull.example.com", "live.example.com"]}).result["DomainList"]
    assert [item["Domain"] for item in items] == ["pull.example.com", "live.example.com"]
    assert set(page(client)["DomainList"][0]) - set(items[0]) == {"ProjectName", "Tags"}
    answer = client.call(DESCRIBE_DOMAINS, {"DomainList": ["pull.example.com", "nothing.example.com"]})
    assert (answer.status, answer.code) == (403, "RequestForbidden")


def test_keep_domains_of_accounts_apart(emulator: Emulator, client: Client) -> None:
    emulator.put(PUSH, PULL)
    emulator.add_account("them", *THEIRS["keys"])
    assert names(client, call=THEIRS, VhostList=["live.example.com"]) == []
    refused = client.call(DESCRIBE_DOMAINS, {"DomainList": ["pull.example.com"]}, **THEIRS)
    assert refused.code == "RequestForbidden"


def recordings(client: Client, **body: Any) -> Any:
    return client.call(LIST_RECORDINGS, {"Vhost": "live.example.com", **body}).result["PresetList"]


def test_list_a_recording_preset_in_the_documented_form(emulator: Emulator, client: Client) -> None:
    emulator.put(Recording("live.example.com", "live", "s", "vod", Name="mine", ID=8, VodNamespace="space"))
    ((item),) = recordings(client)
    config = item["SlicePresetV2"].pop("RecordPresetConfig")
    assert item == {
        "Vhost": "live.example.com",
        "App": "live",
        "Stream": "s",
        "SlicePresetV2": {"ID": 8, "Name": "mine"},
    }
    assert config["HlsParam"]["Enable"] is True
    assert config["HlsParam"]["TOSParam"]["Enable"] is False
    assert config["HlsParam"]["VODParam"] == {"Enable": True, "VodNamespace": "space", "WorkflowID": ""}
    assert (config["FlvParam"], config["Mp4Param"]) == ({"Enable": False}, {"Enable": False})


def test_list_recording_presets_of_all_levels_by_storage(emulator: Emulator, client: Client) -> None:
    """Those in VOD unless the call says otherwise."""
    emulator.put(
        Recording("live.example.com", Type="vod"),
        Recording("live.example.com", "live"),
        Recording("live.example.com", "live", "s"),
        Recording("else.example.com"),
    )

    def levels(**body: str) -> list[tuple[str, str]]:
        return [(item["App"], item["Stream"]) for item in recordings(client, **body)]

    assert levels(Type="tos") == [("live", ""), ("live", "s")]
    assert levels() == levels(Type="vod") == [("", "")]


@pytest.mark.parametrize(("guess", "tos", "vod"), [("tos", 1, 0), ("vod", 0, 1), ("none", 0, 0)])
def test_list_the_recording_preset_that_a_vhost_has_from_the_start(
    emulator: Emulator, client: Client, guess: Any, tos: int, vod: int
) -> None:
    emulator.backend.guesses = Guesses(recording=guess)
    assert (len(recordings(client, Type="tos")), len(recordings(client, Type="vod"))) == (tos, vod)
    emulator.put(Recording("live.example.com", "live", Bucket="b"))
    assert [item["App"] for item in recordings(client, Type="tos") + recordings(client, Type="vod")] == ["live"]


@pytest.mark.parametrize(
    ("level", "put_in", "stream", "bucket"),
    [
        ("any", ["", "live", "live/s"], "s", "live/s"),
        ("any", ["", "live"], "s", "live"),
        ("any", [""], "s", "vhost"),
        ("any", ["", "live", "live/s"], "", "live"),
        ("any", ["live/s", "else"], "", None),
        ("own", ["", "live", "live/s"], "s", "live/s"),
        ("own", ["", "live"], "s", None),
        ("own", ["", "live"], "", "live"),
        ("own", [""], "", None),
        ("own", [], "", None),
    ],
)
def test_follow_the_recording_preset(
    emulator: Emulator, client: Client, level: Any, put_in: list[str], stream: str, bucket: str | None
) -> None:
    emulator.backend.guesses = Guesses(recording_level=level)
    for name in put_in:
        app, _, of_stream = name.partition("/")
        emulator.put(Recording("live.example.com", app, of_stream, Bucket=name or "vhost"))
    answer = client.call(CREATE, {**NEW, "Stream": stream, "TimeShiftType": 0})
    assert answer.code == ("InvalidParam" if bucket is None else "")
    assert [preset.Bucket for preset in emulator.presets] == ([] if bucket is None else [bucket])
    assert client.call(CREATE, {**NEW, "App": "other", "TimeShiftType": 1}).status == 200


def test_forget_domains_and_recording_presets(emulator: Emulator, client: Client) -> None:
    emulator.put(PULL, Recording("live.example.com", "live"))
    emulator.backend.remove_domain("default", "pull.example.com")
    emulator.backend.remove_recording("default", ("live.example.com", "live", ""))
    assert names(client) == []
    emulator.put(PULL)
    emulator.reset()
    assert names(client) == []


@pytest.mark.parametrize(
    ("guess", "code"),
    [("not-allowed", "RequestForbidden.AccountIDNotAllow"), ("forbidden", "RequestForbidden"), ("empty", "")],
)
def test_list_another_accounts_vhost(emulator: Emulator, client: Client, guess: Any, code: str) -> None:
    """Changing calls are refused whatever is guessed."""
    emulator.backend.guesses = Guesses(foreign_vhost=guess)
    emulator.put(Preset("live.example.com", "live", "", 86400, "pull.example.com", "n", 1, "fcdn-tos"))
    emulator.add_account("them", *THEIRS["keys"])
    for action, name in ((LIST, "List"), (LIST_RECORDINGS, "PresetList")):
        answer = client.call(action, {"Vhost": "live.example.com", "Type": "tos"}, **THEIRS)
        assert (answer.code, answer.result) == (code, None if code else {name: []})
    assert client.call(CREATE, NEW, **THEIRS).code == "RequestForbidden.AccountIDNotAllow"


@pytest.mark.parametrize(
    ("guess", "code", "shown"),
    [("visible", "", ["live.example.com"]), ("nothing", "", []), ("refused", "AccessDenied", None)],
)
def test_list_for_limited_keys(
    emulator: Emulator, client: Client, guess: Any, code: str, shown: list[str] | None
) -> None:
    """A call that names a vhost of the keys' projects is served whatever is guessed, and no other vhost ever."""
    emulator.backend.guesses = Guesses(limited_keys=guess)
    emulator.backend.access["default"] = Access(["live.example.com"])
    for vhost in ("live.example.com", "push.example.com"):
        emulator.put(Preset(vhost, "live", "", 86400, "pull.example.com", "n", 1, "fcdn-tos"))
    presets = client.call(LIST, {"Type": "tos"})
    domains = client.call(LIST_DOMAINS, {"PageNum": 1, "PageSize": 10})
    assert (presets.code, domains.code) == (code, code)
    if shown is not None:
        assert [item["Vhost"] for item in presets.result["List"]] == shown
        assert sorted({item["Vhost"] for item in domains.result["DomainList"]}) == shown
    assert len(client.call(LIST, {"Type": "tos", "Vhost": "live.example.com"}).result["List"]) == 1
    named = names(client, VhostList=["live.example.com", "push.example.com"])
    assert named == ["live.example.com", "pull.example.com"]
    for action in (LIST, UPDATE, DELETE, LIST_RECORDINGS):
        body: dict[str, Any] = {"Vhost": "push.example.com", **({"App": "live"} if action in (UPDATE, DELETE) else {})}
        body |= {"MaxShiftTime": 86400} if action == UPDATE else {}
        assert client.call(action, body).code == "AccessDenied"


@pytest.mark.parametrize("action", [LIST_DOMAINS, DESCRIBE_DOMAINS, LIST_RECORDINGS, LIST])
def test_deny_an_action(emulator: Emulator, client: Client, action: str) -> None:
    emulator.backend.access["default"] = Access(denied=[action])
    answer = client.call(action, {})
    assert (answer.status, answer.code) == (403, "AccessDenied")
    assert client.call(CREATE, NEW).status == 200
