"""Canaries for every secret: in no output of any command, in no state, in no file of the backend."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pulumi_stack import Stack, declare
from pulumi_volcengine_live.emulator import CREATE, LIST, UPDATE, Emulator, Fault

NewStack = Callable[[str], Stack]

KEYS = ("canary-access-key-5d1e", "canary-secret-key-93ab", "canary-session-token-7c40")
CANARIES = (*KEYS, "canary-netrc-password-e28f")
EXPLICIT = 'account = live.Provider("account", access_key={!r}, secret_key={!r}, session_token={!r})\n'.format(*KEYS)
# What the engine itself logs from -v=9 on about every provider that is declared or configured: out of our reach.
ENGINES_OWN = re.compile(
    r"[Mm]arshaling property for RPC\[(Provider\[[^]]*\]\.Configure\(\)\.inputs"
    r"|ResourceMonitor\.RegisterResource\(pulumi:providers:pulumi-python,account\))\]"
)


@pytest.fixture
def canaries(emulator: Emulator) -> Callable[[Stack], None]:
    """Give a stack the canaries that it does not get from its program, and the service the keys."""

    def give(stack: Stack) -> None:
        for name in ("VOLC_ACCESSKEY", "VOLC_SECRETKEY"):
            del stack.environment[name]
        home = Path(stack.environment["HOME"])
        home.mkdir()
        (home / ".netrc").write_text(f"default login somebody password {CANARIES[-1]}\n")
        (home / ".netrc").chmod(0o600)
        emulator.add_account("default", *KEYS)

    return give


def test_show_no_secret_of_the_environment_and_of_a_provider(
    new_stack: NewStack, emulator: Emulator, canaries: Callable[[Stack], None]
) -> None:
    """One resource has its keys from an explicit provider, the other from the environment."""
    stack = new_stack(EXPLICIT + declare("explicit", app="explicit", opts="provider=account") + declare("replay"))
    canaries(stack)
    stack.environment |= dict(zip(("VOLC_ACCESSKEY", "VOLC_SECRETKEY", "VOLC_SESSION_TOKEN"), KEYS, strict=True))
    _refuse_the_keys(stack)
    _live(stack)


def test_show_no_secret_of_the_stacks_configuration(
    new_stack: NewStack, emulator: Emulator, canaries: Callable[[Stack], None]
) -> None:
    stack = new_stack(declare("replay"))
    canaries(stack)
    keys = zip(("accessKey", "secretKey", "sessionToken"), KEYS, strict=True)
    stack.run("config", "set-all", *(word for name, key in keys for word in ("--secret", f"volcengine:{name}={key}")))
    _live(stack)


def _refuse_the_keys(stack: Stack) -> None:
    """The service refuses them, and even the SDK's own tracebacks show none."""
    accounts = {key: stack.emulator.keys.pop(key) for key in KEYS if key in stack.emulator.keys}
    stack.environment["VOLC_LIVE_TRACEBACKS"] = "full"
    refused = stack.up(check=False)
    assert refused.code != 0
    assert "InvalidCredential" in refused.output
    assert _found("\n".join([refused.output, *_kept(stack)])) == set()
    del stack.environment["VOLC_LIVE_TRACEBACKS"]
    stack.emulator.keys.update(accounts)
    stack.emulator.forget_calls()


def _live(stack: Stack) -> None:
    """A whole life with the most talkative logs, in which the service refuses an update and quotes the keys."""
    log = ("-v=9", "--logtostderr")
    outputs = [stack.preview_and_up(*log).output]
    assert _found("\n".join(files := list(_kept(stack)))) == set()
    assert files

    stack.change("604800", "86400")
    reply = f"refused for {KEYS[0]} with {KEYS[1]} and {KEYS[2]}"
    stack.emulator.faults.add(Fault(UPDATE, status=403, code="AccessDenied", body=reply, times=9))
    failed = stack.up(*log, check=False)
    assert failed.code != 0
    assert "the service answered AccessDenied" in failed.output
    outputs += [failed.output, stack.refresh(*log).output, stack.run("stack", "export").output, *_kept(stack)]
    outputs += [stack.destroy(*log).output, *_kept(stack)]
    lines = [line for output in outputs for line in output.splitlines() if not ENGINES_OWN.search(line)]
    assert _found("\n".join(lines)) == set()
    assert {call.status for call in stack.emulator.calls(CREATE, LIST)} == {200}, "no call went out with other keys"


def _kept(stack: Stack) -> Iterator[str]:
    """Everything that the engine keeps: the backend's files and the stack's configuration."""
    backend = Path(stack.environment["PULUMI_BACKEND_URL"].removeprefix("file://"))
    for file in (*backend.rglob("*"), *stack.folder.glob("Pulumi.*.yaml")):
        if file.is_file():
            yield file.read_text()


def _found(text: str) -> set[str]:
    return {canary for canary in CANARIES for form in _forms(canary.encode()) if form.lower() in text.lower()}


def _forms(secret: bytes) -> Iterator[str]:
    """As it is, in hex, and in base64 at each of the three places where it may begin; those without the edges."""
    yield secret.decode()
    yield secret.hex()
    for before in range(3):
        yield base64.b64encode(bytes(before) + secret).decode().rstrip("=")[4:-4]
