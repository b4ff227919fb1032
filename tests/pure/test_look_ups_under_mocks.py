"""Look-ups in a user's unit tests: the mocks answer, and nothing is asked of any service."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

USERS_TEST = """
import dataclasses

import pulumi
import pytest

import pulumi_volcengine_live as live

VALUES = {
    "vhost": "push.example.com",
    "app": "concerts",
    "max_shift_time": 604800,
    "pull_domain": "p.example.com",
    "time_shift_type": 1,
}
PRESET = live.ExistingPreset(**VALUES)
DOMAIN = live.Domain(name="p.example.com", vhost="push.example.com", type="pull", status="normal", usable=True)
TOKEN = "volcengine-live:index:getTimeShiftPresets"
DOMAINS_TOKEN = "volcengine-live:index:getDomains"
ANSWERS = {
    "nothing": (lambda args: {}, []),
    "its arguments": (lambda args: args.args, []),
    "a dictionary": (lambda args: {"presets": [VALUES]}, [PRESET]),
    "a dataclass": (lambda args: {"presets": [dataclasses.asdict(PRESET)]}, [PRESET]),
}
asked = []


class Mocks(pulumi.runtime.Mocks):
    def __init__(self, answer):
        self.answer = answer

    def new_resource(self, args):
        return args.name + "-id", args.inputs

    def call(self, args):
        asked.append((args.token, args.args))
        return self.answer(args)


@pytest.fixture(params=ANSWERS)
def expected(request):
    answer, expected = ANSWERS[request.param]
    pulumi.runtime.set_mocks(Mocks(answer))
    return expected


def test_plain(expected):
    assert live.get_time_shift_presets("push.example.com") == expected
    assert asked.pop() == (TOKEN, {"vhost": "push.example.com"})


def test_output(expected):
    @pulumi.runtime.test
    def look_up():
        second = live.Provider("second", access_key="k", secret_key="s")
        found = live.get_time_shift_presets_output(app=pulumi.Output.from_input("concerts"), provider=second)

        def check(presets):
            assert presets == expected
            assert asked.pop() == (TOKEN, {"app": "concerts"})

        return found.apply(check)

    look_up()


@pytest.fixture
def domains():
    pulumi.runtime.set_mocks(Mocks(lambda args: {"domains": [dataclasses.asdict(DOMAIN)]}))


def test_domains(domains):
    assert live.get_domains() == [DOMAIN]
    assert asked.pop() == (DOMAINS_TOKEN, {})


def test_output_of_domains(domains):
    @pulumi.runtime.test
    def look_up():
        def check(found):
            assert found == [DOMAIN]
            assert asked.pop() == (DOMAINS_TOKEN, {"vhost": "push.example.com"})

        return live.get_domains_output(pulumi.Output.from_input("push.example.com")).apply(check)

    look_up()
"""


def test_let_the_mocks_answer(tmp_path: Path) -> None:
    file = tmp_path / "test_program.py"
    file.write_text(USERS_TEST)
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "VOLC_LIVE_ENDPOINT": "http://127.0.0.1:1"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(file)]
    run = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert "10 passed" in run.stdout, run.stdout + run.stderr
