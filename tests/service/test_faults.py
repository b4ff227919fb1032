"""Under every fault, a create ends with one preset that the state has, or with an error that says what is known."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import pytest

from phase import Phase
from pulumi_volcengine_live import errors
from pulumi_volcengine_live.api.deadlines import OPERATION_SECONDS
from pulumi_volcengine_live.emulator import CREATE, DELETE, LIST, UPDATE, Call, Emulator, Fault, Guesses
from pulumi_volcengine_live.emulator import Preset as Stored
from pulumi_volcengine_live.lifecycle.snapshots import SETTLE_SECONDS
from pulumi_volcengine_live.preset import Identity, Preset
from stepped_clock import SteppedClock

Begin = Callable[..., Phase]

APP = Identity("push.example.com", "live")
WANTED = Preset(APP, 86400, "pull.example.com", 1)
STORED = Stored("push.example.com", "live", "", 86400, "pull.example.com", "made-before", 1, "fcdn-tos", "b")
OTHER = Stored("push.example.com", "other", "", 86400, "pull.example.com", "other", 1, "fcdn-tos", "b")

FAULTS: dict[str, dict[str, Any]] = {
    "no answer": {"kind": "reset"},
    "an error": {"status": 500, "code": "InternalError"},
    "throttled": {"status": 429, "code": "FlowLimitExceeded"},
}
"""What the lifecycle can tell apart; test_client.py and test_errors.py hold which failure of a call is which."""
WHENS = ("instead", "before", "after")


def _fault(name: str, action: str, **changed: Any) -> Fault:
    return Fault(**{"action": action, **FAULTS[name], **changed})


def _effects(emulator: Emulator, action: str) -> list[Call]:
    return [call for call in emulator.calls(action) if call.effect]


def _created_again_after_listing(emulator: Emulator) -> bool:
    """Whether a Create was sent after a listing that already showed the first one (no lag)."""
    made = min((call.effect_at for call in emulator.calls(CREATE) if call.effect_at is not None), default=math.inf)
    listings = [call for call in _effects(emulator, LIST) if call.body["Type"] == "tos" and not call.fault]
    seen = min((call.at for call in listings if call.at > made), default=math.inf)
    return any(call.at > seen for call in emulator.calls(CREATE))


@pytest.mark.parametrize(("lag", "create_existing"), [(0.0, "overwrite"), (3.0, "refuse")])
@pytest.mark.parametrize("when", WHENS)
@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.parametrize("where", ["create", "create twice", "listings", "create and listings"])
def test_create_at_most_once(
    begin: Begin,
    emulator: Emulator,
    clock: SteppedClock,
    where: str,
    name: str,
    when: Any,
    lag: float,
    create_existing: Any,
) -> None:
    emulator.put(OTHER)
    clock.sleep(10)
    emulator.backend.guesses = Guesses(listing_lag=lag, create_existing=create_existing)
    if where.startswith("create"):
        emulator.faults.add(_fault(name, CREATE, when=when, times=2 if "twice" in where else 1))
    if "listings" in where:
        emulator.faults.add(_fault(name, LIST, when=when, times=3, skip=0 if where == "listings" else 2))
    try:
        made = begin().create(WANTED, adopt=False)
    except errors.LiveError as error:
        state = None
        message = str(error)
    else:
        state = made.identity
        message = ""
    ours = [preset for preset in emulator.presets if preset.App == "live"]
    assert OTHER in emulator.presets
    if state is None:
        assert not ours or "may still take effect" in message or "could not be seen" in message
    else:
        assert len(ours) == 1
        assert ours[0].MaxShiftTime == 86400
    if not lag:
        assert not _created_again_after_listing(emulator)
    if when != "before":
        assert state == APP, f"{message} though each fault ended in time"


@pytest.mark.parametrize("name", FAULTS)
def test_report_an_unknown_outcome_if_a_create_cannot_be_confirmed(begin: Begin, emulator: Emulator, name: str) -> None:
    emulator.put(OTHER)
    emulator.faults.add(_fault(name, CREATE, when="after", times=10_000))
    emulator.faults.add(_fault("an error", LIST, skip=2, times=10_000))
    with pytest.raises(errors.OutcomeUnknownError, match="and the listing afterwards failed") as refused:
        begin(seconds=30).create(WANTED, adopt=False)
    assert "adopt=True" in str(refused.value)
    assert len(emulator.calls(CREATE)) == 1


def test_recover_by_adoption_what_a_doubtful_create_left(begin: Begin, emulator: Emulator) -> None:
    emulator.put(OTHER)
    emulator.faults.add(_fault("no answer", CREATE, when="after"))
    emulator.faults.add(_fault("an error", LIST, skip=2, times=10_000))
    with pytest.raises(errors.OutcomeUnknownError):
        begin(seconds=30).create(WANTED, adopt=False)
    emulator.faults.clear()
    with pytest.raises(errors.ConflictError, match="adopt=True"):
        begin(seconds=30).create(WANTED, adopt=False)
    assert begin(seconds=30).create(WANTED, adopt=True).preset_name == "time-shift-1"
    assert len(emulator.calls(CREATE)) == 1


@pytest.mark.parametrize("name", [*FAULTS, "access denied"])
def test_a_create_succeeds_once_acknowledged_whatever_fails_after_it(
    begin: Begin, emulator: Emulator, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    emulator.put(OTHER)
    fault = Fault(LIST, status=403, code="AccessDenied") if name == "access denied" else _fault(name, LIST)
    emulator.faults.add(dataclasses.replace(fault, skip=2, times=10_000))
    made = begin().create(WANTED, adopt=False)
    assert (made.preset_name, made.enabled, made.storage, made.bucket) == ("time-shift-1", True, "fcdn-tos", None)
    assert len(emulator.calls(CREATE)) == 1
    assert "time-shift preset push.example.com/live was created, but could not be listed afterwards" in caplog.text


@pytest.mark.parametrize("name", ["invalid", "forbidden", "denied"])
def test_refuse_at_once_what_the_service_refuses(begin: Begin, emulator: Emulator, name: str) -> None:
    status, code, kind = {
        "invalid": (400, "InvalidParam", errors.InvalidRequestError),
        "forbidden": (403, "RequestForbidden", errors.NotFoundError),
        "denied": (403, "RequestForbidden.AccountIDNotAllow", errors.AccessError),
    }[name]
    emulator.faults.add(Fault(CREATE, status=status, code=code, times=10))
    with pytest.raises(kind, match="Nothing was changed by this") as refused:
        begin().create(WANTED, adopt=False)
    assert str(refused.value).startswith("creating time-shift preset push.example.com/live: the service answered")
    assert len(emulator.calls(CREATE)) == 1


def test_do_not_take_over_what_somebody_else_created_during_a_create_without_answer(
    begin: Begin, emulator: Emulator, clock: SteppedClock
) -> None:
    theirs = dataclasses.replace(STORED, Domain="theirs.example.com")
    emulator.put(OTHER)
    emulator.faults.add(Fault(CREATE, status=500, code="InternalError"))

    def somebody_creates_another() -> None:
        if emulator.calls(CREATE):
            emulator.put(theirs)

    clock.during_sleep = somebody_creates_another
    with pytest.raises(errors.ConflictError, match=r"theirs\.example\.com"):
        begin().create(WANTED, adopt=False)
    assert theirs in emulator.presets
    assert len(emulator.calls(CREATE)) == 1


@pytest.mark.parametrize("when", WHENS)
@pytest.mark.parametrize("name", FAULTS)
def test_update_until_it_is_done(begin: Begin, emulator: Emulator, name: str, when: Any) -> None:
    emulator.put(STORED)
    emulator.faults.add(_fault(name, UPDATE, when=when, times=2))
    begin().update(APP, 604800)
    assert [preset.MaxShiftTime for preset in emulator.presets] == [604800]


@pytest.mark.parametrize("when", WHENS)
@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.parametrize("action", [DELETE, LIST])
def test_delete_until_it_is_gone(begin: Begin, emulator: Emulator, action: str, name: str, when: Any) -> None:
    emulator.put(STORED)
    emulator.put(OTHER)
    emulator.faults.add(_fault(name, action, when=when, times=2))
    begin().delete(APP)
    assert emulator.presets == [OTHER]


def test_delete_succeeds_if_the_preset_goes_during_the_call(begin: Begin, emulator: Emulator) -> None:
    emulator.put(STORED)
    emulator.put(OTHER)
    emulator.faults.add(Fault(DELETE, status=403, code="RequestForbidden", when="after"))
    begin().delete(APP)
    assert emulator.presets == [OTHER]


def test_keep_in_the_state_what_the_service_calls_gone_but_lists(begin: Begin, emulator: Emulator) -> None:
    emulator.put(STORED)
    emulator.faults.add(Fault(DELETE, status=403, code="RequestForbidden", times=10))
    with pytest.raises(errors.OutcomeUnknownError, match="still has the preset"):
        begin().delete(APP)
    assert emulator.presets == [STORED]


@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.parametrize(
    "act",
    [
        lambda life: life.read(APP),
        lambda life: life.update(APP, 604800),
        lambda life: life.delete(APP),
        lambda life: life.create(dataclasses.replace(WANTED, identity=Identity("v", "new")), adopt=False),
    ],
    ids=["read", "update", "delete", "create"],
)
def test_end_every_wait_with_an_error_and_change_nothing(
    begin: Begin, emulator: Emulator, clock: SteppedClock, act: Callable[[Phase], object], name: str
) -> None:
    emulator.put(STORED)
    emulator.faults.add(_fault(name, "*", times=10_000))
    started = clock.monotonic()
    with pytest.raises(errors.LiveError) as refused:
        act(begin(seconds=30))
    assert clock.monotonic() - started <= 30 + 4 * SETTLE_SECONDS
    assert refused.value.operation
    assert emulator.presets == [STORED]


DENIED: dict[str, Any] = {"status": 403, "code": "AccessDenied", "times": 10_000}
NOT_KNOWN = "Whether the service carried it out is not known."


@pytest.mark.parametrize(
    ("first", "then", "act"),
    [
        (Fault(UPDATE, "reset"), Fault(UPDATE, **DENIED), lambda life: life.update(APP, 604800)),
        (Fault(DELETE, "reset"), Fault(LIST, skip=2, **DENIED), lambda life: life.delete(APP)),
        (Fault(DELETE, "reset"), Fault(DELETE, **DENIED), lambda life: life.delete(APP)),
    ],
    ids=["update", "delete, then blind", "delete"],
)
def test_keep_an_earlier_doubt_in_a_later_error(
    begin: Begin, emulator: Emulator, first: Fault, then: Fault, act: Callable[[Phase], object]
) -> None:
    """Bug: the second answer said that nothing was changed, though the first attempt may have done it."""
    emulator.put(STORED)
    emulator.faults.add(dataclasses.replace(first))
    emulator.faults.add(dataclasses.replace(then))
    with pytest.raises(errors.AccessError) as refused:
        act(begin())
    assert NOT_KNOWN in str(refused.value)
    assert "Nothing was changed" not in str(refused.value)


def test_report_a_sent_delete_if_nothing_shows_what_it_removed(begin: Begin, emulator: Emulator) -> None:
    emulator.put(STORED)
    emulator.put(dataclasses.replace(STORED, Stream="s"))
    emulator.faults.add(Fault(LIST, skip=2, **DENIED))
    with pytest.raises(errors.AccessError, match="The delete was sent; what it removed could not be listed afterwards"):
        begin("verify").delete(APP)


def test_keep_a_preset_that_cannot_be_read_after_an_unclear_delete(begin: Begin, emulator: Emulator) -> None:
    """Bug: the listed item counted as gone, so the state lost a preset that the service still has."""
    emulator.put(STORED)
    emulator.faults.add(_fault("no answer", DELETE, when="after"))

    def change() -> None:
        emulator.backend.after_write = lambda: None
        emulator.put(dataclasses.replace(STORED, MaxShiftTime=2**60))

    emulator.backend.after_write = change
    with pytest.raises(errors.UnreadablePresetError) as raised:
        begin().delete(APP)
    assert raised.value.outcome is errors.Outcome.UNKNOWN


def test_report_that_nothing_was_created_if_each_attempt_was_throttled(begin: Begin, emulator: Emulator) -> None:
    """Bug: the error said that an attempt might still take effect, and to adopt what nobody had created."""
    emulator.put(OTHER)
    emulator.faults.add(_fault("throttled", CREATE, times=10_000))
    with pytest.raises(errors.ThrottledError, match=r"Nothing was changed by this\. The account has 10 calls"):
        begin(seconds=30).create(WANTED, adopt=False)
    assert emulator.presets == [OTHER]


def test_keep_the_doubt_if_a_preset_appears_that_another_one_created(
    begin: Begin, emulator: Emulator, clock: SteppedClock
) -> None:
    """Bug: the error said that nothing was changed, while the attempt without an answer could still overwrite it."""
    emulator.faults.add(_fault("no answer", CREATE))

    def another_appears() -> None:
        if emulator.calls(CREATE):
            emulator.put(dataclasses.replace(STORED, Domain="else.example.com"))

    clock.during_sleep = another_appears
    with pytest.raises(errors.ConflictError, match="The create may still take effect") as refused:
        begin().create(WANTED, adopt=False)
    assert refused.value.outcome is errors.Outcome.UNKNOWN
    assert "adopt=True" in str(refused.value)


def test_end_an_adoption_within_the_time_of_one_operation(
    begin: Begin, emulator: Emulator, clock: SteppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bug: the change of max_shift_time had two minutes of its own, after the two of the listing before it."""
    monkeypatch.setattr("random.uniform", lambda _least, most: most)
    emulator.put(dataclasses.replace(STORED, MaxShiftTime=604800))
    emulator.faults.add(_fault("throttled", LIST, times=30))
    emulator.faults.add(_fault("throttled", UPDATE, times=10_000))
    started = clock.monotonic()
    with pytest.raises(errors.ThrottledError):
        begin().create(WANTED, adopt=True)
    assert len(emulator.calls(UPDATE)) > 1
    assert clock.monotonic() - started <= OPERATION_SECONDS + 4 * SETTLE_SECONDS


@pytest.mark.usefixtures("no_threads_after_a_create")
def test_a_create_succeeds_once_acknowledged_if_the_machine_has_no_threads_left(
    begin: Begin, emulator: Emulator
) -> None:
    emulator.put(OTHER)
    assert begin().create(WANTED, adopt=False).preset_name == "time-shift-1"
