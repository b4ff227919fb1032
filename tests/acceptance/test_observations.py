"""The acceptance finds what the emulator does, for each of its guesses."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, get_args, get_type_hints

import pytest

from acceptance.observations import Found, observe
from acceptance.report import QUESTIONS, markdown
from pulumi_volcengine_live.api.client import Client
from pulumi_volcengine_live.command.own_app import OwnApp
from pulumi_volcengine_live.emulator import (
    CREATE,
    DELETE,
    LIST,
    LIST_DOMAINS,
    LIST_RECORDINGS,
    UPDATE,
    Access,
    Emulator,
    Fault,
    Guesses,
)
from pulumi_volcengine_live.emulator import Preset as Stored
from pulumi_volcengine_live.preset import Identity
from stepped_clock import SteppedClock

APP = Identity("push.example.com", "acceptance")
THEIRS = Stored("push.example.com", "live", "", 86400, "pull.example.com", "theirs", 1, "fcdn-tos")
Observe = Callable[[], Found]


@pytest.fixture
def app(client: Client, clock: SteppedClock, emulator: Emulator) -> OwnApp:
    emulator.put(THEIRS)
    clock.sleep(60)
    return OwnApp(client, APP, "pull.example.com", clock)


@pytest.fixture
def observed(app: OwnApp, emulator: Emulator) -> Observe:
    def run() -> Found:
        found: Found = {}
        observe(app, lambda _text: None, found)
        changed = {(call.body["Vhost"], call.body["App"]) for call in emulator.calls(CREATE, UPDATE, DELETE)}
        assert changed <= {APP.vhost_and_app}
        return found

    return run


ONE, OF_APP = "exactly the one", f"{APP}, {APP}/"
GUESSES: list[tuple[dict[str, Any], dict[str, str]]] = [
    (
        {
            "delete_removes": "stream",
            "create_existing": "refuse",
            "empty_list": "array",
            "recording": "tos",
            "recording_level": "any",
        },
        {
            "delete_stream": ONE,
            "delete_app": ONE,
            "create_existing": "refused: the service answered InvalidParam",
            "empty_list": "`[]`",
            "recording": "made, stored in tos, not enabled",
            "default_type": "made, stored in tos",
        },
    ),
    (
        {"delete_removes": "app-level", "create_existing": "overwrite", "empty_list": "null", "recording": "vod"},
        {
            "delete_stream": f"{APP} (",
            "delete_app": ONE,
            "create_existing": "acknowledged, and it overwrites",
            "empty_list": "`null`",
            "recording": "made, stored in vod, not enabled",
            "default_type": "made, stored in vod",
        },
    ),
    (
        {"delete_removes": "app", "listing_lag": 4, "recording": "none"},
        {
            "delete_stream": OF_APP,
            "delete_app": OF_APP,
            "create_lag": "within 4.",
            "update_lag": "within 4.",
            "delete_lag": "within 4.",
            "recording": "refused: ",
            "default_type": "refused: ",
        },
    ),
    (
        {"recording_level": "own"},
        {"recordings": "vhost in tos", "domains": "yes: pull, push", "recording": "refused: "},
    ),
]
"""What the service does, all at once, and how the answers to the questions begin."""
NEEDS_OTHER_KEYS = {"foreign_vhost", "limited_keys"}
"""What one account's keys without limits cannot show."""


@pytest.mark.parametrize(("guesses", "finds"), GUESSES)
def test_find_what_the_service_does(
    observed: Observe, app: OwnApp, emulator: Emulator, guesses: dict[str, Any], finds: dict[str, str]
) -> None:
    emulator.backend.guesses = Guesses(**guesses)
    found = observed()
    assert found.keys() == QUESTIONS.keys()
    for key, start in finds.items():
        assert found[key].startswith(start), found[key]
    left = [preset for preset in emulator.presets if preset != THEIRS]
    assert [identity.stream for identity in app.remaining] == [preset.Stream for preset in left]
    assert len(left) == (2 if guesses.get("delete_removes") == "app-level" else 0)
    report = markdown([], [], found, [])
    assert "not seen" not in report
    assert emulator.secret_key not in report


def test_try_every_guess_that_the_emulator_has() -> None:
    tried = {
        name: {guesses[name] for guesses, _ in GUESSES if name in guesses}
        for name in get_type_hints(Guesses)
        if name not in NEEDS_OTHER_KEYS
    }
    assert tried == {
        name: set(get_args(kind)) or {4} for name, kind in get_type_hints(Guesses).items() if name in tried
    }, "the lag is a number, of which one is tried"


def test_report_that_the_optional_calls_are_refused(observed: Observe, emulator: Emulator) -> None:
    emulator.backend.access["default"] = Access(denied=[LIST_DOMAINS, LIST_RECORDINGS])
    found = observed()
    for key in ("domains", "no_such_domain", "recordings"):
        assert found[key].startswith("refused: the service answered AccessDenied")


@pytest.mark.parametrize("writes", [1, 3, 7, 12])
def test_stop_and_delete_nothing_more_once_a_foreign_preset_appears(
    observed: Observe, app: OwnApp, emulator: Emulator, writes: int
) -> None:
    theirs = dataclasses.replace(THEIRS, App="acceptance", Stream="theirs")
    count = iter(range(1, 1000))
    before: list[int] = []

    def after_write() -> None:
        if next(count) == writes:
            emulator.put(theirs)
            before.append(len(emulator.calls(DELETE)))

    emulator.backend.after_write = after_write
    observed()
    assert theirs in emulator.presets
    assert len(emulator.calls(DELETE)) == before[0]
    left = {preset.Stream for preset in emulator.presets if preset not in (THEIRS, theirs)}
    assert {identity.stream for identity in app.remaining} >= left


@pytest.mark.parametrize("action", [CREATE, UPDATE, DELETE, LIST])
@pytest.mark.parametrize("when", ["instead", "after"])
def test_leave_nothing_behind_if_calls_fail(
    observed: Observe, app: OwnApp, emulator: Emulator, action: str, when: Any
) -> None:
    """The first call of the action fails, and a later one."""
    for skip in (0, 4):
        emulator.faults.add(Fault(action, status=500, code="InternalError", when=when, skip=skip))
    observed()
    in_doubt = [APP] if (action, when) == (CREATE, "instead") else []
    assert (emulator.presets, app.remaining) == ([THEIRS], in_doubt)


def test_report_what_cannot_be_observed(observed: Observe, emulator: Emulator) -> None:
    emulator.faults.add(Fault(UPDATE, status=403, code="AccessDenied", times=100))
    report = markdown([], [], observed(), [])
    assert "could not be seen to the end: the service answered AccessDenied" in report
    assert "| not seen |" in report
    assert emulator.presets == [THEIRS]
