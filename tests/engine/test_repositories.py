"""What infrastructure repositories use of Pulumi beside programs: previews in a pipeline, plans, policies, hooks."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from cached_packages import install_cached
from pages import script, type_in
from pulumi_stack import ROOT, Run, Stack
from pulumi_volcengine_live.emulator import CREATE, DELETE, UPDATE, Access, Emulator

PROGRAM = """
def note(args):
    pulumi.log.warn(f"noted {args.id} {(args.new_outputs or args.old_outputs)['max_shift_time']:.0f}")


noted = pulumi.ResourceHook("note", note)
hooks = pulumi.ResourceHookBinding(after_create=[noted], after_update=[noted], after_delete=[noted])
made = []
for app, seconds in {"one": 604800, "two": 604800}.items():
    preset = live.TimeShiftPreset(
        app, vhost="push.example.com", app=app, max_shift_time=seconds, pull_domain="pull.example.com",
        time_shift_type=1, opts=pulumi.ResourceOptions(hooks=hooks, depends_on=made),
    )
    made.append(preset)
"""
START_OF_POLICIES = """\
#!/bin/sh
if [ -z "$1" ]; then shift; set -- -u {pack} "$@"; fi
exec python3 "$@"
"""
"""Beside a built engine there is an old language host, which starts a policy pack without naming it."""


def _policy_pack(stack: Stack) -> str:
    """The example, ready to be run by the stack's commands."""
    pack = stack.folder.with_name("policy")
    shutil.copytree(ROOT / "examples" / "policy", pack)
    start = stack.folder.with_name("start-of-policies")
    start.write_text(START_OF_POLICIES.format(pack=pack))
    start.chmod(0o755)
    package = install_cached(Path(__file__).with_name("pulumi_policy.txt"), "policies")
    stack.environment["PULUMI_PYTHON_CMD"] = str(start)
    paths = [str(package), *filter(None, [stack.environment.get("PYTHONPATH")])]
    stack.environment["PYTHONPATH"] = os.pathsep.join(paths)
    return str(pack)


def _noted(run: Run) -> set[str]:
    return {line.partition("warning: noted ")[2] for line in run.output.splitlines() if "warning: noted " in line}


def test_use_plans_policies_and_hooks(new_stack: Callable[[str], Stack], emulator: Emulator) -> None:
    """A pipeline's preview with keys that may only list saves the plan; the policies then refuse an update."""
    stack = new_stack(PROGRAM)
    plan, pack = stack.folder.with_name("plan.json"), _policy_pack(stack)
    given = {name: stack.environment.pop(name) for name in ("VOLC_ACCESSKEY", "VOLC_SECRETKEY")}
    keys = [(f"{name}=...", f"{name}={key}") for name, key in given.items()]
    options = ("--stack dev --diff", f"--stack test --diff --policy-pack {pack} --save-plan {plan}")
    emulator.backend.access["default"] = Access(denied=[CREATE, UPDATE, DELETE])
    previewed = type_in(script("docs/how-to.md", "export VOLC_", *keys, options), stack.folder, stack.environment)
    assert "+ 3 to create" in previewed
    assert stack.changing_calls() == []

    del emulator.backend.access["default"]
    stack.environment |= given
    assert _noted(stack.up("--plan", str(plan))) == {"push.example.com/one 604800", "push.example.com/two 604800"}
    assert stack.changing_calls() == [CREATE, CREATE]

    stack.change('"one": 604800, "two": 604800', '"one": 1296000, "two": 86400')
    refused = stack.up("--policy-pack", pack, check=False)
    assert refused.code != 0
    refused.line("max_shift_time is 86400, but must be 604800 at least.")
    assert _noted(refused) == {"push.example.com/one 1296000"}
    assert stack.changing_calls() == [UPDATE]

    destroyed = stack.destroy("--run-program", "--exclude", stack.urn("one"))
    assert _noted(destroyed) == {"push.example.com/two 604800"}
    assert stack.changing_calls() == [DELETE]
    assert [(preset.App, preset.MaxShiftTime) for preset in emulator.presets] == [("one", 1296000)]
