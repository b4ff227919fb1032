"""The summary for a review says what a preview would do, warns and refuses; it never shows a secret."""

from __future__ import annotations

import dataclasses
import subprocess
from collections.abc import Callable

from pages import typed
from pulumi_stack import ROOT, Stack, declare
from pulumi_volcengine_live.emulator import Domain, Emulator

NewStack = Callable[..., Stack]

ACCOUNT = 'account = live.Provider("account", access_key="key", secret_key="canary-{}")\n'
BEFORE = (
    ACCOUNT.format(1)
    + declare("longer", vhost="second.example.com", app="longer", opts="provider=account")
    + declare("moved", app="moved")
    + declare("removed", app="removed")
    + declare("drifted", app="drifted")
)
AFTER = (
    ACCOUNT.format(2)
    + declare("longer", vhost="second.example.com", app="longer", opts="provider=account", max_shift_time=1296000)
    + declare("moved", app="moved", pull_domain="replay.example.com")
    + declare("added", app="added")
    + declare("drifted", app="drifted")
)
SUMMARY = """\
## Stack `test`

### Create (1)

- `added` (`TimeShiftPreset`)

### Update (2)

- `account` (`pulumi-python`)
  - nothing but what is secret
- `longer` (`TimeShiftPreset`)
  - `max_shift_time`: `604800` → `1296000`

### Replace (1)

- `moved` (`TimeShiftPreset`)
  - `pull_domain`: `pull.example.com` → `replay.example.com`

### Delete (1)

- `removed` (`TimeShiftPreset`)

### Warnings (2)

- `` time-shift preset push.example.com/drifted has drifted: max_shift_time is 86400 in the service and 604800 in the \
state: `pulumi refresh` shows it, and `pulumi up` then brings it to what the program declares. ``
- `replacing time-shift preset push.example.com/moved stops time shift in between. The new preset takes effect after \
3 to 5 minutes, and only for streams that are pushed again.`
"""


def _summarise(stack: Stack) -> tuple[int, str]:
    given = (("FOLDER", str(stack.folder)), ("STACK", "test"))
    command = typed("docs/how-to.md", "python examples/review_summary/summarise.py", *given)
    run = subprocess.run(command, cwd=ROOT, env=stack.environment, capture_output=True, text=True, check=False)
    assert run.stderr == ""
    assert "canary" not in run.stdout
    return run.returncode, run.stdout


def test_summarise_changes_warnings_and_a_refusal(new_stack: NewStack, emulator: Emulator) -> None:
    """Changes and drift; then a program that ends with the one message of a plain look-up that failed."""
    emulator.add_account("second", "key", "canary-1", vhosts=["second.example.com"])
    emulator.put(*(Domain(f"{name}.example.com", "push.example.com") for name in ("pull", "replay")))
    stack = new_stack(BEFORE)
    stack.up()
    emulator.add_account("second", "key", "canary-2")
    (drifted,) = (preset for preset in emulator.presets if preset.App == "drifted")
    emulator.backend.put("default", dataclasses.replace(drifted, MaxShiftTime=86400))
    stack.write(AFTER)
    stack.changing_calls()
    assert _summarise(stack) == (0, SUMMARY)
    assert stack.changing_calls() == []

    stack.write("live.get_domains()")
    stack.environment["VOLC_SECRETKEY"] = "wrong"
    code, summary = _summarise(stack)
    assert code == 1
    assert summary.startswith("## Stack `test`\n\n### Refused: `pulumi up` would fail (")
    assert summary.count("looking up domains: the service answered SignatureDoesNotMatch") == 1
    assert "Traceback" not in summary
