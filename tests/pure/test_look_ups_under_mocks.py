"""Look-ups in a user's unit tests: the mocks answer, and nothing is asked of any service."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

USERS_TEST = """
import pulumi

asked = []


class Mocks(pulumi.runtime.Mocks):
    def new_resource(self, args):
        return args.name + "-id", args.inputs

    def call(self, args):
        asked.append((args.token, args.args))
        return {answer}


pulumi.runtime.set_mocks(Mocks())
import pulumi_volcengine_live as live

EXPECTED = live.ExistingPreset(
    vhost="push.example.com", app="concerts", max_shift_time=604800, pull_domain="p.example.com", time_shift_type=1
)
TOKEN = "volcengine-live:index:getTimeShiftPresets"


def test_plain():
    assert live.get_time_shift_presets("push.example.com") == {expected}
    assert asked.pop() == (TOKEN, {{"vhost": "push.example.com"}})


@pulumi.runtime.test
def test_output():
    second = live.Provider("second", access_key="k", secret_key="s")
    found = live.get_time_shift_presets_output(app=pulumi.Output.from_input("concerts"), provider=second)

    def check(presets):
        assert presets == {expected}
        assert asked.pop() == (TOKEN, {{"app": "concerts"}})

    return found.apply(check)
"""
ONE = """{"presets": [{"vhost": "push.example.com", "app": "concerts", "max_shift_time": 604800,
                           "pull_domain": "p.example.com", "time_shift_type": 1}]}"""
MADE = """{"presets": [__import__("dataclasses").asdict(EXPECTED)]}"""


@pytest.mark.parametrize(
    ("answer", "expected"),
    [("{}", "[]"), ("args.args", "[]"), (ONE, "[EXPECTED]"), (MADE, "[EXPECTED]")],
    ids=["nothing", "its arguments", "a dictionary", "a dataclass"],
)
def test_let_the_mocks_answer(tmp_path: Path, answer: str, expected: str) -> None:
    file = tmp_path / "test_program.py"
    file.write_text(USERS_TEST.format(answer=answer, expected=expected))
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "VOLC_LIVE_ENDPOINT": "http://127.0.0.1:1"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(file)]
    run = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert "2 passed" in run.stdout, run.stdout + run.stderr
