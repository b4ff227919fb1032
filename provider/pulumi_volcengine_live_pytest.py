"""The pytest plugin: the fixture `live_emulator`, for tests of programs that use pulumi_volcengine_live.

It is a module of its own because pytest loads it in every run where the package is installed: as a part of the package
it would load Pulumi each time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pulumi_volcengine_live.emulator import Emulator


@pytest.fixture
def live_emulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    """A service without presets, for this test alone; meanwhile the environment has its endpoint and its keys."""
    from pulumi_volcengine_live.emulator import Emulator  # noqa: PLC0415 - loads only if it is asked for

    with Emulator() as emulator:
        for name, value in emulator.environment.items():
            monkeypatch.setenv(name, value)
        yield emulator
