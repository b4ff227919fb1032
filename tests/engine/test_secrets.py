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


@pytest.fixture(params=["stack configuration", "environment", "explicit provider"])
def stack(request: pytest.FixtureRequest, new_stack: NewStack, emulator: Emulator) -> Stack:
    explicit = request.param == "explicit provider"
    stack = new_stack(
        EXPLICIT + declare("replay", opts="provider=account") if explicit else declare("replay"),
    )
    for name in ("VOLC_ACCESSKEY", "VOLC_SECRETKEY"):
        del stack.environment[name]
    if request.param == "environment":
        stack.environment |= dict(zip(("VOLC_ACCESSKEY", "VOLC_SECRETKEY", "VOLC_SESSION_TOKEN"), KEYS, strict=True))
    if request.param == "stack configuration":
        for name, key in zip(("accessKey", "secretKey", "sessionToken"), KEYS, strict=True):
            stack.run("config", "set", "--secret", f"volcengine:{name}", key)
    home = Path(stack.environment["HOME"])
    home.mkdir()
    (home / ".netrc").write_text(f"default login somebody password {CANARIES[-1]}\n")
    (home / ".netrc").chmod(0o600)
    emulator.add_account("default", *KEYS)
    return stack


def test_show_no_secret_in_a_whole_life(stack: Stack, emulator: Emulator) -> None:
    log = ("-v=9", "--logtostderr")
    told = [stack.preview(*log).output, stack.up(*log).output]
    assert _found("\n".join(files := list(_kept(stack)))) == set()
    assert files

    stack.change("604800", "86400")
    reply = f"refused for {KEYS[0]} with {KEYS[1]} and {KEYS[2]}"
    emulator.faults.add(Fault(UPDATE, status=403, code="AccessDenied", body=reply))
    failed = stack.up(*log, check=False)
    assert failed.code != 0
    assert "the service answered AccessDenied" in failed.output
    told += [failed.output, stack.refresh(*log).output]

    told.append(stack.run("stack", "export").output)
    told += _kept(stack)
    told.append(stack.destroy(*log).output)
    told += _kept(stack)
    lines = [line for output in told for line in output.splitlines() if not ENGINES_OWN.search(line)]
    assert _found("\n".join(lines)) == set()
    assert {call.status for call in emulator.calls(CREATE, LIST)} == {200}, "no call went out with other keys"


def test_show_no_secret_where_the_service_refuses_the_keys(stack: Stack, emulator: Emulator) -> None:
    for key in KEYS:
        emulator.keys.pop(key, None)
    stack.environment["VOLC_LIVE_TRACEBACKS"] = "full"
    refused = stack.up(check=False)
    assert refused.code != 0
    assert "InvalidCredential" in refused.output
    assert _found("\n".join([refused.output, *_kept(stack)])) == set()


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
