"""Each property is declared once, in the table; the typed classes that editors need agree with it."""

from __future__ import annotations

import dataclasses

import pytest

import pulumi_volcengine_live as live
from pulumi_volcengine_live.engine.conversions import outputs_of
from pulumi_volcengine_live.fields import COMPUTED, FIELDS, INPUTS, Field
from pulumi_volcengine_live.preset import Identity, Preset

PRESET = Preset(Identity("v.example.com", "app"), 86400, "p.example.com", 1, "n", True, "fcdn-tos", "b", "space")


def test_declare_the_inputs_as_the_table_has_them() -> None:
    args = {field.name: field for field in dataclasses.fields(live.TimeShiftPresetArgs)}
    assert args.keys() == INPUTS.keys()
    required = {name for name, field in args.items() if field.default is dataclasses.MISSING}
    assert required == {name for name, field in INPUTS.items() if field.required}


def test_declare_the_outputs_as_the_table_has_them() -> None:
    assert live.TimeShiftPreset.__annotations__.keys() == {field.name for field in FIELDS}
    listed = {field.name for field in dataclasses.fields(live.ExistingPreset)}
    assert listed == {field.name for field in FIELDS} - {"adopt"} | {"id"}


@pytest.mark.parametrize("field", [field for field in FIELDS if field.name != "adopt"], ids=lambda field: field.name)
def test_convert_every_field(field: Field) -> None:
    outputs = outputs_of(dataclasses.replace(PRESET, identity=Identity("v.example.com", "app", "s")), {})
    assert type(outputs[field.name]) is field.python_type


def test_keep_the_declared_value_if_the_listed_one_is_missing_or_unreadable() -> None:
    """Bug: a kind of storage that is new counted as recording: taken for drift, it would have replaced the preset."""
    odd = dataclasses.replace(PRESET, pull_domain="", time_shift_type=None, storage="new-storage")
    declared = {"pull_domain": "declared.example.com", "time_shift_type": 1.0}
    outputs = outputs_of(odd, declared)
    assert (outputs["pull_domain"], outputs["time_shift_type"]) == ("declared.example.com", 1)
    assert outputs["storage"] == "new-storage"
    assert outputs_of(odd, {})["time_shift_type"] == 0


def test_have_an_api_name_for_whatever_the_service_knows() -> None:
    assert {field.name for field in FIELDS if not field.name_in_listing} == {"time_shift_type", "adopt"}
    assert {field.name for field in FIELDS if field.name_in_create} == INPUTS.keys() - {"adopt"}
    assert not any(field.name_in_create for field in COMPUTED.values())
