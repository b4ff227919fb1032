"""An error hides nothing that is known: what the service answered, and what an earlier attempt may have done."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from phase import Phase
from plugin import Plugin, PluginError
from pulumi_volcengine_live import errors
from pulumi_volcengine_live.api.client import Client
from pulumi_volcengine_live.api.deadlines import Deadline
from pulumi_volcengine_live.emulator import CREATE, DELETE, LIST, LIST_DOMAINS, UPDATE, Access, Emulator, Fault, Guesses
from pulumi_volcengine_live.emulator import Preset as Stored
from pulumi_volcengine_live.errors import Outcome
from pulumi_volcengine_live.lifecycle.operations import AccountPresets
from pulumi_volcengine_live.preset import Identity, Preset
from stepped_clock import SteppedClock

Begin = Callable[..., Phase]

APP = Identity("push.example.com", "live")
WANTED = Preset(APP, 86400, "pull.example.com", 1)
CHANGED = dataclasses.replace(WANTED, max_shift_time=604800)
STORED = Stored("push.example.com", "live", "", 86400, "pull.example.com", "made-before", 1, "fcdn-tos", "b")
STREAM = dataclasses.replace(STORED, Stream="s")
OTHER = dataclasses.replace(STORED, App="other")
ID = "push.example.com/live"
INPUTS = {
    "vhost": "push.example.com",
    "app": "live",
    "max_shift_time": 86400,
    "pull_domain": "pull.example.com",
    "time_shift_type": 1,
}

THROTTLED: dict[str, Any] = {"status": 429, "code": "FlowLimitExceeded"}
BROKEN: dict[str, Any] = {"status": 500, "code": "InternalError"}
FORBIDDEN: dict[str, Any] = {"status": 403, "code": "RequestForbidden"}
DENIED: dict[str, Any] = {"status": 403, "code": "AccessDenied"}


def _once_called(
    emulator: Emulator, clock: SteppedClock, action: str, act: Callable[[], object], calls: int = 1
) -> None:
    """Act during the first sleep after so many calls of the action."""

    def act_once() -> None:
        if len(emulator.calls(action)) >= calls:
            clock.during_sleep = lambda: None
            act()

    clock.during_sleep = act_once


def _lose_a_create(emulator: Emulator, clock: SteppedClock, meanwhile: Stored) -> None:
    """The first create gets no answer, and somebody creates this preset before the next listing."""
    emulator.put(OTHER)
    emulator.faults.add(Fault(CREATE, "reset"))
    _once_called(emulator, clock, CREATE, lambda: emulator.put(meanwhile))


def _leave(clock: SteppedClock, deadline: Deadline, seconds: float) -> Callable[[], None]:
    return lambda: clock.sleep(deadline.left() - seconds)


def _refuse(emulator: Emulator, type_: str) -> Callable[[], object]:
    """Refuse to list the presets of this Type."""
    return lambda: emulator.backend.access.update(default=Access(unlisted=(type_,)))


@pytest.mark.parametrize("left", [1.01, 0.9])
def test_report_a_create_as_throttled_if_no_time_is_left_to_list(
    begin: Begin, emulator: Emulator, clock: SteppedClock, left: float
) -> None:
    """Bug: its outcome was called unknown, with the advice to adopt what nobody had created."""
    emulator.put(OTHER)
    emulator.faults.add(Fault(CREATE, times=1000, **THROTTLED))
    life = begin().lifecycle
    deadline = life.deadline(20)
    _once_called(emulator, clock, CREATE, _leave(clock, deadline, left))
    with pytest.raises(errors.ThrottledError, match="FlowLimitExceeded") as refused:
        life.create(WANTED, deadline, adopt=False)
    assert refused.value.outcome is Outcome.UNCHANGED


def _create(life: AccountPresets, deadline: Deadline) -> None:
    life.create(WANTED, deadline, adopt=False)


def _delete(life: AccountPresets, deadline: Deadline) -> None:
    life.delete(APP, deadline)


def _update_or_create(life: AccountPresets, deadline: Deadline) -> None:
    life.update_or_create(CHANGED, deadline, stored={})


@pytest.mark.parametrize(
    ("act", "action", "fault"),
    [
        (_create, CREATE, BROKEN),
        (_delete, DELETE, BROKEN),
        (_delete, DELETE, FORBIDDEN),
        (_update_or_create, UPDATE, FORBIDDEN),
    ],
)
@pytest.mark.parametrize("then", ["no time is left", "the listing is refused"])
def test_show_what_the_service_answered_whatever_fails_after_it(
    begin: Begin,
    emulator: Emulator,
    clock: SteppedClock,
    act: Callable[[AccountPresets, Deadline], None],
    action: str,
    fault: dict[str, Any],
    then: str,
) -> None:
    """Bug: only the problem of the listing was shown, without the code and the request id of the refused write."""
    emulator.put(*([OTHER] if act is _create else [STORED, STREAM]))
    emulator.faults.add(Fault(action, times=10, **fault))
    life = begin("verify").lifecycle
    deadline = life.deadline(20)
    if then == "no time is left":
        _once_called(emulator, clock, action, _leave(clock, deadline, 0.5))
    else:
        emulator.faults.add(Fault(LIST, skip=0 if act is _update_or_create else 2, times=1000, **DENIED))
    with pytest.raises(errors.LiveError) as refused:
        act(life, deadline)
    message = str(refused.value)
    assert f"{fault['code']}: made by a fault ({action}, HTTP {fault['status']}, request id" in message
    assert ("AccessDenied" in message) == (then == "the listing is refused")
    assert refused.value.answer is not None
    assert refused.value.answer.action == action
    assert (refused.value.outcome is Outcome.UNCHANGED) == (act is _update_or_create)
    assert "updating" in message or act is not _update_or_create


def test_show_what_the_service_answered_if_the_next_create_gets_no_rate_limit_slot(
    begin: Begin, client: Client, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    emulator.put(OTHER)
    emulator.faults.add(Fault(CREATE, **BROKEN))
    create = client.create

    def create_once(wanted: Preset, deadline: Deadline) -> str | None:
        if emulator.calls(CREATE):
            raise errors.ThrottledError("too little of the time was left.")
        return create(wanted, deadline)

    monkeypatch.setattr(client, "create", create_once)
    with pytest.raises(errors.OutcomeUnknownError, match=r"InternalError.*The create may still take effect"):
        begin(seconds=20).create(WANTED, adopt=False)


def test_keep_the_doubt_of_an_update_if_the_preset_cannot_be_listed_afterwards(
    begin: Begin, emulator: Emulator
) -> None:
    """Bug: the error said that nothing was changed, and called the operation a read."""
    emulator.put(STORED)
    emulator.faults.add(Fault(UPDATE, "reset", "after"))
    emulator.faults.add(Fault(UPDATE, **FORBIDDEN))
    emulator.faults.add(Fault(LIST, times=100, **DENIED))
    life = begin().lifecycle
    with pytest.raises(errors.LiveError, match="updating time-shift preset") as refused:
        _update_or_create(life, life.deadline())
    assert refused.value.outcome is Outcome.UNKNOWN


def test_keep_the_doubt_of_a_create_if_the_adoption_after_it_is_refused(
    begin: Begin, emulator: Emulator, clock: SteppedClock
) -> None:
    _lose_a_create(emulator, clock, dataclasses.replace(STORED, MaxShiftTime=604800))
    emulator.faults.add(Fault(UPDATE, status=400, code="InvalidParam", times=9))
    with pytest.raises(errors.InvalidRequestError, match="The create may still take effect") as refused:
        begin().create(WANTED, adopt=True)
    assert refused.value.outcome is Outcome.UNKNOWN


def test_keep_the_doubt_of_a_delete_if_a_later_one_leaves_the_preset(begin: Begin, emulator: Emulator) -> None:
    emulator.put(STREAM)
    emulator.backend.guesses = Guesses(delete_removes="app-level")
    emulator.faults.add(Fault(DELETE, "reset"))
    with pytest.raises(errors.OutcomeUnknownError, match="still has the preset") as refused:
        begin("verify").delete(Identity("push.example.com", "live", "s"))
    assert refused.value.outcome is Outcome.UNKNOWN


def test_name_the_removed_siblings_that_a_listing_showed_before_the_time_was_over(
    begin: Begin, emulator: Emulator
) -> None:
    """Bug: the error said only that nothing could be listed, and the next run found nothing amiss."""
    emulator.put(STORED, STREAM, OTHER)
    emulator.backend.guesses = Guesses(delete_removes="app")
    with pytest.raises(errors.LiveError, match=r"push\.example\.com/live/s ") as refused:
        begin("verify", seconds=4).delete(APP)
    assert refused.value.outcome is Outcome.CHANGED


def test_say_that_a_siblings_removal_is_not_certain_if_its_listing_is_refused(
    begin: Begin, emulator: Emulator, clock: SteppedClock
) -> None:
    emulator.put(STORED, dataclasses.replace(STREAM, Type="vod"), OTHER)
    _once_called(emulator, clock, DELETE, _refuse(emulator, "vod"))
    with pytest.raises(errors.ConflictError, match="not certain: the listing that may have it was refused"):
        begin("verify").delete(APP)


def test_do_not_report_what_others_removed_if_no_delete_was_sent(
    begin: Begin, client: Client, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    emulator.put(STORED, STREAM, OTHER)

    def others_delete(*_: object) -> None:
        for preset in emulator.presets:
            if preset.App == "live":
                emulator.backend.call(
                    "default", DELETE, {"Vhost": preset.Vhost, "App": "live", "Stream": preset.Stream}
                )
        raise errors.UnreachableError("no connection.")

    monkeypatch.setattr(client, "delete", others_delete)
    begin("verify").delete(APP)


@pytest.mark.parametrize("first", [THROTTLED, BROKEN], ids=lambda fault: fault["code"])
def test_report_the_last_sent_delete_if_nothing_can_be_listed_after_it(
    begin: Begin, emulator: Emulator, clock: SteppedClock, first: dict[str, Any]
) -> None:
    """The second delete was acknowledged, and then there was no time to list."""
    emulator.put(STORED, STREAM, OTHER)
    emulator.faults.add(Fault(DELETE, **first))
    life = begin("verify").lifecycle
    deadline = life.deadline(20)
    _once_called(emulator, clock, DELETE, _leave(clock, deadline, 0.5), calls=2)
    with pytest.raises(errors.LiveError, match="The delete was sent; what it removed could not be listed") as refused:
        life.delete(APP, deadline)
    assert refused.value.outcome is Outcome.UNKNOWN


def test_do_not_report_what_others_removed_before_the_delete_was_sent(
    begin: Begin, client: Client, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    emulator.put(STORED, STREAM, OTHER)
    delete = client.delete

    def unreachable_once(identity: Identity, deadline: Deadline) -> None:
        if STREAM in emulator.presets:
            emulator.backend.call("default", DELETE, {"Vhost": STREAM.Vhost, "App": "live", "Stream": "s"})
            raise errors.UnreachableError("no connection.")
        delete(identity, deadline)

    monkeypatch.setattr(client, "delete", unreachable_once)
    begin("verify").delete(APP)
    assert emulator.presets == [OTHER]


@pytest.mark.parametrize("then", ["the listings are refused", "the next delete is refused"])
def test_do_not_report_a_sibling_as_removed_before_a_listing_showed_it(
    begin: Begin, emulator: Emulator, clock: SteppedClock, then: str
) -> None:
    """Bug: a sibling that the same run had just created counted as removed while listings lagged."""
    emulator.put(STORED, OTHER)
    clock.sleep(60)
    emulator.backend.guesses = Guesses(listing_lag=4)
    life = begin("verify")
    life.create(dataclasses.replace(WANTED, identity=Identity("push.example.com", "live", "s")), adopt=False)
    if then == "the next delete is refused":
        emulator.faults.add(Fault(DELETE, **THROTTLED))
        emulator.faults.add(Fault(DELETE, times=9, **DENIED))
    else:
        refuse = Fault(LIST, skip=2, times=999, **DENIED)
        _once_called(emulator, clock, DELETE, lambda: emulator.faults.add(refuse))
    with pytest.raises(errors.AccessError) as refused:
        life.delete(APP)
    assert "were removed" not in str(refused.value)
    assert refused.value.outcome is not Outcome.CHANGED


@pytest.mark.parametrize("faults", [[], [Fault(DELETE, "reset", "after")]], ids=["acknowledged", "no answer"])
def test_name_a_removed_sibling_that_no_listing_ever_showed(
    begin: Begin, emulator: Emulator, clock: SteppedClock, faults: list[Fault]
) -> None:
    emulator.put(STORED, OTHER)
    clock.sleep(60)
    emulator.backend.guesses = Guesses(listing_lag=4, delete_removes="app")
    life = begin("verify")
    life.create(dataclasses.replace(WANTED, identity=Identity("push.example.com", "live", "s")), adopt=False)
    for fault in faults:
        emulator.faults.add(dataclasses.replace(fault))
    with pytest.raises(errors.ConflictError, match=r"removed other presets .*push\.example\.com/live/s "):
        life.delete(APP)


def test_report_the_create_if_a_preset_that_is_gone_could_not_be_created_again(
    begin: Begin, client: Client, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    emulator.put(OTHER)

    def no_turn(*_: object) -> None:
        raise errors.ThrottledError("too little of the time was left to send the create.")

    monkeypatch.setattr(client, "create", no_turn)
    life = begin().lifecycle
    with pytest.raises(errors.ThrottledError, match="to send the create"):
        _update_or_create(life, life.deadline(10))


@pytest.mark.parametrize("fault", [FORBIDDEN, BROKEN], ids=lambda fault: fault["code"])
def test_keep_in_the_state_what_a_refused_listing_may_have_after_a_delete(
    new_plugin: Callable[..., Plugin], emulator: Emulator, clock: SteppedClock, fault: dict[str, Any]
) -> None:
    """Bug: "no such preset" counted as done, though nothing showed it any more."""
    emulator.put(STORED, dataclasses.replace(OTHER, Type="vod"))
    emulator.faults.add(Fault(DELETE, **fault))
    _once_called(emulator, clock, DELETE, _refuse(emulator, "tos"))
    with pytest.raises(PluginError, match="the service refused a listing that may contain it"):
        new_plugin().delete("push.example.com/live", {**INPUTS, "storage": "fcdn-tos"})
    assert STORED in emulator.presets


def test_check_the_owner_again_if_an_earlier_operation_ran_out_of_time(
    begin: Begin, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bug: one operation had no time to prove whose the vhost is, and all others then took it as unproven."""
    monkeypatch.setattr("random.uniform", lambda _least, most: most)
    emulator.faults.add(Fault(LIST_DOMAINS, times=1, **THROTTLED))
    life = begin().lifecycle
    with pytest.raises(errors.ThrottledError):
        life.listed_or_gone(APP, life.deadline(6.05))
    assert life.listed_or_gone(Identity("push.example.com", "second"), life.deadline()) is None


def test_give_up_early_on_proving_the_owner_of_a_vhost(begin: Begin, emulator: Emulator, clock: SteppedClock) -> None:
    emulator.faults.add(Fault(LIST_DOMAINS, times=10_000, status=502, body="<html>Bad gateway</html>"))
    life = begin()
    began = clock.monotonic()
    for app in ("one", "two", "three"):
        with pytest.raises(errors.UnexpectedAnswerError):
            life.delete(Identity("push.example.com", app))
    assert clock.monotonic() - began < 3 * 40


@pytest.mark.parametrize("fault", [THROTTLED, {"status": 502, "body": "<html>Bad gateway</html>"}], ids=repr)
def test_let_a_preview_pass_if_the_domains_cannot_be_listed_now(
    new_plugin: Callable[..., Plugin], emulator: Emulator, caplog: pytest.LogCaptureFixture, fault: dict[str, Any]
) -> None:
    """Bug: a replacement of a preset that is gone was refused, though the update could do it."""
    emulator.put(dataclasses.replace(OTHER, Vhost="elsewhere.example.com"))
    emulator.faults.add(Fault(LIST_DOMAINS, times=1000, **fault))
    assert new_plugin().check(INPUTS, {**INPUTS, "pull_domain": "else.example.com"}).failures == []
    assert "from here on, resources are not checked against the service" in caplog.text


@pytest.mark.parametrize("seconds", [0.5, 1.0])
def test_advise_longer_custom_timeouts_if_the_time_is_too_short_for_any_call(begin: Begin, seconds: float) -> None:
    with pytest.raises(errors.ConflictError, match="Set longer custom_timeouts"):
        begin().lifecycle.deadline_of_call("creating", APP, seconds, 0.01)


def test_send_no_second_create_if_the_listing_that_may_have_the_first_is_refused(
    begin: Begin, emulator: Emulator
) -> None:
    emulator.put(dataclasses.replace(OTHER, Type="vod"))
    emulator.backend.access["default"] = Access(unlisted=("tos",))
    emulator.faults.add(Fault(CREATE, "reset", "after"))
    with pytest.raises(errors.NotFoundError, match=r"no presets of Type tos.*The create may still take effect"):
        begin().create(WANTED, adopt=False)
    assert len(emulator.calls(CREATE)) == 1


@pytest.mark.parametrize("message", ["can't start new thread", "cannot schedule new futures after shutdown"])
def test_retry_a_listing_without_threads_unless_the_process_is_ending(
    begin: Begin, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, message: str
) -> None:
    asked = 0

    def exhausted(_workers: int) -> Any:
        nonlocal asked
        asked += 1
        raise RuntimeError(message)

    monkeypatch.setattr("pulumi_volcengine_live.api.client.ThreadPoolExecutor", exhausted)
    with pytest.raises((RuntimeError, errors.UnreachableError)):
        begin().read(APP)
    assert (asked > 1) == ("thread" in message)


@pytest.mark.usefixtures("no_threads_after_a_create")
def test_report_a_doubtful_create_if_the_machine_has_no_threads_left_to_list(begin: Begin, emulator: Emulator) -> None:
    emulator.put(OTHER)
    emulator.faults.add(Fault(CREATE, "reset", "after"))
    with pytest.raises(errors.LiveError, match="The create may still take effect") as refused:
        begin().create(WANTED, adopt=False)
    assert refused.value.outcome is Outcome.UNKNOWN


def test_create_again_without_adopting_what_somebody_creates_meanwhile(
    begin: Begin, emulator: Emulator, clock: SteppedClock
) -> None:
    _lose_a_create(emulator, clock, STORED)
    life = begin().lifecycle
    with pytest.raises(errors.ConflictError, match="it exists already"):
        _update_or_create(life, life.deadline())
    assert STORED in emulator.presets


def test_match_an_unreadable_item_to_its_vhost_ignoring_case(begin: Begin, emulator: Emulator) -> None:
    odd: Any = {"Vhost": "PUSH.example.com", "MaxShiftTime": "odd"}
    emulator.put(STORED, dataclasses.replace(STREAM, **odd))
    with pytest.raises(errors.ConflictError, match="the delete is refused while its app has other presets"):
        begin().delete(APP)


def test_let_a_preview_pass_if_the_vhost_cannot_be_listed_now(
    new_plugin: Callable[..., Plugin], emulator: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    emulator.put(dataclasses.replace(OTHER, Vhost="elsewhere.example.com"))
    emulator.faults.add(Fault(LIST, skip=2, times=1000, **THROTTLED))
    assert new_plugin().check({}, INPUTS).failures == []
    assert "the vhost push.example.com was not checked against the service" in caplog.text


@pytest.mark.parametrize(
    ("operation", "act"),
    [
        ("creating", lambda plugin: plugin.create(INPUTS, timeout=0.5)),
        ("updating", lambda plugin: plugin.update(ID, INPUTS, {**INPUTS, "max_shift_time": 604800}, timeout=0.5)),
        ("deleting", lambda plugin: plugin.delete(ID, INPUTS, timeout=0.5)),
    ],
)
def test_name_the_operation_that_had_no_time(
    new_plugin: Callable[..., Plugin], operation: str, act: Callable[[Plugin], object]
) -> None:
    with pytest.raises(
        PluginError, match=rf"{operation} time-shift preset {ID}: less than 1 of this operation's 0\.5 seconds"
    ):
        act(new_plugin())
