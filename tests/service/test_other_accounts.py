"""Valid keys of another account list nothing, which must not count as gone."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from plugin import Plugin, PluginError
from pulumi_volcengine_live.emulator import CREATE, DELETE, LIST, LIST_DOMAINS, UPDATE, Access, Emulator, Fault, Guesses
from pulumi_volcengine_live.emulator import Preset as Stored
from stepped_clock import SteppedClock

NewPlugin = Callable[..., Plugin]

VHOST = "push.example.com"
PRESETS = [Stored(VHOST, f"app{number}", "", 86400, "pull.example.com", "n", 1, "fcdn-tos", "b") for number in range(3)]
THEIRS = Stored("push.theirs.com", "live", "", 86400, "pull.theirs.com", "n", 1, "fcdn-tos", "b")
"""A preset of the account whose keys are used by mistake."""


def _outputs(preset: Stored) -> dict[str, Any]:
    return {
        "vhost": preset.Vhost,
        "app": preset.App,
        "max_shift_time": preset.MaxShiftTime,
        "pull_domain": preset.Domain,
        "time_shift_type": 1,
    }


def _id(preset: Stored) -> str:
    return f"{preset.Vhost}/{preset.App}"


@pytest.fixture
def wrong_keys(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three presets in one account, and the keys of another one in the environment."""
    for preset in PRESETS:
        emulator.put(preset)
    emulator.backend.vhosts = {VHOST: "default", "push.theirs.com": "theirs"}
    emulator.backend.guesses = Guesses(foreign_vhost="empty")
    emulator.add_account("theirs", "their-key", "their-secret")
    monkeypatch.setattr(emulator, "access_key", "their-key")
    monkeypatch.setattr(emulator, "secret_key", "their-secret")


ACT = {
    "refresh": lambda plugin, preset, outputs=None: plugin.read(_id(preset), outputs or _outputs(preset)),
    "destroy": lambda plugin, preset, outputs=None: plugin.delete(
        _id(preset), outputs or _outputs(preset), name=preset.App
    ),
}


@pytest.mark.parametrize("act", ACT)
@pytest.mark.parametrize("guess", ["lists nothing", "lists its own", "refuses the vhost", "may not list domains"])
def test_let_go_of_nothing_with_the_keys_of_another_account(
    new_plugin: NewPlugin, emulator: Emulator, wrong_keys: None, act: str, guess: str
) -> None:
    """Bug: one refresh or destroy let go of every preset of a stack, and left them running unmanaged."""
    emulator.backend.guesses = Guesses(foreign_vhost="forbidden" if guess == "refuses the vhost" else "empty")
    if guess == "lists its own":
        emulator.backend.put("theirs", THEIRS)
    if guess == "may not list domains":
        emulator.backend.access["theirs"] = Access(denied=(LIST_DOMAINS,))
    plugin = new_plugin()
    for preset in PRESETS:
        with pytest.raises(PluginError, match=f"{VHOST}, which .*VOLC_LIVE_MISSING=accept"):
            ACT[act](plugin, preset)
    assert emulator.presets == PRESETS
    assert emulator.calls(CREATE, UPDATE, DELETE) == []
    assert len(emulator.calls(LIST_DOMAINS)) == 1, "once for each vhost and run"


@pytest.mark.parametrize("act", ACT)
def test_let_go_if_the_user_accepts_it(
    new_plugin: NewPlugin, emulator: Emulator, wrong_keys: None, act: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOLC_LIVE_MISSING", "accept")
    ACT[act](new_plugin(), PRESETS[0])
    assert emulator.calls(LIST_DOMAINS) == []


def test_create_nothing_again_with_the_keys_of_another_account(
    new_plugin: NewPlugin, emulator: Emulator, wrong_keys: None
) -> None:
    """The service may answer an update of another account's preset as if the preset were gone."""
    emulator.faults.add(Fault(UPDATE, status=403, code="RequestForbidden"))
    olds = _outputs(PRESETS[0])
    with pytest.raises(PluginError, match=f"{VHOST}, which .*VOLC_LIVE_MISSING=accept"):
        new_plugin().update(_id(PRESETS[0]), olds, {**olds, "max_shift_time": 259200})
    assert [call for call in emulator.calls(CREATE, UPDATE, DELETE) if call.effect] == []


@pytest.mark.parametrize("act", ACT)
@pytest.mark.parametrize("sign", ["another preset of the vhost", "a domain of the vhost"])
def test_let_go_without_a_question_of_what_is_truly_gone(
    new_plugin: NewPlugin, emulator: Emulator, act: str, sign: str
) -> None:
    if sign == "another preset of the vhost":
        emulator.put(PRESETS[1])
    ACT[act](new_plugin(), PRESETS[0])
    assert len(emulator.calls(LIST_DOMAINS)) == (sign == "a domain of the vhost")
    assert emulator.calls(DELETE) == []


def test_warn_at_preview_that_the_keys_may_be_another_accounts(
    new_plugin: NewPlugin, emulator: Emulator, wrong_keys: None, caplog: pytest.LogCaptureFixture
) -> None:
    olds = _outputs(PRESETS[0])
    assert new_plugin().check(olds, olds).failures == []
    assert "these keys belong to another account" in caplog.text
    ((name, reason),) = new_plugin().check(olds, {**olds, "pull_domain": "else.example.com"}).failures
    assert name == "pull_domain"
    assert "nothing shows that these keys own the vhost" in reason


@pytest.mark.parametrize("guess", ["visible", "nothing", "refused"])
def test_serve_keys_that_are_limited_to_a_project(new_plugin: NewPlugin, emulator: Emulator, guess: Any) -> None:
    """Bug: preview and update failed where a listing without Vhost is refused."""
    emulator.put(dataclasses.replace(PRESETS[0], Vhost="other.example.com"))
    emulator.put(PRESETS[1])
    emulator.backend.access["default"] = Access(vhosts=(VHOST,))
    emulator.backend.guesses = Guesses(limited_keys=guess)
    olds, news = _outputs(PRESETS[1]), _outputs(PRESETS[0])
    plugin = new_plugin()
    for _ in range(2):
        assert plugin.check(olds, olds, name="kept").failures == []
        assert plugin.check({}, news, name="new").failures == []
    assert len(emulator.calls(LIST)) == (2 if guess == "visible" else 4), "the account once, the vhost once"
    ((name, reason),) = new_plugin().check({}, olds, name="copy").failures
    assert (name, "exists already" in reason) == ("adopt", True)
    assert plugin.create(news, name="new")[0] == _id(PRESETS[0])
    assert new_plugin().read(_id(PRESETS[1]), olds)[0] == _id(PRESETS[1])
    new_plugin().delete(_id(PRESETS[0]), news, name="new")
    assert [preset.App for preset in emulator.presets if preset.Vhost == VHOST] == ["app1"]


ODD = '{"ResponseMetadata": {"RequestId": "R", "Action": "ListTimeShiftPresetV2"}, "Result": {"List": [%s]}}'


@pytest.mark.parametrize(
    ("item", "concerns"),
    [
        ('{"Vhost": "else.example.com", "MaxShiftTime": 86400, "Type": "tos"}', False),
        ('{"Vhost": "push.example.com", "App": "app9", "MaxShiftTime": [], "Type": "tos"}', False),
        ('{"Vhost": "push.example.com", "App": "app0", "MaxShiftTime": "x", "Type": "tos"}', True),
        ('{"Vhost": "push.example.com", "MaxShiftTime": 86400, "Type": "tos"}', True),
    ],
    ids=["other vhost", "other app", "itself", "any of the vhost"],
)
def test_an_unreadable_item_blocks_only_its_own_preset(
    new_plugin: NewPlugin, emulator: Emulator, item: str, concerns: bool
) -> None:
    """Bug: one odd item of the account made every refresh fail, after two minutes and 102 List calls."""
    emulator.faults.add(Fault(LIST, status=200, body=ODD % f"{item}", times=1000))
    preset = PRESETS[0]
    act = new_plugin(missing="accept")
    if not concerns:
        assert act.read(_id(preset), _outputs(preset))[0] == ""
        return
    with pytest.raises(PluginError, match="may be this preset: an item of ListTimeShiftPresetV2"):
        act.read(_id(preset), _outputs(preset))
    with pytest.raises(PluginError, match="cannot be read"):
        act.delete(_id(preset), _outputs(preset))
    assert new_plugin().check({}, _outputs(preset)).failures[0][0] == "app"
    assert len(emulator.calls(LIST)) <= 12, "no retries"
    assert emulator.calls(CREATE, DELETE) == []


@pytest.mark.parametrize("act", [*ACT, "replace"])
@pytest.mark.parametrize(
    ("refused", "known"), [("tos", "the storage"), ("tos", "the type"), ("tos", "nothing"), ("vod", "nothing")]
)
def test_let_go_of_nothing_that_a_refused_listing_may_have(
    new_plugin: NewPlugin, emulator: Emulator, act: str, refused: str, known: str
) -> None:
    """Bug: the listing of the other storage had another preset of the vhost, and so the absence counted as proven."""
    type_ = "vod" if refused == "vod" else "fcdn-tos"
    mine = dataclasses.replace(PRESETS[0], Type=type_)
    other = dataclasses.replace(PRESETS[1], Type="fcdn-tos" if refused == "vod" else "vod")
    emulator.put(mine, other)
    emulator.backend.access["default"] = Access(unlisted=(refused,))
    inputs = {**_outputs(mine), "time_shift_type": int(known == "the type")}
    outputs = {**inputs, "storage": type_} if known == "the storage" else inputs
    plugin = new_plugin()
    if act == "replace":
        ((_, reason),) = plugin.check(inputs, {**inputs, "app": "else"}).failures
    else:
        with pytest.raises(PluginError) as failed:
            ACT[act](plugin, mine, outputs)
        reason = str(failed.value)
    assert f"no presets of Type {refused}" in reason
    assert "VOLC_LIVE_MISSING=accept" in reason
    assert emulator.calls(DELETE) == []


@pytest.mark.parametrize("act", ACT)
@pytest.mark.parametrize("stored", [{"storage": "fcdn-tos"}, {"storage": "tos", "time_shift_type": 0}, {}], ids=repr)
def test_serve_an_account_whose_listing_of_one_storage_is_always_refused(
    new_plugin: NewPlugin, emulator: Emulator, act: str, stored: dict[str, Any]
) -> None:
    """The service may refuse to list a storage that the account does not use."""
    emulator.backend.access["default"] = Access(unlisted=("vod",))
    plugin = new_plugin()
    inputs = plugin.check({}, _outputs(PRESETS[0])).inputs
    id_, outputs = plugin.create(inputs)
    plugin.update(id_, outputs, {**outputs, "max_shift_time": 604800})
    assert plugin.read(id_, outputs)[0] == id_
    new_plugin().delete(id_, outputs)
    assert emulator.presets == []
    ACT[act](new_plugin(), PRESETS[0], {**_outputs(PRESETS[0]), **stored})


@pytest.mark.parametrize("act", ACT)
def test_let_go_of_what_a_refused_listing_may_have_if_the_user_accepts_it(
    new_plugin: NewPlugin, emulator: Emulator, act: str
) -> None:
    emulator.backend.access["default"] = Access(unlisted=("tos",))
    ACT[act](new_plugin(missing="accept"), PRESETS[0])


def test_keep_the_doubt_of_a_delete_whose_listing_is_refused_afterwards(
    new_plugin: NewPlugin, emulator: Emulator, clock: SteppedClock
) -> None:
    emulator.put(PRESETS[0], dataclasses.replace(PRESETS[1], Type="vod"))
    emulator.faults.add(Fault(DELETE, status=500, code="InternalError"))

    def the_listing_is_refused() -> None:
        if emulator.calls(DELETE):
            emulator.backend.access["default"] = Access(unlisted=("tos",))

    clock.during_sleep = the_listing_is_refused
    with pytest.raises(PluginError, match=r"no presets of Type tos.*Whether the service carried it out is not known"):
        ACT["destroy"](new_plugin(), PRESETS[0])
    assert PRESETS[0] in emulator.presets
