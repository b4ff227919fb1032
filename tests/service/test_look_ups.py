"""What a look-up returns, and which failures raise an error rather than give an empty result."""

from __future__ import annotations

import dataclasses

import pytest

import pulumi_volcengine_live as live
from full_account import EVERY_KIND, IDS, fill
from pulumi_volcengine_live.api.client import Client
from pulumi_volcengine_live.emulator import LIST, LIST_DOMAINS, Access, Domain, Emulator, Fault
from pulumi_volcengine_live.lookups import look_up, look_up_domains
from stepped_clock import SteppedClock


@pytest.fixture
def full(emulator: Emulator) -> Emulator:
    fill(emulator)
    return emulator


def test_return_every_field_of_every_kind(full: Emulator, client: Client) -> None:
    app, stream, _, in_vod = look_up(client)
    assert dataclasses.asdict(app) == {
        "id": "push.example.com/concerts",
        "vhost": "push.example.com",
        "app": "concerts",
        "stream": None,
        "max_shift_time": 604800,
        "pull_domain": "pull.example.com",
        "time_shift_type": 1,
        "preset_name": "ts-1",
        "enabled": True,
        "storage": "fcdn-tos",
        "bucket": "b",
        "vod_namespace": None,
    }
    assert (stream.stream, stream.time_shift_type, stream.enabled, stream.storage) == ("main-stage", 0, False, "tos")
    assert (in_vod.time_shift_type, in_vod.storage, in_vod.vod_namespace) == (0, "vod", "space")


@pytest.mark.parametrize(
    ("vhost", "app", "indexes"),
    [
        (None, None, [0, 1, 2, 3]),
        ("push.example.com", None, [0, 1, 2]),
        (None, "news", [2, 3]),
        ("push.example.org", "news", [3]),
        ("push.example.org", "concerts", []),
        ("nowhere.example.com", None, []),
    ],
    ids=repr,
)
def test_answer_in_order_what_is_asked_for(
    full: Emulator, client: Client, vhost: str | None, app: str | None, indexes: list[int]
) -> None:
    assert [found.id for found in look_up(client, vhost, app)] == [IDS[index] for index in indexes]
    assert len(full.calls(LIST)) == 2


def test_answer_each_preset_once(full: Emulator, client: Client) -> None:
    """Also where the service lists one under both types of storage."""
    full.put(dataclasses.replace(EVERY_KIND[0], Type="vod", Vhost="PUSH.example.com"))
    assert [found.id for found in look_up(client)] == list(IDS)


def test_answer_nothing_for_an_empty_account_and_for_a_vhost_that_is_not_there(
    emulator: Emulator, client: Client
) -> None:
    assert look_up(client) == []
    emulator.backend.vhosts = {}
    assert look_up(client, "push.example.com") == []


@pytest.mark.parametrize(
    ("fault", "kind", "says"),
    [
        (Fault(LIST, status=403, code="RequestForbidden.AccountIDNotAllow"), live.AccessError, "AccountIDNotAllow"),
        (Fault(LIST, status=401, code="InvalidCredential"), live.AccessError, "Check the keys"),
        (Fault(LIST, status=429, code="FlowLimitExceeded"), live.ThrottledError, "run the command again later"),
        (
            Fault(LIST, status=200, body="<html>"),
            live.UnexpectedAnswerError,
            "a proxy, a portal or another server may have sent it",
        ),
        (Fault(LIST, status=200, code="CommonErr"), live.OutcomeUnknownError, "Run the command again."),
        (Fault(LIST, "reset"), live.OutcomeUnknownError, "Run the command again."),
    ],
    ids=lambda value: getattr(value, "code", None),
)
def test_raise_rather_than_return_nothing(
    full: Emulator, client: Client, clock: SteppedClock, fault: Fault, kind: type[live.LiveError], says: str
) -> None:
    full.faults.add(dataclasses.replace(fault, times=1000))
    with pytest.raises(kind) as caught:
        look_up(client, clock=clock)
    message = str(caught.value)
    assert message.startswith("looking up time-shift presets: ")
    assert "Nothing was changed by this." in message
    assert says in message


@pytest.mark.parametrize("fault", [Fault(LIST, status=429, code="FlowLimitExceeded"), Fault(LIST, status=502)])
def test_retry_throttled_and_unclear_listings(
    full: Emulator, client: Client, clock: SteppedClock, fault: Fault
) -> None:
    full.faults.add(dataclasses.replace(fault, times=3))
    assert [found.id for found in look_up(client, clock=clock)] == list(IDS)


@pytest.fixture
def domains(emulator: Emulator) -> Emulator:
    emulator.put(
        Domain("pull.example.com", "push.example.com"),
        Domain("push.example.com", "push.example.com", "push"),
        Domain("a.example.org", "push.example.org", Status=2),
        Domain("push.example.org", "push.example.org", "push"),
    )
    return emulator


@pytest.mark.parametrize(
    ("vhost", "names"),
    [
        (None, ["pull.example.com", "push.example.com", "a.example.org", "push.example.org"]),
        ("push.example.org", ["a.example.org", "push.example.org"]),
    ],
)
def test_answer_domains_in_order_of_vhost_and_name(
    domains: Emulator, client: Client, vhost: str | None, names: list[str]
) -> None:
    assert [domain.name for domain in look_up_domains(client, vhost)] == names
    assert len(domains.calls(LIST_DOMAINS)) == 1


def test_answer_no_domains_of_a_vhost_that_is_not_there(emulator: Emulator, client: Client) -> None:
    assert look_up_domains(client) == []
    emulator.backend.vhosts = {}
    assert look_up_domains(client, "push.example.com") == []
    emulator.faults.add(Fault(LIST_DOMAINS, status=403, code="RequestForbidden"))
    assert look_up_domains(client, "push.example.com") == []


def test_report_keys_that_may_not_list_domains(domains: Emulator, client: Client, clock: SteppedClock) -> None:
    domains.backend.access["default"] = Access(denied=[LIST_DOMAINS])
    with pytest.raises(live.AccessError) as caught:
        look_up_domains(client, clock=clock)
    message = str(caught.value)
    assert message.startswith("looking up domains: the service answered AccessDenied")
    assert LIST_DOMAINS in message


def test_retry_throttled_and_unclear_listings_of_domains(
    domains: Emulator, client: Client, clock: SteppedClock
) -> None:
    domains.faults.add(Fault(LIST_DOMAINS, status=502, times=3))
    assert len(look_up_domains(client, clock=clock)) == 4
