"""Converts between the engine's dicts and typed values. The engine sends numbers as floats."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pulumi_volcengine_live.fields import FIELDS, INPUTS, Field, validated
from pulumi_volcengine_live.preset import Identity, Preset

from .sdk_workarounds import HIDDEN_INPUTS, PREVIEW, PROVIDER_KEY, is_unknown

Failure = tuple[str, str]
"""A property, and what is wrong with it."""


def checked(news: Mapping[str, Any]) -> tuple[dict[str, Any], list[Failure]]:
    """The inputs as they are stored and sent, and the failures; an input with a failure is left out."""
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
    """The properties whose values are known already, with numbers as integers: every one among them is whole."""
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


def wanted_preset(inputs: Mapping[str, Any]) -> Preset:
    """The preset that checked inputs describe."""
    identity = identity_of(inputs)
    assert identity is not None  # noqa: S101 - checked inputs are known when a preset is created or updated
    values: dict[str, Any] = {field.name: field.python_type(inputs[field.name]) for field in FIELDS if field.compared}
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
        elif field.rule is None:  # an output that the service fills in
            outputs[field.name] = getattr(preset, field.name)
    return {name: value for name, value in outputs.items() if value is not None}


def _listed_or_declared(field: Field, preset: Preset, properties: Mapping[str, Any]) -> Any:
    """The declared value if none is listed: whether the service always lists one that can be read is not known."""
    listed = getattr(preset, field.name)
    value = properties.get(field.name, field.default) if listed in ("", None) else listed
    return field.python_type("" if value is None else value)
