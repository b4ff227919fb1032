"""What previews ask of the service, and what they refuse or warn of."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable
from typing import Any

import pytest

from plugin import Plugin
from pulumi_volcengine_live import TimeShiftPresetProvider
from pulumi_volcengine_live.emulator import LIST, Emulator, Fault
from pulumi_volcengine_live.emulator import Preset as Stored
from stepped_clock import SteppedClock

NewPlugin = Callable[..., Plugin]

STORED = Stored("push.example.com", "live", "", 86400, "pull.example.com", "n", 1, "fcdn-tos", "b")


def _news(number: int, **changed: Any) -> dict[str, Any]:
    return {
        "vhost": f"push{number}.example.com",
        "app": f"app{number}",
        "max_shift_time": 86400,
        "pull_domain": "pull.example.com",
        "time_shift_type": 1,
        **changed,
    }


def test_preview_a_hundred_existing_presets_with_one_listing(new_plugin: NewPlugin, emulator: Emulator) -> None:
    for number in range(100):
        stored = dataclasses.replace(STORED, Vhost=f"push{number}.example.com", App=f"app{number}")
        emulator.put(stored)
    plugin = new_plugin()
    assert not [n for n in range(100) if plugin.check(_news(n), _news(n), name=f"r{n}").failures]
    assert len(emulator.calls(LIST)) == 2


def test_preview_with_one_listing_however_long_it_lasts(
    new_plugin: NewPlugin, emulator: Emulator, clock: SteppedClock
) -> None:
    """Bug: the account was listed again every three seconds, though a preview changes nothing."""
    emulator.put(STORED)
    plugin = new_plugin()
    for number in range(10):
        assert not plugin.check({}, _news(number, vhost=STORED.Vhost), name=f"r{number}").failures
        clock.sleep(10)
    assert len(emulator.calls(LIST)) == 2


@pytest.mark.parametrize(("listed", "calls"), [(True, 2 + 2), (False, 2 + 2 * 10)])
def test_preview_new_presets_of_many_vhosts_with_few_listings(
    new_plugin: NewPlugin, emulator: Emulator, listed: bool, calls: int
) -> None:
    """Where the account seems empty, each vhost is listed, once: the keys may be limited to a project."""
    if listed:
        emulator.put(STORED)
    plugin = new_plugin()
    for _ in range(2):
        for number in range(10):
            assert not plugin.check({}, _news(number), name=f"r{number}").failures
    assert len(emulator.calls(LIST)) == calls


def test_ask_once_if_the_service_cannot_answer(
    new_plugin: NewPlugin, emulator: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    emulator.faults.add(Fault(LIST, status=500, code="InternalError", times=1000))
    plugin = new_plugin()
    with caplog.at_level(logging.WARNING):
        assert not [n for n in range(10) if plugin.check({}, _news(n), name=f"r{n}").failures]
    assert caplog.text.count("not checked against the service") == 1


def test_refuse_a_new_resource_that_copies_an_old_one(new_plugin: NewPlugin, emulator: Emulator) -> None:
    emulator.put(dataclasses.replace(STORED, Vhost="push1.example.com", App="app1"))
    plugin = new_plugin()
    assert not plugin.check(_news(1), _news(1), name="old").failures
    ((name, reason),) = plugin.check({}, _news(1), name="copy").failures
    assert name == "app"
    assert "the resource 'old' declares push1.example.com/app1 too" in reason


def test_let_a_replacement_be_checked_a_second_time_as_if_new(new_plugin: NewPlugin, emulator: Emulator) -> None:
    emulator.put(dataclasses.replace(STORED, Vhost="push1.example.com", App="app1"))
    plugin, news = new_plugin(), _news(1, pull_domain="else.example.com")
    assert not plugin.check(_news(1), news).failures
    assert not plugin.check({}, news).failures


def test_refuse_no_replacement_whose_old_preset_is_deleted_already(new_plugin: NewPlugin, emulator: Emulator) -> None:
    """A replacement whose create failed is tried again with the old inputs, though there is nothing left to delete."""
    emulator.put(dataclasses.replace(STORED, Vhost="push1.example.com", App="app1", Stream="neighbour"))
    assert not new_plugin().check(_news(1), _news(1, pull_domain="else.example.com")).failures


def test_refuse_no_duplicate_if_the_resources_names_are_unknown(emulator: Emulator, on_stepped_clock: None) -> None:
    """Without the SDK's servicer nothing distinguishes two resources, so neither is refused."""

    class Config:
        def get(self, name: str) -> str | None:
            keys = {"volcengine:accessKey": emulator.access_key, "volcengine:secretKey": emulator.secret_key}
            return {**keys, "volcengine-live:endpoint": emulator.url}.get(name)

    class Request:
        config = Config()

    provider = TimeShiftPresetProvider()
    provider.configure(Request())  # type: ignore[arg-type]
    assert not provider.check({}, _news(1)).failures
    assert not provider.check({}, _news(1)).failures


@pytest.mark.parametrize(("time_shift_type", "warns"), [(0, True), (1, False)])
def test_warn_that_a_recording_time_shift_is_enabled_only_after_a_support_ticket(
    new_plugin: NewPlugin, caplog: pytest.LogCaptureFixture, time_shift_type: int, warns: bool
) -> None:
    with caplog.at_level(logging.WARNING):
        new_plugin().create(_news(1, time_shift_type=time_shift_type))
    assert ("enables it after a support ticket" in caplog.text) == warns


def test_count_no_stream_that_a_replacement_removes_first(new_plugin: NewPlugin, emulator: Emulator) -> None:
    """Bug: a full app's replacement was refused, though it is deleted before it is made."""
    for number in range(20):
        emulator.put(dataclasses.replace(STORED, Stream=f"s{number}"))
    plugin = new_plugin(sharedDelete="verify")
    for number in range(2):
        olds = {**_news(0, vhost=STORED.Vhost, app=STORED.App), "stream": f"s{number}"}
        news = {**olds, "stream": f"s{20 + number}"}
        assert plugin.check(olds, news, name=f"r{number}").failures == []
        assert plugin.diff(f"push.example.com/live/s{number}", olds, news, name=f"r{number}").replaces == ["stream"]
        assert plugin.check({}, news, name=f"r{number}").failures == []
    more = {**_news(0, vhost=STORED.Vhost, app=STORED.App), "stream": "one-more"}
    ((name, reason),) = plugin.check({}, more, name="more").failures
    assert name == "stream"
    assert "presets of 21 streams" in reason


@pytest.mark.parametrize(
    ("old", "new", "failing"),
    [(True, False, []), (True, True, []), (False, True, ["stream"]), (False, False, ["stream"])],
)
def test_count_a_replaced_preset_as_retained_if_the_state_says_so(
    new_plugin: NewPlugin, emulator: Emulator, old: bool, new: bool, failing: list[str]
) -> None:
    """The engine goes by the old resource's option, whatever the program says now."""
    for stream in ("s1", "s2"):
        emulator.put(dataclasses.replace(STORED, Stream=stream))
    inputs = {**_news(0, vhost=STORED.Vhost, app=STORED.App), "stream": "s1"}
    olds = {**inputs, **({"__retain_on_delete": True} if old else {})}
    news = {**inputs, "stream": "s3", **({"__retain_on_delete": True} if new else {})}
    plugin = new_plugin()
    assert [name for name, _ in plugin.check(olds, news).failures] == failing
    plugin.diff("push.example.com/live/s1", inputs, news)
    assert [name for name, _ in plugin.check({}, news).failures] == failing


def test_refuse_to_make_again_what_is_retained(new_plugin: NewPlugin, emulator: Emulator) -> None:
    """Nothing deletes the preset, so its replacement finds it there."""
    emulator.put(STORED)
    olds = {**_news(0, vhost=STORED.Vhost, app=STORED.App), "__retain_on_delete": True}
    ((name, reason),) = new_plugin().check(olds, {**olds, "pull_domain": "else.example.com"}).failures
    assert name == "pull_domain"
    assert "retain_on_delete keeps the old preset" in reason
