"""Each look is late enough for what is to be decided, and shared where it may be."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pulumi_volcengine_live.api.listed_items import ListedPresets
from pulumi_volcengine_live.api.pacing import OPERATION_SECONDS, Deadline, Retries
from pulumi_volcengine_live.lifecycle.snapshots import SETTLE_SECONDS, Looks
from pulumi_volcengine_live.preset import Identity, Preset
from stepped_clock import SteppedClock

APP = Identity("push.example.com", "live")
STREAM = Identity("push.example.com", "live", "s")
OTHER = Identity("push.example.com", "other")


class Service:
    """Notes when it was asked for what, and tells of a write after its lag."""

    def __init__(self, clock: SteppedClock) -> None:
        self.clock = clock
        self.asked: list[tuple[float, str]] = []
        self.there: dict[Identity, float] = {OTHER: 0.0}
        self.emptied = False
        self.seconds = 0.0

    def presets(self, vhost: str, deadline: Deadline, *, starting: Callable[[], None]) -> ListedPresets:  # noqa: ARG002
        starting()
        now = self.clock.monotonic()
        self.asked.append((now - 1000, vhost))
        self.clock.sleep(self.seconds)
        if self.emptied and not vhost:
            return ListedPresets(())
        there = [identity for identity, since in self.there.items() if since <= now - 1000]
        return ListedPresets(tuple(Preset(identity, 86400, "p", 1) for identity in there))


@pytest.fixture
def service(clock: SteppedClock) -> Service:
    return Service(clock)


@pytest.fixture
def looks(service: Service, clock: SteppedClock) -> Looks:
    return Looks(service, clock)


@pytest.fixture
def retries(clock: SteppedClock) -> Retries:
    return Retries(clock, Deadline.after(clock, OPERATION_SECONDS))


def test_share_a_recent_look_for_three_seconds(
    looks: Looks, service: Service, clock: SteppedClock, retries: Retries
) -> None:
    for _ in range(5):
        looks.recent(APP, retries)
        clock.sleep(1)
    assert service.asked == [(0, ""), (4, "")]


def test_share_no_look_where_a_fresh_one_is_asked_for(
    looks: Looks, service: Service, clock: SteppedClock, retries: Retries
) -> None:
    looks.recent(APP, retries)
    clock.sleep(0.5)
    looks.fresh(APP, retries)
    assert service.asked == [(0, ""), (0.5, "")]


@pytest.mark.parametrize("look", [Looks.recent, Looks.fresh])
def test_count_no_look_of_the_same_tick_as_a_write_to_the_app(
    looks: Looks, service: Service, retries: Retries, look: Callable[[Looks, Identity, Retries], object]
) -> None:
    looks.recent(APP, retries)
    looks.note_write(APP)
    look(looks, OTHER, retries)
    assert len(service.asked) == 1, "nothing was written to the other app"
    look(looks, STREAM, retries)
    assert len(service.asked) == 2


def test_ask_an_account_that_seems_empty_by_vhost(looks: Looks, service: Service, retries: Retries) -> None:
    service.emptied = True
    assert OTHER in looks.recent(OTHER, retries)
    assert [vhost for _, vhost in service.asked] == ["", "push.example.com"]


@pytest.mark.parametrize(("written", "since"), [(False, SETTLE_SECONDS), (True, 20 + SETTLE_SECONDS)])
def test_confirm_that_a_preset_is_missing_as_late_as_it_would_show(
    looks: Looks, service: Service, clock: SteppedClock, retries: Retries, written: bool, since: float
) -> None:
    """What an earlier phase wrote just before this one began, or this one itself after 20 seconds."""
    if written:
        clock.sleep(20)
        looks.note_write(STREAM)
    service.there[APP] = since
    listing = looks.recent(APP, retries)
    assert APP not in listing
    assert APP in looks.confirmed(APP, listing, retries)
    assert service.asked[-1][0] == pytest.approx(since)


def test_confirm_what_is_there_without_another_look(looks: Looks, service: Service, retries: Retries) -> None:
    looks.confirmed(OTHER, looks.recent(OTHER, retries), retries)
    assert len(service.asked) == 1


@pytest.mark.parametrize("shows", [0.0, 1.2, SETTLE_SECONDS, SETTLE_SECONDS + 1])
def test_look_until_it_is_there_or_a_lagging_listing_has_had_its_time(
    looks: Looks, service: Service, clock: SteppedClock, retries: Retries, shows: float
) -> None:
    service.there[APP] = shows
    assert (APP in looks.until(APP, retries, there=True)) == (shows <= SETTLE_SECONDS)
    assert clock.monotonic() - 1000 <= min(shows + 0.5, SETTLE_SECONDS) + 0.001
    assert len(service.asked) <= 2 * SETTLE_SECONDS + 1


def test_look_once_more_where_the_last_look_was_asked_for_too_early(
    looks: Looks, service: Service, retries: Retries
) -> None:
    service.there[APP] = SETTLE_SECONDS
    service.seconds = 3
    assert APP in looks.until(APP, retries, there=True)
