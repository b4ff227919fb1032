"""Only exact codes mean gone: every code, in every call, for every method of the lifecycle."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from phase import Phase
from pulumi_volcengine_live import Domain, errors
from pulumi_volcengine_live.api.client import Client
from pulumi_volcengine_live.api.deadlines import Deadline
from pulumi_volcengine_live.emulator import CREATE, DELETE, LIST, UPDATE, Emulator, Fault
from pulumi_volcengine_live.emulator import Preset as Stored
from pulumi_volcengine_live.lifecycle.operations import AccountPresets
from pulumi_volcengine_live.preset import Identity, Preset
from pulumi_volcengine_live.settings import Credentials
from stepped_clock import SteppedClock

Begin = Callable[..., Phase]

APP = Identity("push.example.com", "live")
STORED = Stored("push.example.com", "live", "", 86400, "pull.example.com", "n", 1, "fcdn-tos")
NEW = Preset(Identity("push.example.com", "new"), 86400, "pull.example.com", 1)

GONE = (403, "RequestForbidden")
CODES = [
    GONE,
    (403, "RequestForbidden.AccountIDNotAllow"),
    (200, "RequestForbidden"),
    (400, "RequestForbidden"),
    (404, "RequestForbidden"),
    (404, "NotFound"),
    (403, "ResourceNotFound"),
    (401, "SignatureDoesNotMatch"),
    (429, "FlowLimitExceeded"),
    (500, "InternalError"),
]
"""Each kind of error, and what comes nearest to the one that means gone; test_errors.py has all the codes."""
METHODS: dict[str, Callable[[Phase], object]] = {
    "read": lambda life: life.read(APP),
    "update": lambda life: life.update(APP, 604800),
    "delete": lambda life: life.delete(APP),
    "create": lambda life: life.create(NEW, adopt=False),
}
CALLS = [
    ("read", LIST),
    ("update", UPDATE),
    ("delete", LIST),
    ("delete", DELETE),
    ("create", LIST),
    ("create", CREATE),
]


@pytest.mark.parametrize("code", CODES, ids=repr)
@pytest.mark.parametrize(("method", "action"), CALLS)
def test_never_take_doubt_for_gone(begin: Begin, emulator: Emulator, method: str, action: str, code: Any) -> None:
    emulator.put(STORED)
    status, name = code
    emulator.faults.add(Fault(action, status=status, code=name, body="it does not exist, not found", times=10_000))
    result: object = None
    try:
        result = METHODS[method](begin(seconds=20))
        failed = False
    except errors.LiveError as error:
        failed = True
        assert name in str(error)
    if code == GONE and action == LIST:
        assert failed is False
        assert result is None or method == "create", "the service says so for the vhost, in both storages"
    else:
        assert failed
    if method != "delete" or failed:
        assert STORED.key in {preset.key for preset in emulator.presets}


@pytest.mark.parametrize("method", ["read", "delete"])
@pytest.mark.parametrize("case", ["wrong secret", "unknown key", "another account's vhost"])
def test_keep_the_state_if_the_keys_lack_a_permission(emulator: Emulator, clock: Any, method: str, case: str) -> None:
    emulator.put(STORED)
    emulator.add_account("stranger", "their-key", "their-secret")
    keys = {
        "wrong secret": (emulator.access_key, "wrong"),
        "unknown key": ("wrong", emulator.secret_key),
        "another account's vhost": ("their-key", "their-secret"),
    }[case]
    emulator.backend.vhosts = {"push.example.com": "default"}
    client = Client(Credentials(*keys), emulator.url, clock=clock)
    with pytest.raises(errors.AccessError):
        METHODS[method](Phase(AccountPresets(client, "refuse", "verify", clock)))
    assert emulator.presets == [STORED]
    assert emulator.calls(DELETE) == []


def test_count_a_vhost_that_the_account_no_longer_has_as_gone_only_if_that_is_accepted(
    begin: Begin, emulator: Emulator
) -> None:
    """The service answers the same to the keys of another account."""
    emulator.backend.vhosts = {}
    with pytest.raises(errors.UnprovenAbsenceError, match="VOLC_LIVE_MISSING=accept"):
        begin().read(APP)
    assert begin(missing="accept").read(APP) is None


def test_report_what_the_service_answered_if_no_time_is_left_to_list_again(
    begin: Begin, emulator: Emulator, clock: SteppedClock
) -> None:
    """Bug: the error was that the service did not answer a listing within 0.0007 seconds."""
    emulator.put(STORED)
    emulator.faults.add(Fault(DELETE, status=429, code="FlowLimitExceeded"))
    life = begin().lifecycle
    deadline = life.deadline(20)

    def nearly_end() -> None:
        if emulator.calls(DELETE):
            clock.during_sleep = lambda: None
            clock.sleep(deadline.left() - 0.5)

    clock.during_sleep = nearly_end
    with pytest.raises(errors.ThrottledError, match="FlowLimitExceeded"):
        life.delete(APP, deadline)
    assert deadline.left() > 0
    assert len(emulator.calls(DELETE)) == 1


def test_end_with_the_deadline_while_another_operation_lists_domains(
    begin: Begin, client: Client, emulator: Emulator, clock: SteppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bug: a delete with two seconds of `custom_timeouts` waited for the three minutes of another one."""
    emulator.put(dataclasses.replace(STORED, Vhost="other.example.com"))
    life = begin().lifecycle
    listing, ended = threading.Event(), threading.Event()
    domains = client.domains

    def slow(vhosts: Sequence[str], deadline: Deadline) -> list[Domain]:
        listing.set()
        assert ended.wait(10)
        return domains(vhosts, deadline)

    monkeypatch.setattr(client, "domains", slow)
    with ThreadPoolExecutor() as pool:
        first = pool.submit(life.listed_or_gone, APP, life.deadline())
        assert listing.wait(10)
        with pytest.raises(
            errors.ThrottledError, match=r"while another operation listed the domains of .* used up the time"
        ):
            life.listed_or_gone(NEW.identity, Deadline.after(clock, 1.2))
        ended.set()
        assert first.result() is None
