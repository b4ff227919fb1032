"""The command as a user types it, against a full account in real time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from full_account import fill
from pulumi_volcengine_live.command.__main__ import main
from pulumi_volcengine_live.emulator import Backend, Emulator

Command = Callable[..., tuple[int, str, str]]
"""Run it: the exit code, and what came on standard output and on standard error."""


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator(backend=Backend(calls_per_second=None)) as running:
        fill(running)
        yield running


@pytest.fixture
def environment(emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name, value in emulator.environment.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


@pytest.fixture
def command(environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    def run(*arguments: str) -> tuple[int, str, str]:
        try:
            code = main(list(arguments))
        except SystemExit as ended:
            code = int(ended.code or 0)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run
