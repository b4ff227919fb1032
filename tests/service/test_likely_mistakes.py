"""Warnings about likely mistakes in a preset that a preview creates, and their cost in calls."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from plugin import Plugin
from pulumi_stack import ROOT
from pulumi_volcengine_live.emulator import (
    LIST,
    LIST_DOMAINS,
    LIST_RECORDINGS,
    Access,
    Domain,
    Emulator,
    Fault,
    Recording,
)
from pulumi_volcengine_live.emulator import Preset as Stored

NewPlugin = Callable[..., Plugin]

VHOST = "push.example.com"
PULL = Domain("pull.example.com", VHOST)
OTHER = Domain("pull.other.example.com", "push.other.example.com")
NEWS = {
    "vhost": VHOST,
    "app": "live",
    "max_shift_time": 86400,
    "pull_domain": "pull.example.com",
    "time_shift_type": 1,
    "__preview": True,
}
RECORDED = {**NEWS, "time_shift_type": 0}
HAS = f"Pull domains of the vhost {VHOST} that are in service: pull.example.com."


@pytest.fixture
def account(emulator: Emulator) -> Emulator:
    """An account with two vhosts, each with a pull domain, and no recording preset."""
    emulator.put(PULL)
    emulator.put(OTHER)
    emulator.backend.guesses.recording = "none"
    return emulator


@pytest.fixture
def warnings(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    caplog.set_level(logging.WARNING)
    return lambda: [record.getMessage() for record in caplog.records]


Warnings = Callable[[], list[str]]


def _calls(emulator: Emulator) -> Counter[str]:
    return Counter(call.action for call in emulator.calls())


@pytest.mark.parametrize(
    ("domain", "problem"),
    [
        (None, "is no domain of this account."),
        (Domain("x.example.com", OTHER.Vhost), "belongs to the vhost push.other.example.com."),
        (Domain("x.example.com", VHOST, "push"), "is a push domain."),
        (Domain("x.example.com", VHOST, Status=2), "is not in service (it is disabled)."),
        (Domain("x.example.com", VHOST, DomainCheck=2), "is not in service (it is unusable)."),
        (
            Domain("x.example.com", OTHER.Vhost, "push", Status=6),
            "belongs to the vhost push.other.example.com and is a push domain and is not in service (it is blocked).",
        ),
    ],
)
def test_warn_of_a_pull_domain(
    new_plugin: NewPlugin, account: Emulator, warnings: Warnings, domain: Domain | None, problem: str
) -> None:
    if domain:
        account.put(domain)
    assert not new_plugin().check({}, {**NEWS, "pull_domain": "x.example.com"}).failures
    (warning,) = warnings()
    assert warning.startswith(f"time-shift preset push.example.com/live: pull_domain x.example.com {problem} Pull")
    assert "pull.example.com" in warning


@pytest.mark.parametrize(
    "domain",
    [
        PULL,
        Domain("pull.example.com", VHOST, DomainCheck=1),
        Domain("pull.example.com", VHOST, Status=99),
        Domain("pull.example.com", VHOST, "pull-new"),  # type: ignore[arg-type]
    ],
    ids=["normal", "being configured", "a new status", "a new type"],
)
def test_warn_of_no_domain_that_may_be_right(
    new_plugin: NewPlugin, account: Emulator, warnings: Warnings, domain: Domain
) -> None:
    account.put(domain)
    new_plugin().check({}, NEWS)
    assert warnings() == []


@pytest.mark.parametrize(
    ("stream", "recordings", "has"),
    [
        ("", [], "none"),
        ("", [Recording(VHOST)], "push.example.com (of the vhost, stored in TOS)"),
        ("", [Recording(VHOST, "live", "s1")], "push.example.com/live/s1 (of the stream, stored in TOS)"),
        (
            "s1",
            [Recording(VHOST, "live", Type="vod"), Recording(VHOST, "live", "s2")],
            f"{VHOST}/live (of the app, stored in VOD), {VHOST}/live/s2 (of the stream, stored in TOS)",
        ),
    ],
)
def test_warn_if_no_recording_preset_has_the_level(
    new_plugin: NewPlugin,
    account: Emulator,
    warnings: Warnings,
    stream: str,
    recordings: list[Recording],
    has: str,
) -> None:
    for recording in recordings:
        account.put(recording)
    assert not new_plugin().check({}, {**RECORDED, "stream": stream or None}).failures
    (warning,) = warnings()
    level = "stream" if stream else "app"
    assert f"it plays recordings, but the {level} has no recording preset of its own" in warning
    assert f"Recording presets of the vhost: {has}." in warning


@pytest.mark.parametrize("stream", ["", "s1"])
@pytest.mark.parametrize(
    ("storage", "pull_domain", "expected"),
    [
        ("tos", "pull.example.com", None),
        (
            "tos",
            "x.example.com",
            f"its recordings are stored in TOS, and pull_domain x.example.com is no domain of {{}} {HAS}",
        ),
        (
            "vod",
            "x.example.com",
            "its recordings are stored in VOD, so pull_domain x.example.com must be the distribution",
        ),
    ],
)
def test_name_where_recordings_are_stored(
    new_plugin: NewPlugin,
    account: Emulator,
    warnings: Warnings,
    stream: str,
    storage: Any,
    pull_domain: str,
    expected: str | None,
) -> None:
    account.put(Recording(VHOST, "live", stream, storage))
    new_plugin().check({}, {**RECORDED, "pull_domain": pull_domain, "stream": stream or None})
    assert [warning.partition(": ")[2][:80] for warning in warnings()] == (
        [expected.format("this account.")[:80]] if expected else []
    )
    assert _calls(account)[LIST_DOMAINS] == (0 if storage == "vod" else 1)


def test_say_that_a_domain_may_be_right_for_vod_if_the_storage_is_unknown(
    new_plugin: NewPlugin, account: Emulator, warnings: Warnings
) -> None:
    new_plugin().check({}, {**RECORDED, "pull_domain": "vod.example.com"})
    (_, of_domain) = warnings()
    assert "is no domain of this account, which is right only if the recordings are stored in VOD." in of_domain


def test_ask_once_for_each_preview(new_plugin: NewPlugin, account: Emulator) -> None:
    """One page of domains; two calls for each vhost with a new recording time shift."""
    plugin = new_plugin()
    account.put(Stored(VHOST, "there", "", 86400, "pull.example.com", "n", 1, "fcdn-tos"))
    for number in range(30):
        news = {**NEWS, "app": f"app{number}", "time_shift_type": number % 2}
        plugin.check({}, {**news, "vhost": VHOST if number % 3 else OTHER.Vhost}, name=f"r{number}")
    assert _calls(account) == {LIST: 4, LIST_DOMAINS: 1, LIST_RECORDINGS: 4}, "two of LIST are for the new vhost"


@pytest.mark.parametrize(
    ("changed", "pages"), [({}, 0), ({"max_shift_time": 604800}, 0), ({"pull_domain": "x.example.com"}, 1)]
)
def test_ask_only_for_what_is_created_or_replaced(
    new_plugin: NewPlugin, account: Emulator, changed: dict[str, Any], pages: int
) -> None:
    account.put(Stored(VHOST, "live", "", 86400, "pull.example.com", "n", 1, "fcdn-tos"))
    plugin, olds = new_plugin(), {name: value for name, value in NEWS.items() if name != "__preview"}
    news = {**NEWS, **changed}
    plugin.check(olds, news)
    if plugin.diff("push.example.com/live", olds, {name: news[name] for name in olds}).replaces:
        plugin.check({}, news)
    assert _calls(account) == {LIST: 2, **({LIST_DOMAINS: pages} if pages else {})}


def test_warn_once_of_a_replacement_that_is_checked_twice(
    new_plugin: NewPlugin, account: Emulator, warnings: Warnings
) -> None:
    account.put(Stored(VHOST, "live", "", 86400, "pull.example.com", "n", 1, "fcdn-tos"))
    plugin, news = new_plugin(), {**NEWS, "pull_domain": "x.example.com"}
    plugin.check(NEWS, news)
    plugin.diff("push.example.com/live", NEWS, news)
    plugin.check({}, news)
    assert len([warning for warning in warnings() if "x.example.com" in warning]) == 1


def test_ask_nothing_for_what_is_adopted(new_plugin: NewPlugin, account: Emulator, warnings: Warnings) -> None:
    account.put(Stored(VHOST, "live", "", 86400, "old.example.com", "n", 1, "tos"))
    new_plugin().check({}, {**RECORDED, "pull_domain": "old.example.com", "adopt": True})
    assert len(warnings()) == 1
    assert _calls(account) == {LIST: 2}


@pytest.mark.parametrize(
    ("there", "explained"),
    [
        (
            86400,
            r"where Pulumi shows a create, the update adopts the existing time-shift preset .* and changes nothing\.",
        ),
        (1296000, r"where .* the update adopts .*\(max_shift_time 1296000, .* and changes max_shift_time to 86400\."),
        (None, "time-shift preset push.example.com/live does not exist: the update creates it, and adopts nothing."),
    ],
)
def test_explain_what_adopt_does(
    new_plugin: NewPlugin, account: Emulator, warnings: Warnings, there: int | None, explained: str
) -> None:
    """The engine shows a create in all three cases: equal, changed, missing."""
    account.put(Stored(VHOST, "live" if there else "other", "", there or 86400, "pull.example.com", "n", 1, "fcdn-tos"))
    plugin = new_plugin()
    assert plugin.check({}, {**NEWS, "adopt": True}).failures == []
    (warning,) = warnings()
    assert re.fullmatch(explained, warning)


def test_explain_only_once_that_a_replacement_adopts(
    new_plugin: NewPlugin, account: Emulator, warnings: Warnings
) -> None:
    """The engine checks a replaced resource twice."""
    account.put(Stored(VHOST, "live", "", 86400, "pull.example.com", "n", 1, "fcdn-tos"))
    account.put(Stored(VHOST, "other", "", 86400, "pull.example.com", "n", 1, "fcdn-tos"))
    olds = {name: value for name, value in NEWS.items() if name != "__preview"}
    news = {**NEWS, "app": "other", "adopt": True}
    plugin = new_plugin()
    plugin.check(olds, news)
    plugin.diff(f"{VHOST}/live", {**olds, "preset_name": "n"}, news)
    plugin.check({}, news)
    assert len([warning for warning in warnings() if warning.startswith("the update adopts the existing")]) == 1


def test_explain_that_a_replacement_in_place_adopts_what_somebody_else_created(
    new_plugin: NewPlugin, account: Emulator, warnings: Warnings
) -> None:
    account.put(Stored(VHOST, "live", "", 86400, "pull.example.com", "theirs", 0, "tos"))
    olds = {**RECORDED, "time_shift_type": 1}
    assert new_plugin().check(olds, {**RECORDED, "adopt": True}).failures == []
    assert warnings()[0].startswith("the update adopts the existing time-shift preset push.example.com/live (")


def test_say_nothing_of_an_adoption_that_depends_on_unknown_values(
    new_plugin: NewPlugin, account: Emulator, warnings: Warnings
) -> None:
    account.put(Stored(VHOST, "live", "", 86400, "pull.example.com", "n", 1, "fcdn-tos"))
    account.put(Stored(VHOST, "hidden", "", 86400, "pull.example.com", "n", 0, "vod"))
    new_plugin().check({}, {**NEWS, "adopt": pulumi.UNKNOWN})
    assert warnings() == []
    new_plugin().check({}, {**NEWS, "adopt": True, "max_shift_time": pulumi.UNKNOWN})
    assert "changes max_shift_time to a value that is not known yet" in warnings()[0]
    account.backend.access["default"] = Access(unlisted=("vod",))
    new_plugin().check({}, {**NEWS, "app": "hidden", "adopt": True})
    assert not any("does not exist" in warning for warning in warnings())


def test_warn_of_mistakes_in_a_preset_that_is_replaced_and_may_be_adopted(
    new_plugin: NewPlugin, account: Emulator, warnings: Warnings
) -> None:
    """Bug: adopt=True, left in the program, hid the warnings: the preset that exists is deleted first."""
    account.put(Stored(VHOST, "live", "", 86400, "pull.example.com", "n", 1, "fcdn-tos"))
    news = {**NEWS, "adopt": True}
    new_plugin().check(news, {**news, "pull_domain": "x.example.com"})
    assert any("is no domain of this account" in warning for warning in warnings())


@pytest.mark.parametrize(("app", "warned"), [("live", False), ("new", True)], ids=["exists", "new"])
def test_warn_of_mistakes_in_a_new_preset_if_adopt_is_not_known_yet(
    new_plugin: NewPlugin, account: Emulator, warnings: Warnings, app: str, warned: bool
) -> None:
    account.put(Stored(VHOST, "live", "", 86400, "x.example.com", "n", 1, "fcdn-tos"))
    new_plugin().check({}, {**NEWS, "app": app, "pull_domain": "x.example.com", "adopt": pulumi.UNKNOWN})
    assert any("is no domain of this account" in warning for warning in warnings()) == warned


@pytest.mark.parametrize(
    "unknown", ["vhost", "pull_domain", "time_shift_type"], ids=lambda name: f"{name} not known yet"
)
def test_check_no_value_that_is_not_known_yet(
    new_plugin: NewPlugin, account: Emulator, warnings: Warnings, unknown: str
) -> None:
    assert not new_plugin().check({}, {**RECORDED, unknown: pulumi.UNKNOWN}).failures
    assert [warning for warning in warnings() if "it plays recordings" not in warning] == []
    assert bool(_calls(account)[LIST_RECORDINGS]) == (unknown == "pull_domain")


def test_ask_nothing_in_the_update(new_plugin: NewPlugin, account: Emulator, warnings: Warnings) -> None:
    """The engine checks again in the update, in another process; a preview is known by a hidden input."""
    news = {name: value for name, value in RECORDED.items() if name != "__preview"}
    checked = new_plugin().check({}, {**news, "pull_domain": "x.example.com"})
    assert checked.failures == []
    assert warnings() == []
    assert set(_calls(account)) == {LIST}


def test_keep_the_mark_of_a_preview_out_of_the_inputs(new_plugin: NewPlugin, account: Emulator) -> None:
    assert "__preview" not in new_plugin().check({}, NEWS).inputs


def test_ask_nothing_if_checks_are_off(new_plugin: NewPlugin, account: Emulator, warnings: Warnings) -> None:
    new_plugin(liveChecks="off").check({}, {**RECORDED, "pull_domain": "x.example.com"})
    assert warnings() == []
    assert account.calls() == []


def test_name_the_calls_that_the_keys_may_not_make(
    new_plugin: NewPlugin, account: Emulator, warnings: Warnings
) -> None:
    account.backend.access["default"] = Access(denied=(LIST_DOMAINS, LIST_RECORDINGS))
    plugin = new_plugin()
    for number in range(5):
        news = {**RECORDED, "app": f"app{number}", "pull_domain": "x.example.com"}
        assert plugin.check({}, news, name=f"r{number}").failures == []
    (warning,) = warnings()
    assert warning.startswith("domains or recording presets were not checked, because these calls failed: List")
    assert "ListDomainDetail (the service answered AccessDenied: " in warning
    assert "ListVhostRecordPresetV2 (the service answered AccessDenied: " in warning
    assert _calls(account) == {LIST: 4, LIST_DOMAINS: 2, LIST_RECORDINGS: 1}


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "reset"},
        {"status": 500, "code": "InternalError"},
        {"status": 429, "code": "FlowLimitExceeded"},
        {"status": 200, "body": "<html>sign in</html>", "content_type": "text/html"},
    ],
    ids=["reset", "internal error", "throttled", "a portal's page"],
)
def test_let_a_preview_pass_if_a_call_fails(
    new_plugin: NewPlugin, account: Emulator, warnings: Warnings, fault: dict[str, Any]
) -> None:
    for action in (LIST_DOMAINS, LIST_RECORDINGS):
        account.faults.add(Fault(action, times=1000, **fault))
    plugin = new_plugin()
    for name in ("one", "two"):
        assert plugin.check({}, {**RECORDED, "app": name}, name=name).failures == []
    (warning,) = warnings()
    assert "ListVhostRecordPresetV2 (" in warning
    assert "ListDomainDetail (" in warning


def test_ask_about_no_domains_if_the_presets_cannot_be_listed(
    new_plugin: NewPlugin, account: Emulator, warnings: Warnings
) -> None:
    account.faults.add(Fault(LIST, status=500, code="InternalError", times=1000))
    new_plugin().check({}, RECORDED)
    (warning,) = warnings()
    assert "from here on, resources are not checked against the service, because a listing failed: " in warning
    assert set(_calls(account)) == {LIST}


@pytest.mark.parametrize(("guess", "pages"), [("visible", 1), ("refused", 2)])
def test_ask_by_vhost_with_keys_that_are_limited_to_a_project(
    new_plugin: NewPlugin, account: Emulator, warnings: Warnings, guess: Any, pages: int
) -> None:
    account.backend.guesses.limited_keys = guess
    account.backend.access["default"] = Access(vhosts=(VHOST,))
    plugin = new_plugin()
    for number in range(3):
        plugin.check({}, {**NEWS, "app": f"app{number}"}, name=f"r{number}")
    assert warnings() == []
    plugin.check({}, {**NEWS, "pull_domain": "x.example.com"}, name="wrong")
    (warning,) = warnings()
    assert "x.example.com is no domain of " in warning
    assert _calls(account)[LIST_DOMAINS] == pages


@pytest.mark.parametrize("time_shift_type", [0, 1])
def test_warn_of_no_other_vhosts_domain_as_foreign_to_an_account_that_was_not_listed(
    new_plugin: NewPlugin, account: Emulator, warnings: Warnings, time_shift_type: int
) -> None:
    """Bug: it was called "no domain of this account", although only the domains of the vhost had been listed."""
    account.backend.guesses.limited_keys = "refused"
    account.backend.access["default"] = Access(vhosts=(VHOST,))
    news = {**NEWS, "pull_domain": OTHER.Domain, "time_shift_type": time_shift_type}
    new_plugin().check({}, news)
    warning = warnings()[-1]
    assert (
        "pull_domain pull.other.example.com is no domain of the vhost push.example.com (these keys may not list the"
        " domains of the whole account)" in warning
    )
    assert "no domain of this account" not in warning
    assert warning.endswith(HAS)
    assert ("right only if the recordings are stored in VOD" in warning) == (time_shift_type == 0)


def test_warn_of_no_domain_if_none_is_listed(new_plugin: NewPlugin, emulator: Emulator, warnings: Warnings) -> None:
    """A listing without any domain says more about the keys than about the domain."""
    new_plugin().check({}, NEWS)
    assert warnings() == []
    assert _calls(emulator)[LIST_DOMAINS] == 1


def test_show_the_documented_warnings(new_plugin: NewPlugin, account: Emulator, warnings: Warnings) -> None:
    """Each screen of docs/troubleshooting.md that is a warning about domains or recording presets."""
    page = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
    account.put(Domain("pull.old.example.com", VHOST, Status=2))
    account.put(Recording(VHOST, "news", "", "vod"))
    plugin = new_plugin()
    for number, pull_domain in enumerate(
        ("pull.exmaple.com", OTHER.Domain, VHOST, "pull.old.example.com", "pull.exmaple.com")
    ):
        news = {**NEWS, "app": "concerts", "pull_domain": pull_domain, "time_shift_type": int(number < 4)}
        plugin.check({}, {**news, "stream": f"s{number}" if number else None}, name=f"r{number}")
    plugin.check({}, {**RECORDED, "app": "news", "pull_domain": "vod.example.com"}, name="vod")
    account.backend.access["default"] = Access(denied=(LIST_DOMAINS, LIST_RECORDINGS))
    new_plugin().check({}, {**RECORDED, "app": "concerts"})
    shown = [re.sub(r"/s\d", "", re.sub(r"request id [0-9A-F]+", "request id ...", warning)) for warning in warnings()]
    assert len(shown) == 8
    assert [warning for warning in shown if f"\nwarning: {warning}" not in page] == []
