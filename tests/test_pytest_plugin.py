"""The pytest plugin, in a run of its own as a user's is."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pulumi_volcengine_live.api.client import client_for
from pulumi_volcengine_live.api.deadlines import Deadline
from pulumi_volcengine_live.emulator import LIST, Emulator
from pulumi_volcengine_live.settings import resolve

ASKING_FOR_NOTHING = """
import sys

def test_load_nothing():
    assert not {"pulumi", "pulumi_volcengine_live", "volcengine", "grpc"} & set(sys.modules)
"""
ONE_AFTER_THE_OTHER = """
import os
import socket
import pytest
from urllib.parse import urlsplit
from pulumi_volcengine_live.emulator import Preset

seen = []

@pytest.mark.parametrize("number", [1, 2])
def test_have_a_service_of_its_own(live_emulator, number):
    assert live_emulator.presets == live_emulator.calls() == []
    live_emulator.put(Preset("v", "a", "", 86400, "d", "n", 1, "fcdn-tos"))
    seen.append(urlsplit(live_emulator.url))

def test_leave_nothing_behind():
    assert len(seen) == 2
    for url in seen:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((url.hostname, url.port))
    assert "VOLC_LIVE_ENDPOINT" not in os.environ
    assert os.environ["VOLC_SESSION_TOKEN"] == "the developer's own"
"""


def test_lead_the_provider_to_the_service_by_the_environment(live_emulator: Emulator) -> None:
    settings = resolve(dict[str, str]().get, os.environ)
    assert (
        client_for(settings.require_credentials(), settings.endpoint).presets("", Deadline.after(time, 10)).presets
        == ()
    )
    assert {call.status for call in live_emulator.calls(LIST)} == {200}


@pytest.mark.parametrize("tests", [ASKING_FOR_NOTHING, ONE_AFTER_THE_OTHER], ids=["nothing asked for", "two services"])
def test_keep_to_the_tests_that_ask_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tests: str) -> None:
    monkeypatch.setenv("VOLC_SESSION_TOKEN", "the developer's own")
    (tmp_path / "test_users.py").write_text(tests, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", "test_users.py"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
