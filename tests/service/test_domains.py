"""The typed calls about domains and recording presets, against the emulator."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from typing import Any

import pytest

from pulumi_volcengine_live import errors
from pulumi_volcengine_live.api.client import Client
from pulumi_volcengine_live.domain import Domain
from pulumi_volcengine_live.emulator import LIST_DOMAINS, LIST_RECORDINGS, Access, Emulator, Fault, Guesses, Recording
from pulumi_volcengine_live.emulator import Domain as Stored
from pulumi_volcengine_live.recording import RecordingPreset
from stepped_clock import NO_DEADLINE, SteppedClock

PULL = Stored("pull.example.com", "push.example.com", CertDomain="*.example.com", ChainID="21614")


def _answer(emulator: Emulator, action: str, result: Any) -> None:
    metadata = {"RequestId": "R1", "Action": action, "Version": "2023-01-01", "Service": "live", "Region": "cn-north-1"}
    body = json.dumps({"ResponseMetadata": metadata, "Result": result})
    emulator.faults.add(Fault(action, status=200, body=body, content_type="application/json"))


def test_list_domains_as_objects(client: Client, emulator: Emulator) -> None:
    emulator.put(PULL)
    assert client.domains((), NO_DEADLINE) == [
        Domain(
            name="pull.example.com",
            vhost="push.example.com",
            push_domain="push.example.com",
            type="pull",
            status="normal",
            usable=True,
            region="cn",
            cname="pull.example.com.bytefcdn.com",
            certificate_domain="*.example.com",
            certificate_id="21614",
        ),
        Domain(
            name="push.example.com",
            vhost="push.example.com",
            push_domain="push.example.com",
            type="push",
            status="normal",
            usable=True,
            region="cn",
            cname="push.example.com.bytefcdn.com",
        ),
    ]


@pytest.mark.parametrize(
    ("vhosts", "names", "sent"),
    [
        ([], [], {}),
        (["push.example.com"], [], {"VhostList": ["push.example.com"]}),
        ([], ["pull.example.com"], {"DomainNameList": ["pull.example.com"]}),
    ],
)
def test_ask_for_some_domains(
    client: Client, emulator: Emulator, vhosts: list[str], names: list[str], sent: dict[str, Any]
) -> None:
    client.domains(vhosts, NO_DEADLINE, names=names)
    assert [call.body for call in emulator.calls(LIST_DOMAINS)] == [{"PageNum": 1, "PageSize": 1000, **sent}]


@pytest.mark.parametrize(("domains", "calls"), [(0, 1), (999, 1), (1000, 1), (1001, 2), (2500, 3)])
def test_list_all_pages(client: Client, emulator: Emulator, domains: int, calls: int) -> None:
    for number in range(domains):
        emulator.put(Stored(f"d{number}.example.com", "push.example.com", "push"))
    assert len({domain.name for domain in client.domains((), NO_DEADLINE)}) == domains
    assert len(emulator.calls(LIST_DOMAINS)) == calls


@pytest.mark.parametrize(
    ("status", "check", "word", "usable"),
    [
        (0, 0, "normal", True),
        (0, 1, "being configured", True),
        (0, 2, "unusable", False),
        (0, 9, "unknown", None),
        (1, 0, "in review", False),
        (2, 1, "disabled", False),
        (3, 0, "deleted", False),
        (4, 0, "rejected", False),
        (5, 0, "stopped for arrears", False),
        (6, 0, "blocked", False),
        (7, 0, "unknown", None),
    ],
)
def test_show_the_status_in_words(
    client: Client, emulator: Emulator, status: int, check: int, word: str, usable: bool | None
) -> None:
    emulator.put(dataclasses.replace(PULL, Status=status, DomainCheck=check))
    (domain,) = client.domains((), NO_DEADLINE, names=["pull.example.com"])
    assert (domain.status, domain.usable) == (word, usable)


@pytest.mark.parametrize(
    ("item", "read"),
    [
        ({"Domain": "D.example.com", "Vhost": "V.example.com"}, ("d.example.com", "v.example.com", "unknown", None)),
        ({"Domain": "d", "Vhost": "v", "Type": "pull-rtm", "Status": 0}, ("d", "v", "pull-rtm", True)),
        ({"Domain": "d", "Vhost": "v", "Type": 1, "Status": "0", "CNAME": []}, ("d", "v", "unknown", None)),
        ({"Domain": "d", "Vhost": "v", "Type": "push", "Status": []}, ("d", "v", "push", None)),
        ({"Domain": "d", "Vhost": "v", "Type": "push", "Status": 0, "DomainCheck": {}}, ("d", "v", "push", None)),
        ({"Domain": "d"}, None),
        ({"Domain": "d\x1b[2J", "Vhost": "v"}, None),
        ({"Domain": 1, "Vhost": "v"}, None),
        ("d", None),
        (None, None),
    ],
)
def test_read_odd_domains_or_leave_them_out(client: Client, emulator: Emulator, item: Any, read: Any) -> None:
    _answer(emulator, LIST_DOMAINS, {"Total": 2, "DomainList": [item, {"Domain": "other", "Vhost": "v", "Status": 0}]})
    *odd, other = client.domains((), NO_DEADLINE)
    assert other.name == "other"
    assert [(each.name, each.vhost, each.type, each.usable) for each in odd] == ([read] if read else [])


def test_list_recording_presets_as_objects(client: Client, emulator: Emulator) -> None:
    emulator.put(
        Recording("push.example.com"),
        Recording("push.example.com", "live", Type="vod", Format="mp4"),
        Recording("push.example.com", "live", "s", Format="flv"),
    )
    found = client.recordings("push.example.com", NO_DEADLINE)
    assert [(each.level, each) for each in found] == [
        ("vhost", RecordingPreset("push.example.com", "", "", "tos", frozenset({"hls"}))),
        ("stream", RecordingPreset("push.example.com", "live", "s", "tos", frozenset({"flv"}))),
        ("app", RecordingPreset("push.example.com", "live", "", "vod", frozenset({"mp4"}))),
    ]
    assert [call.body["Type"] for call in emulator.calls(LIST_RECORDINGS)] == ["tos", "vod"]


@pytest.mark.parametrize(
    ("item", "formats"),
    [
        ({"Vhost": "v", "App": None}, []),
        ({"Vhost": "v", "SlicePresetV2": {"RecordPresetConfig": {"HlsParam": {"Enable": "yes"}}}}, []),
        ({"Vhost": "v", "SlicePresetV2": {"RecordPresetConfig": []}}, []),
        ({"App": "a"}, None),
        ({"Vhost": "v", "App": 1}, None),
        ({"Vhost": "v", "App": "a\nb"}, None),
        (1, None),
    ],
)
def test_read_odd_recording_presets_or_leave_them_out(
    client: Client, emulator: Emulator, item: Any, formats: Any
) -> None:
    _answer(emulator, LIST_RECORDINGS, {"PresetList": [item]})
    emulator.backend.guesses = Guesses(recording="none")
    found = client.recordings("v", NO_DEADLINE)
    assert [sorted(each.formats) for each in found] == ([] if formats is None else [formats])


@pytest.mark.parametrize("empty", ["array", "null"])
def test_read_an_empty_list_of_domains_however_it_is_written(client: Client, emulator: Emulator, empty: Any) -> None:
    emulator.backend.guesses = Guesses(empty_list=empty, recording="none")
    assert client.domains((), NO_DEADLINE) == []
    assert client.recordings("push.example.com", NO_DEADLINE) == []


@pytest.mark.parametrize("result", [None, [], {}, {"DomainList": "d", "PresetList": "p"}])
def test_refuse_what_is_no_list(client: Client, emulator: Emulator, result: Any) -> None:
    for action in (LIST_DOMAINS, LIST_RECORDINGS):
        _answer(emulator, action, result)
    calls: dict[str, Callable[[], object]] = {
        "no list of domains": lambda: client.domains((), NO_DEADLINE),
        "no list of recording presets": lambda: client.recordings("v", NO_DEADLINE),
    }
    for expected, call in calls.items():
        with pytest.raises(errors.UnexpectedAnswerError, match=expected) as caught:
            call()
        assert caught.value.outcome is errors.Outcome.UNCHANGED


@pytest.mark.parametrize("action", [LIST_DOMAINS, LIST_RECORDINGS])
def test_report_that_a_refused_call_changed_nothing(client: Client, emulator: Emulator, action: str) -> None:
    emulator.backend.access["default"] = Access(denied=[action])
    with pytest.raises(errors.AccessError, match="AccessDenied") as caught:
        client.domains((), NO_DEADLINE) if action == LIST_DOMAINS else client.recordings("v", NO_DEADLINE)
    assert caught.value.outcome is errors.Outcome.UNCHANGED


def test_keep_the_rate_limit(client: Client, emulator: Emulator, clock: SteppedClock) -> None:
    for _ in range(11):
        client.domains((), NO_DEADLINE)
    assert {call.status for call in emulator.calls()} == {200}
