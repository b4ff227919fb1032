"""A user's unit tests: mocks see what is declared and answer look-ups, and no service is asked."""

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
declared = {}
read = {}


class Mocks(pulumi.runtime.Mocks):
    def __init__(self, answer):
        self.answer = answer

    def new_resource(self, args):
        read[args.name] = args.resource_id
        declared[args.name] = {name: value for name, value in args.inputs.items() if name != "__provider"}
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


@pytest.mark.parametrize(
    ("keys", "mapped", "problem"),
    [
        ({"access_key": "k"}, {}, "must both be given"),
        ({}, {"A": "VOLC_ACCESSKEY"}, "variables for both VOLC_ACCESSKEY and VOLC_SECRETKEY"),
        ({"access_key": "k", "secret_key": "s"}, {"A": "VOLC_ACCESSKEY", "S": "VOLC_SECRETKEY"}, "leave one"),
    ],
)
def test_refuse_a_provider(keys, mapped, problem):
    with pytest.raises(pulumi.RunError, match=f"the provider second: .*{problem}"):
        live.Provider("second", **keys, opts=pulumi.ResourceOptions(env_var_mappings=mapped))


@pytest.fixture
def _mocks():
    pulumi.runtime.set_mocks(Mocks(lambda args: {}))


def test_read_by_the_id_as_states_have_it(_mocks):
    @pulumi.runtime.test
    def get():
        ids = {"same": "push.example.com/a", "host": "Push.Example.com/A/s", "no id": "a"}
        got = [live.TimeShiftPreset.get(name, id_) for name, id_ in ids.items()]
        got.append(live.TimeShiftPreset.get("output", pulumi.Output.from_input("Push.Example.com/A")))

        def check(_):
            assert read == {
                "same": "push.example.com/a",
                "host": "push.example.com/A/s",
                "no id": "a",
                "output": "push.example.com/A",
            }

        return pulumi.Output.all(*[preset.urn for preset in got]).apply(check)

    read.clear()
    get()


def test_declare(_mocks):
    @pulumi.runtime.test
    def declare():
        first = live.TimeShiftPreset("first", **VALUES)
        options = pulumi.ResourceOptions(depends_on=[first], retain_on_delete=True, replace_on_changes=["adopt"])
        second = live.TimeShiftPreset("second", live.TimeShiftPresetArgs(**VALUES, adopt=True), options)
        account = live.Provider("account", access_key="k", secret_key="s", session_token="t", missing="accept")

        mappings = {"A": "VOLC_ACCESSKEY", "S": "VOLC_SECRETKEY"}
        mapped = live.Provider("mapped", opts=pulumi.ResourceOptions(env_var_mappings=mappings))

        def check(found):
            urn, _, settings, _ = found
            hidden = {"__depends_on": [urn], "__replace_on_changes": ["adopt"], "__retain_on_delete": True}
            assert declared["first"] == VALUES
            assert declared["second"] == {**VALUES, "adopt": True, **hidden}
            assert {name: value for name, value in settings.items() if value} == {
                "volcengine:accessKey": "k",
                "volcengine:secretKey": "s",
                "volcengine:sessionToken": "t",
                "volcengine-live:missing": "accept",
            }
            variables = declared["mapped"]["volcengine-live:keyVariables"]
            assert variables == "A,S,"
            secret = {name for name, value in declared["account"].items() if isinstance(value, dict)}
            assert secret == {"volcengine:accessKey", "volcengine:secretKey", "volcengine:sessionToken"}

        return pulumi.Output.all(first.urn, second.urn, account.settings, mapped.urn).apply(check)

    declare()


def test_refuse_what_cannot_work(_mocks):
    with pytest.raises(TypeError, match="not both"):
        live.TimeShiftPreset("both", live.TimeShiftPresetArgs(**VALUES), **VALUES)
    instead = "imported: import_ does not work for dynamic resources.*--import-file.*adopt=True"
    with pytest.raises(pulumi.RunError, match=instead):
        live.TimeShiftPreset("imported", **VALUES, opts=pulumi.ResourceOptions(import_="v/a"))
    assert "imported" not in declared
    whole = live.TimeShiftPreset("whole", **VALUES)
    with pytest.raises(pulumi.RunError, match="deleted_with cannot be another preset"):
        live.TimeShiftPreset("part", **VALUES, opts=pulumi.ResourceOptions(deleted_with=whole))
"""


def test_run_a_users_unit_tests(tmp_path: Path) -> None:
    file = tmp_path / "test_program.py"
    file.write_text(USERS_TEST)
    measured = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")}
    environment = {
        **measured,
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "VOLC_LIVE_ENDPOINT": "http://127.0.0.1:1",
    }
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(file)]
    run = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (run.returncode, "16 passed" in run.stdout) == (0, True), run.stdout + run.stderr
