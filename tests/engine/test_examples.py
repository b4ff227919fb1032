"""The life of each example on the real engine, as a user takes it through, judged by what arrived at the service."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from pulumi_stack import ROOT, Stack
from pulumi_volcengine_live.emulator import CREATE, DELETE, UPDATE, Domain, Emulator
from pulumi_volcengine_live.emulator import Preset as Stored

EXAMPLES = ROOT / "examples"
VARIABLE = "VOLC_LIVE_SHARED_DELETE"
NewStack = Callable[..., Stack]


def _begin(stack: Stack, presets: int) -> None:
    """Preview, up, and up again: calls that change anything arrive once."""
    stack.preview_and_up()
    assert stack.changing_calls() == [CREATE] * presets
    stack.up("--expect-no-changes")
    assert stack.changing_calls() == []


def test_manage_streams_of_one_app(new_stack: NewStack, emulator: Emulator) -> None:
    stack = new_stack(EXAMPLES / "streams_of_one_app")
    _begin(stack, 3)

    stack.run("config", "set", "--path", "longerStreams[0]", "main-stage")
    assert stack.up(check=False).code != 0
    assert stack.changing_calls() == []
    stack.environment[VARIABLE] = "verify"
    stack.up()
    assert stack.changing_calls() == [DELETE]
    assert {preset.Stream: preset.MaxShiftTime for preset in emulator.presets} == {"": 259200, "main-stage": 1296000}

    del stack.environment[VARIABLE]
    assert VARIABLE in stack.destroy(check=False).line("error: deleting time-shift preset")
    assert stack.changing_calls() == []
    stack.environment[VARIABLE] = "accept"
    stack.destroy()
    assert emulator.presets == []


def test_export_the_base_url_of_a_player(new_stack: NewStack, emulator: Emulator) -> None:
    stack = new_stack(EXAMPLES / "player_url")
    stack.up().line("player_base_url", '"https://pull.example.com/concerts/"')
    stack.destroy()
    assert stack.changing_calls() == [CREATE, DELETE]


def test_keep_several_accounts_apart(new_stack: NewStack, emulator: Emulator) -> None:
    stack = new_stack(EXAMPLES / "several_accounts")
    for name in ("VOLC_ACCESSKEY", "VOLC_SECRETKEY"):
        del stack.environment[name]
    keys = []
    for account in ("news", "sports"):
        emulator.add_account(account, f"{account}-access", f"{account}-canary", vhosts=[f"push.{account}.example.com"])
        keys += ["--secret", f"{account}AccessKey={account}-access", "--secret", f"{account}SecretKey={account}-canary"]
    stack.run("config", "set-all", *keys)
    _begin(stack, 2)
    vhosts = {account: [p.Vhost for p in emulator.backend.presets(account)] for account in ("news", "sports")}
    assert vhosts == {"news": ["push.news.example.com"], "sports": ["push.sports.example.com"]}
    assert "canary" not in json.dumps(stack.state())

    stack.change("DAYS_7", "DAYS_3")
    stack.up()
    assert stack.changing_calls() == [UPDATE, UPDATE]
    stack.destroy()
    assert emulator.backend.presets("news") == emulator.backend.presets("sports") == []


def test_adopt_what_exists_without_a_changing_call(new_stack: NewStack, emulator: Emulator) -> None:
    existing = [
        Stored("push.example.com", "concerts", "", 604800, "pull.example.com", "by-hand", 1, "fcdn-tos"),
        Stored("push.example.com", "news", "evening", 86400, "vod.example.com", "for-years", 1, "vod"),
    ]
    for preset in existing:
        emulator.backend.put("default", preset)
    stack = new_stack(EXAMPLES / "adopting")
    stack.preview_and_up()
    assert stack.outputs()["names"] == ["by-hand", "for-years"]
    stack.change("    adopt=True,\n", "")
    stack.up()
    stack.refresh("--expect-no-changes")
    assert stack.changing_calls() == []
    assert emulator.presets == existing

    stack.destroy()
    assert stack.changing_calls() == [DELETE, DELETE]


def test_take_domains_from_another_stack(new_stack: NewStack, emulator: Emulator) -> None:
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
    stack.destroy()
    assert emulator.presets == []


def test_declare_a_preset_for_each_pull_domain(new_stack: NewStack, emulator: Emulator) -> None:
    """One that is not in service gets none, and a vhost that has lost its pull domain loses its preset."""
    emulator.put(
        Domain("pull.example.com", "push.example.com"),
        Domain("pull.example.org", "push.example.org"),
        Domain("pull.example.net", "push.example.net", Status=2),
    )
    stack = new_stack(EXAMPLES / "every_vhost")
    _begin(stack, 2)
    assert [(preset.Vhost, preset.Domain) for preset in emulator.presets] == [
        ("push.example.com", "pull.example.com"),
        ("push.example.org", "pull.example.org"),
    ]
    emulator.backend.remove_domain("default", "pull.example.org")
    stack.up()
    assert stack.changing_calls() == [DELETE]
    stack.destroy()
    assert emulator.presets == []


def test_rename_a_channel_with_all_that_is_in_it(new_stack: NewStack, emulator: Emulator) -> None:
    stack = new_stack(EXAMPLES / "channel_component")
    _begin(stack, 2)
    assert stack.outputs()["push_urls"] == {
        "concerts": "rtmp://push.example.com/concerts",
        "concerts-members": "rtmp://push.example.com/concerts-members",
    }

    stack.change(
        '    "festival",', '    "gala",\n    opts=pulumi.ResourceOptions(aliases=[pulumi.Alias(name="festival")]),'
    )
    stack.up()
    assert stack.changing_calls() == []
    stack.destroy()
    assert stack.changing_calls() == [DELETE, DELETE]
    assert emulator.presets == []


def test_list_every_example_in_the_readme() -> None:
    page = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \[(\w+)\]\((\S+)\)", page, re.MULTILINE)
    assert sorted(name for name, _ in rows) == sorted(path.name for path in EXAMPLES.iterdir() if path.is_dir())
    assert all((EXAMPLES / program).is_file() for _, program in rows)
