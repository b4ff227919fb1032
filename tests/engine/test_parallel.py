"""Two accounts in one program, at any parallelism: same results, keys never mixed, the limit kept."""

from __future__ import annotations

from collections.abc import Callable

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


def test_keep_accounts_apart(new_stack: NewStack, emulator: Emulator) -> None:
    """Create one at a time, and replace, which deletes and creates, by 64 at a time."""
    vhosts = [f"other-{number}.example.com" for number in range(6)]
    emulator.add_account("other", "other-access-key", "other-secret-key", vhosts=vhosts)
    stack = new_stack(PROGRAM)
    stack.up("--parallel", "1")
    _assert_each_account_got(emulator, CREATE)
    stack.change("pull.example.com", "else.example.com")
    stack.up("--parallel", "64")
    _assert_each_account_got(emulator, DELETE, CREATE)
    assert {one.Domain for name in ACCOUNTS for one in emulator.backend.presets(name)} == {"else.example.com"}
    assert len(stack.resources()) == len(ACCOUNTS) * len(vhosts)


def _assert_each_account_got(emulator: Emulator, *actions: str) -> None:
    """One call of these actions for each of its presets, and no call with the other account's keys."""
    expected = [(account, f"{account}-{number}.example.com") for account in ACCOUNTS for number in range(6)]
    for action in actions:
        calls = [(call.account, call.body["Vhost"]) for call in emulator.calls(action)]
        assert sorted(calls) == expected, action
    assert len(emulator.calls(CREATE, DELETE)) == len(actions) * len(expected)
    assert {call.status for call in emulator.calls()} == {200}
    assert {call.account for call in emulator.calls(LIST)} == set(ACCOUNTS)
    emulator.forget_calls()
