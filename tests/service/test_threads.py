"""Four threads on one lifecycle, as in the plugin: the same results, the limit kept, keys never mixed."""

from __future__ import annotations

import dataclasses
import random
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from phase import Phase
from pulumi_volcengine_live.api.client import Client
from pulumi_volcengine_live.api.deadlines import Deadline
from pulumi_volcengine_live.emulator import CREATE, DELETE, UPDATE, Emulator
from pulumi_volcengine_live.errors import ConflictError
from pulumi_volcengine_live.lifecycle.operations import AccountPresets
from pulumi_volcengine_live.preset import Identity, Preset
from pulumi_volcengine_live.settings import Credentials
from rates import most_in_any_second
from stepped_clock import SteppedClock

SEED = 20261123
THREADS = 4


def _lifecycle(emulator: Emulator, access_key: str = "", secret_key: str = "") -> Phase:
    keys = Credentials(access_key or emulator.access_key, secret_key or emulator.secret_key)
    return Phase(AccountPresets(Client(keys, emulator.url), "refuse", "verify"))


def _wanted(number: int, vhost: str = "push.example.com") -> Preset:
    return Preset(Identity(vhost, f"app{number}"), 86400, "pull.example.com", 1)


def _whole_life(life: Phase, vhost: str = "push.example.com") -> Callable[[int], None]:
    def live(number: int) -> None:
        wanted = _wanted(number, vhost)
        assert life.create(wanted, adopt=False).preset_name
        life.update(wanted.identity, 604800)
        found = life.read(wanted.identity)
        assert found is not None
        assert found.max_shift_time == 604800

    return live


def test_keep_the_limit_of_each_action_with_four_threads() -> None:
    """In real time, counted where the calls arrive."""
    with Emulator() as emulator:
        life = _lifecycle(emulator)
        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(_whole_life(life), range(25)))
        assert len(emulator.presets) == 25
        assert {call.status for call in emulator.calls()} == {200}
        for action in {call.action for call in emulator.calls()}:
            assert most_in_any_second([call.at for call in emulator.calls(action)]) <= 10


def test_fail_nothing_if_another_process_uses_the_account(emulator: Emulator, clock: SteppedClock) -> None:
    """Each process has a limiter of its own, and the service throttles both."""
    keys = Credentials(emulator.access_key, emulator.secret_key)
    lives = [
        _whole_life(Phase(AccountPresets(Client(keys, emulator.url, clock=clock), "refuse", "verify", clock)))
        for _ in range(2)
    ]
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(lambda number: lives[number % 2](number), range(60)))
    for action in (CREATE, UPDATE):
        assert len([call for call in emulator.calls(action) if call.effect]) == 60
    assert {call.code for call in emulator.calls()} == {"", "FlowLimitExceeded"}


def test_keep_two_accounts_apart_with_four_threads() -> None:
    with Emulator() as emulator:
        emulator.add_account("second", "second-key", "second-secret", vhosts=["second.example.com"])
        second = _lifecycle(emulator, "second-key", "second-secret")
        lives = [_whole_life(_lifecycle(emulator)), _whole_life(second, "second.example.com")]
        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(lambda number: lives[number % 2](number), range(12)))
        apps = {account: {p.App for p in emulator.backend.presets(account)} for account in ("default", "second")}
        assert apps == {
            "default": {f"app{number}" for number in range(0, 12, 2)},
            "second": {f"app{number}" for number in range(1, 12, 2)},
        }


def test_change_one_app_by_one_thread_at_a_time(begin: Callable[..., Phase], emulator: Emulator) -> None:
    """A delete may reach all of an app, so nothing else of that app may be under way."""
    life = begin("accept")
    order = list(range(20))
    random.Random(SEED).shuffle(order)
    streams = [dataclasses.replace(_wanted(0), identity=Identity("push.example.com", "one", f"s{n}")) for n in order]
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(lambda wanted: life.create(wanted, adopt=False), streams))
    assert len(emulator.presets) == 20
    destroy = begin("accept")
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(lambda wanted: destroy.delete(wanted.identity), streams))
    assert emulator.presets == []
    assert len(emulator.calls(CREATE)) == len(emulator.calls(DELETE)) == 20
    assert emulator.calls(UPDATE) == []


def test_two_threads_that_reach_an_app_first_share_its_lock(begin: Callable[..., Phase], clock: SteppedClock) -> None:
    """Bug: each thread got a lock of its own, where the threads switched while the app's lock was made."""
    life = begin().lifecycle
    both_make_one, both_tried = threading.Barrier(2), threading.Barrier(2)

    def switch_threads(frame: Any, event: str, _: Any) -> None:
        if event == "call" and frame.f_code.co_name == "RLock":
            sys.setprofile(None)
            both_make_one.wait(10)

    def change(number: int) -> bool:
        sys.setprofile(switch_threads)
        try:
            with life.one_change_of_app(_wanted(0).identity, "changing", Deadline.after(clock, 0)):
                both_tried.wait(10)
                return True
        except ConflictError:
            both_tried.wait(10)
            return False
        finally:
            sys.setprofile(None)

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(change, range(2))) == [False, True]


def test_delete_while_other_threads_write(begin: Callable[..., Phase]) -> None:
    """Bug: one in twelve deletes ended with "dictionary changed size during iteration"."""
    life = begin("accept", seconds=3600)

    def create_and_delete(number: int) -> None:
        wanted = _wanted(0, f"v{number}.example.com")
        life.create(wanted, adopt=False)
        life.delete(wanted.identity)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(create_and_delete, range(150)))
    finally:
        sys.setswitchinterval(interval)
