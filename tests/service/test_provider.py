"""What the provider answers to the engine, through the SDK's own servicer."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pulumi
import pytest

from plugin import REFERENCES, URN, Plugin, PluginError
from pulumi_volcengine_live.emulator import CREATE, DELETE, UPDATE, Emulator, Fault
from pulumi_volcengine_live.emulator import Preset as Stored
from pulumi_volcengine_live.engine import run
from pulumi_volcengine_live.engine.sdk_workarounds import REPLACE_WITH
from pulumi_volcengine_live.fields import INPUTS
from stepped_clock import SteppedClock

NewPlugin = Callable[..., Plugin]

ID = "push.example.com/live"
NEWS: dict[str, Any] = {
    "vhost": "push.example.com",
    "app": "live",
    "max_shift_time": 86400.0,
    "pull_domain": "pull.example.com",
    "time_shift_type": 1.0,
}
STORED = Stored("push.example.com", "live", "", 86400, "pull.example.com", "n", 1, "fcdn-tos", "b")
OUTPUTS = {**NEWS, "preset_name": "n", "enabled": True, "storage": "fcdn-tos", "bucket": "b"}
UNKNOWN = pulumi.UNKNOWN
DIFFERENT: list[dict[str, Any]] = [{"Name": "theirs"}, {"Domain": "theirs.example.com"}, {"Type": "tos", "Status": 0}]
"""What shows that a preset is not ours: a name, or a value that no call changes."""


def _is_unknown(value: object) -> bool:
    return isinstance(value, pulumi.output.Unknown)


def test_check_stores_numbers_as_integers_and_the_type_always(new_plugin: NewPlugin) -> None:
    checked = new_plugin().check({}, {name: value for name, value in NEWS.items() if name != "time_shift_type"})
    assert checked.failures == []
    assert checked.inputs == {**NEWS, "time_shift_type": 0}


def test_check_reports_every_bad_value_by_its_own_property(new_plugin: NewPlugin) -> None:
    bad = {"vhost": "https://x", "app": "a/b", "stream": "", "max_shift_time": 7.0, "pull_domain": 3.0, "adopt": "yes"}
    failures = new_plugin().check({}, {**bad, "time_shift_type": True}).failures
    assert [name for name, _ in failures] == list(INPUTS)
    assert all(reason.startswith(f"{name} is ") for name, reason in failures)


def test_check_reports_what_is_missing_and_what_is_no_input(new_plugin: NewPlugin) -> None:
    failures = dict(new_plugin().check({}, {"maxShiftTime": 86400}).failures)
    assert set(failures) == {"vhost", "app", "max_shift_time", "pull_domain", "maxShiftTime"}
    assert failures["vhost"].startswith("vhost is not set, but must be")
    assert "max_shift_time" in failures["maxShiftTime"]


@pytest.mark.parametrize("name", [*INPUTS, "all"])
@pytest.mark.parametrize("olds", [{}, OUTPUTS], ids=["new", "existing"])
def test_check_lets_unknown_values_pass(
    new_plugin: NewPlugin, emulator: Emulator, olds: dict[str, Any], name: str
) -> None:
    unknown = dict.fromkeys(INPUTS, UNKNOWN) if name == "all" else {name: UNKNOWN}
    checked = new_plugin().check(olds, {**NEWS, **unknown})
    assert checked.failures == []
    assert all(_is_unknown(checked.inputs[key]) for key in unknown)
    assert all(checked.inputs[key] == value for key, value in NEWS.items() if key not in unknown)


@pytest.mark.parametrize(
    ("changed", "replaces"),
    [
        ({}, None),
        ({"max_shift_time": 604800}, []),
        ({"adopt": True}, []),
        ({"vhost": "else.example.com"}, ["vhost"]),
        ({"app": "else"}, ["app"]),
        ({"stream": "s"}, ["stream"]),
        ({"pull_domain": "else.example.com"}, ["pull_domain"]),
        ({"time_shift_type": 0}, ["time_shift_type"]),
        ({"max_shift_time": UNKNOWN}, []),
        ({"vhost": UNKNOWN}, ["vhost"]),
        (
            dict.fromkeys(INPUTS, UNKNOWN),
            ["vhost", "app", "stream", "pull_domain", "time_shift_type"],
        ),
    ],
    ids=lambda value: str(value).replace(str(UNKNOWN), "unknown"),
)
def test_diff_updates_max_shift_time_and_replaces_for_the_rest_deleting_first(
    new_plugin: NewPlugin, changed: dict[str, Any], replaces: list[str] | None
) -> None:
    plugin = new_plugin()
    plugin.check(NEWS, {**NEWS, **changed})
    diff = plugin.diff(ID, OUTPUTS, {**NEWS, **changed})
    assert diff.changes == (diff.DIFF_NONE if replaces is None else diff.DIFF_SOME)
    assert list(diff.replaces) == (replaces or [])
    assert diff.deleteBeforeReplace


def test_delete_nothing_early_for_a_value_that_is_not_known(new_plugin: NewPlugin) -> None:
    """Bug: before a resource's check the engine deletes what the diff replaces, though the value may be the same.

    Then a preset that another name had adopted, or whose value stayed the same, was deleted without notice.
    """
    assert list(new_plugin().diff(ID, OUTPUTS, {**NEWS, "vhost": UNKNOWN}).replaces) == []
    assert list(new_plugin().diff(ID, OUTPUTS, {**NEWS, REPLACE_WITH: UNKNOWN}).replaces) == [REPLACE_WITH]


@pytest.mark.parametrize("order", ["adopted first", "deleted first"])
@pytest.mark.parametrize("mode", ["refuse", "verify", "accept", "off"])
def test_refuse_to_adopt_what_a_replacement_deletes(
    new_plugin: NewPlugin, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, mode: str, order: str
) -> None:
    """Bug: the preview passed, and by the order of the update the preset was adopted, or deleted and created again."""
    emulator.put(STORED)
    name, value = ("VOLC_LIVE_CHECKS", "off") if mode == "off" else ("VOLC_LIVE_SHARED_DELETE", mode)
    monkeypatch.setenv(name, value)
    plugin = new_plugin()
    checks: list[Callable[[], Any]] = [
        lambda: plugin.check({}, {**NEWS, "adopt": True}, name="archive").failures,
        lambda: plugin.check(NEWS, {**NEWS, "app": "sport"}, name="channel").failures,
    ]
    first, second = checks if order == "adopted first" else checks[::-1]
    assert first() == []
    ((about, reason),) = second()
    assert about == ("app" if order == "adopted first" else "adopt")
    assert f"'archive' adopts {ID}, which the replacement of the resource 'channel' may delete first" in reason
    assert "make two updates: in the first, leave 'channel' out of the program, let 'archive' adopt it" in reason
    assert "remove adopt, and add depends_on=[channel]" in reason


def test_follow_the_advice_about_a_preset_that_is_adopted_and_deleted(
    new_plugin: NewPlugin, emulator: Emulator
) -> None:
    """Bug: if a part of the new identity was unknown, the advice led to another refusal."""
    emulator.put(STORED)
    plugin = new_plugin()
    assert plugin.check({}, {**NEWS, "adopt": True}, name="archive").failures == []
    changed = {**NEWS, "app": "sport", "vhost": UNKNOWN}
    ((_, reason),) = plugin.check(NEWS, changed, name="channel").failures
    assert "in the first, leave 'channel' out of the program, let 'archive' adopt it" in reason
    first_update = new_plugin()
    assert first_update.check({}, {**NEWS, "adopt": True}, name="archive").failures == []


@pytest.mark.parametrize("order", ["adopted first", "deleted first"])
def test_refuse_to_adopt_a_preset_that_replace_with_deletes(
    new_plugin: NewPlugin, emulator: Emulator, order: str
) -> None:
    """The old name has left the program, so only its diff shows that its preset is deleted."""
    emulator.put(STORED)
    plugin = new_plugin()
    calls: list[Callable[[], Any]] = [
        lambda: plugin.check({}, {**NEWS, "adopt": True}, name="new").failures,
        lambda: plugin.diff(ID, OUTPUTS, {**NEWS, REPLACE_WITH: UNKNOWN}, name="old"),
    ]
    if order == "adopted first":
        calls[0]()
        adopted = r"'new' adopts push\.example\.com/live, which the replacement of the resource 'old'"
        with pytest.raises(PluginError, match=rf"{adopted} .* let 'new' adopt it and change nothing else"):
            calls[1]()
    else:
        calls[1]()
        assert [about for about, _ in plugin.check({}, {**NEWS, "adopt": True}, name="new").failures] == ["adopt"]


def test_need_keys_for_whatever_calls_the_service_and_for_nothing_else(
    emulator: Emulator, on_stepped_clock: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/nonexistent")
    for name in ("VOLC_ACCESSKEY", "VOLC_SECRETKEY", "VOLCENGINE_ACCESS_KEY", "VOLCENGINE_SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)
    plugin = Plugin({})
    try:
        assert plugin.check({}, NEWS).failures == []
        assert plugin.check(OUTPUTS, {**NEWS, "app": "else"}).failures == []
        assert plugin.diff(ID, OUTPUTS, {**NEWS, "max_shift_time": 604800}).changes
        for call in (
            lambda: plugin.create(NEWS),
            lambda: plugin.read(ID, OUTPUTS),
            lambda: plugin.update(ID, OUTPUTS, {**NEWS, "max_shift_time": 604800}),
            lambda: plugin.delete(ID, OUTPUTS),
        ):
            with pytest.raises(PluginError, match="no keys for Volcengine were found"):
                call()
        assert emulator.calls() == []
    finally:
        plugin.end()


def test_create_answers_id_and_every_output(new_plugin: NewPlugin) -> None:
    id_, outputs = new_plugin().create(NEWS)
    assert id_ == ID
    assert outputs == {**OUTPUTS, "preset_name": "time-shift-1", "bucket": "live-time-shift"}


def test_update_answers_every_output(new_plugin: NewPlugin, emulator: Emulator) -> None:
    emulator.put(STORED)
    assert new_plugin().update(ID, OUTPUTS, {**NEWS, "max_shift_time": 604800, "adopt": True}) == {
        **OUTPUTS,
        "max_shift_time": 604800,
        "adopt": True,
    }


def test_update_of_adopt_alone_makes_no_call(new_plugin: NewPlugin, emulator: Emulator) -> None:
    assert new_plugin().update(ID, {**OUTPUTS, "adopt": True}, NEWS) == OUTPUTS
    assert emulator.calls() == []


def test_read_answers_outputs_and_inputs(new_plugin: NewPlugin, emulator: Emulator) -> None:
    emulator.put(dataclasses.replace(STORED, MaxShiftTime=604800, Type="tos", Status=0))
    id_, outputs, inputs = new_plugin().read(ID, {**OUTPUTS, "adopt": True})
    drifted = {**NEWS, "max_shift_time": 604800, "time_shift_type": 0, "adopt": True}
    assert id_ == ID
    assert inputs == drifted
    assert outputs == {**OUTPUTS, **drifted, "storage": "tos", "enabled": False}


def test_read_twice_is_reading_once(new_plugin: NewPlugin, emulator: Emulator) -> None:
    emulator.put(STORED)
    first = new_plugin().read(ID, OUTPUTS)
    assert new_plugin().read(ID, first[1]) == first


def test_read_answers_nothing_for_a_managed_preset_that_is_gone(new_plugin: NewPlugin) -> None:
    assert new_plugin().read(ID, OUTPUTS)[0] == ""


def test_get_of_a_missing_preset_fails_and_names_what_the_vhost_has(new_plugin: NewPlugin, emulator: Emulator) -> None:
    emulator.put(dataclasses.replace(STORED, App="other"))
    emulator.put(dataclasses.replace(STORED, App="other", Stream="s"))
    with pytest.raises(
        PluginError, match=r"presets of the vhost: push\.example\.com/other, push\.example\.com/other/s\."
    ):
        new_plugin().read(ID, {})
    with pytest.raises(PluginError, match=r"presets of the vhost: none\."):
        new_plugin().read("else.example.com/live", {})


@pytest.mark.parametrize("id_", ["live", "a/b/c/d"])
def test_read_explains_a_malformed_id(new_plugin: NewPlugin, id_: str) -> None:
    with pytest.raises(PluginError, match="vhost/app or vhost/app/stream"):
        new_plugin().read(id_, {})


def test_delete_by_the_id(new_plugin: NewPlugin, emulator: Emulator) -> None:
    emulator.put(STORED)
    new_plugin().delete(ID, OUTPUTS)
    assert emulator.presets == []


def test_serve_both_copies_of_a_resource_by_one_delete(new_plugin: NewPlugin, emulator: Emulator) -> None:
    """A state may have a second copy, which is pending deletion. What is there by then is somebody else's."""
    plugin = new_plugin()
    emulator.put(STORED)
    plugin.delete(ID, OUTPUTS)
    emulator.put(STORED)
    emulator.forget_calls()
    plugin.delete(ID, OUTPUTS)
    assert (emulator.calls(), emulator.presets) == ([], [STORED])


@pytest.mark.parametrize("different", DIFFERENT, ids=repr)
def test_delete_no_other_preset_in_the_place_of_ours(
    new_plugin: NewPlugin, emulator: Emulator, different: dict[str, Any]
) -> None:
    """Somebody removed ours and created another one; a delete removed theirs without a word."""
    theirs = dataclasses.replace(STORED, **different)
    emulator.put(theirs)
    with pytest.raises(PluginError, match=r"not the one in the state.*Nothing was changed.*pulumi refresh") as refused:
        new_plugin().delete(ID, OUTPUTS)
    assert f"preset_name {theirs.Name}, pull_domain {theirs.Domain}" in str(refused.value)
    assert "preset_name n, pull_domain pull.example.com" in str(refused.value)
    assert emulator.calls(DELETE) == []
    plugin = new_plugin()
    _, refreshed, _ = plugin.read(ID, OUTPUTS)
    plugin.delete(ID, refreshed)
    assert emulator.presets == []


@pytest.mark.parametrize(
    "missing", [(), ("preset_name",), (*OUTPUTS,)[1:]], ids=["nothing", "the name", "almost everything"]
)
def test_delete_a_preset_that_has_only_drifted(
    new_plugin: NewPlugin, emulator: Emulator, missing: tuple[str, ...]
) -> None:
    emulator.put(dataclasses.replace(STORED, MaxShiftTime=604800, Status=0, Bucket="else"))
    new_plugin().delete(ID, {name: value for name, value in OUTPUTS.items() if name not in missing})
    assert emulator.presets == []


def test_send_no_second_delete_to_a_preset_that_was_created_meanwhile(
    new_plugin: NewPlugin, emulator: Emulator, clock: SteppedClock
) -> None:
    """The first one had no clear answer, and somebody created another preset before the next listing."""
    emulator.put(STORED)
    theirs = dataclasses.replace(STORED, Name="theirs")

    def somebody_creates_another() -> None:
        if emulator.calls(DELETE):
            emulator.put(theirs)

    clock.during_sleep = somebody_creates_another
    emulator.faults.add(Fault(DELETE, status=500, code="InternalError", when="after"))
    with pytest.raises(PluginError, match=r"not the one in the state.*not known"):
        new_plugin().delete(ID, OUTPUTS)
    assert (len(emulator.calls(DELETE)), emulator.presets) == (1, [theirs])


def test_warn_of_another_preset_in_the_place_of_ours(
    new_plugin: NewPlugin, emulator: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    """A refresh would take it into the state without a diff, since only its name differs."""
    emulator.put(dataclasses.replace(STORED, Name="theirs"))
    plugin = new_plugin()
    plugin.check(NEWS, NEWS)
    plugin.diff(ID, OUTPUTS, NEWS)
    assert "push.example.com/live is not the one in the state: the service calls it 'theirs'" in caplog.text


@pytest.mark.parametrize("different", DIFFERENT, ids=repr)
@pytest.mark.parametrize("changed", [{"app": "else"}, {"pull_domain": "else.example.com"}], ids=repr)
def test_check_refuses_a_replacement_that_would_delete_another_preset(
    new_plugin: NewPlugin, emulator: Emulator, changed: dict[str, Any], different: dict[str, Any]
) -> None:
    emulator.put(dataclasses.replace(STORED, **different))
    plugin, news = new_plugin(), {**NEWS, **changed}
    failures = plugin.check(NEWS, news).failures
    if not failures:  # the name in the state comes with the diff only
        plugin.diff(ID, OUTPUTS, news)
        failures = plugin.check({}, news).failures
    ((name, reason),) = failures
    assert name == "adopt"
    assert "not the one in the state" in reason


@pytest.mark.parametrize(("app", "calls"), [("live", []), ("else", [CREATE])], ids=["in its place", "to another place"])
def test_leave_another_preset_alone_in_a_replacement_that_adopts(
    new_plugin: NewPlugin, emulator: Emulator, caplog: pytest.LogCaptureFixture, app: str, calls: list[str]
) -> None:
    """It passes the preview: a replacement whose create had failed could not go on otherwise."""
    theirs = dataclasses.replace(STORED, Name="theirs", Domain="else.example.com")
    emulator.put(theirs)
    plugin, news = new_plugin(), {**NEWS, "app": app, "pull_domain": "else.example.com", "adopt": True}
    assert plugin.check(NEWS, news).failures == []
    plugin.diff(ID, OUTPUTS, news)
    assert plugin.check({}, news).failures == []
    plugin.delete(ID, OUTPUTS)
    plugin.create(news)
    assert [call.action for call in emulator.calls(CREATE, UPDATE, DELETE)] == calls
    assert theirs in emulator.presets
    assert f"time-shift preset {ID} was left alone, since it is not the one in the state: it has " in caplog.text


@pytest.mark.parametrize(("shared_delete", "refused"), [("refuse", True), ("verify", False), ("accept", False)])
def test_check_refuses_a_replacement_whose_delete_would_be_refused(
    new_plugin: NewPlugin, emulator: Emulator, shared_delete: str, refused: bool
) -> None:
    emulator.put(STORED)
    emulator.put(dataclasses.replace(STORED, Stream="s"))
    plugin = new_plugin(sharedDelete=shared_delete)
    failures = plugin.check(OUTPUTS, {**NEWS, "pull_domain": "else.example.com"}).failures
    assert bool(failures) == refused
    for name, reason in failures:
        assert name == "pull_domain"
        assert reason.startswith(f"the change of pull_domain replaces {ID}, which is deleted first: ")
        assert "push.example.com/live/s (max_shift_time 86400" in reason
        assert "VOLC_LIVE_SHARED_DELETE" in reason
        assert "\n" not in reason
    assert emulator.calls(CREATE, UPDATE, DELETE) == []


def test_check_refuses_no_replacement_of_a_preset_alone_in_its_app(new_plugin: NewPlugin, emulator: Emulator) -> None:
    emulator.put(STORED)
    assert new_plugin().check(OUTPUTS, {**NEWS, "app": "else"}).failures == []


def test_check_asks_nothing_if_live_checks_are_off(new_plugin: NewPlugin, emulator: Emulator) -> None:
    new_plugin(liveChecks="off").check(OUTPUTS, {**NEWS, "app": "else"})
    assert emulator.calls() == []


@pytest.mark.parametrize("setting", ["sharedDelete", "liveChecks", "endpoint"])
def test_report_a_wrong_setting_at_preview(new_plugin: NewPlugin, setting: str) -> None:
    with pytest.raises(PluginError, match=f"volcengine-live:{setting}"):
        new_plugin(**{setting: "wrong"}).check({}, NEWS)


def test_check_a_move_into_an_app_that_has_another_preset(new_plugin: NewPlugin, emulator: Emulator) -> None:
    emulator.put(STORED)
    emulator.put(dataclasses.replace(STORED, App="else", Stream="s"))
    assert new_plugin().check(OUTPUTS, {**NEWS, "app": "else"}).failures == []


def test_keep_what_another_resource_of_the_program_manages(new_plugin: NewPlugin, emulator: Emulator) -> None:
    """Two resources have the same preset in the state; one of them leaves the program."""
    emulator.put(STORED)
    for changed in ({}, {"max_shift_time": 604800}):
        plugin = new_plugin()
        plugin.check(NEWS, {**NEWS, **changed}, name="stays")
        plugin.diff(ID, OUTPUTS, {**NEWS, **changed}, name="stays")
        with pytest.raises(PluginError, match="the resource 'stays' of this program"):
            plugin.create({**NEWS, "adopt": True}, name="new")
        plugin.delete(ID, OUTPUTS, name="leaves")
    assert emulator.presets == [STORED]


@pytest.mark.parametrize("protocols", [(4, 4), (5, 5), (4, 5)], ids=str)
def test_keep_a_preset_that_was_adopted_under_another_name(
    new_plugin: NewPlugin, emulator: Emulator, protocols: tuple[int, int]
) -> None:
    """Bug: Python 3.14 pickles otherwise, so one process had two providers, and the second deleted the preset."""
    emulator.put(STORED)
    old, new = (REFERENCES[protocol] for protocol in protocols)
    plugin = new_plugin()
    plugin.create({**NEWS, "adopt": True, "__provider": new}, name="new")
    plugin.delete(ID, {**OUTPUTS, "__provider": old}, name="old")
    assert emulator.presets == [STORED]


def test_keep_a_preset_whose_adoption_under_another_name_failed(new_plugin: NewPlugin, emulator: Emulator) -> None:
    """`up --continue-on-error` deletes the old name's preset although the new name could not take it over."""
    emulator.put(STORED)
    emulator.faults.add(Fault(UPDATE, status=400, code="InvalidParam"))
    plugin = new_plugin()
    news = {**NEWS, "max_shift_time": 604800.0, "adopt": True}
    assert plugin.check({}, news, name="new").failures == []
    with pytest.raises(PluginError, match="InvalidParam"):
        plugin.create(news, name="new")
    with pytest.raises(PluginError, match=r"the resource 'new' .* failed to take it over.*Nothing was changed"):
        plugin.delete(ID, OUTPUTS, name="old")
    assert emulator.calls(DELETE) == []
    assert plugin.create(news, name="new")[0] == ID
    plugin.delete(ID, OUTPUTS, name="old")
    assert emulator.calls(DELETE) == []


def test_refuse_an_old_resource_whose_preset_a_new_one_declares_too(new_plugin: NewPlugin, emulator: Emulator) -> None:
    emulator.put(STORED)
    plugin = new_plugin()
    assert plugin.check({}, {**NEWS, "adopt": True}, name="new").failures == []
    ((name, reason),) = plugin.check(NEWS, NEWS, name="old").failures
    assert (name, reason) == ("app", f"the resource 'new' declares {ID} too; remove one of the two")


@pytest.mark.parametrize("verb", ["preview", "up"])
def test_replace_with_still_replaces_a_resource_renamed_with_an_alias(
    new_plugin: NewPlugin, emulator: Emulator, verb: str
) -> None:
    """The engine plans the replacement under the old URN; under the new one, check and diff show no change."""
    emulator.put(STORED)
    plugin = new_plugin()
    named = {**NEWS, REPLACE_WITH: [f"{URN}root"]}
    plugin.diff(ID, OUTPUTS, {**NEWS, REPLACE_WITH: UNKNOWN}, name="old")
    if verb == "up":
        plugin.delete(ID, OUTPUTS, name="old")
    assert plugin.check(named, named, name="new").failures == []
    plugin.diff(ID, OUTPUTS, named, name="new")
    assert plugin.check({}, NEWS, name="new").failures == []
    if verb == "up":
        plugin.create(NEWS, name="new")
        assert [call.action for call in emulator.calls(CREATE, DELETE)] == [DELETE, CREATE]


def test_adopt_a_preset_whose_old_resource_moves_away(new_plugin: NewPlugin, emulator: Emulator) -> None:
    emulator.put(STORED)
    plugin = new_plugin()
    plugin.check(NEWS, {**NEWS, "app": "else"}, name="leaves")
    plugin.diff(ID, OUTPUTS, {**NEWS, "app": "else"}, name="leaves")
    assert plugin.create({**NEWS, "adopt": True}, name="new")[0] == ID
    plugin.delete(ID, OUTPUTS, name="leaves")
    assert emulator.presets == [STORED]


@pytest.mark.parametrize(
    ("name", "value", "refused"),
    [("pull_domain", "else.example.com", True), ("time_shift_type", 0, True), ("max_shift_time", 604800, False)],
)
def test_check_refuses_an_adoption_that_needs_a_replacement(
    new_plugin: NewPlugin, emulator: Emulator, name: str, value: object, refused: bool
) -> None:
    emulator.put(STORED)
    failures = new_plugin().check({}, {**NEWS, "adopt": True, name: value}).failures
    assert [failing for failing, _ in failures] == ([name] if refused else [])
    assert all(f"the preset to adopt is {ID} (max_shift_time 86400" in reason for _, reason in failures)


def test_create_adopts_only_if_it_was_asked_for(new_plugin: NewPlugin, emulator: Emulator) -> None:
    emulator.put(STORED)
    for adopt in ({}, {"adopt": False}):
        with pytest.raises(PluginError, match="set adopt=True"):
            new_plugin().create({**NEWS, **adopt})
    assert new_plugin().create({**NEWS, "adopt": True})[1] == {**OUTPUTS, "adopt": True}


def test_update_of_adopt_and_max_shift_time_together_makes_one_call(new_plugin: NewPlugin, emulator: Emulator) -> None:
    emulator.put(STORED)
    new_plugin().update(ID, OUTPUTS, {**NEWS, "max_shift_time": 604800, "adopt": True})
    assert [preset.MaxShiftTime for preset in emulator.presets] == [604800]


def test_create_and_update_a_streams_own_preset(new_plugin: NewPlugin, emulator: Emulator) -> None:
    emulator.put(STORED)
    plugin = new_plugin()
    id_, outputs = plugin.create({**NEWS, "stream": "s"})
    assert id_ == f"{ID}/s"
    assert outputs["stream"] == "s"
    plugin.update(id_, outputs, {**NEWS, "stream": "s", "max_shift_time": 604800})
    assert [preset.MaxShiftTime for preset in emulator.presets] == [86400, 604800]


def test_delete_beside_a_sibling_as_shared_delete_allows(new_plugin: NewPlugin, emulator: Emulator) -> None:
    emulator.put(STORED)
    emulator.put(dataclasses.replace(STORED, Stream="s"))
    with pytest.raises(PluginError, match="VOLC_LIVE_SHARED_DELETE"):
        new_plugin().delete(ID, OUTPUTS)
    new_plugin(sharedDelete="verify").delete(ID, OUTPUTS)
    assert [preset.Stream for preset in emulator.presets] == ["s"]


def test_create_once_if_four_threads_start_at_once(
    new_plugin: NewPlugin, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The plugin's threads share one lifecycle from the first call on."""
    client_for: Any = vars(run)["client_for"]

    def slowly(*settings: Any) -> Any:
        time.sleep(0.2)
        return client_for(*settings)

    monkeypatch.setattr(run, "client_for", slowly)
    plugin = new_plugin()

    def attempt(number: int) -> bool:
        try:
            plugin.create({**NEWS, "adopt": True}, name=f"r{number}")
        except PluginError as error:
            assert "of this program manages it already" in str(error)
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(attempt, range(4))) == 1


def test_see_no_drift_if_the_service_lists_no_pull_domain(
    new_plugin: NewPlugin, emulator: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    """Bug: a refresh stored it as empty, and the next update would have replaced the preset to bring it back."""
    emulator.put(dataclasses.replace(STORED, Domain=""))
    plugin = new_plugin()
    _, outputs, inputs = plugin.read(ID, OUTPUTS)
    assert outputs["pull_domain"] == inputs["pull_domain"] == NEWS["pull_domain"]
    assert new_plugin().check(NEWS, NEWS).failures == []
    assert caplog.messages == []
    assert new_plugin().check({}, {**NEWS, "adopt": True}).failures == []
    assert new_plugin().create({**NEWS, "adopt": True})[1]["pull_domain"] == NEWS["pull_domain"]
    assert emulator.calls(CREATE, UPDATE, DELETE) == []


def test_a_refreshs_diff_plans_no_replacement(new_plugin: NewPlugin, emulator: Emulator) -> None:
    """Bug: a new preset of the app was refused beside one whose drifted pull_domain `ignore_changes` keeps."""
    emulator.put(dataclasses.replace(STORED, Domain="else.example.com"))
    plugin = new_plugin()
    _, outputs, inputs = plugin.read(ID, OUTPUTS, "kept")
    assert list(plugin.diff(ID, outputs, NEWS, "kept").replaces) == ["pull_domain"]
    assert plugin.check({}, {**NEWS, "stream": "s1"}, "new").failures == []
    assert plugin.check(inputs, inputs, "kept").failures == []


@pytest.mark.parametrize("id_", ["push.example.com/a\x1b[2J", "push.example.com/\u202elive"])
def test_read_no_id_that_would_steer_a_terminal(new_plugin: NewPlugin, id_: str) -> None:
    with pytest.raises(PluginError) as refused:
        new_plugin().read(id_, {})
    assert "is not the id of a time-shift preset" in str(refused.value)
    assert id_ not in str(refused.value)
