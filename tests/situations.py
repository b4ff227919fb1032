"""The situations in which the engine's calls are recorded: each is a part of a program, before and after.

Those of one test share a stack and its commands. Each has resources of its own, and an app named after each resource.
"""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from typing import Final

from pulumi_stack import declare


@dataclass(frozen=True)
class Situation:
    """One sentence, and the part of the program that it is about."""

    says: str
    before: str = ""
    after: str = ""
    beside: str = ""
    """What else the program has, before and after; the recording does not show it."""

    @property
    def names(self) -> list[str]:
        """Its resources, in the order in which the programs name them."""
        return list(dict.fromkeys(re.findall(r"live\.TimeShiftPreset(?:\.get)?\('(\w+)'", self.before + self.after)))


def _preset(name: str, opts: str = "", *, app: str = "", **inputs: object) -> str:
    return declare(name, opts=opts, app=app or name, **inputs)


def _unchanged(says: str, program: str) -> Situation:
    return Situation(says, program, program)


def _replaced(says: str, name: str, opts: str = "") -> Situation:
    """A replacement of a resource with such options, at the same identity."""
    return Situation(says, _preset(name, opts), _preset(name, opts, pull_domain=ELSEWHERE))


def _moved(says: str, name: str, opts: str = "") -> Situation:
    """A replacement by another identity."""
    return Situation(says, _preset(name, opts, app=f"{name}_1"), _preset(name, opts, app=f"{name}_2"))


def _taking(program: str, value: str, taken: str) -> str:
    """The program with the literal `value` replaced by another resource's output."""
    return program.replace(f"={value}", f"={taken}")


ELSEWHERE: Final = "else.example.com"
BUILT_APP: Final = "base.preset_name.apply(lambda name: f'of-{name}')"
PROLOGUE: Final = """\
class Group(pulumi.ComponentResource):
    def __init__(self, name, **options):
        super().__init__("test:index:Group", name, None, pulumi.ResourceOptions(**options))


keeping = Group("keeping", retain_on_delete=True)
"""
_OWNING: Final = """\
import os
account = live.Provider("account", access_key=os.environ["VOLC_ACCESSKEY"], secret_key=os.environ["VOLC_SECRETKEY"])
owning = Group("owning", providers=[account])
"""
"""Only where it is needed: each provider has a process of its own."""
_TIMED: Final = "custom_timeouts=pulumi.CustomTimeouts(create='5m', update='6m', delete='7m')"

CHANGES: Final = {
    "create": Situation("A new resource is created.", after=_preset("created")),
    "no_change": _unchanged("Nothing changes.", _preset("unchanged")),
    "change_in_place": Situation(
        "A changed max_shift_time is brought over in place.",
        _preset("changed"),
        _preset("changed", max_shift_time=86400),
    ),
    "replace_by_input": _replaced("A changed pull_domain replaces the resource.", "replaced"),
    "replace_on_changes": Situation(
        "A change that replaces only because of replace_on_changes.",
        _preset("replaced_on", "replace_on_changes=['max_shift_time']"),
        _preset("replaced_on", "replace_on_changes=['max_shift_time']", max_shift_time=86400),
    ),
    "replace_dependent": Situation(
        "A resource takes the input that replaces it from a resource that is replaced.",
        _preset("cause") + _taking(_preset("dependent"), "'pull.example.com'", "cause.pull_domain"),
        _preset("cause", pull_domain=ELSEWHERE)
        + _taking(_preset("dependent"), "'pull.example.com'", "cause.pull_domain"),
    ),
    "replace_dependent_identity": Situation(
        "A resource takes a part of its identity from an output of a replaced one, known only afterwards.",
        _preset("base") + _taking(_preset("built"), "'built'", BUILT_APP),
        _preset("base", pull_domain=ELSEWHERE) + _taking(_preset("built"), "'built'", BUILT_APP),
    ),
    "replace_beside_dependency": Situation(
        "A replaced resource takes a value that stays the same from another replaced resource.",
        _preset("giver") + _taking(_preset("taker"), "604800", "giver.max_shift_time"),
        _preset("giver", pull_domain=ELSEWHERE)
        + _taking(_preset("taker", pull_domain=ELSEWHERE), "604800", "giver.max_shift_time"),
    ),
    "replace_dependent_renamed": Situation(
        "A resource takes a part of its identity from a replaced one, and is renamed with an alias.",
        _preset("root") + _taking(_preset("stem", app="stem"), "'push.example.com'", "root.vhost"),
        _preset("root", pull_domain=ELSEWHERE)
        + _taking(
            _preset("trunk", "aliases=[pulumi.Alias(name='stem')]", app="stem"), "'push.example.com'", "root.vhost"
        ),
    ),
    "replace_dependent_adopted": Situation(
        "A resource takes a part of its identity from a replaced one, and is renamed without an alias; the new adopts.",
        _preset("mother") + _taking(_preset("old_child", app="adopted_child"), "'push.example.com'", "mother.vhost"),
        _preset("mother", pull_domain=ELSEWHERE)
        + _taking(_preset("new_child", app="adopted_child", adopt=True), "'push.example.com'", "mother.vhost"),
    ),
    "create_dependent": Situation(
        "A new resource takes values from another new one's outputs.",
        after=_preset("source")
        + _taking(_preset("sink"), "'sink'", "source.preset_name.apply(lambda name: f'of-{name}')"),
    ),
    "rename_with_alias": Situation(
        "A resource is renamed with an alias of its old name.",
        _preset("aliased", app="renamed"),
        _preset("renamed", "aliases=[pulumi.Alias(name='aliased')]"),
    ),
    "rename_without_alias": Situation(
        "A resource is renamed without an alias; the new one adopts.",
        _preset("old_name", app="kept"),
        _preset("new_name", app="kept", adopt=True),
    ),
    "remove": Situation("A resource leaves the program.", _preset("removed")),
    "retain_replaced": _moved("A retained resource is replaced.", "retained", "retain_on_delete=True"),
    "retain_replaced_by_parent": _moved("A resource whose parent is retained is replaced.", "child", "parent=keeping"),
    "retain_removed": Situation("A retained resource leaves the program.", _preset("left", "retain_on_delete=True")),
    "retain_removed_by_parent": Situation(
        "A resource whose parent is retained leaves the program.", _preset("left_child", "parent=keeping")
    ),
    "custom_timeouts_replaced": _replaced("A resource with custom_timeouts is replaced.", "timed", _TIMED),
    "custom_timeouts_changed": Situation(
        "A resource with custom_timeouts is changed in place.",
        _preset("slow", _TIMED),
        _preset("slow", _TIMED, max_shift_time=86400),
    ),
    "ignore_changes": Situation(
        "An ignored change comes with another one.",
        _preset("ignoring", "ignore_changes=['pull_domain']"),
        _preset("ignoring", "ignore_changes=['pull_domain']", max_shift_time=86400, pull_domain=ELSEWHERE),
    ),
    "provider_of_component": dataclasses.replace(
        _replaced("A resource whose component has a provider of its own is replaced.", "of_account", "parent=owning"),
        beside=_OWNING,
    ),
    "protect": Situation(
        "A protected resource is changed in place.",
        _preset("guarded", "protect=True"),
        _preset("guarded", "protect=True", max_shift_time=86400),
    ),
    "get": Situation(
        "A resource is only read.", after="live.TimeShiftPreset.get('viewer', 'push.example.com/existing')\n"
    ),
    "manage_after_get": Situation(
        "A resource that was only read is managed, and adopts.",
        "live.TimeShiftPreset.get('taken', 'push.example.com/theirs')\n",
        _preset("taken", app="theirs", adopt=True),
    ),
    "replacement_trigger": Situation(
        "A changed replacement_trigger replaces a resource that does not change.",
        _preset("triggered", "replacement_trigger=1"),
        _preset("triggered", "replacement_trigger=2"),
    ),
    "replace_with": Situation(
        "A resource is replaced because its replace_with names one that is replaced.",
        _preset("leader") + _preset("follower", "replace_with=[leader]"),
        _preset("leader", pull_domain=ELSEWHERE) + _preset("follower", "replace_with=[leader]"),
    ),
    "delete_before_replace_false": _replaced(
        "A resource with delete_before_replace=False is replaced by an input.",
        "creating_first",
        "delete_before_replace=False",
    ),
    "move_after": Situation(
        "One resource goes to the identity that another one leaves, and depends on that one.",
        _preset("leaving", app="after_2") + _preset("coming", "depends_on=[leaving]", app="after_1"),
        _preset("leaving", app="after_3") + _preset("coming", "depends_on=[leaving]", app="after_2"),
    ),
}
"""One `up` makes all of these changes."""

BY_COMMAND: Final = {
    "taint": _unchanged(
        "`pulumi state taint` marks a resource, and the next update replaces it.", _preset("tainted", adopt=True)
    ),
    "replace": _unchanged("`--replace` names a resource.", _preset("named", adopt=True)),
    "target_replace": _unchanged("`--target-replace` names a resource.", _preset("target_replaced", adopt=True)),
    "target": Situation(
        "`--target` names one of two changed resources.",
        _preset("targeted") + _preset("not_targeted"),
        _preset("targeted", max_shift_time=86400) + _preset("not_targeted", max_shift_time=86400),
    ),
    "exclude": Situation(
        "`--exclude` names one of two changed resources.",
        _preset("included") + _preset("excluded"),
        _preset("included", max_shift_time=86400) + _preset("excluded", max_shift_time=86400),
    ),
}
"""What the command line asks for. The engine checks what it replaces only once, as a new resource, so it must adopt."""

REFRESHED: Final = {
    "refresh": _unchanged("A refresh finds what the state has.", _preset("same")),
    "refresh_drifted": _unchanged("A refresh finds another max_shift_time.", _preset("drifted")),
    "refresh_moved": _unchanged("A refresh finds another pull_domain.", _preset("moved")),
    "refresh_gone": _unchanged("A refresh finds nothing.", _preset("gone")),
    "refresh_retained": _unchanged(
        "A refresh reads a retained resource.", _preset("retained", "retain_on_delete=True")
    ),
}
"""For `pulumi refresh`, then the same program for `pulumi up`."""

UP_REFRESH: Final = {
    "up_refresh": _unchanged("`up --refresh` finds what the state has.", _preset("same")),
    "up_refresh_drifted": _unchanged("`up --refresh` finds another max_shift_time.", _preset("drifted")),
    "up_refresh_gone": _unchanged("`up --refresh` finds nothing.", _preset("gone")),
    "up_refresh_changed": Situation(
        "`up --refresh` changes a resource in place.", _preset("changed"), _preset("changed", max_shift_time=86400)
    ),
    "up_refresh_replaced": _replaced("`up --refresh` replaces a resource.", "replaced"),
    "up_refresh_removed": Situation("`up --refresh` of a resource that left the program.", _preset("removed")),
    "up_refresh_renamed": Situation(
        "`up --refresh` of a resource renamed without an alias; the new one adopts.",
        _preset("old_name", app="kept"),
        _preset("new_name", app="kept", adopt=True),
    ),
}
DESTROYED: Final = {
    "destroy": Situation("A resource is destroyed.", _preset("destroyed")),
    "destroy_dependent": Situation(
        "A resource is destroyed with one that depends on it.",
        _preset("first") + _preset("second", "depends_on=[first]"),
    ),
    "destroy_retained": Situation("A retained resource is destroyed.", _preset("kept", "retain_on_delete=True")),
    "destroy_read": Situation(
        "A resource that is only read is destroyed.",
        "live.TimeShiftPreset.get('viewer', 'push.example.com/existing')\n",
    ),
    "destroy_timed": Situation("A resource with custom_timeouts is destroyed.", _preset("timed", _TIMED)),
}
DESTROY_REFRESH: Final = {
    "destroy_refresh": Situation("`destroy --refresh` finds what the state has.", _preset("destroyed")),
    "destroy_refresh_gone": Situation("`destroy --refresh` finds nothing.", _preset("lost")),
}
FAILED: Final = {
    "failed_replacement": _replaced(
        "The old preset is deleted, its replacement's create is refused, and the next update goes on.", "going_on"
    ),
    "failed_replacement_taken_back": _replaced(
        "The old preset is deleted, its replacement's create is refused, and the old program comes back.", "taken_back"
    ),
}
IMPORTED: Final = {
    "import": Situation("A preset is imported from a file.", after=_preset("imported")),
}
ALL: Final = {
    **CHANGES,
    **BY_COMMAND,
    **REFRESHED,
    **UP_REFRESH,
    **DESTROYED,
    **DESTROY_REFRESH,
    **FAILED,
    **IMPORTED,
}
