"""What docs/testing.md says of mocks beside its examples."""

from typing import Any

import pulumi
import pytest
from pulumi.runtime import set_mocks

import pulumi_volcengine_live as live
from test_with_mocks import Account


@pytest.fixture(autouse=True)
def _account() -> None:
    set_mocks(Account())


@pulumi.runtime.test
def test_check_nothing_and_change_nothing() -> pulumi.Output[None]:
    def check(found: list[Any]) -> None:
        assert found == ["PUSH.example.com/no app!", 7]

    preset = live.TimeShiftPreset("x", vhost="PUSH.example.com", app="no app!", max_shift_time=7, pull_domain="")
    return pulumi.Output.all(preset.id, preset.max_shift_time).apply(check)


@pulumi.runtime.test
def test_read_what_the_mock_says() -> pulumi.Output[None]:
    def check(found: list[Any]) -> None:
        assert found == ["push.example.com/studio", True, None]

    preset = live.TimeShiftPreset.get("x", "push.example.com/studio")
    return pulumi.Output.all(preset.id, preset.enabled, preset.vhost).apply(check)
