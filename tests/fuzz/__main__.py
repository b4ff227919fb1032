"""Random programs on the real engine: `make fuzz`, with SEED and COMMANDS in the environment."""

from __future__ import annotations

import os
import re
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any, Final

from fuzz.judge import SECRETS, CommandOutcome, Judge, StateEntry, Violation, is_refused_delete
from fuzz.programs import GROUP, Step, Walk
from pulumi_stack import Run, Stack, find_engine
from pulumi_volcengine_live.emulator import Emulator

STEPS: Final = 12
"""The length of one stack's life."""
_PROTOCOL_5: Final = "import pickle\n\npickle.DEFAULT_PROTOCOL = 5\n"
_NO_PACKAGES: Final = 'print("[]")\n'
"""In the place of pip: the engine lists all packages before each command, to find plugins, and that takes a second."""
_REFUSED: Final = " has a problem: "
_OF_THE_PROGRAM: Final = re.compile(
    r"^    pulumi:pulumi:Stack test-test running .*\n|^  pulumi:pulumi:Stack \(test-test\):\n(?:    .*\n|\n)*",
    re.MULTILINE,
)
"""What the engine prints below the stack itself. If a preview is refused, Pulumi interrupts the program, whose SDK may
then print a traceback (one command in 500). Our errors are below their resource, so they are not touched."""
_ANNOUNCED: Final = re.compile(r"^ (?:\+-|- ) \S*:TimeShiftPreset (\w+) (?:replace|delete) ", re.MULTILINE)
_ERRORS_OF_RESOURCE: Final = re.compile(r"^  \S+ \((\w+)\):\n((?:    .*\n|\n)*)", re.MULTILINE)


class EngineStack:
    """Carries out commands with the real CLI, and counts them."""

    def __init__(self, stack: Stack, pythons: dict[int, Path]) -> None:
        self.stack = stack
        self.emulator = stack.emulator
        self.commands = 0
        self._pythons = pythons

    def preview(self, step: Step) -> CommandOutcome:
        run = self._run(step, "preview")
        changes = bool(re.search(r"\d+ to \w+", run.output))
        return CommandOutcome(run.code == 0, run.output, changes, announced=_announced(run.output))

    def up(self, step: Step) -> CommandOutcome:
        before = self.state()
        return self._outcome(step, before, self._run(step, "up", "--yes", "--skip-preview"))

    def preview_and_up(self, step: Step) -> tuple[CommandOutcome, CommandOutcome | None]:
        before = self.state()
        run = self._run(step, "up", "--yes")
        preview, updating, update = run.output.partition("\nUpdating (")
        if not updating:
            return CommandOutcome(run.code == 0, run.output), None
        return CommandOutcome(green=True, text=preview, announced=_announced(preview)), self._outcome(
            step, before, Run(run.code, update)
        )

    def refresh(self, step: Step) -> CommandOutcome:
        run = self._run(step, "refresh", "--yes", "--skip-preview")
        return CommandOutcome(run.code == 0, run.output)

    def destroy(self, step: Step) -> CommandOutcome:
        run = self._run(step, "destroy", "--yes", "--skip-preview")
        return CommandOutcome(run.code == 0, run.output)

    def state(self) -> list[StateEntry]:
        return [_held(resource) for resource in self.stack.resources()]

    def _run(self, step: Step, verb: str, *arguments: str) -> Run:
        self.commands += 1
        self.stack.write(step.program.text())
        self.stack.environment["PYTHONPATH"] = str(self._pythons[step.protocol])
        self.stack.environment["VOLC_LIVE_SHARED_DELETE"] = step.shared_delete
        refresh = ["--refresh"] if step.command == "up --refresh" and verb in ("preview", "up") else []
        run = self.stack.run(verb, *arguments, *refresh, "--parallel", str(step.parallel), check=False)
        if _REFUSED not in run.output:
            return run
        # `Judge` takes any Traceback for ours.
        return Run(run.code, _OF_THE_PROGRAM.sub(lambda part: part[0].replace("Traceback", "trace"), run.output))

    def _outcome(self, step: Step, before: list[StateEntry], run: Run) -> CommandOutcome:
        """`refused_deletes`: every resource that failed has left the program, and failed in its delete."""
        declared = {one.urn for one in step.program.resources}
        left = {one.urn.removeprefix(GROUP) for one in before if one.urn not in declared}
        failed = [
            (name, text)
            for name, text in _ERRORS_OF_RESOURCE.findall(run.output)
            if "error:" in text and name != "test-test"
        ]
        refused = [name in left and is_refused_delete(text) for name, text in failed]
        return CommandOutcome(run.code == 0, run.output, refused_deletes=bool(refused) and all(refused))


def _announced(preview: str) -> frozenset[str]:
    return frozenset(_ANNOUNCED.findall(preview))


def _held(resource: dict[str, Any]) -> StateEntry:
    kind, _, name = resource["urn"].rpartition("::")
    vhost, app, *stream = resource["id"].split("/")
    return StateEntry(
        f"{GROUP if GROUP in kind else ''}{name}",
        (vhost, app, "".join(stream)),
        bool(resource.get("retainOnDelete") or resource.get("deletedWith")),
        bool(resource.get("pendingReplacement")),
    )


@contextmanager
def new_stack() -> Iterator[EngineStack]:
    """A stack, its service and its folder; all of it ends with the block."""
    engine = find_engine()
    if engine is None:
        sys.exit("fuzz: there is no `pulumi`; run `make setup` to have one.")
    access_key, secret_key = SECRETS
    with tempfile.TemporaryDirectory() as folder, Emulator(access_key=access_key, secret_key=secret_key) as emulator:
        project, pythons = Path(folder) / "project", {number: Path(folder) / f"python-{number}" for number in (4, 5)}
        for new in (project, *pythons.values()):
            new.mkdir()
        (project / "Pulumi.yaml").write_text("name: test\nruntime: python\n")
        for python in pythons.values():
            (python / "pip.py").write_text(_NO_PACKAGES)
        (pythons[5] / "sitecustomize.py").write_text(_PROTOCOL_5)
        yield EngineStack(Stack(project, engine, Path(folder) / "pulumi-home", emulator), pythons)


def run_life(seed: int) -> tuple[int, Violation | None]:
    """Run one stack's life; how many commands it took, and the promise that was broken, if any."""
    with new_stack() as stack:
        judge = Judge(stack)
        for number, step in enumerate(Walk(Random(seed)).steps(STEPS), 1):
            sys.stdout.write(f"seed {seed}, step {number}: {step}")
            try:
                judge.step(step)
            except Violation as violation:
                return stack.commands, violation
        return stack.commands, None


def main() -> int:
    # As in tests/conftest.py: background jobs ignore SIGINT, and their children inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    seed = first = int(os.environ.get("SEED") or time.time())
    commands, wanted, broken = 0, int(os.environ.get("COMMANDS") or 1000), list[int]()
    while commands < wanted:
        more, violation = run_life(seed)
        commands += more
        if violation:
            broken.append(seed)
            sys.stdout.write(f"VIOLATION with seed {seed}: {violation}\n")
        sys.stdout.write(f"{commands} commands, seeds {first} to {seed}, {len(broken)} violations {broken or ''}\n\n")
        sys.stdout.flush()
        seed += 1
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
