from typing import Any

import pulumi
import pytest
from pulumi.runtime import MockCallArgs, MockResourceArgs, Mocks, set_mocks

import halls

PRESET = "pulumi-python:dynamic/volcengine-live:TimeShiftPreset"


class Account(Mocks):
    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        if args.typ != PRESET:
            return f"{args.name}-id", args.inputs
        identity = [args.inputs[name] for name in ("vhost", "app", "stream") if name in args.inputs]
        computed = {"preset_name": "mock", "enabled": True, "storage": "fcdn-tos", "bucket": "mock"}
        return "/".join(identity), {"time_shift_type": 0, **args.inputs, **computed}

    def call(self, args: MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        raise NotImplementedError(args.token)


@pytest.fixture(autouse=True)
def _account() -> None:
    set_mocks(Account())


@pulumi.runtime.test
def test_rewind_a_week() -> pulumi.Output[None]:
    def check(found: list[Any]) -> None:
        assert found == ["push.example.com/studio", 604800, True]

    preset = halls.declare("studio")
    return pulumi.Output.all(preset.id, preset.max_shift_time, preset.enabled).apply(check)
