"""A program without keys: a preview needs none, an update says where it looked."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pulumi_stack import Stack, declare
from pulumi_volcengine_live.emulator import Emulator

NewStack = Callable[[str], Stack]
SOURCES = (
    "volcengine:accessKey and volcengine:secretKey",
    "VOLC_ACCESSKEY and VOLC_SECRETKEY",
    "VOLCENGINE_ACCESS_KEY and VOLCENGINE_SECRET_KEY",
    "~/.volc/credentials",
    "~/.volc/config",
)


@pytest.fixture
def keyless(new_stack: NewStack) -> Stack:
    stack = new_stack(declare("replay") + declare("first", stream="s1"))
    for name in ("VOLC_ACCESSKEY", "VOLC_SECRETKEY"):
        del stack.environment[name]
    return stack


def test_preview_without_keys_and_name_every_source_of_keys(keyless: Stack, emulator: Emulator) -> None:
    preview = keyless.preview()
    assert "+ 3 to create" in preview.output
    assert "Traceback" not in preview.output

    refused = keyless.up(check=False)
    assert refused.code != 0
    line = refused.line("no keys for Volcengine were found", *SOURCES)
    assert sorted(SOURCES, key=line.index) == list(SOURCES)
    assert "Traceback" not in refused.output
    diagnostics = refused.output.partition("Diagnostics:")[2]
    assert diagnostics.count("no keys for Volcengine were found") == 1
    assert keyless.resources() == []

    keyless.environment["VOLC_ACCESSKEY"] = emulator.access_key
    half = keyless.preview(check=False)
    assert half.code != 0
    half.line("the environment has VOLC_ACCESSKEY, but not VOLC_SECRETKEY")
    assert "Traceback" not in half.output
    assert emulator.calls() == []


def test_destroy_tells_that_keys_are_missing_and_keeps_the_state(new_stack: NewStack, emulator: Emulator) -> None:
    stack = new_stack(declare("replay"))
    stack.up()
    keys = {name: stack.environment.pop(name) for name in ("VOLC_ACCESSKEY", "VOLC_SECRETKEY")}
    emulator.forget_calls()
    for refused in (stack.refresh(check=False), stack.destroy(check=False)):
        assert refused.code != 0
        refused.line("no keys for Volcengine were found", *SOURCES)
        assert "Traceback" not in refused.output
    assert emulator.calls() == []
    assert len(stack.resources()) == 1
    stack.environment.update(keys)
    stack.destroy()
    assert emulator.presets == []
