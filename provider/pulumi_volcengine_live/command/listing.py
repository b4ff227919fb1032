"""List the account's presets, and which of them stacks manage.

With --state each preset shows the resource of that stack that manages it, or `nobody here`, and what the stack has but
the service does not list comes after them. If --state is given several times, each resource shows its stack too. A
resource that only reads a preset (TimeShiftPreset.get) and one that is still to be deleted are named as such, and so is
an explicit provider, whose account may be another than the one asked.

With --json: {"presets": [{"id": ..., "vhost": ..., ...}]}; with --state each preset has "resources", a list of {"urn",
"name", "provider", "role": "manages" | "reads" | "deletes"}, and beside "presets" there is "missing", a list of
{"id", "resources"}.
"""

from __future__ import annotations

import argparse
import dataclasses
import functools
import json
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from pulumi_volcengine_live.fields import FIELDS
from pulumi_volcengine_live.lookups import ExistingPreset
from pulumi_volcengine_live.preset import TimeShiftType

from . import account, stack_export
from .stack_export import StackResource
from .table import print_table

_DAY: Final = 86400
_MANAGED_BY: Final = "MANAGED BY"
_REMARKS: Final = {"manages": "", "reads": "only reads it", "deletes": "to be deleted"}

_COLUMNS: Final = tuple(field for field in FIELDS if field.column)

ById = Mapping[str, Sequence[StackResource]]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that choose presets, and --state."""
    account.add_arguments(parser)
    stack_export.add_state(parser, "what `pulumi stack export` printed")


def run(options: argparse.Namespace) -> int:
    """Print the presets; a difference between stack and service is not a failure."""
    by_id = _by_id(options) if options.state else None
    found = account.presets(options)
    ids = {preset.id for preset in found}
    missing = {id_: resources for id_, resources in (by_id or {}).items() if id_ not in ids}
    if options.json:
        print(json.dumps(_as_json(found, by_id, missing), indent=2))
    else:
        if not found:
            print(account.nothing_listed(options), file=sys.stderr)
        _print(found, by_id, missing, name_stacks=len(options.state) > 1)
    return 0


def _by_id(options: argparse.Namespace) -> ById:
    by_id: dict[str, list[StackResource]] = defaultdict(list)
    for resource in sorted(stack_export.read(options.state), key=lambda resource: resource.identity):
        if account.selects(options, resource.identity):
            by_id[str(resource.identity)].append(resource)
    return by_id


def _as_json(found: Iterable[ExistingPreset], by_id: ById | None, missing: ById) -> dict[str, Any]:
    presets = [dataclasses.asdict(preset) for preset in found]
    if by_id is None:
        return {"presets": presets}
    for preset in presets:
        preset["resources"] = _plain(by_id.get(preset["id"], ()))
    gone = [{"id": id_, "resources": _plain(resources)} for id_, resources in missing.items()]
    return {"presets": presets, "missing": gone}


def _plain(resources: Iterable[StackResource]) -> list[dict[str, str]]:
    return [{name: getattr(each, name) for name in ("urn", "name", "provider", "role")} for each in resources]


def _print(found: Sequence[ExistingPreset], by_id: ById | None, missing: ById, *, name_stacks: bool) -> None:
    managers = functools.partial(_managers, name_stacks=name_stacks)
    if found:
        head = ["PRESET", *(field.column for field in _COLUMNS)]
        rows = [_cells(preset) for preset in found]
        if by_id is not None:
            head.append(_MANAGED_BY)
            rows = [[*cells, managers(by_id.get(cells[0], ()))] for cells in rows]
        print_table(head, *rows)
    if missing:
        print("\nIn the state, but not listed by the service:")
        print_table(["PRESET", _MANAGED_BY], *([id_, managers(resources)] for id_, resources in missing.items()))


def _cells(preset: ExistingPreset) -> list[str]:
    values = ((field.name, getattr(preset, field.name)) for field in _COLUMNS)
    return [preset.id, *(_FORMATS[name](value) if name in _FORMATS else value or "-" for name, value in values)]


def _days(seconds: int) -> str:
    days, remainder = divmod(seconds, _DAY)
    return f"{seconds} s" if remainder else f"{days} d"


_FORMATS: Final[Mapping[str, Callable[[Any], str]]] = {
    "max_shift_time": _days,
    "time_shift_type": lambda value: TimeShiftType(value).name.lower(),
    "enabled": lambda value: "yes" if value else "no",
}


def _managers(resources: Sequence[StackResource], *, name_stacks: bool) -> str:
    # `all` is also true if there is no resource.
    nobody = ["nobody here"] if all(resource.role == "reads" for resource in resources) else []
    return ", ".join([*nobody, *(_described(resource, name_stacks=name_stacks) for resource in resources)])


def _described(resource: StackResource, *, name_stacks: bool) -> str:
    stack = resource.stack if name_stacks else ""
    provider = "" if resource.by_default_provider else f"provider {resource.provider}"
    remarks = "; ".join(filter(None, (stack, _REMARKS[resource.role], provider)))
    return f"{resource.name} ({remarks})" if remarks else resource.name
