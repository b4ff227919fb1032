"""Converts between the engine's dicts and typed values. The engine sends numbers as floats."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pulumi_volcengine_live.fields import FIELDS, INPUTS, Field, validated
from pulumi_volcengine_live.preset import Identity, Preset

from .sdk_workarounds import HIDDEN_INPUTS, PREVIEW, PROVIDER_KEY, REPLACE_ON_CHANGES, REPLACE_WITH, is_unknown

_ALL_BUT_ADOPT: Final = frozenset(INPUTS) - {"adopt"}

Failure = tuple[str, str]
"""A property, and what is wrong with it."""


def checked(news: Mapping[str, Any]) -> tuple[dict[str, Any], list[Failure]]:
    """The inputs as they are stored and sent, and what is wrong with them."""
    inputs: dict[str, Any] = {name: news.get(name) for name in HIDDEN_INPUTS}
    failures = [
        (name, f"{name} is no input of a time-shift preset; its inputs are {', '.join(INPUTS)}")
        for name in news
        if name not in (*INPUTS, *HIDDEN_INPUTS, PREVIEW, PROVIDER_KEY)
    ]
    for name in INPUTS:
        value = news.get(name)
        try:
            inputs[name] = value if is_unknown(value) else validated(name, value)
        except ValueError as error:
            failures.append((name, str(error)))
    return {name: value for name, value in inputs.items() if value is not None}, failures


def known(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The properties whose values are known already, with whole numbers as integers."""
    return {
        name: int(value) if isinstance(value, float) else value
        for name, value in properties.items()
        if not is_unknown(value)
    }


def identity_of(properties: Mapping[str, Any]) -> Identity | None:
    """The identity that the properties give; None if a part of it is not known yet."""
    if any(is_unknown(properties.get(name)) for name in ("vhost", "app", "stream")):
        return None
    return Identity(properties["vhost"], properties["app"], properties.get("stream") or "")


def changed_inputs(olds: Mapping[str, Any], news: Mapping[str, Any], *, unknown_too: bool = True) -> tuple[str, ...]:
    """The inputs that differ. One that is not known yet may differ: it counts if `unknown_too`."""
    return tuple(
        name for name in INPUTS if (unknown_too if is_unknown(news.get(name)) else olds.get(name) != news.get(name))
    )


def replacing_inputs(olds: Mapping[str, Any], news: Mapping[str, Any], *, unknown_too: bool = True) -> tuple[str, ...]:
    """The changed inputs that replace the preset: no call changes them, or `replace_on_changes` names them.

    REPLACE_WITH is one of them while it is unknown, which means that a resource named in `replace_with` is replaced.
    """
    named = news.get(REPLACE_ON_CHANGES, [])
    by_option = {*named, *(_ALL_BUT_ADOPT if "*" in named else ())}
    changed = changed_inputs(olds, news, unknown_too=unknown_too)
    replaced_with = (REPLACE_WITH,) if unknown_too and is_unknown(news.get(REPLACE_WITH)) else ()
    return (*(name for name in changed if INPUTS[name].replaces or name in by_option), *replaced_with)


def wanted_preset(inputs: Mapping[str, Any]) -> Preset:
    """The preset that checked inputs describe."""
    identity = Identity(inputs["vhost"], inputs["app"], inputs.get("stream") or "")
    values: dict[str, Any] = {field.name: field.kind(inputs[field.name]) for field in FIELDS if field.compared}
    return Preset(identity, **values)


def outputs_of(preset: Preset, properties: Mapping[str, Any]) -> dict[str, Any]:
    """The outputs of a preset; what the service does not keep or list is taken from `properties`."""
    outputs: dict[str, Any] = {
        "vhost": preset.identity.vhost,
        "app": preset.identity.app,
        "stream": preset.identity.stream or None,
        "adopt": properties.get("adopt"),
    }
    for field in FIELDS:
        if field.compared:
            outputs[field.name] = _listed_or_declared(field, preset, properties)
        elif field.rule is None:
            outputs[field.name] = getattr(preset, field.name)
    return {name: value for name, value in outputs.items() if value is not None}


def _listed_or_declared(field: Field, preset: Preset, properties: Mapping[str, Any]) -> Any:
    """The declared value if none is listed: whether the service always lists one that can be read is not known."""
    listed = getattr(preset, field.name)
    value = properties.get(field.name, field.default) if listed in ("", None) else listed
    return field.kind("" if value is None else value)
