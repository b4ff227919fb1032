"""Creating, reading, updating and deleting: what each returns, and which calls reach the service."""

from __future__ import annotations

import dataclasses
import socket
from collections.abc import Callable
from typing import Any

import pytest

from phase import Phase
from pulumi_volcengine_live import errors
from pulumi_volcengine_live.api.client import Client
from pulumi_volcengine_live.emulator import CREATE, DELETE, LIST, UPDATE, Emulator, Fault, Guesses
from pulumi_volcengine_live.emulator import Preset as Stored
from pulumi_volcengine_live.preset import Identity, Preset
from pulumi_volcengine_live.settings import Credentials
from stepped_clock import SteppedClock

EMPTY = '{"ResponseMetadata": {"RequestId": "R", "Action": "ListTimeShiftPresetV2"}, "Result": {"List": []}}'
ONE_EMPTY_LISTING = Fault(LIST, status=200, body=EMPTY, times=2)
"""Both calls of one listing answer that there is nothing; the next listing is right."""

Begin = Callable[..., Phase]

APP = Identity("push.example.com", "live")
STREAM = Identity("push.example.com", "live", "s1")
WANTED = Preset(APP, 86400, "pull.example.com", 1)
STORED = Stored("push.example.com", "live", "", 86400, "pull.example.com", "made-before", 1, "fcdn-tos", "b")
OTHER = Stored("push.example.com", "other", "", 86400, "pull.example.com", "other", 1, "fcdn-tos", "b")


def _changing(emulator: Emulator) -> list[str]:
    return [call.action for call in emulator.calls(CREATE, UPDATE, DELETE)]


def test_create_with_one_call_and_return_every_listed_field(begin: Begin, emulator: Emulator) -> None:
    made = begin().create(WANTED, adopt=False)
    assert made == Preset(APP, 86400, "pull.example.com", 1, "time-shift-1", True, "fcdn-tos", "live-time-shift", None)
    assert _changing(emulator) == [CREATE]


@pytest.mark.parametrize(
    ("recording", "storage", "bucket", "namespace"),
    [("tos", "tos", "live-time-shift", None), ("vod", "vod", None, "live")],
)
def test_create_a_recording_time_shift_which_is_not_enabled(
    begin: Begin, emulator: Emulator, recording: str, storage: str, bucket: str | None, namespace: str | None
) -> None:
    emulator.backend.guesses = Guesses(recording=recording)  # type: ignore[arg-type]
    made = begin().create(dataclasses.replace(WANTED, time_shift_type=0), adopt=False)
    assert (made.enabled, made.storage, made.bucket, made.vod_namespace) == (False, storage, bucket, namespace)


def test_refuse_to_create_what_exists_and_show_both_presets(begin: Begin, emulator: Emulator) -> None:
    emulator.put(dataclasses.replace(STORED, MaxShiftTime=604800))
    with pytest.raises(errors.ConflictError, match="adopt=True") as refused:
        begin().create(WANTED, adopt=False)
    assert "max_shift_time 604800" in str(refused.value)
    assert "max_shift_time 86400" in str(refused.value)
    assert _changing(emulator) == []


@pytest.mark.parametrize("adopt", [False, True])
def test_create_what_another_process_has_just_deleted(begin: Begin, emulator: Emulator, adopt: bool) -> None:
    """Bug: the listing before it still counted as recent, so the deleted preset was adopted into the state."""
    emulator.put(STORED)
    update, of_another_provider = begin(), begin()
    assert update.read(APP) is not None
    of_another_provider.delete(APP)
    update.create(WANTED, adopt=adopt)
    assert [preset.Name for preset in emulator.presets] == ["time-shift-1"]
    assert _changing(emulator) == [DELETE, CREATE]


def test_adopt_an_equal_preset_without_a_changing_call(begin: Begin, emulator: Emulator) -> None:
    emulator.put(STORED)
    adopted = begin().create(WANTED, adopt=True)
    assert (adopted.preset_name, adopted.bucket) == ("made-before", "b")
    assert _changing(emulator) == []
    assert len(emulator.calls(LIST)) == 2, "nothing was deleted before, so no listing needs to catch up"


def test_create_what_is_to_be_adopted_if_it_does_not_exist(begin: Begin, emulator: Emulator) -> None:
    begin().create(WANTED, adopt=True)
    assert len(emulator.calls(CREATE)) == len(emulator.presets) == 1


def test_update_an_adopted_presets_max_shift_time(begin: Begin, emulator: Emulator) -> None:
    emulator.put(dataclasses.replace(STORED, MaxShiftTime=604800))
    adopted = begin().create(WANTED, adopt=True)
    assert adopted.max_shift_time == 86400
    assert [preset.MaxShiftTime for preset in emulator.presets] == [86400]
    assert _changing(emulator) == [UPDATE]


@pytest.mark.parametrize("different", [{"Domain": "else.example.com"}, {"Type": "tos"}, {"Type": "vod"}], ids=repr)
def test_refuse_to_adopt_another_pull_domain_or_type(
    begin: Begin, emulator: Emulator, different: dict[str, str]
) -> None:
    emulator.put(dataclasses.replace(STORED, **different))  # type: ignore[arg-type]
    with pytest.raises(errors.ConflictError) as refused:
        begin().create(WANTED, adopt=True)
    assert "pull_domain pull.example.com, time_shift_type 1" in str(refused.value)
    assert _changing(emulator) == []


def test_adopt_a_preset_that_one_wrongly_empty_listing_hides(begin: Begin, emulator: Emulator) -> None:
    emulator.put(STORED)
    emulator.faults.add(dataclasses.replace(ONE_EMPTY_LISTING))
    assert begin().create(WANTED, adopt=True).preset_name == "made-before"
    assert _changing(emulator) == []


def test_read_drift(begin: Begin, emulator: Emulator) -> None:
    emulator.put(dataclasses.replace(STORED, MaxShiftTime=604800, Domain="else.example.com"))
    found = begin().read(APP)
    assert found is not None
    assert (found.max_shift_time, found.pull_domain) == (604800, "else.example.com")


def test_read_nothing_if_no_listing_has_it(begin: Begin, emulator: Emulator) -> None:
    emulator.put(OTHER)
    assert begin().read(APP) is None


def test_read_a_preset_that_one_wrongly_empty_listing_hides(begin: Begin, emulator: Emulator) -> None:
    emulator.put(STORED)
    emulator.faults.add(dataclasses.replace(ONE_EMPTY_LISTING))
    assert begin().read(APP) is not None


def test_read_what_a_listing_that_is_empty_for_one_storage_hides(begin: Begin, emulator: Emulator) -> None:
    other = dataclasses.replace(OTHER, Type="vod")
    for preset in (STORED, other):
        emulator.put(preset)
    emulator.faults.add(dataclasses.replace(ONE_EMPTY_LISTING, times=1))
    refresh = begin()
    assert refresh.read(APP) is not None
    assert refresh.read(Identity(other.Vhost, other.App)) is not None


def test_read_nothing_only_if_the_listing_of_the_vhost_agrees(begin: Begin, emulator: Emulator) -> None:
    assert begin().read(APP) is None
    assert {call.body.get("Vhost") for call in emulator.calls(LIST)} == {None, "push.example.com"}


def test_read_what_was_made_within_a_listings_lag(begin: Begin, emulator: Emulator, clock: SteppedClock) -> None:
    emulator.put(OTHER)
    clock.sleep(10)
    emulator.backend.guesses = Guesses(listing_lag=4)
    begin().create(WANTED, adopt=False)
    assert begin().read(APP) is not None


def test_update_with_one_call_and_no_listing(begin: Begin, emulator: Emulator) -> None:
    emulator.put(STORED)
    begin().update(APP, 604800)
    assert [preset.MaxShiftTime for preset in emulator.presets] == [604800]
    assert [call.action for call in emulator.calls()] == [UPDATE]


def test_delete_with_one_call(begin: Begin, emulator: Emulator) -> None:
    emulator.put(STORED)
    emulator.put(OTHER)
    begin().delete(APP)
    assert emulator.presets == [OTHER]
    assert _changing(emulator) == [DELETE]
    assert len(emulator.calls(LIST)) == 2, "alone in its app and acknowledged: no listing afterwards"


def test_delete_what_is_gone_without_a_changing_call(begin: Begin, emulator: Emulator) -> None:
    emulator.put(OTHER)
    begin().delete(APP)
    assert _changing(emulator) == []


def test_delete_twice(begin: Begin, emulator: Emulator) -> None:
    emulator.put(STORED)
    life = begin()
    life.delete(APP)
    life.delete(APP)
    assert _changing(emulator) == [DELETE]


def test_replace_with_the_same_identity(begin: Begin, emulator: Emulator) -> None:
    emulator.put(STORED)
    life = begin()
    life.delete(APP)
    life.create(dataclasses.replace(WANTED, pull_domain="new.example.com"), adopt=False)
    assert [preset.Domain for preset in emulator.presets] == ["new.example.com"]
    assert _changing(emulator) == [DELETE, CREATE]


def test_replace_while_listings_lag(begin: Begin, emulator: Emulator, clock: SteppedClock) -> None:
    emulator.put(STORED)
    clock.sleep(10)
    emulator.backend.guesses = Guesses(listing_lag=4)
    life = begin()
    life.delete(APP)
    made = life.create(dataclasses.replace(WANTED, pull_domain="new.example.com"), adopt=False)
    assert made.pull_domain == "new.example.com", "the listing still showed the one before"
    assert [preset.Domain for preset in emulator.presets] == ["new.example.com"]
    assert _changing(emulator) == [DELETE, CREATE]


def test_create_again_as_soon_as_listings_show_the_delete(
    begin: Begin, emulator: Emulator, clock: SteppedClock
) -> None:
    emulator.put(STORED)
    clock.sleep(10)
    emulator.backend.guesses = Guesses(listing_lag=1)
    life = begin()
    life.delete(APP)
    emulator.forget_calls()
    life.create(WANTED, adopt=False)
    assert len(emulator.calls(LIST)) < 2 * 10, "it waited longer than the listings lagged"


def test_refresh_any_number_of_presets_with_one_listing(clock: SteppedClock, begin: Begin, emulator: Emulator) -> None:
    names = [f"app{number}" for number in range(100)]
    for name in names:
        emulator.put(dataclasses.replace(STORED, App=name, Vhost=f"{name}.example.com"))
    refresh = begin()
    assert all(refresh.read(Identity(f"{name}.example.com", name)) for name in names)
    assert len(emulator.calls()) == 2


def test_keep_calls_within_the_limit_at_the_service(begin: Begin, emulator: Emulator) -> None:
    update = begin()
    for number in range(30):
        update.create(dataclasses.replace(WANTED, identity=Identity("v", f"app{number}")), adopt=False)
    assert len(emulator.presets) == 30
    assert {call.status for call in emulator.calls()} == {200}


def test_make_no_listing_after_a_create_that_was_not_sent(
    begin: Begin, client: Client, emulator: Emulator, clock: SteppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    emulator.put(OTHER)
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        nobody = Client(Credentials("a", "s"), f"http://127.0.0.1:{unused.getsockname()[1]}", clock=clock)
    monkeypatch.setattr(client, "create", nobody.create)
    with pytest.raises(errors.UnreachableError, match=r"Nothing was changed by this\. Check the network"):
        begin().create(WANTED, adopt=False)
    assert len(emulator.calls(LIST)) == 2, "no listing afterwards"


def test_do_not_send_a_create_whose_rate_limit_slot_comes_too_late(
    begin: Begin, client: Client, emulator: Emulator
) -> None:
    """Nothing was sent, so no listing needs to show what came of it."""
    life = begin().lifecycle
    for number in range(10):
        client.create(dataclasses.replace(WANTED, identity=Identity("v", f"app{number}")), life.deadline())
    with pytest.raises(errors.ThrottledError, match="was left to send CreateTimeShiftPresetV3"):
        life.create(WANTED, life.deadline(1.5), adopt=False)
    assert (len(emulator.calls(CREATE)), len(emulator.calls(LIST))) == (10, 2)


def test_create_returns_details_even_if_an_earlier_listing_exists(begin: Begin, emulator: Emulator) -> None:
    emulator.put(OTHER)
    assert begin().create(WANTED, adopt=False).bucket == "live-time-shift"


def test_create_returns_its_own_values_though_somebody_changes_them_at_once(
    begin: Begin, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = emulator.backend.call

    def call_and_change(account: str, action: str, body: Any) -> Any:
        result = call(account, action, body)
        if action == CREATE:
            emulator.put(dataclasses.replace(STORED, MaxShiftTime=604800))
        return result

    monkeypatch.setattr(emulator.backend, "call", call_and_change)
    made = begin().create(WANTED, adopt=False)
    assert (made.max_shift_time, made.preset_name) == (86400, "time-shift-1")


def test_wait_at_most_15_seconds_for_the_details(begin: Begin, emulator: Emulator, clock: SteppedClock) -> None:
    emulator.put(OTHER)
    emulator.faults.add(Fault(LIST, skip=2, times=10_000))
    started = clock.monotonic()
    begin().create(WANTED, adopt=False)
    assert clock.monotonic() - started < 15


def test_do_not_take_over_a_similar_preset_that_somebody_created_during_a_create_without_answer(
    begin: Begin, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = dataclasses.replace(STORED, MaxShiftTime=604800)
    call = emulator.backend.call
    emulator.faults.add(Fault(CREATE))

    def call_after_them(account: str, action: str, body: Any) -> Any:
        if emulator.calls(CREATE):
            emulator.put(theirs)
        return call(account, action, body)

    monkeypatch.setattr(emulator.backend, "call", call_after_them)
    with pytest.raises(errors.ConflictError, match="max_shift_time 604800"):
        begin().create(WANTED, adopt=False)
    assert emulator.presets == [theirs]
    assert emulator.calls(UPDATE) == []


def test_keep_the_doubt_of_an_earlier_create(begin: Begin, emulator: Emulator) -> None:
    emulator.put(OTHER)
    emulator.faults.add(Fault(CREATE, "reset"))
    emulator.faults.add(Fault(CREATE, status=403, code="AccessDenied"))
    with pytest.raises(errors.AccessError, match="The create may still take effect") as refused:
        begin().create(WANTED, adopt=False)
    assert "adopt=True" in str(refused.value)
    assert "Nothing was changed" not in str(refused.value)


def test_use_the_listing_after_one_create_as_the_one_before_the_next(
    begin: Begin, emulator: Emulator, clock: SteppedClock
) -> None:
    emulator.put(OTHER)
    update = begin()
    for number in range(5):
        update.create(dataclasses.replace(WANTED, identity=Identity("v", f"app{number}")), adopt=False)
        clock.sleep(0.5)
    assert len(emulator.calls(LIST)) == 2 + 2 * 5


def test_adopt_what_another_resource_failed_to_create(begin: Begin, emulator: Emulator) -> None:
    emulator.put(STORED)
    update = begin()
    with pytest.raises(errors.ConflictError, match="adopt=True"):
        update.create(WANTED, adopt=False)
    assert update.create(WANTED, adopt=True).preset_name == "made-before"
