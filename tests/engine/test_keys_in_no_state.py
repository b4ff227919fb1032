"""Keys that a provider takes from environment variables of its own, by `env_var_mappings`, on the real engine."""

from __future__ import annotations

import json
from collections.abc import Callable

from pulumi_stack import ROOT, Stack
from pulumi_volcengine_live.emulator import Emulator

ACCOUNTS = ("news", "sports")


def _vhosts(emulator: Emulator) -> list[list[str]]:
    return [[preset.Vhost for preset in emulator.backend.presets(account)] for account in ACCOUNTS]


def _calling_accounts(stack: Stack) -> set[str]:
    """The accounts whose keys signed the calls since the last time."""
    accounts = {call.account for call in stack.emulator.calls()}
    stack.emulator.forget_calls()
    return accounts


def test_use_the_account_of_its_own_variables(new_stack: Callable[..., Stack], emulator: Emulator) -> None:
    """Also where the usual variables have another account's keys, and where its own are not set."""
    keys: dict[str, str] = {}
    for account in ACCOUNTS:
        emulator.add_account(account, f"{account}-access", f"{account}-canary", vhosts=[f"push.{account}.example.com"])
        keys |= {
            f"{account.upper()}_ACCESSKEY": f"{account}-access",
            f"{account.upper()}_SECRETKEY": f"{account}-canary",
        }
    stack = new_stack(ROOT / "examples" / "keys_in_no_state")
    refused = stack.preview_and_up(check=False)
    assert "+ 5 to create" in refused.output, "a preview needs no keys"
    refused.line("error: the provider news: NEWS_ACCESSKEY and NEWS_SECRETKEY, which env_var_", "are not set")
    assert _calling_accounts(stack) == set()

    stack.environment |= keys
    stack.up()
    assert _calling_accounts(stack) == set(ACCOUNTS)
    assert _vhosts(emulator) == [["push.news.example.com"], ["push.sports.example.com"]]
    assert "canary" not in json.dumps(stack.state())

    stack.destroy("--refresh")
    assert _calling_accounts(stack) == set(ACCOUNTS)
    assert _vhosts(emulator) == [[], []]
