"""The official package beside this one in one program, on the real engine.

Its plugin and its cloud are not available here: a stand-in creates the DNS record, while the package itself, the engine
and everything of ours is real. The package has a cached folder of its own, since beside a plugin's package in .venv
each `pulumi` command tries to download that plugin.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cached_packages import install_cached
from pulumi_stack import ROOT, Stack
from pulumi_volcengine_live.emulator import CREATE, DELETE, Emulator
from stand_in import OtherPlugin

RECORD = {"host": "pull", "type": "CNAME", "value": "pull.example.com.volcgslb.example", "zid": 58846}


@pytest.fixture(scope="session")
def official_package() -> Path:
    return install_cached(Path(__file__).with_name("pulumi_volcengine.txt"), "programs with both packages")


@pytest.fixture
def plugin() -> Iterator[OtherPlugin]:
    with OtherPlugin() as running:
        yield running


def test_give_a_preset_the_domain_of_an_official_record(
    new_stack: Callable[..., Stack], emulator: Emulator, official_package: Path, plugin: OtherPlugin
) -> None:
    stack = new_stack(ROOT / "examples" / "with_volcengine")
    stack.environment["PYTHONPATH"] += os.pathsep + str(official_package)
    stack.environment["PULUMI_DEBUG_PROVIDERS"] = f"volcengine:{plugin.port}"
    stack.environment["PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"] = "true"
    stack.up()
    assert plugin.changes == [("create", RECORD)]
    assert [preset.Domain for preset in emulator.presets] == ["pull.example.com"]
    assert stack.changing_calls() == [CREATE]

    stack.change('host="pull"', 'host="replay"')
    stack.up()
    assert plugin.changes[1:] == [("update", {**RECORD, "host": "replay"})]
    assert stack.changing_calls() == [DELETE, CREATE]
    assert [preset.Domain for preset in emulator.presets] == ["replay.example.com"]
