"""The calls as they are sent, and the traps of the vendor's SDK."""

from __future__ import annotations

import json
import socket
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from full_account import EVERY_KIND, fill
from pulumi_volcengine_live import errors
from pulumi_volcengine_live.api.client import GATHER_SECONDS, Client, client_for
from pulumi_volcengine_live.emulator import CREATE, LIST, Backend, Emulator, Fault, Guesses
from pulumi_volcengine_live.emulator import Preset as Stored
from pulumi_volcengine_live.preset import Identity, MaxShiftTime, Preset, TimeShiftType
from pulumi_volcengine_live.settings import Credentials
from stepped_clock import NO_DEADLINE, SteppedClock

APP = Identity("push.example.com", "live")
STREAM = Identity("push.example.com", "live", "s1")
WANTED = Preset(STREAM, MaxShiftTime.DAYS_1, "pull.example.com", TimeShiftType.INDEPENDENT)


def _client(emulator: Emulator, clock: SteppedClock, **changed: Any) -> Client:
    keys = {"access_key": emulator.access_key, "secret_key": emulator.secret_key, **changed}
    return Client(Credentials(**keys), emulator.url, clock=clock)


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


def test_list_presets_of_every_storage_as_objects(client: Client, emulator: Emulator) -> None:
    stored = [
        Stored("Push.Example.com", "live", "", 86400, "Pull.example.com", "n1", 0, "tos", Bucket="b"),
        Stored("push.example.com", "live", "s1", 604800, "pull.example.com", "n2", 1, "fcdn-toS", Bucket="b"),
        Stored("push.example.com", "vod", "", 259200, "vod.example.com", "n3", 1, "vod", VODNamespace="space"),
    ]
    for preset in stored:
        emulator.put(preset)
    assert sorted(client.presets("", NO_DEADLINE).presets, key=lambda preset: preset.identity) == [
        Preset(APP, 86400, "pull.example.com", 0, "n1", False, "tos", "b", None),
        Preset(STREAM, 604800, "pull.example.com", 1, "n2", True, "fcdn-tos", "b", None),
        Preset(Identity("push.example.com", "vod"), 259200, "vod.example.com", 0, "n3", True, "vod", None, "space"),
    ]


def test_list_one_type_if_the_service_refuses_the_other(client: Client, emulator: Emulator) -> None:
    """It may answer so for a type that the account has no presets of."""
    fill(emulator, EVERY_KIND[2:])
    emulator.faults.add(Fault(LIST, status=403, code="RequestForbidden"))
    assert len(client.presets("", NO_DEADLINE).presets) == 1


def test_slow_down_after_a_throttled_listing(client: Client, emulator: Emulator, clock: SteppedClock) -> None:
    """As after every other throttled call: slots of the rate limit stay blocked for longer than a second."""
    emulator.faults.add(Fault(LIST, status=429, code="FlowLimitExceeded", times=2))
    with pytest.raises(errors.ThrottledError):
        client.presets("", NO_DEADLINE)
    throttled = clock.monotonic()
    for _ in range(5):
        client.presets("", NO_DEADLINE)
    assert clock.monotonic() > throttled + 1.2


@pytest.mark.parametrize("empty", ["array", "null"])
def test_read_an_empty_list_however_it_is_written(client: Client, emulator: Emulator, empty: Any) -> None:
    emulator.backend.guesses = Guesses(empty_list=empty)
    assert client.presets("", NO_DEADLINE).presets == ()


def test_report_that_nothing_was_sent_if_nobody_listens(clock: SteppedClock) -> None:
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


def test_use_the_given_keys_and_not_those_that_the_sdk_would_read(
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
    """Two are needed: the two calls of a listing are sent at once."""
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


def test_stamp_a_listing_after_its_calls_get_a_rate_limit_slot_and_before_they_are_sent(
    client: Client, emulator: Emulator, clock: SteppedClock
) -> None:
    """A listing stamped after its calls were sent would count as newer than what was written in between."""
    seen: list[tuple[int, float]] = []
    began = clock.monotonic()
    for _ in range(6):
        client.presets(
            "", NO_DEADLINE, starting=lambda: seen.append((len(emulator.calls()), clock.monotonic() - began))
        )
    assert [calls for calls, _ in seen] == [0, 2, 4, 6, 8, 10]
    first = GATHER_SECONDS
    assert [at for _, at in seen] == pytest.approx([first * (n + 1) for n in range(5)] + [first + 1])


def test_load_the_sdk_before_a_listing_is_stamped(client: Client) -> None:
    """Loading takes a tenth of a second, in which other threads arrive that can share the listing."""
    loaded: list[bool] = []
    client.presets("", NO_DEADLINE, starting=lambda: loaded.append("_transport" in vars(client)))
    assert loaded == [True]


def test_show_nothing_of_what_the_sdk_raised(client: Client, emulator: Emulator) -> None:
    emulator.faults.add(Fault("*", "reset"))
    with pytest.raises(errors.OutcomeUnknownError) as refused:
        client.create(WANTED, NO_DEADLINE)
    shown = "".join(traceback.format_exception(refused.value))
    assert "volcengine/" not in shown
    assert "requests" not in shown


def test_start_beside_a_broken_file_of_the_sdk(
    emulator: Emulator, clock: SteppedClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".volc").mkdir()
    (tmp_path / ".volc" / "config").write_text("{")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert _client(emulator, clock).presets("", NO_DEADLINE).presets == ()
