"""What the engine's calls tell of the program, row by row of the table in `program.py`."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pulumi_volcengine_live import errors
from pulumi_volcengine_live.engine.program import Plan, Program, Resource
from pulumi_volcengine_live.engine.sdk_workarounds import REPLACE_WITH
from pulumi_volcengine_live.preset import Identity, Preset

ONE, TWO, THREE = (Identity("v.example.com", name) for name in ("one", "two", "three"))
A, B = "urn::a", "urn::b"


def check(
    program: Program, urn: str, old: Identity, new: Identity | None, *depends_on: str, retained: bool = False
) -> Resource:
    changed = () if old == new or new is None else ("app",)
    resource = program.note_check(urn, old_identity=old, olds={}, retained=retained, replaced_for=changed)
    program.note_declared(resource, new, {}, depends_on=depends_on)
    return resource


def check_as_new(program: Program, urn: str, new: Identity | None, *depends_on: str) -> Resource:
    resource = program.note_check_as_new(urn)
    program.note_declared(resource, new, {}, depends_on=depends_on)
    return resource


def diff(program: Program, urn: str, old: Identity, *replaced_for: str) -> None:
    program.note_diff(urn, old_identity=old, olds={}, retained=False, replaced_for=replaced_for)


def created(identity: Identity) -> Preset:
    return Preset(identity, 86400, "pull.example.com", 1)


@pytest.mark.parametrize(
    ("calls", "plan"),
    [
        (["check"], Plan.KEEP),
        (["check, changed"], Plan.REPLACE),
        (["check", "diff"], Plan.KEEP),
        (["check", "diff, replaces"], Plan.REPLACE),
        (["check, changed", "diff, replaces", "check as new"], Plan.REPLACE),
        (["diff"], Plan.CREATE),
        (["diff, replaces"], Plan.CREATE),
        (["diff, replaces with another"], Plan.REPLACE),
        (["diff, replaces with another", "check as new"], Plan.REPLACE),
        (["diff, replaces with another", "check", "diff"], Plan.KEEP),
        (["delete", "check as new"], Plan.REPLACE),
        (["check as new"], Plan.CREATE),
        (["check", "check as new"], Plan.REPLACE),
        (["check", "diff", "check as new"], Plan.RECREATE),
    ],
    ids=str,
)
def test_plan_each_change_from_the_order_of_calls(calls: list[str], plan: Plan) -> None:
    program = Program()
    engine: dict[str, Callable[[], object]] = {
        "check": lambda: check(program, A, ONE, ONE),
        "check, changed": lambda: check(program, A, ONE, TWO),
        "check as new": lambda: check_as_new(program, A, ONE),
        "diff": lambda: diff(program, A, ONE),
        "diff, replaces": lambda: diff(program, A, ONE, "app"),
        "diff, replaces with another": lambda: diff(program, A, ONE, REPLACE_WITH),
        "delete": lambda: program.note_deleted(A, ONE),
    }
    for call in calls:
        engine[call]()
    assert program.get(A).plan is plan


def test_take_the_reason_of_a_replacement_from_the_last_call_that_has_one() -> None:
    """A diff knows more than the check before it: an input that was not known may have changed."""
    program = Program()
    assert check(program, A, ONE, TWO).replaced_for == ("app",)
    diff(program, A, ONE, "pull_domain")
    assert program.get(A).replaced_for == ("pull_domain",)


def _replace(program: Program, urn: str, old: Identity, new: Identity) -> Resource:
    program.note_check(urn, old_identity=old, olds={}, retained=False, replaced_for=("app",))
    diff(program, urn, old, "app")
    return check_as_new(program, urn, new)


def test_list_what_is_deleted_before_a_resource_is_created() -> None:
    """Its own old preset, and that of each resource which it depends on; the order of all others is random."""
    program = Program()
    _replace(program, B, TWO, THREE)
    a = check(program, A, ONE, TWO)
    assert program.freed_for(a) == {ONE}
    assert program.deleting(TWO, other_than=a) is program.get(B)
    a = check(program, A, ONE, TWO, B)
    assert program.freed_for(a) == {ONE, TWO}
    program.note_deleted(B, TWO)
    assert program.freed_for(a) == {ONE, TWO}
    assert program.deleting(TWO, other_than=a) is program.get(B)
    program.note_created("urn::c", created(TWO))
    assert program.freed_for(a) == {ONE}, "somebody has it again"


def test_depend_on_what_a_dependency_depends_on() -> None:
    program = Program()
    _replace(program, B, TWO, THREE)
    check_as_new(program, "urn::between", Identity("v.example.com", "between"), B)
    a = check(program, A, ONE, TWO, "urn::between")
    assert program.freed_for(a) == {ONE, TWO}


def test_delete_nothing_for_a_retained_replacement() -> None:
    program = Program()
    b = check(program, B, TWO, THREE, retained=True)
    assert b.to_delete is None
    assert check_as_new(program, B, THREE).to_delete is None
    assert program.freed_for(check(program, A, ONE, TWO, B)) == {ONE}


def test_find_creates_and_deletes_in_one_app_whose_order_is_random() -> None:
    program = Program()
    stream = Identity("v.example.com", "two", "s1")
    b = _replace(program, B, TWO, TWO)
    a = check_as_new(program, A, stream)
    assert (program.deleting_after(a), program.creating_before(b)) == (b, a)
    a = check_as_new(program, A, stream, B)
    assert (program.deleting_after(a), program.creating_before(b)) == (None, None)
    program.note_created(A, created(stream))
    assert program.creating_before(b) is None, "now it is listed"


def test_find_the_resource_that_holds_a_preset() -> None:
    program = Program()
    assert program.holder(ONE) is None
    check(program, A, ONE, ONE)
    assert program.holder(ONE) is program.get(A), "the state has it, and the program keeps it"
    _replace(program, B, TWO, THREE)
    assert program.holder(TWO) is None, "it is about to be deleted"
    program.note_created(B, created(THREE))
    assert program.holder(THREE) is program.get(B)


def test_refuse_a_preset_that_another_resource_holds() -> None:
    program = Program()
    check(program, A, ONE, ONE)
    program.require_unmanaged(A, ONE)
    with pytest.raises(errors.ConflictError, match="resource 'a' of this program"):
        program.require_unmanaged(B, ONE)


def test_a_resource_does_not_conflict_with_itself() -> None:
    """Bug: after a refused create, a resource conflicted with itself in every later update."""
    program = Program()
    check(program, A, ONE, ONE)
    diff(program, A, ONE)
    check_as_new(program, A, ONE)
    program.require_unmanaged(A, ONE)
    assert program.holder(ONE) is None


def test_list_what_the_program_declares() -> None:
    program = Program()
    b = check_as_new(program, B, THREE)
    check(program, A, ONE, TWO)
    assert program.also_declaring("urn::c", THREE) is b
    assert program.also_declaring(B, THREE) is None
    assert program.also_declaring("urn::c", ONE) is None
    assert program.declared() == {TWO, THREE}


def test_ignore_a_diff_that_belonged_to_a_refresh() -> None:
    program = Program()
    diff(program, A, ONE, "app")
    check(program, A, ONE, ONE)
    assert program.get(A).plan is Plan.KEEP
