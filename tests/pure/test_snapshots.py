"""Cached listings: fresh enough for each decision, shared where possible."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pulumi_volcengine_live.api.client import GATHER_SECONDS, Client
from pulumi_volcengine_live.api.deadlines import OPERATION_SECONDS, Deadline
from pulumi_volcengine_live.api.listed_presets import ListedPresets
from pulumi_volcengine_live.emulator import LIST, Emulator
from pulumi_volcengine_live.errors import ThrottledError
from pulumi_volcengine_live.lifecycle.snapshots import SETTLE_SECONDS, Snapshots
from pulumi_volcengine_live.preset import Identity, Preset
from stepped_clock import SteppedClock

APP = Identity("push.example.com", "live")
STREAM = Identity("push.example.com", "live", "s")
OTHER = Identity("push.example.com", "other")


class Service:
    """Records each listing; lists a preset from the second given in `there`."""

    def __init__(self, clock: SteppedClock) -> None:
        self.clock = clock
        self.asked: list[tuple[float, str]] = []
        self.there: dict[Identity, float] = {OTHER: 0.0}
        self.wrongly_empty = False
        self.seconds = 0.0

    def presets(self, vhost: str, deadline: Deadline, *, starting: Callable[[], None]) -> ListedPresets:  # noqa: ARG002
        starting()
        now = self.clock.monotonic()
        self.asked.append((now - 1000, vhost))
        self.clock.sleep(self.seconds)
        if self.wrongly_empty and not vhost:
            return ListedPresets(())
        there = [identity for identity, since in self.there.items() if since <= now - 1000]
        return ListedPresets(tuple(Preset(identity, 86400, "p", 1) for identity in there))


@pytest.fixture
def service(clock: SteppedClock) -> Service:
    return Service(clock)


@pytest.fixture
def snapshots(service: Service, clock: SteppedClock) -> Snapshots:
    return Snapshots(service, clock)


@pytest.fixture
def deadline(clock: SteppedClock) -> Deadline:
    return Deadline.after(clock, OPERATION_SECONDS)


def test_share_a_recent_listing_for_three_seconds(
    snapshots: Snapshots, service: Service, clock: SteppedClock, deadline: Deadline
) -> None:
    for _ in range(5):
        snapshots.recent(APP, deadline)
        clock.sleep(1)
    assert service.asked == [(0, ""), (4, "")]


def test_share_no_listing_if_a_fresh_one_is_needed(
    snapshots: Snapshots, service: Service, clock: SteppedClock, deadline: Deadline
) -> None:
    snapshots.recent(APP, deadline)
    clock.sleep(0.5)
    snapshots.fresh(APP, deadline)
    assert service.asked == [(0, ""), (0.5, "")]


@pytest.mark.parametrize("list_", [Snapshots.recent, Snapshots.fresh])
def test_ignore_a_listing_from_the_same_clock_tick_as_a_write_to_the_app(
    snapshots: Snapshots, service: Service, deadline: Deadline, list_: Callable[[Snapshots, Identity, Deadline], object]
) -> None:
    snapshots.recent(APP, deadline)
    snapshots.note_write(APP)
    list_(snapshots, OTHER, deadline)
    assert len(service.asked) == 1, "nothing was written to the other app"
    list_(snapshots, STREAM, deadline)
    assert len(service.asked) == 2


def test_list_by_vhost_if_the_account_seems_empty(snapshots: Snapshots, service: Service, deadline: Deadline) -> None:
    service.wrongly_empty = True
    assert OTHER in snapshots.recent(OTHER, deadline)
    assert [vhost for _, vhost in service.asked] == ["", "push.example.com"]


@pytest.mark.parametrize(("written", "since"), [(False, SETTLE_SECONDS), (True, 20 + SETTLE_SECONDS)])
def test_confirm_a_missing_preset_once_every_earlier_write_must_show(
    snapshots: Snapshots, service: Service, clock: SteppedClock, deadline: Deadline, written: bool, since: float
) -> None:
    """Cases: a write just before this phase began; a write of this phase after 20 seconds."""
    if written:
        clock.sleep(20)
        snapshots.note_write(STREAM)
    service.there[APP] = since
    listing = snapshots.recent(APP, deadline)
    assert APP not in listing
    assert APP in snapshots.confirmed(APP, listing, deadline)
    assert service.asked[-1][0] == pytest.approx(since)


def test_wait_for_no_listing_that_comes_after_the_deadline(
    client: Client, emulator: Emulator, clock: SteppedClock
) -> None:
    """Bug: a read with two seconds of `custom_timeouts` took five, until what was written before must show."""
    snapshots = Snapshots(client, clock)
    deadline = Deadline.after(clock, 2)
    listing = snapshots.recent(APP, deadline)
    with pytest.raises(ThrottledError, match="custom_timeouts"):
        snapshots.confirmed(APP, listing, deadline)
    assert clock.monotonic() <= deadline.moment + GATHER_SECONDS
    assert len(emulator.calls(LIST)) == 4


def test_confirm_what_is_listed_without_another_listing(
    snapshots: Snapshots, service: Service, deadline: Deadline
) -> None:
    snapshots.confirmed(OTHER, snapshots.recent(OTHER, deadline), deadline)
    assert len(service.asked) == 1


@pytest.mark.parametrize("shows", [0.0, 1.2, SETTLE_SECONDS, SETTLE_SECONDS + 1])
def test_list_until_the_preset_shows_or_the_longest_lag_is_over(
    snapshots: Snapshots, service: Service, clock: SteppedClock, deadline: Deadline, shows: float
) -> None:
    service.there[APP] = shows
    assert _becomes_listed(snapshots, deadline) == (shows <= SETTLE_SECONDS)
    assert clock.monotonic() - 1000 <= min(shows + 0.5, SETTLE_SECONDS) + 0.001
    assert len(service.asked) <= 2 * SETTLE_SECONDS + 1


def test_list_once_more_if_the_last_listing_was_sent_too_early(
    snapshots: Snapshots, service: Service, deadline: Deadline
) -> None:
    service.there[APP] = SETTLE_SECONDS
    service.seconds = 3
    assert _becomes_listed(snapshots, deadline)


def _becomes_listed(snapshots: Snapshots, deadline: Deadline) -> bool:
    return any(APP in listing for listing in snapshots.settling(APP, deadline))
