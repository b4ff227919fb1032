"""No caller gets a listing older than the moment it named, and no call is made that need not be."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from pulumi_volcengine_live.api.deadlines import Deadline
from pulumi_volcengine_live.api.listed_presets import ListedPresets, UnreadableItem
from pulumi_volcengine_live.errors import ThrottledError, UnreadablePresetError
from pulumi_volcengine_live.lifecycle.listings import Listing, SharedListings
from pulumi_volcengine_live.preset import Identity, Preset
from stepped_clock import NO_DEADLINE, SteppedClock


class GatedService:
    """Answers when the test says so; each answer has the moment at which its call was sent."""

    def __init__(self, clock: SteppedClock) -> None:
        self.clock = clock
        self.asked = 0
        self.arrived = threading.Semaphore(0)
        self.may_go_out = threading.Event()
        self.may_answer = threading.Event()
        self.gone_out = threading.Semaphore(0)
        self.fails = False

    def presets(self, vhost: str, deadline: Deadline, *, starting: Callable[[], None]) -> ListedPresets:  # noqa: ARG002
        self.asked += 1
        self.arrived.release()
        self.may_go_out.wait()
        starting()
        started = self.clock.monotonic()
        self.gone_out.release()
        self.may_answer.wait()
        if self.fails:
            raise ThrottledError(f"asked at {started}")
        return ListedPresets((Preset(Identity(vhost or "v", "a"), int(started), "p", 0),))


@pytest.fixture
def service(clock: SteppedClock) -> GatedService:
    return GatedService(clock)


@pytest.fixture
def listings(service: GatedService, clock: SteppedClock) -> SharedListings:
    return SharedListings(service, clock)


def _started(listing: Listing) -> int:
    (preset,) = listing.of_vhost("v")
    return preset.max_shift_time


def test_share_a_listing_that_is_new_enough(
    listings: SharedListings, service: GatedService, clock: SteppedClock
) -> None:
    service.may_go_out.set()
    service.may_answer.set()
    first = listings.since(clock.monotonic(), NO_DEADLINE)
    clock.sleep(3)
    assert listings.since(clock.monotonic() - 3, NO_DEADLINE) is first
    assert service.asked == 1


def test_list_again_if_the_listing_is_too_old(
    listings: SharedListings, service: GatedService, clock: SteppedClock
) -> None:
    service.may_go_out.set()
    service.may_answer.set()
    listings.since(clock.monotonic(), NO_DEADLINE)
    clock.sleep(3)
    assert _started(listings.since(clock.monotonic() - 2, NO_DEADLINE)) == 1003
    assert service.asked == 2


def test_share_a_call_that_is_not_sent_yet(
    listings: SharedListings, service: GatedService, clock: SteppedClock
) -> None:
    with ThreadPoolExecutor() as pool:
        early = pool.submit(listings.since, clock.monotonic(), NO_DEADLINE)
        service.arrived.acquire()
        clock.sleep(5)
        late = pool.submit(listings.since, clock.monotonic(), NO_DEADLINE)
        service.may_answer.set()
        service.may_go_out.set()
        assert _started(early.result()) == _started(late.result()) == 1005
    assert service.asked == 1


def test_never_share_a_call_that_was_sent_before(
    listings: SharedListings, service: GatedService, clock: SteppedClock
) -> None:
    service.may_go_out.set()
    with ThreadPoolExecutor() as pool:
        early = pool.submit(listings.since, clock.monotonic(), NO_DEADLINE)
        service.gone_out.acquire()
        clock.sleep(1)
        late: list[Future[Listing]] = [pool.submit(listings.since, clock.monotonic(), NO_DEADLINE) for _ in range(3)]
        service.may_answer.set()
        assert _started(early.result()) == 1000
        assert [_started(answer.result()) for answer in late] == [1001, 1001, 1001]
    assert service.asked == 2


ORDERS = itertools.permutations(["write", "other write", "start", "answer"])


@pytest.mark.parametrize("order", [order for order in ORDERS if order.index("start") < order.index("answer")])
def test_show_each_write_to_whoever_lists_after_it_in_every_order(
    listings: SharedListings, service: GatedService, clock: SteppedClock, order: tuple[str, ...]
) -> None:
    """Two writes, each followed by a listing, in every order with the start and the answer of an earlier listing."""
    answers: list[tuple[float, Future[Listing]]] = []
    with ThreadPoolExecutor() as pool:
        pool.submit(listings.since, clock.monotonic(), NO_DEADLINE)
        service.arrived.acquire()
        for event in order:
            clock.sleep(1)
            if event == "start":
                service.may_go_out.set()
                service.gone_out.acquire()
            elif event == "answer":
                service.may_answer.set()
            else:
                answers.append((clock.monotonic(), pool.submit(listings.since, clock.monotonic(), NO_DEADLINE)))
        assert all(_started(answer.result()) >= written for written, answer in answers)
    joined = sum(order.index(event) < order.index("start") for event in ("write", "other write"))
    assert service.asked <= 1 + len(answers) - joined


def test_raise_an_error_for_everyone_who_waits_and_list_again_afterwards(
    listings: SharedListings, service: GatedService, clock: SteppedClock
) -> None:
    service.fails = True
    with ThreadPoolExecutor() as pool:
        answers = [pool.submit(listings.since, clock.monotonic(), NO_DEADLINE) for _ in range(4)]
        service.arrived.acquire()
        service.may_answer.set()
        service.may_go_out.set()
        errors = [answer.exception() for answer in answers]
    assert all(isinstance(error, ThrottledError) for error in errors)
    assert len({id(error) for error in errors}) == 4, "an error has one traceback"
    service.fails = False
    assert _started(listings.since(clock.monotonic() - 10, NO_DEADLINE)) == 1000


def test_keep_the_vhosts_apart(listings: SharedListings, service: GatedService, clock: SteppedClock) -> None:
    service.may_go_out.set()
    service.may_answer.set()
    assert Identity("one", "a") in listings.since(0, NO_DEADLINE, "one")
    assert Identity("v", "a") in listings.since(0, NO_DEADLINE)
    assert service.asked == 2


def test_raise_no_error_of_a_call_that_was_sent_before(
    listings: SharedListings, service: GatedService, clock: SteppedClock
) -> None:
    service.may_go_out.set()
    service.fails = True
    with ThreadPoolExecutor() as pool:
        early = pool.submit(listings.since, clock.monotonic(), NO_DEADLINE)
        service.gone_out.acquire()
        clock.sleep(1)
        late = pool.submit(listings.since, clock.monotonic(), NO_DEADLINE)
        service.may_answer.set()
        assert str(early.exception()).startswith("asked at 1000.0")
        assert str(late.exception()).startswith("asked at 1001.0")


ODD = UnreadableItem("v", "a", None, "an item has no Stream that can be read.")


def test_an_unreadable_item_blocks_only_the_preset_it_may_be() -> None:
    listing = Listing([Preset(Identity("v", "a"), 86400, "p", 1)], [ODD])
    assert listing.get(Identity("v", "a")) is not None, "a readable item has it"
    assert listing.get(Identity("v", "b")) is None
    assert listing.get(Identity("w", "a")) is None
    with pytest.raises(UnreadablePresetError, match="an item has no Stream"):
        listing.get(Identity("v", "a", "s1"))
    assert listing.unreadable_siblings(Identity("v", "a", "s2")) == [ODD]
    assert listing.unreadable_siblings(Identity("v", "b", "s2")) == []


def test_find_the_siblings_of_one_preset_among_many_by_its_app() -> None:
    """Bug: a preview copied every key of the listing for each resource, which took 189 ms with 100,000 presets."""

    listing = Listing(Preset(Identity(f"v{n % 100}", f"a{n // 100}"), 86400, "p", 1) for n in range(10_000))
    assert listing.siblings(Identity("v1", "a1", "s")) == [Preset(Identity("v1", "a1"), 86400, "p", 1)]
    assert len(listing.of_vhost("v1")) == 100
