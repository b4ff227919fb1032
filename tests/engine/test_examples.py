"""The life of each example on the real engine, as a user takes it through, judged by what arrived at the service.

test_demo.py has the quick start, and test_quickstart.py the player's URL; the tests of policies, of reviews, of keys in
no state and of the official package have the others.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

from pages import script, type_in
from pulumi_stack import ROOT, Stack, paths
from pulumi_volcengine_live.emulator import CREATE, DELETE, Domain, Emulator

EXAMPLES = ROOT / "examples"
NewStack = Callable[..., Stack]

SIDE_BY_SIDE = ("adopting", "several_accounts", "every_pull_domain", "channel_component", "from_another_stack")
WITH_MOCKS = """
import json
import runpy
import sys

import pulumi


class Mocks(pulumi.runtime.Mocks):
    def new_resource(self, args):
        return args.name, args.inputs

    def call(self, args):
        return {"domains": json.loads(sys.argv[2])}


pulumi.runtime.set_mocks(Mocks())
runpy.run_path(sys.argv[1])
"""


def _checkout(folder: Path, engine: Path, emulator: Emulator) -> Path:
    """A copy that is set up as `make setup` does, with the test's emulator in the place of `make emulator`."""
    shutil.copytree(EXAMPLES, folder / "examples")
    (folder / "tools").mkdir()
    by_hand = (ROOT / "tools" / "by-hand.sh").read_text(encoding="utf-8")
    (folder / "tools" / "by-hand.sh").write_text(by_hand.replace("http://127.0.0.1:8899", emulator.url))
    (folder / ".venv").symlink_to(sys.prefix)
    (folder / ".pulumi-cli").mkdir()
    (folder / ".pulumi-cli" / "bin").symlink_to(engine)
    return folder


def test_manage_streams_of_one_app(engine: Path, emulator: Emulator, tmp_path: Path) -> None:
    """By hand, from a fresh checkout: the page's own commands."""
    folder = _checkout(tmp_path / "checkout", engine, emulator)
    life = script("examples/README.md", "source tools/by-hand.sh")
    environment = {**paths(engine), "PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    printed = type_in(life, folder, environment)
    assert '"MaxShiftTime": 1296000' in printed, "what the service holds"
    created = {call.body.get("Stream"): call.body["MaxShiftTime"] for call in emulator.calls(CREATE)}
    assert created == {None: 259200, "main-stage": 1296000, "backstage": 1296000}
    assert emulator.presets == []


def test_refuse_a_preset_for_two_pull_domains_of_one_app() -> None:
    """Under Pulumi's mocks: the example itself refuses it, before it declares anything."""
    pull = {"vhost": "push.example.com", "type": "pull", "status": "normal", "usable": True}
    domains = json.dumps([{"name": name, **pull} for name in ("pull.example.com", "pull.example.net")])
    program = EXAMPLES / "every_pull_domain" / "__main__.py"
    command = [sys.executable, "-c", WITH_MOCKS, str(program), domains]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode != 0
    refused = run.stderr.splitlines()[-1]
    assert "RunError" in refused
    assert "pull.example.com and pull.example.net would share the preset of push.example.com/live" in refused


def test_create_and_change_side_by_side(new_stack: NewStack, emulator: Emulator, tmp_path: Path) -> None:
    """The examples that have no preset in common, in one program: each is created, and then changed.

    They keep accounts apart, adopt without a changing call, serve each pull domain that is in service, take the domains
    of another stack, also once they are others there, and rename a component with all that is in it.
    """
    domains = new_stack(EXAMPLES / "from_another_stack" / "domains")
    domains.configure({"domains:zone": "example.net"})
    domains.up()
    stack = new_stack(_side_by_side(tmp_path / "examples"), beside=domains)
    stack.configure({"examples:domains": "organization/domains/test", "examples:vhost": "push.channel.example.com"})
    _take_the_steps_before_up(stack)
    existing = emulator.presets

    stack.up()
    created = {(call.account, _id(call.body), call.body["PullDomain"]) for call in emulator.calls(CREATE)}
    assert created == {
        ("news", "push.news.example.com/live", "pull.news.example.com"),
        ("sports", "push.sports.example.com/live", "pull.sports.example.com"),
        ("default", "push.example.cn/live", "pull.example.cn"),
        ("default", "push.example.com/live", "pull.example.com"),
        ("default", "push.example.com/news", "pull.example.org"),
        ("default", "push.channel.example.com/concerts", "pull.example.com"),
        ("default", "push.channel.example.com/concerts-members", "pull.example.com"),
        ("default", "push.example.net/concerts", "pull.example.net"),
    }
    assert stack.changing_calls() == [CREATE] * len(created)
    assert [(preset.Name, preset.Stream) for preset in existing] == [("by-hand", ""), ("for-years", "evening")]
    assert [preset for preset in emulator.presets if preset in existing] == existing, "adopted as they are"
    assert stack.outputs()["names"] == ["by-hand", "for-years"]
    assert stack.outputs()["push_urls"] == {
        "concerts": "rtmp://push.channel.example.com/concerts",
        "concerts-members": "rtmp://push.channel.example.com/concerts-members",
    }
    assert not any(secret in json.dumps(stack.state()) for secret in ("canary", emulator.secret_key))

    domains.file.write_text(domains.file.read_text().replace("example.net", "example.org"))
    alias = "opts=pulumi.ResourceOptions(aliases=[pulumi.Alias(name='festival')])"
    _change(stack, "channel_component", '    "festival",', f"    'gala',\n    {alias},")
    _change(stack, "adopting", "    adopt=True,\n", "")
    shown = stack.up("--diff")
    assert '~ pull_domain    : "pull.example.net" => "pull.example.org"' in shown.output
    replaced = [(call.action, _id(call.body)) for call in emulator.calls(CREATE, DELETE)]
    assert replaced == [(DELETE, "push.example.net/concerts"), (CREATE, "push.example.org/concerts")]
    assert stack.changing_calls() == [DELETE, CREATE]


def _side_by_side(folder: Path) -> Path:
    """One program that runs the examples, with the settings that each of them declares."""
    shutil.copytree(EXAMPLES, folder)
    projects = [yaml.safe_load((folder / name / "Pulumi.yaml").read_text()) for name in SIDE_BY_SIDE]
    settings = {name: setting for project in projects for name, setting in project.get("config", {}).items()}
    joined = {"name": "examples", "runtime": "python", "config": settings}
    (folder / "Pulumi.yaml").write_text(yaml.safe_dump(joined))
    (folder / "__main__.py").write_text(
        "import runpy\n" + "".join(f"runpy.run_path({name!r})\n" for name in SIDE_BY_SIDE)
    )
    return folder


def _take_the_steps_before_up(stack: Stack) -> None:
    """Those of the page, with an account for each pair of keys, and with more domains."""
    emulator = stack.emulator
    keys = []
    for account in ("news", "sports"):
        emulator.add_account(account, f"{account}-access", f"{account}-canary", vhosts=[f"push.{account}.example.com"])
        for key, variable, value in (("Access", "ACCESS", "access"), ("Secret", "SECRET", "canary")):
            keys.append((f"{account}{key}Key=$VOLC_{variable}KEY", f"{account}{key}Key={account}-{value}"))
    for text in (
        script("examples/README.md", "pulumi config set-all --secret news", *keys),
        script("examples/README.md", "put() {"),
        script("examples/README.md", "curl -s -X PUT $VOLC_LIVE_ENDPOINT/_emulator/domains"),
    ):
        type_in(text, stack.folder, stack.environment)
    not_in_service = Domain("pull.example.net", "push.example.com", Status=2)
    emulator.put(Domain("pull.example.cn", "push.example.cn"), not_in_service)


def _id(body: Mapping[str, Any]) -> str:
    return "/".join(body[name] for name in ("Vhost", "App", "Stream") if body.get(name))


def _change(stack: Stack, example: str, old: str, new: str) -> None:
    file = stack.folder / example / "__main__.py"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))
