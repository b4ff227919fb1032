"""Who owns a preset, and what a preview knows: the engine's recorded calls, played with the values that matter."""

from __future__ import annotations

import dataclasses
from typing import Any, Literal

import pytest

from plugin import REFERENCES, URN, Plugin, Properties
from pulumi_volcengine_live.emulator import CREATE, DELETE, LIST, UPDATE, Emulator, Fault, Guesses
from pulumi_volcengine_live.emulator import Preset as Stored
from pulumi_volcengine_live.engine.sdk_workarounds import DEPENDS_ON, REPLACE_ON_CHANGES, RETAIN_ON_DELETE
from replay import Play, PlayedStack, Resource, play
from sentences import sentences

STORED = Stored("push.example.com", "live", "", 604800, "pull.example.com", "theirs", 1, "fcdn-tos", "b")
ELSEWHERE = "else.example.com"
DeleteRemoves = Literal["stream", "app-level", "app"]


def preset(app: str = "live", **changed: Any) -> dict[str, Any]:
    usual = {"max_shift_time": 604800, "pull_domain": "pull.example.com", "time_shift_type": 1}
    given = {"vhost": "push.example.com", "app": app, **usual, **changed}
    return {name: value for name, value in given.items() if value is not None}


def changing(emulator: Emulator) -> list[str]:
    """The changing calls that arrived since the last time this was asked."""
    calls = [call.action for call in emulator.calls(CREATE, UPDATE, DELETE)]
    emulator.forget_calls()
    return calls


def go(stack: PlayedStack, emulator: Emulator, *plays: Play) -> list[str]:
    """A green preview, which changes nothing, and a green up; the changing calls of the up."""
    emulator.forget_calls()
    preview = stack.preview(*plays)
    assert preview.green, preview
    assert changing(emulator) == []
    up = stack.up(*plays)
    assert up.green, up
    return changing(emulator)


def refused(stack: PlayedStack, emulator: Emulator, *plays: Play) -> tuple[str, str, str]:
    """What a preview refuses, with at most two listings of both kinds of storage: resource, property and reason."""
    emulator.forget_calls()
    (problem,) = stack.preview(*plays).refused
    assert len(emulator.calls(LIST)) <= 4
    assert changing(emulator) == []
    assert len(sentences(problem[2])) <= 3, "short enough to be read at night"
    return problem


def create(stack: PlayedStack, emulator: Emulator, **given: Properties) -> None:
    """The stack as it is before."""
    go(stack, emulator, *(play("create", **{name: properties}) for name, properties in given.items()))


# Who owns a preset


def test_keep_the_preset_of_a_resource_renamed_without_an_alias(stack: PlayedStack, emulator: Emulator) -> None:
    create(stack, emulator, old=preset())
    before = emulator.presets
    assert go(stack, emulator, play("rename_without_alias", old=None, new=preset(adopt=True))) == []
    assert emulator.presets == before
    assert set(stack.resources) == {"new"}


@pytest.mark.parametrize(("program", "state"), [(4, 4), (5, 5)], ids=["protocol 4", "protocol 5"])
def test_rename_with_an_alias_under_both_pickle_protocols(
    stack: PlayedStack, emulator: Emulator, program: int, state: int
) -> None:
    create(stack, emulator, old=preset(__provider=REFERENCES[state]))
    assert go(stack, emulator, play("rename_with_alias", old=None, new=preset(__provider=REFERENCES[program]))) == []
    assert set(stack.resources) == {"new"}


@pytest.mark.parametrize(
    ("one", "calls", "left"),
    [
        (play("up_refresh", old=preset()), [], "old"),
        (play("up_refresh_removed", old=None), [DELETE], ""),
        (play("up_refresh_replaced", old=preset(pull_domain=ELSEWHERE)), [DELETE, CREATE], "old"),
        (play("up_refresh_changed", old=preset(max_shift_time=86400)), [UPDATE], "old"),
        (play("up_refresh_renamed", old=None, new=preset(adopt=True)), [], "new"),
    ],
    ids=lambda one: one.situation if isinstance(one, Play) else "",
)
def test_change_what_was_refreshed_in_the_same_command(
    stack: PlayedStack, emulator: Emulator, one: Play, calls: list[str], left: str
) -> None:
    """The engine asks for diffs during the refresh too, which say nothing of what the program manages."""
    create(stack, emulator, old=preset())
    assert go(stack, emulator, one) == calls
    assert "".join(stack.resources) == left
    assert len(emulator.presets) == len(stack.resources)


def test_destroy_what_was_refreshed_in_the_same_command(stack: PlayedStack, emulator: Emulator) -> None:
    create(stack, emulator, replay=preset())
    assert stack.destroy(play("destroy_refresh", replay=None)).green
    assert (emulator.presets, stack.resources) == ([], {})


@pytest.mark.parametrize("adopt", [None, True], ids=["not adopting", "adopting"])
@pytest.mark.parametrize("existing", [False, True], ids=["both new", "one existing"])
def test_refuse_two_resources_that_declare_the_same_preset(
    stack: PlayedStack, emulator: Emulator, existing: bool, adopt: bool | None
) -> None:
    """At preview; also if the checks of previews are off, and then the preset stays the first one's."""
    if existing:
        create(stack, emulator, first=preset())
    first = play("no_change" if existing else "create", first=preset())
    both = (first, play("create", second=preset(adopt=adopt)))
    name, about, reason = refused(stack, emulator, *both)
    assert (name, about) == ("second", "app")
    assert "push.example.com/live" in reason

    stack.settings["liveChecks"] = "off"
    up = stack.up(*both)
    assert not up.green
    assert "push.example.com/live" in str(up)
    assert changing(emulator) == ([] if existing else [CREATE])
    gone = [play("remove", second=None)] if "second" in stack.resources else []
    assert go(stack, emulator, play("no_change", first=preset()), *gone) == []
    assert len(emulator.presets) == 1


def test_keep_the_preset_that_the_remaining_one_of_two_resources_declares(
    stack: PlayedStack, emulator: Emulator
) -> None:
    """With checks off, two resources came to have the preset. Removing the one that adopted it keeps the preset."""
    create(stack, emulator, owner=preset())
    stack.settings["liveChecks"] = "off"
    stack.up(play("create", usurper=preset(adopt=True)), play("no_change", owner=preset()))
    assert set(stack.resources) == {"owner", "usurper"}
    del stack.settings["liveChecks"]
    changing(emulator)
    assert go(stack, emulator, play("no_change", owner=preset()), play("remove", usurper=None)) == []
    assert [one.App for one in emulator.presets] == ["live"]


@pytest.mark.parametrize("first", ["moving", "staying"])
def test_refuse_to_move_away_from_a_preset_that_another_resource_keeps(
    stack: PlayedStack, emulator: Emulator, first: str
) -> None:
    """Bug: the state has it twice, and the update deleted it or not, depending on their order."""
    create(stack, emulator, moving=preset())
    stack.settings["liveChecks"] = "off"
    stack.up(play("create", staying=preset(adopt=True)), play("no_change", moving=preset()))
    del stack.settings["liveChecks"]
    plays = {
        "moving": play("replace_by_input", moving=preset("else")),
        "staying": play("no_change", staying=preset(adopt=True)),
    }
    second = ({*plays} - {first}).pop()
    name, _, reason = refused(stack, emulator, plays[first], plays[second])
    assert name == second
    assert "pulumi state delete" in reason
    after = preset("else", **{DEPENDS_ON: [f"{URN}staying"]})
    assert go(stack, emulator, plays["staying"], play("replace_by_input", moving=after)) == [CREATE]
    assert sorted(one.App for one in emulator.presets) == ["else", "live"]


@pytest.mark.parametrize(("stored", "calls"), [(604800, []), (86400, [UPDATE])], ids=["equal", "brought over"])
def test_adopt_a_preset_and_update_its_max_shift_time(
    stack: PlayedStack, emulator: Emulator, stored: int, calls: list[str]
) -> None:
    emulator.put(dataclasses.replace(STORED, MaxShiftTime=stored))
    assert go(stack, emulator, play("create", replay=preset(adopt=True))) == calls
    assert emulator.presets == [STORED]
    assert go(stack, emulator, play("change_in_place", replay=preset())) == [], "adopt leaves the program"
    assert stack.resources["replay"].outputs["preset_name"] == "theirs"


@pytest.mark.parametrize(
    ("stored", "name", "shown"),
    [
        (dataclasses.replace(STORED, Domain=ELSEWHERE), "pull_domain", f"pull_domain {ELSEWHERE}"),
        (dataclasses.replace(STORED, Type="tos", Status=0), "time_shift_type", "time_shift_type 0"),
    ],
    ids=["another pull domain", "another type"],
)
def test_refuse_to_adopt_what_an_update_cannot_make_equal(
    stack: PlayedStack, emulator: Emulator, stored: Stored, name: str, shown: str
) -> None:
    emulator.put(stored)
    one = play("create", replay=preset(adopt=True))
    _, about, reason = refused(stack, emulator, one)
    assert about == name
    assert shown in reason

    stack.settings["liveChecks"] = "off"
    (error,) = stack.up(one).errors
    assert shown in error
    assert "push.example.com/live" in error
    assert (changing(emulator), emulator.presets) == ([], [stored])


def test_get_a_preset_and_then_manage_it(stack: PlayedStack, emulator: Emulator) -> None:
    emulator.put(STORED)
    stack.resources["replay"] = Resource(id="push.example.com/live")
    assert go(stack, emulator, play("get", replay={})) == []
    outputs = stack.resources["replay"].outputs
    assert [outputs[name] for name in ("max_shift_time", "preset_name", "storage")] == [604800, "theirs", "fcdn-tos"]
    assert go(stack, emulator, play("manage_after_get", replay=preset(adopt=True))) == []
    assert go(stack, emulator, play("change_in_place", replay=preset())) == []
    assert emulator.presets == [STORED]


def test_read_in_a_destroy_nothing_that_is_only_read(stack: PlayedStack, emulator: Emulator) -> None:
    emulator.put(STORED)
    stack.resources["viewer"] = Resource(id="push.example.com/live")
    assert stack.destroy(play("destroy_read", viewer=None)).green
    assert emulator.presets == [STORED]


# Replacements


def test_replace_two_of_which_one_takes_an_unchanged_value_from_the_other(
    stack: PlayedStack, emulator: Emulator
) -> None:
    """Before the engine replaces the first, it asks for a diff of the second, to see whether that must go too."""
    create(stack, emulator, first=preset("one"), second=preset("two"))
    both = {"first": preset("one", pull_domain=ELSEWHERE), "second": preset("two", pull_domain=ELSEWHERE)}
    assert go(stack, emulator, play("replace_beside_dependency", **both)) == [DELETE, CREATE, DELETE, CREATE]
    assert {one.Domain for one in emulator.presets} == {ELSEWHERE}


def test_replace_what_depends_on_a_replaced_one(
    stack: PlayedStack, emulator: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    """The preview warns of both replacements, and the update makes both."""
    create(stack, emulator, first=preset("one"), second=preset("two"))
    both = {"first": preset("one", pull_domain=ELSEWHERE), "second": preset("two", pull_domain=ELSEWHERE)}
    caplog.clear()
    assert stack.preview(play("replace_dependent", **both)).green
    for app in ("one", "two"):
        (warning,) = [message for message in caplog.messages if f"push.example.com/{app} " in message]
        assert "stops time shift" in warning
    assert go(stack, emulator, play("replace_dependent", **both)) == [DELETE, CREATE] * 2
    assert {one.Domain for one in emulator.presets} == {ELSEWHERE}


def test_adopt_under_a_new_name_what_depends_on_a_replaced_resource(stack: PlayedStack, emulator: Emulator) -> None:
    """Bug: only the first one was announced, and the preset that was to be adopted was deleted and created again."""
    create(stack, emulator, first=preset("one"), old=preset("two"))
    renamed = {"first": preset("one", pull_domain=ELSEWHERE), "old": None, "new": preset("two", adopt=True)}
    assert go(stack, emulator, play("replace_dependent_adopted", **renamed)) == [DELETE, CREATE]
    assert {one.App: one.Name for one in emulator.presets}["two"] == "time-shift-2"


def test_refuse_to_replace_beside_others_what_depends_on_a_replaced_one(stack: PlayedStack, emulator: Emulator) -> None:
    create(stack, emulator, first=preset("one"), second=preset("two"))
    emulator.put(dataclasses.replace(STORED, App="two", Stream="theirs"))
    both = {"first": preset("one", pull_domain=ELSEWHERE), "second": preset("two", pull_domain=ELSEWHERE)}
    name, about, reason = refused(stack, emulator, play("replace_dependent", **both))
    assert (name, about) == ("second", "pull_domain")
    assert "push.example.com/two/theirs" in reason


@pytest.mark.parametrize("option", ["max_shift_time", "*"])
def test_replace_on_changes_of_what_the_option_names(stack: PlayedStack, emulator: Emulator, option: str) -> None:
    """The engine does not know which inputs of a dynamic resource changed, so it cannot apply the option itself."""
    create(stack, emulator, replay={**preset(), REPLACE_ON_CHANGES: [option]})
    changed = {**preset(max_shift_time=86400), REPLACE_ON_CHANGES: [option]}
    assert go(stack, emulator, play("replace_on_changes", replay=changed)) == [DELETE, CREATE]
    assert go(stack, emulator, play("no_change", replay={**changed, REPLACE_ON_CHANGES: ["app"]})) == []


@pytest.mark.parametrize("situation", ["taint", "replace", "target_replace", "replacement_trigger"])
def test_replace_on_command_a_preset_that_adopts(stack: PlayedStack, emulator: Emulator, situation: str) -> None:
    """The engine asks for no diff. In some of these cases it checks only once, as if the resource were new."""
    create(stack, emulator, replay=preset(adopt=True))
    assert go(stack, emulator, play(situation, replay=preset(adopt=True))) == [DELETE, CREATE]
    assert len(emulator.presets) == 1


@pytest.mark.parametrize("situation", ["taint", "replace", "target_replace"])
def test_refuse_to_replace_on_command_a_preset_that_does_not_adopt(
    stack: PlayedStack, emulator: Emulator, situation: str
) -> None:
    """The engine's only check has no old inputs then, as for a new resource whose preset exists already."""
    create(stack, emulator, replay=preset())
    name, about, reason = refused(stack, emulator, play(situation, replay=preset()))
    assert (name, about) == ("replay", "adopt")
    assert all(part in reason for part in ("--replace, --target-replace or `pulumi state taint`", "adopt=True"))


def test_remember_after_a_refresh_that_a_preset_is_retained(stack: PlayedStack, emulator: Emulator) -> None:
    """Bug: a refresh dropped the hidden inputs, so that the preview of a replacement was green, and its update red."""
    options = {RETAIN_ON_DELETE: True, REPLACE_ON_CHANGES: ["max_shift_time"]}
    create(stack, emulator, kept={**preset(), **options})
    assert stack.refresh(play("refresh_retained", kept={**preset(), **options})).green
    changed = {**preset(max_shift_time=86400), **options}
    name, about, reason = refused(stack, emulator, play("replace_on_changes", kept=changed))
    assert (name, about) == ("kept", "max_shift_time")
    assert "retain_on_delete keeps the old preset" in reason


def test_refuse_after_a_failed_replacement_what_somebody_created_meanwhile(
    stack: PlayedStack, emulator: Emulator
) -> None:
    """Bug: every update said that another resource managed the preset already, and there was no way out."""
    create(stack, emulator, replay=preset())
    emulator.faults.add(Fault(CREATE, status=400, code="InvalidParam"))
    assert not stack.up(play("failed_replacement_taken_back", replay=preset(pull_domain=ELSEWHERE))).green
    assert emulator.presets == []
    emulator.put(STORED)
    name, about, reason = refused(stack, emulator, play("failed_replacement_taken_back", replay=preset()))
    assert (name, about) == ("replay", "adopt")
    assert "exists already" in reason


def test_replace_a_retained_preset_beside_others(stack: PlayedStack, emulator: Emulator) -> None:
    """Bug: the preview refused its delete, though nothing is deleted."""
    retained = {RETAIN_ON_DELETE: True}
    create(stack, emulator, moving={**preset(stream="s1"), **retained}, staying=preset(stream="s2"))
    plays = (
        play("retain_replaced", moving={**preset(stream="s3"), **retained}),
        play("no_change", staying=preset(stream="s2")),
    )
    assert go(stack, emulator, *plays) == [CREATE]
    assert sorted(one.Stream for one in emulator.presets) == ["s1", "s2", "s3"]


def test_move_to_the_identity_that_another_resource_has_left(stack: PlayedStack, emulator: Emulator) -> None:
    create(stack, emulator, leaving=preset("two"), coming=preset("one"))
    after = {DEPENDS_ON: [f"{URN}leaving"]}
    moved = play("move_after", leaving=preset("three"), coming={**preset("two"), **after})
    assert go(stack, emulator, moved) == [DELETE, CREATE, DELETE, CREATE]
    assert {one.App for one in emulator.presets} == {"two", "three"}


# Pulumi registers resources that do not depend on each other in an order that changes from run to run

BOTH_ORDERS = pytest.mark.parametrize("order", [1, -1], ids=["as written", "reversed"])


@BOTH_ORDERS
@pytest.mark.parametrize(
    ("after", "parts"),
    [
        ({"a": "two", "b": "three"}, ("push.example.com/two", "depends_on=[")),
        ({"a": "two", "b": "one"}, ("push.example.com/", "swap")),
    ],
    ids=["after each other", "swapped"],
)
def test_refuse_moves_whose_order_the_program_does_not_state(
    stack: PlayedStack, emulator: Emulator, after: dict[str, str], parts: tuple[str, ...], order: int
) -> None:
    create(stack, emulator, a=preset("one"), b=preset("two"))
    plays = [play("replace_by_input", **{name: preset(app)}) for name, app in after.items()]
    _, about, reason = refused(stack, emulator, *plays[::order])
    assert about == "adopt"
    assert all(part in reason for part in parts)


@BOTH_ORDERS
def test_refuse_to_replace_beside_a_preset_that_the_same_update_creates(
    stack: PlayedStack, emulator: Emulator, order: int
) -> None:
    """Bug: the delete was refused or not, depending on their order."""
    create(stack, emulator, old=preset())
    plays = [play("replace_by_input", old=preset(pull_domain=ELSEWHERE)), play("create", new=preset(stream="s1"))]
    _, _, reason = refused(stack, emulator, *plays[::order])
    assert "in this update" in reason
    assert "depends_on=[old]" in reason
    assert VARIABLE not in reason, "no setting is needed"


# What a preview knows


@pytest.mark.parametrize(
    ("plays", "stored", "name", "parts"),
    [
        ((play("create", a=preset()),), STORED, "adopt", ("exists already", "adopt=True")),
        ((play("create", a=preset()), play("create", b=preset())), None, "app", ("push.example.com/live",)),
        (
            tuple(play("create", **{f"s{number}": preset(stream=f"s{number}")}) for number in range(21)),
            None,
            "stream",
            ("21 streams", "20"),
        ),
        (
            tuple(play("create", **{f"s{number}": preset(stream=f"s{number}")}) for number in range(20)),
            dataclasses.replace(STORED, Stream="theirs"),
            "stream",
            ("21 streams", "20"),
        ),
    ],
    ids=["exists", "twice", "21 streams", "20 streams and theirs"],
)
def test_refuse_at_preview_what_exists_twice_or_one_stream_too_many(
    stack: PlayedStack, emulator: Emulator, plays: tuple[Play, ...], stored: Stored | None, name: str, parts: tuple[str]
) -> None:
    if stored is not None:
        emulator.put(stored)
    _, about, reason = refused(stack, emulator, *plays)
    assert about == name
    assert all(part in reason for part in parts)


@pytest.mark.parametrize(
    ("owner", "code"), [(None, "RequestForbidden"), ("someone", "RequestForbidden.AccountIDNotAllow")]
)
def test_refuse_a_vhost_that_the_service_refuses(
    stack: PlayedStack, emulator: Emulator, owner: str | None, code: str
) -> None:
    emulator.backend.vhosts = {"push.example.com": owner} if owner else {}
    preview = stack.preview(play("create", replay=preset()))
    assert not preview.green
    assert code in str(preview)
    assert changing(emulator) == []


def test_refuse_a_preview_with_half_a_pair_of_keys(
    emulator: Emulator, on_stepped_clock: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without keys there is a preview: they may come later. Half a pair is a mistake."""
    monkeypatch.setenv("VOLC_ACCESSKEY", emulator.access_key)
    monkeypatch.delenv("VOLC_SECRETKEY", raising=False)
    (error,) = PlayedStack(lambda: Plugin({})).preview(play("create", replay=preset())).errors
    assert "the environment has VOLC_ACCESSKEY, but not VOLC_SECRETKEY" in error
    assert emulator.calls() == []


@pytest.mark.parametrize("fault", [Fault(LIST, "reset", times=1000), Fault(LIST, status=429, code="X", times=1000)])
def test_warn_once_and_pass_if_the_service_cannot_be_asked(
    stack: PlayedStack, emulator: Emulator, caplog: pytest.LogCaptureFixture, fault: Fault
) -> None:
    emulator.faults.add(dataclasses.replace(fault))
    plays = [play("create", **{app: preset(app)}) for app in ("one", "two", "three")]
    assert stack.preview(*plays).green
    assert len(caplog.messages) == 1


def test_warn_of_drift_with_both_values_and_never_in_a_clean_run(
    stack: PlayedStack, emulator: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    create(stack, emulator, replay=preset())
    caplog.clear()
    emulator.forget_calls()
    assert stack.preview(play("no_change", replay=preset())).green
    assert caplog.messages == []
    assert len(emulator.calls()) <= 2

    emulator.put(dataclasses.replace(emulator.presets[0], MaxShiftTime=86400))
    assert stack.preview(play("no_change", replay=preset())).green
    (warning,) = caplog.messages
    assert all(part in warning for part in ("push.example.com/live", "86400 in the service", "604800 in the state"))

    caplog.clear()
    emulator.backend.remove("default", emulator.presets[0].key)
    assert stack.preview(play("no_change", replay=preset())).green
    (warning,) = caplog.messages
    assert "the service does not list it" in warning


def test_create_again_what_somebody_removed_and_the_program_changes(
    stack: PlayedStack, emulator: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    """Bug: the preview only warned, and the update failed."""
    create(stack, emulator, replay=preset())
    emulator.backend.remove("default", emulator.presets[0].key)
    changed = play("change_in_place", replay=preset(max_shift_time=86400))
    assert go(stack, emulator, changed) == [UPDATE, CREATE]
    assert [one.MaxShiftTime for one in emulator.presets] == [86400]
    assert "push.example.com/live was gone from the service, and was created again" in caplog.text
    assert stack.resources["replay"].outputs["preset_name"] == emulator.presets[0].Name
    assert go(stack, emulator, play("no_change", replay=preset(max_shift_time=86400))) == []


def test_announce_no_replacement_in_a_refresh_that_only_reads(
    stack: PlayedStack, emulator: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    """The engine asks a refresh's diff what it would take to bring the preset back."""
    create(stack, emulator, replay=preset())
    emulator.put(dataclasses.replace(emulator.presets[0], Domain=ELSEWHERE))
    caplog.clear()
    assert stack.refresh(play("refresh_moved", replay=preset())).green
    assert not any("replacing" in message for message in caplog.messages)
    assert stack.resources["replay"].inputs["pull_domain"] == ELSEWHERE


def test_previews_pass_while_an_app_is_unknown(stack: PlayedStack, emulator: Emulator) -> None:
    """The app of a new resource, then that of a replaced one, is known only once the other resource exists."""
    emulator.put(STORED)
    new = {"first": preset("first"), "second": preset("of-first")}
    assert go(stack, emulator, play("create_dependent", **new)) == [CREATE, CREATE]
    assert {one.App for one in emulator.presets} == {"live", "first", "of-first"}
    moved = {"first": preset("moved"), "second": preset("of-moved")}
    assert go(stack, emulator, play("replace_dependent_identity", **moved)) == [DELETE, CREATE] * 2


def test_change_only_what_is_targeted(stack: PlayedStack, emulator: Emulator) -> None:
    create(stack, emulator, one=preset("one"), two=preset("two"))
    changed = {"one": preset("one", max_shift_time=86400), "two": preset("two", max_shift_time=86400)}
    assert go(stack, emulator, play("target", **changed)) == [UPDATE]
    assert {one.App: one.MaxShiftTime for one in emulator.presets} == {"one": 86400, "two": 604800}
    assert go(stack, emulator, play("exclude", two=changed["two"], one=changed["one"])) == [UPDATE]
    assert {one.App: one.MaxShiftTime for one in emulator.presets} == {"one": 86400, "two": 86400}


# Deletes beside other presets of the app

FOREIGN = Stored("push.example.com", "live", "foreign", 86400, "pull.example.com", "foreign", 0, "vod")
VARIABLE = "VOLC_LIVE_SHARED_DELETE"


def shown(one: Stored) -> str:
    """How a message names a preset, with all its values."""
    id_ = "/".join(filter(None, one.key))
    time_shift_type = int(one.Type == "fcdn-tos")
    return f"{id_} (max_shift_time {one.MaxShiftTime}, pull_domain {one.Domain}, time_shift_type {time_shift_type})"


@pytest.mark.parametrize("mode", ["verify", "accept"])
def test_destroy_with_shared_delete_from_the_environment_after_a_refusal(
    stack: PlayedStack, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    stack.settings["sharedDelete"] = "refuse"
    create(stack, emulator, app=preset(), stream=preset(stream="s1"))
    app, stream = emulator.presets
    emulator.put(FOREIGN)
    for name, other in (("app", stream), ("stream", app)):
        (error,) = stack.destroy(play("destroy", **{name: None})).errors
        assert all(part in error for part in (shown(FOREIGN), shown(other), VARIABLE, "volcengine-live:sharedDelete"))
    assert changing(emulator) == []
    assert set(stack.resources) == {"app", "stream"}

    monkeypatch.setenv(VARIABLE, mode)
    assert stack.destroy(play("destroy", app=None), play("destroy", stream=None)).green
    assert (stack.resources, emulator.presets) == ({}, [FOREIGN])


@pytest.mark.parametrize("mode", ["verify", "accept"])
def test_refuse_a_replacement_at_preview_and_replace_with_shared_delete_from_the_environment(
    stack: PlayedStack, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    create(stack, emulator, replay=preset())
    emulator.put(FOREIGN)
    replaced = play("replace_by_input", replay=preset(pull_domain=ELSEWHERE))
    _, about, reason = refused(stack, emulator, replaced)
    assert about == "pull_domain"
    assert all(part in reason for part in (shown(FOREIGN), VARIABLE))
    assert stack.up(replaced).refused[0][1] == "pull_domain"
    assert changing(emulator) == []

    monkeypatch.setenv(VARIABLE, mode)
    assert go(stack, emulator, replaced) == [DELETE, CREATE]
    assert {one.Stream: one.Domain for one in emulator.presets} == {"": ELSEWHERE, "foreign": "pull.example.com"}


def test_keep_in_the_state_what_a_delete_left_and_report_what_it_removed(
    stack: PlayedStack, emulator: Emulator
) -> None:
    """The rules of each setting and of each guess are in test_shared_delete.py."""
    create(stack, emulator, replay=preset(stream="s1"))
    other = dataclasses.replace(FOREIGN, Stream="")
    for one in (FOREIGN, other):
        emulator.put(one)
    emulator.backend.guesses = Guesses(delete_removes="app-level")
    stack.settings["sharedDelete"] = "verify"
    (error,) = stack.destroy(play("destroy", replay=None)).errors
    assert "push.example.com/live/s1" in error
    assert "still" in error
    assert shown(other) in error
    assert changing(emulator) == [DELETE]
    assert set(stack.resources) == {"replay"}
    assert [one.Stream for one in emulator.presets] == ["foreign", "s1"]


@pytest.mark.parametrize("guess", ["stream", "app"])
def test_destroy_several_presets_of_an_app(stack: PlayedStack, emulator: Emulator, guess: DeleteRemoves) -> None:
    emulator.backend.guesses = Guesses(delete_removes=guess)
    streams = {f"s{number}": preset(stream=f"s{number}") for number in range(3)}
    create(stack, emulator, app=preset(), **streams)
    plays = [play("destroy", **{name: None}) for name in stack.resources]
    assert not stack.destroy(*plays).green
    assert len(emulator.presets) == len(stack.resources) == 4
    stack.settings["sharedDelete"] = "accept"
    assert stack.destroy(*plays).green
    assert (stack.resources, emulator.presets) == ({}, [])
