"""Deleting one preset never silently deletes another: every setting, whatever the service's delete call removes."""

from __future__ import annotations

import dataclasses
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from phase import Phase
from pulumi_volcengine_live import errors
from pulumi_volcengine_live.api.client import Client
from pulumi_volcengine_live.api.deadlines import Deadline
from pulumi_volcengine_live.emulator import CREATE, DELETE, Emulator, Fault, Guesses
from pulumi_volcengine_live.emulator import Preset as Stored
from pulumi_volcengine_live.preset import Identity, Preset
from sentences import sentences
from stepped_clock import SteppedClock

Begin = Callable[..., Phase]

APP_LEVEL = Stored("push.example.com", "live", "", 86400, "pull.example.com", "app", 1, "fcdn-tos")
FIRST = dataclasses.replace(APP_LEVEL, Stream="s1", MaxShiftTime=604800)
SECOND = dataclasses.replace(APP_LEVEL, Stream="s2", Type="vod", Status=0)
OTHER_APP = dataclasses.replace(APP_LEVEL, App="other")
OTHER_VHOST = dataclasses.replace(APP_LEVEL, Vhost="other.example.com")
ELSEWHERE = [OTHER_APP, OTHER_VHOST]

GUESSES = ("stream", "app-level", "app")
"""What the delete call may remove: the values of `Guesses.delete_removes`."""
MODES = ("refuse", "verify", "accept")
SHOWN = {
    APP_LEVEL: "push.example.com/live (max_shift_time 86400, pull_domain pull.example.com, time_shift_type 1)",
    FIRST: "push.example.com/live/s1 (max_shift_time 604800, pull_domain pull.example.com, time_shift_type 1)",
    SECOND: "push.example.com/live/s2 (max_shift_time 86400, pull_domain pull.example.com, time_shift_type 0)",
}


def _have(emulator: Emulator, guess: Any, *presets: Stored) -> None:
    emulator.backend.guesses = Guesses(delete_removes=guess)
    for preset in (*presets, *ELSEWHERE):
        emulator.put(preset)


def _left(emulator: Emulator) -> list[Stored]:
    assert all(preset in emulator.presets for preset in ELSEWHERE)
    return [preset for preset in emulator.presets if preset not in ELSEWHERE]


def _identity(preset: Stored) -> Identity:
    return Identity(preset.Vhost, preset.App, preset.Stream)


def _delete(phase: Phase, preset: Stored) -> str:
    """Delete it, and return the text of the conflict; empty if there is none."""
    try:
        phase.delete(_identity(preset))
    except errors.ConflictError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("guess", GUESSES)
@pytest.mark.parametrize("target", [APP_LEVEL, FIRST], ids=["app-level", "stream-level"])
def test_delete_a_preset_that_is_alone_in_its_app(
    begin: Begin, emulator: Emulator, mode: str, guess: str, target: Stored
) -> None:
    _have(emulator, guess, target)
    if guess == "app-level" and target.Stream:
        with pytest.raises(errors.OutcomeUnknownError, match="still there, and still in the state"):
            begin(mode).delete(_identity(target))
        assert _left(emulator) == [target], "no call of such a service deletes it"
    else:
        begin(mode).delete(_identity(target))
        assert _left(emulator) == []
    assert len(emulator.calls(DELETE)) == 1


@pytest.mark.parametrize("guess", GUESSES)
@pytest.mark.parametrize("target", [APP_LEVEL, FIRST], ids=["app-level", "stream-level"])
def test_refuse_beside_others_without_a_call(begin: Begin, emulator: Emulator, guess: str, target: Stored) -> None:
    _have(emulator, guess, APP_LEVEL, FIRST, SECOND)
    with pytest.raises(errors.ConflictError) as refused:
        begin("refuse").delete(_identity(target))
    message = str(refused.value)
    assert len(sentences(message)) == 3
    for sibling in {APP_LEVEL, FIRST, SECOND} - {target}:
        assert SHOWN[sibling] in message
    assert "volcengine-live:sharedDelete" in message
    assert "VOLC_LIVE_SHARED_DELETE" in message
    assert "push.example.com/other" not in message
    assert emulator.calls(DELETE) == []
    assert len(_left(emulator)) == 3


@pytest.mark.parametrize("mode", ["verify", "accept"])
@pytest.mark.parametrize(
    ("guess", "target"), [("stream", APP_LEVEL), ("stream", FIRST), ("app-level", APP_LEVEL)], ids=repr
)
def test_delete_beside_siblings_if_the_service_deletes_only_one(
    begin: Begin, emulator: Emulator, mode: str, guess: str, target: Stored
) -> None:
    _have(emulator, guess, APP_LEVEL, FIRST, SECOND)
    begin(mode).delete(_identity(target))
    assert set(_left(emulator)) == {APP_LEVEL, FIRST, SECOND} - {target}
    assert len(emulator.calls(DELETE)) == 1


@pytest.mark.parametrize("target", [APP_LEVEL, FIRST], ids=["app-level", "stream-level"])
def test_with_verify_fail_and_name_every_sibling_that_vanished(
    begin: Begin, emulator: Emulator, target: Stored
) -> None:
    _have(emulator, "app", APP_LEVEL, FIRST, SECOND)
    with pytest.raises(errors.ConflictError, match="This preset is deleted as well; nothing was put back") as refused:
        begin("verify").delete(_identity(target))
    for sibling in {APP_LEVEL, FIRST, SECOND} - {target}:
        assert SHOWN[sibling] in str(refused.value)
    emulator.forget_calls()
    begin("verify").delete(_identity(target))
    assert emulator.calls(DELETE) == [], "the next destroy finds it gone"


def test_name_each_of_many_that_vanished(begin: Begin, emulator: Emulator, caplog: pytest.LogCaptureFixture) -> None:
    """No listing shows them again: the error names five and counts the others, and warnings name these."""
    streams = [dataclasses.replace(FIRST, Stream=f"s{number}") for number in range(1, 9)]
    _have(emulator, "app", APP_LEVEL, *streams)
    with pytest.raises(errors.ConflictError, match=r"removed other presets .* and 3 more") as refused:
        begin("verify").delete(_identity(APP_LEVEL))
    assert all("push.example.com/live, " in message for message in caplog.messages), "which delete removed it"
    named = " ".join([str(refused.value), *caplog.messages])
    assert [stream.Stream for stream in streams if named.count(f"/{stream.Stream} (") != 1] == []


def test_with_accept_succeed_and_warn_of_every_sibling_that_vanished(
    begin: Begin, emulator: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    _have(emulator, "app", APP_LEVEL, FIRST, SECOND)
    with caplog.at_level(logging.WARNING):
        begin("accept").delete(_identity(FIRST))
    assert _left(emulator) == []
    warned = [record.getMessage() for record in caplog.records]
    assert len(warned) == 2
    assert all("time-shift preset push.example.com/live/s1 " in line for line in warned), "the one that is deleted"
    assert all(SHOWN[APP_LEVEL] in line and SHOWN[SECOND] in line for line in warned)
    assert "sharedDelete is accept" in warned[0]
    assert "removed other presets" in warned[1]
    assert "Nothing was put back." in warned[1]


def test_accept_and_name_a_sibling_that_no_listing_shows_yet(
    begin: Begin, emulator: Emulator, clock: SteppedClock, caplog: pytest.LogCaptureFixture
) -> None:
    """Bug: the warning before the delete named only the siblings that were listed."""
    _have(emulator, "stream", APP_LEVEL)
    clock.sleep(60)
    emulator.backend.guesses.listing_lag = 4
    phase = begin("accept")
    phase.create(Preset(_identity(FIRST), 604800, "pull.example.com", 1), adopt=False)
    phase.delete(_identity(APP_LEVEL))
    assert SHOWN[FIRST] in caplog.messages[0]


@pytest.mark.parametrize("mode", ["verify", "accept"])
def test_report_that_another_preset_was_deleted_instead(begin: Begin, emulator: Emulator, mode: str) -> None:
    _have(emulator, "app-level", APP_LEVEL, FIRST, SECOND)
    with pytest.raises(errors.OutcomeUnknownError, match="still there, and still in the state") as refused:
        begin(mode).delete(_identity(FIRST))
    assert refused.value.outcome is errors.Outcome.CHANGED
    assert len(sentences(str(refused.value))) == 3
    assert SHOWN[APP_LEVEL] in str(refused.value)
    assert set(_left(emulator)) == {FIRST, SECOND}
    assert len(emulator.calls(DELETE)) == 1


@pytest.mark.parametrize("mode", ["verify", "accept"])
def test_spare_the_others_if_the_service_finds_nothing_to_delete(begin: Begin, emulator: Emulator, mode: str) -> None:
    _have(emulator, "app-level", FIRST, SECOND)
    with pytest.raises(errors.OutcomeUnknownError, match="still there, and still in the state") as refused:
        begin(mode).delete(_identity(FIRST))
    assert refused.value.outcome is errors.Outcome.UNCHANGED
    assert set(_left(emulator)) == {FIRST, SECOND}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("guess", GUESSES)
@pytest.mark.parametrize("before", [[], [SECOND]], ids=["alone before", "beside another before"])
def test_send_one_delete_if_a_sibling_appears_during_it(
    begin: Begin,
    emulator: Emulator,
    monkeypatch: pytest.MonkeyPatch,
    mode: str,
    guess: str,
    before: list[Stored],
) -> None:
    _have(emulator, guess, APP_LEVEL, *before)
    call = emulator.backend.call

    def call_with_newcomer(account: str, action: str, body: Any) -> Any:
        if action == DELETE:
            emulator.put(FIRST)
        return call(account, action, body)

    monkeypatch.setattr(emulator.backend, "call", call_with_newcomer)
    message = ""
    try:
        begin(mode).delete(_identity(APP_LEVEL))
    except errors.LiveError as error:
        message = str(error)
    refused = mode == "refuse" and before
    assert len(emulator.calls(DELETE)) == (0 if refused else 1)
    if guess != "app" and not refused:
        assert set(_left(emulator)) == {FIRST, *before}
        assert not message
    if guess == "app" and before and mode == "verify":
        assert SHOWN[SECOND] in message


@pytest.mark.parametrize("when", ["instead", "after"])
@pytest.mark.parametrize("mode", ["verify", "accept"])
@pytest.mark.parametrize("guess", ["stream", "app"])
def test_report_what_vanished_after_a_fault_too(
    begin: Begin,
    emulator: Emulator,
    caplog: pytest.LogCaptureFixture,
    guess: str,
    mode: str,
    when: Any,
) -> None:
    _have(emulator, guess, APP_LEVEL, FIRST)
    emulator.faults.add(Fault(DELETE, "reset", when))
    with caplog.at_level(logging.WARNING):
        message = _delete(begin(mode), FIRST)
    assert FIRST not in emulator.presets
    if guess == "stream":
        assert _left(emulator) == [APP_LEVEL]
        assert not message
    else:
        assert SHOWN[APP_LEVEL] in (message if mode == "verify" else caplog.text)
        assert bool(message) == (mode == "verify")


@pytest.mark.parametrize("guess", ["stream", "app"])
def test_delete_all_of_an_app_if_the_others_may_go_too(begin: Begin, emulator: Emulator, guess: str) -> None:
    _have(emulator, guess, APP_LEVEL, FIRST, SECOND)
    destroy = begin("accept")
    for preset in (FIRST, APP_LEVEL, SECOND):
        destroy.delete(_identity(preset))
    assert _left(emulator) == []


def test_with_verify_delete_while_listings_lag(begin: Begin, emulator: Emulator, clock: SteppedClock) -> None:
    _have(emulator, "stream", APP_LEVEL, FIRST)
    clock.sleep(10)
    emulator.backend.guesses.listing_lag = 3
    begin("verify").delete(_identity(FIRST))
    assert _left(emulator) == [APP_LEVEL]
    assert len(emulator.calls(DELETE)) == 1


def test_refuse_beside_a_sibling_that_appeared_since_the_last_listing(
    begin: Begin, emulator: Emulator, clock: SteppedClock
) -> None:
    _have(emulator, "app", FIRST)
    update = begin()
    assert update.read(_identity(FIRST)) is not None
    clock.sleep(1)
    emulator.put(SECOND)
    with pytest.raises(errors.ConflictError, match=r"push\.example\.com/live/s2"):
        update.delete(_identity(FIRST))
    assert _left(emulator) == [FIRST, SECOND]


def test_delete_what_a_lagging_listing_does_not_show_yet(begin: Begin, emulator: Emulator, clock: SteppedClock) -> None:
    _have(emulator, "stream")
    clock.sleep(10)
    emulator.backend.guesses.listing_lag = 4
    emulator.put(FIRST)
    begin().delete(_identity(FIRST))
    assert _left(emulator) == []


def test_report_what_an_earlier_attempt_deleted_instead(begin: Begin, emulator: Emulator) -> None:
    _have(emulator, "app-level", APP_LEVEL, FIRST)
    emulator.faults.add(Fault(DELETE, "reset", "after"))
    with pytest.raises(errors.OutcomeUnknownError, match="still there, and still in the state") as refused:
        begin("verify").delete(_identity(FIRST))
    assert SHOWN[APP_LEVEL] in str(refused.value)
    assert _left(emulator) == [FIRST]


def test_create_nothing_in_an_app_while_a_delete_runs_there(
    begin: Begin, client: Client, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    _have(emulator, "app", FIRST)
    update = begin()
    deleting = threading.Event()
    delete = client.delete

    def slow(identity: Identity, deadline: Deadline) -> None:
        deleting.set()
        time.sleep(0.3)
        assert emulator.calls(CREATE) == []
        delete(identity, deadline)

    monkeypatch.setattr(client, "delete", slow)
    with ThreadPoolExecutor() as pool:
        deleted = pool.submit(update.delete, _identity(FIRST))
        assert deleting.wait(5)
        wanted = Preset(_identity(SECOND), 86400, "pull.example.com", 1)
        made = pool.submit(update.create, wanted, adopt=False)
        deleted.result()
        made.result()
    assert [preset.Stream for preset in _left(emulator)] == ["s2"]


def test_list_again_before_retrying_a_delete(begin: Begin, emulator: Emulator, clock: SteppedClock) -> None:
    _have(emulator, "app", FIRST)
    emulator.faults.add(Fault(DELETE, status=429, code="FlowLimitExceeded"))

    def another_appears() -> None:
        if emulator.calls(DELETE):
            emulator.put(SECOND)

    clock.during_sleep = another_appears
    with pytest.raises(errors.ConflictError, match=r"push\.example\.com/live/s2"):
        begin().delete(_identity(FIRST))
    assert _left(emulator) == [FIRST, SECOND]


def _create_second_unlisted(life: Phase, emulator: Emulator, clock: SteppedClock, guess: str) -> None:
    """FIRST has existed for ten seconds; create SECOND, which listings show only two seconds later."""
    _have(emulator, guess, FIRST)
    clock.sleep(10)
    emulator.backend.guesses.listing_lag = 2
    life.create(Preset(_identity(SECOND), 86400, "pull.example.com", 1), adopt=False)


def test_refuse_beside_a_preset_of_this_update_that_a_lagging_listing_hides(
    begin: Begin, emulator: Emulator, clock: SteppedClock
) -> None:
    """Bug: deleting the preset that left the program also removed the new one, without notice."""
    update = begin("refuse")
    _create_second_unlisted(update, emulator, clock, "app")
    with pytest.raises(errors.ConflictError, match=r"push\.example\.com/live/s2"):
        update.delete(_identity(FIRST))
    assert emulator.calls(DELETE) == []


@pytest.mark.parametrize(("guess", "left"), [("stream", ["s2"]), ("app", [])])
def test_with_verify_delete_beside_a_preset_of_this_update_that_a_lagging_listing_hides(
    begin: Begin, emulator: Emulator, clock: SteppedClock, guess: str, left: list[str]
) -> None:
    update = begin("verify")
    _create_second_unlisted(update, emulator, clock, guess)
    message = _delete(update, FIRST)
    assert [preset.Stream for preset in _left(emulator)] == left
    assert ("push.example.com/live/s2" in message) == (not left)


def test_report_what_vanished_however_the_delete_ends(begin: Begin, emulator: Emulator) -> None:
    """Bug: the second attempt was refused, and no error named what the first had removed."""
    _have(emulator, "app-level", APP_LEVEL, FIRST)
    emulator.faults.add(Fault(DELETE, "reset", "after"))
    emulator.faults.add(Fault(DELETE, status=403, code="AccessDenied", times=10))
    with pytest.raises(errors.AccessError) as refused:
        begin("verify").delete(_identity(FIRST))
    assert SHOWN[APP_LEVEL] in str(refused.value)
    assert _left(emulator) == [FIRST]


@pytest.mark.parametrize("guess", ["stream", "app"])
@pytest.mark.parametrize("mode", ["verify", "accept"])
def test_report_an_unreadable_preset_that_vanished(
    begin: Begin, emulator: Emulator, caplog: pytest.LogCaptureFixture, mode: str, guess: str
) -> None:
    """Bug: a service that deletes all of an app removed it without notice."""
    unreadable: Any = {"MaxShiftTime": "odd"}
    _have(emulator, guess, APP_LEVEL, dataclasses.replace(FIRST, **unreadable))
    with caplog.at_level(logging.WARNING):
        message = _delete(begin(mode), APP_LEVEL)
    if mode == "accept":
        assert "App live, Stream s1" in caplog.messages[0]
    if guess == "stream":
        assert len(_left(emulator)) == 1
        assert (message, caplog.messages[1:]) == ("", [])
    else:
        (report,) = [message] if mode == "verify" else caplog.messages[1:]
        assert "removed other presets" in report
        assert "App live, Stream s1" in report
        assert _left(emulator) == []
