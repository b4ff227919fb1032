"""Two accounts in one program, at any parallelism: same results, keys never mixed, the limit kept."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pulumi_stack import Stack
from pulumi_volcengine_live.emulator import CREATE, DELETE, LIST, Emulator

NewStack = Callable[[str], Stack]

PROGRAM = """
class Channels(pulumi.ComponentResource):
    def __init__(self, name, account, opts):
        super().__init__("test:index:Channels", name, None, opts)
        for number in range(4):
            preset(f"{name}-{number}", f"{account}-{number}.example.com", parent=self)


def preset(name, vhost, **options):
    live.TimeShiftPreset(
        name, vhost=vhost, app="live", max_shift_time=604800, pull_domain="pull.example.com", time_shift_type=1,
        opts=pulumi.ResourceOptions(**options),
    )


other = live.Provider("other", access_key="other-access-key", secret_key="other-secret-key")
Channels("of-default", "default", pulumi.ResourceOptions())
Channels("of-other", "other", pulumi.ResourceOptions(providers=[other]))
for number in range(4, 6):
    preset(f"default-{number}", f"default-{number}.example.com")
    preset(f"other-{number}", f"other-{number}.example.com", provider=other)
"""
ACCOUNTS = ("default", "other")


@pytest.mark.parametrize("parallel", [1, 64])
def test_keep_accounts_apart(new_stack: NewStack, emulator: Emulator, parallel: int) -> None:
    vhosts = [f"other-{number}.example.com" for number in range(6)]
    emulator.add_account("other", "other-access-key", "other-secret-key", vhosts=vhosts)
    stack = new_stack(PROGRAM)
    for verb, action in ((stack.up, CREATE), (stack.destroy, DELETE)):
        verb("--parallel", str(parallel))
        calls = emulator.calls(action)
        assert sorted((call.account, call.body["Vhost"]) for call in calls) == [
            (account, f"{account}-{number}.example.com") for account in ACCOUNTS for number in range(6)
        ]
        assert {call.status for call in emulator.calls()} == {200}
        assert {call.account for call in emulator.calls(LIST)} == set(ACCOUNTS)
        remaining = 6 if action == CREATE else 0
        assert [len(emulator.backend.presets(account)) for account in ACCOUNTS] == [remaining, remaining]
        assert len(stack.resources()) == 2 * remaining
        emulator.forget_calls()
