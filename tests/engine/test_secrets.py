"""Canaries for every secret: in no output of any command, in no state, in no file of the backend."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from pulumi_stack import Stack, declare
from pulumi_volcengine_live.emulator import CREATE, LIST, UPDATE, Emulator, Fault

NewStack = Callable[[str], Stack]

KEYS = ("canary-access-key-5d1e", "canary-secret-key-93ab", "canary-session-token-7c40")
CONFIGURED = ("canary-configured-access-key-2f60", "canary-configured-secret-key-b1d8", "canary-configured-token-64ec")
"""The engine masks a stack's secret configuration in all that it prints, so no other source has these."""
PASSWORD = "canary-netrc-password-e28f"
CANARIES = (*KEYS, *CONFIGURED, PASSWORD)
PROGRAM = (
    'account = live.Provider("account", access_key={!r}, secret_key={!r}, session_token={!r})\n'.format(*KEYS)
    + 'environment = live.Provider("environment")\n'
    + declare("by_arguments", app="by_arguments", opts="provider=account")
    + declare("by_environment", app="by_environment", opts="provider=environment")
    + declare("by_configuration", app="by_configuration", max_shift_time=259200)
)
# What the engine itself logs from -v=9 on about every provider that is declared or configured: out of our reach.
ENGINES_OWN = re.compile(
    r"[Mm]arshaling property for RPC\[(Provider\[[^]]*\]\.Configure\(\)\.inputs"
    r"|ResourceMonitor\.RegisterResource\(pulumi:providers:pulumi-python,account\))\]"
)


def test_show_no_secret_from_any_source_of_keys(new_stack: NewStack, emulator: Emulator) -> None:
    """From a provider's arguments, from the environment, and from the stack's configuration.

    A whole life with the most talkative logs: the service refuses the keys, and then an update, quoting them.
    """
    stack = new_stack(PROGRAM)
    _give_keys(stack)
    _refuse_the_keys(stack)

    log = ("-v=9", "--logtostderr")
    outputs = [stack.preview_and_up(*log).output]
    assert _found("\n".join(files := list(_kept(stack)))) == set()
    assert files

    stack.change("604800", "86400")
    reply = f"refused for {KEYS[0]} with {KEYS[1]} and {KEYS[2]}"
    emulator.faults.add(Fault(UPDATE, status=403, code="AccessDenied", body=reply, times=2))
    failed = stack.up("--refresh", *log, "--continue-on-error", check=False)
    assert failed.code != 0
    for app in ("by_arguments", "by_environment"):
        failed.line(f"push.example.com/{app}", "the service answered AccessDenied")
    outputs += [failed.output, stack.run("stack", "export").output, *_kept(stack)]
    outputs += [stack.destroy(*log).output, *_kept(stack)]
    lines = [line for output in outputs for line in output.splitlines() if not ENGINES_OWN.search(line)]
    assert _found("\n".join(lines)) == set()
    statuses = {call.status for call in emulator.calls(CREATE, LIST)}
    assert statuses - {429} == {200}, "no call went out with other keys; three processes share one rate limit"


def _give_keys(stack: Stack) -> None:
    """Only the canaries, from each source, and a file from which requests would read another."""
    names = ("VOLC_ACCESSKEY", "VOLC_SECRETKEY", "VOLC_SESSION_TOKEN")
    stack.environment |= dict(zip(names, KEYS, strict=True))
    keys = zip(("accessKey", "secretKey", "sessionToken"), CONFIGURED, strict=True)
    stack.run("config", "set-all", *(word for name, key in keys for word in ("--secret", f"volcengine:{name}={key}")))
    home = Path(stack.environment["HOME"])
    home.mkdir()
    (home / ".netrc").write_text(f"default login somebody password {PASSWORD}\n")
    (home / ".netrc").chmod(0o600)
    stack.emulator.add_account("default", *KEYS)
    stack.emulator.add_account("default", *CONFIGURED)


def _refuse_the_keys(stack: Stack) -> None:
    """The service refuses them, and even the SDK's own tracebacks show none."""
    accounts = {key: stack.emulator.keys.pop(key) for key in (KEYS[0], CONFIGURED[0])}
    stack.environment["VOLC_LIVE_TRACEBACKS"] = "full"
    refused = stack.up(check=False)
    assert refused.code != 0
    assert "InvalidCredential" in refused.output
    assert _found("\n".join([refused.output, *_kept(stack)])) == set()
    del stack.environment["VOLC_LIVE_TRACEBACKS"]
    stack.emulator.keys.update(accounts)
    stack.emulator.forget_calls()


def _kept(stack: Stack) -> Iterator[str]:
    """Everything that the engine keeps: the backend's files and the stack's configuration."""
    for file in (*stack.backend.rglob("*"), *stack.folder.glob("Pulumi.*.yaml")):
        if file.is_file():
            yield file.read_text()


def _found(text: str) -> set[str]:
    text = text.lower()
    return {canary for canary in CANARIES for form in _forms(canary.encode()) if form.lower() in text}


def _forms(secret: bytes) -> Iterator[str]:
    """As it is, in hex, and in base64 at each of the three places where it may begin; those without the edges."""
    yield secret.decode()
    yield secret.hex()
    for before in range(3):
        yield base64.b64encode(bytes(before) + secret).decode().rstrip("=")[4:-4]
