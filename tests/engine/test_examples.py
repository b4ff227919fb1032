"""The life of each example on the real engine, as a user takes it through, judged by what arrived at the service."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from pages import script, type_in
from pulumi_stack import ROOT, Stack
from pulumi_volcengine_live.emulator import CREATE, DELETE, Domain, Emulator
from pulumi_volcengine_live.emulator import Preset as Stored

EXAMPLES = ROOT / "examples"
NewStack = Callable[..., Stack]


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
    """By hand, from a fresh checkout: the page's own commands, with a stream of one's own."""
    life = script("examples/README.md", "source tools/by-hand.sh")
    configured = life.replace("pulumi up", "pulumi config set --path 'longerStreams[0]' balcony\npulumi up")
    folder = _checkout(tmp_path / "checkout", engine, emulator)
    printed = type_in(configured, folder, {"PATH": os.environ["PATH"], "HOME": str(tmp_path)})
    assert '"MaxShiftTime": 1296000' in printed, "what the service holds"
    created = {call.body.get("Stream"): call.body["MaxShiftTime"] for call in emulator.calls(CREATE)}
    assert created == {None: 259200, "balcony": 1296000}
    assert emulator.presets == []


def test_export_the_base_url_of_a_player(new_stack: NewStack) -> None:
    new_stack(EXAMPLES / "player_url").up().line("player_base_url", '"https://pull.example.com/concerts/"')


def test_keep_several_accounts_apart(new_stack: NewStack, emulator: Emulator) -> None:
    """With the page's keys, and another account's for the second one."""
    emulator.add_account("sports", "sports-access", "sports-canary", vhosts=["push.sports.example.com"])
    stack = new_stack(EXAMPLES / "several_accounts")
    type_in(script("examples/README.md", "pulumi config set-all --secret news"), stack.folder, stack.environment)
    stack.run(
        "config", "set-all", "--secret", "sportsAccessKey=sports-access", "--secret", "sportsSecretKey=sports-canary"
    )
    for name in ("VOLC_ACCESSKEY", "VOLC_SECRETKEY"):
        del stack.environment[name]
    stack.up()
    vhosts = {account: [p.Vhost for p in emulator.backend.presets(account)] for account in ("default", "sports")}
    assert vhosts == {"default": ["push.news.example.com"], "sports": ["push.sports.example.com"]}
    assert not any(secret in json.dumps(stack.state()) for secret in ("canary", emulator.secret_key))


def test_adopt_what_exists_without_a_changing_call(new_stack: NewStack, emulator: Emulator) -> None:
    stack = new_stack(EXAMPLES / "adopting")
    type_in(script("examples/README.md", "put() {"), stack.folder, stack.environment)
    existing = [
        Stored("push.example.com", "concerts", "", 604800, "pull.example.com", "by-hand", 1, "fcdn-tos"),
        Stored("push.example.com", "news", "evening", 86400, "vod.example.com", "for-years", 1, "vod"),
    ]
    assert emulator.presets == existing
    stack.preview_and_up()
    assert stack.outputs()["names"] == ["by-hand", "for-years"]
    assert stack.changing_calls() == []
    assert emulator.presets == existing


def test_take_domains_from_another_stack(new_stack: NewStack, emulator: Emulator) -> None:
    """Once they are others there, the preset is replaced."""
    domains = new_stack(EXAMPLES / "from_another_stack" / "domains")
    domains.up()
    stack = new_stack(EXAMPLES / "from_another_stack", beside=domains)
    stack.run("config", "set", "domains", "organization/domains/test")
    stack.up()
    assert stack.changing_calls() == [CREATE]
    assert [(preset.Vhost, preset.Domain) for preset in emulator.presets] == [("push.example.com", "pull.example.com")]

    domains.run("config", "set", "zone", "example.org")
    domains.up()
    replaced = stack.preview_and_up("--diff")
    assert '~ pull_domain    : "pull.example.com" => "pull.example.org"' in replaced.output
    assert stack.changing_calls() == [DELETE, CREATE]
    assert [(preset.Vhost, preset.Domain) for preset in emulator.presets] == [("push.example.org", "pull.example.org")]


def test_declare_a_preset_for_each_pull_domain(new_stack: NewStack, emulator: Emulator) -> None:
    """Of a vhost too that has several, but no two in one app; one that is not in service has none."""
    stack = new_stack(EXAMPLES / "every_pull_domain")
    add_domains = script("examples/README.md", "curl -s -X PUT $VOLC_LIVE_ENDPOINT/_emulator/domains")
    type_in(add_domains, stack.folder, stack.environment)
    emulator.put(Domain("pull.example.cn", "push.example.cn"), Domain("pull.example.net", "push.example.com"))
    shared = stack.up(check=False).line("error: ", "would share the preset of push.example.com/live")
    assert "pull.example.com and pull.example.net" in shared
    assert stack.changing_calls() == []

    emulator.put(Domain("pull.example.net", "push.example.com", Status=2))
    stack.up()
    assert {preset.Domain: f"{preset.Vhost}/{preset.App}" for preset in emulator.presets} == {
        "pull.example.cn": "push.example.cn/live",
        "pull.example.com": "push.example.com/live",
        "pull.example.org": "push.example.com/news",
    }


def test_rename_a_channel_with_all_that_is_in_it(new_stack: NewStack) -> None:
    stack = new_stack(EXAMPLES / "channel_component")
    stack.up()
    assert stack.changing_calls() == [CREATE, CREATE]
    assert stack.outputs()["push_urls"] == {
        "concerts": "rtmp://push.example.com/concerts",
        "concerts-members": "rtmp://push.example.com/concerts-members",
    }
    stack.change(
        '    "festival",', '    "gala",\n    opts=pulumi.ResourceOptions(aliases=[pulumi.Alias(name="festival")]),'
    )
    stack.up()
    assert stack.changing_calls() == []
