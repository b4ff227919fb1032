"""A program without keys: a preview needs none, an update or a destroy says where it looked and keeps the state."""

from __future__ import annotations

import json
from collections.abc import Callable

from pulumi_stack import ROOT, Stack, declare
from pulumi_volcengine_live.emulator import Emulator

STATE = ROOT / "tests" / "contracts" / "0.2.0" / "default.json"
PROGRAM = declare("app") + declare("stream", stream="s1", time_shift_type=0) + declare("new", app="new")
SOURCES = (
    "volcengine:accessKey and volcengine:secretKey",
    "VOLC_ACCESSKEY and VOLC_SECRETKEY",
    "VOLCENGINE_ACCESS_KEY and VOLCENGINE_SECRET_KEY",
    "~/.volc/credentials",
    "~/.volc/config",
)


def test_preview_without_keys_and_refuse_to_update_or_destroy_by_naming_every_source(
    new_stack: Callable[[str], Stack], emulator: Emulator
) -> None:
    stack = new_stack(PROGRAM)
    stack.import_state(json.loads(STATE.read_text()))
    for name in ("VOLC_ACCESSKEY", "VOLC_SECRETKEY"):
        del stack.environment[name]
    before = _kept(stack)

    refusals = {"up": stack.preview_and_up(check=False), "destroy": stack.destroy(check=False)}
    _, previewed, updated = refusals["up"].output.split("Diagnostics:")
    not_checked = "warning: this preview was not checked against the service: no keys for Volcengine were found"
    assert previewed.count(not_checked) == 1
    assert "+ 1 to create" in previewed, "the preview passes"
    assert updated.count("no keys for Volcengine were found") == 1

    for verb, refused in refusals.items():
        assert refused.code != 0, verb
        line = refused.line("error: ", "no keys for Volcengine were found", *SOURCES)
        assert sorted(SOURCES, key=line.index) == list(SOURCES), verb
        assert "Traceback" not in refused.output
    assert _kept(stack) == before
    assert emulator.calls() == []


def _kept(stack: Stack) -> dict[str, object]:
    return {resource["urn"]: resource["outputs"] for resource in stack.resources()}
