"""What a resource's properties say: the engine's dicts on one side, typed values on the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pulumi

from pulumi_volcengine_live.fields import INPUTS
from pulumi_volcengine_live.preset import Identity, Preset

COMPUTED: Final = ("preset_name", "enabled", "storage", "bucket", "vod_namespace")
REPLACE_ON_CHANGES: Final = "__replace_on_changes"
"""The resource option as an input: the SDK does not tell the engine which inputs of a dynamic resource changed, so the
engine cannot carry the option out. Pulumi shows no property of such a name."""
RETAIN_ON_DELETE: Final = "__retain_on_delete"
"""The same, since no provider is told whether a replacement will call its delete. The old input counts, for the engine
goes by its state (seen with 3.259)."""
OPTIONS: Final = (REPLACE_ON_CHANGES, RETAIN_ON_DELETE)


@dataclass(frozen=True)
class Meant:
    """What one resource means: its old identity and inputs, if it has any, and those that are known of the new ones."""

    urn: str
    old: Identity | None
    olds: Mapping[str, Any]
    identity: Identity | None
    news: Mapping[str, Any]
    replaces: list[str]
    retained: bool
    """Whether a replacement leaves the old preset where it is."""
    adopts: bool
    """Whether adoption is asked for, or may be: what is not known yet is not guessed."""


def meant(urn: str, olds: dict[str, Any], news: dict[str, Any], replaces: list[str]) -> Meant:
    """The resource of this name, by its old and new properties, and by what it was found to be replaced for already."""
    known = {name: value for name, value in news.items() if not is_unknown(value)}
    named = known.keys() >= {"vhost", "app"} and not is_unknown(news.get("stream"))
    changed = [name for name in changed_inputs(olds, news) if not is_unknown(news.get(name))] if olds else []
    return Meant(
        urn=urn,
        old=identity_of(olds) if olds else None,
        olds={name: int(value) if isinstance(value, float) else value for name, value in olds.items()},
        identity=identity_of(known) if named else None,
        news=known,
        replaces=[name for name in replaces if not is_unknown(news.get(name))] or replacing(changed, news),
        retained=bool(olds.get(RETAIN_ON_DELETE)),
        adopts=bool(news.get("adopt")),
    )


def identity_of(properties: Mapping[str, Any]) -> Identity:
    """Which preset they name."""
    return Identity(properties["vhost"], properties["app"], properties.get("stream") or "")


def is_unknown(value: Any) -> bool:
    """Whether the value becomes known only during the update."""
    return isinstance(value, pulumi.output.Unknown)


def changed_inputs(olds: dict[str, Any], news: dict[str, Any]) -> list[str]:
    """The inputs that differ; one that is not known yet may, so it counts."""
    return [name for name in INPUTS if is_unknown(news.get(name)) or olds.get(name) != news.get(name)]


def replacing(changed: list[str], news: dict[str, Any]) -> list[str]:
    """Those of the changed inputs that replace, by nature or because the program says so."""
    told = news.get(REPLACE_ON_CHANGES, [])
    all_but_adopt = set(INPUTS) - {"adopt"} if "*" in told else set()
    return [name for name in changed if INPUTS[name].replaces or name in told or name in all_but_adopt]


def wanted_preset(props: dict[str, Any]) -> Preset:
    """The preset that checked inputs describe."""
    return Preset(
        identity=identity_of(props),
        max_shift_time=int(props["max_shift_time"]),
        pull_domain=props["pull_domain"],
        time_shift_type=int(props["time_shift_type"]),
    )


def outputs_of(preset: Preset, props: dict[str, Any]) -> dict[str, Any]:
    """All that is known of the preset, and of `props` what the service does not keep."""
    outputs = {
        "vhost": preset.identity.vhost,
        "app": preset.identity.app,
        "stream": preset.identity.stream or None,
        "max_shift_time": int(preset.max_shift_time),
        "pull_domain": preset.pull_domain or props.get("pull_domain", ""),
        "time_shift_type": int(preset.time_shift_type),
        "adopt": props.get("adopt"),
        **{name: getattr(preset, name) for name in COMPUTED},
    }
    return {name: value for name, value in outputs.items() if value is not None}
