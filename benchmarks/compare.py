"""Calls and seconds of every operation for 10 and 100 presets, with this provider and with an obvious one.

The emulator lets 10 calls a second of each action pass, as the service does, and answers after 50 ms. Writes the table
into docs/contributing/performance.md.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pulumi_volcengine_live.emulator import CREATE, DELETE, LIST, UPDATE, Backend, Emulator, Preset

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "docs" / "contributing" / "performance.md"
BEGIN, END = "<!-- make bench writes from here -->\n", "<!-- to here -->\n"
SIZES = (10, 100)
LATENCY = 0.05
DAY, WEEK = "86400", "604800"
OTHER = Preset("push.example.com", "somebody-elses", "", 86400, "pull.example.com", "other", 1, "fcdn-tos")
PROGRAM = """\
import os
from {module} import {resource}

for number in range({size}):
    {resource}(
        f"replay-{{number}}", vhost="push.example.com", app=f"app-{{number}}", pull_domain="pull.example.com",
        max_shift_time=int(os.environ["MAX_SHIFT_TIME"]), {more}
    )
"""
SUBJECTS = {
    "ours": ("pulumi_volcengine_live", "TimeShiftPreset", "time_shift_type=1"),
    "obvious": ("obvious", "Preset", ""),
}
OPERATIONS = {
    "up": ("up", "--yes", "--skip-preview"),
    "up without changes": ("up", "--yes", "--skip-preview", "--expect-no-changes"),
    "refresh": ("refresh", "--yes", "--skip-preview"),
    "change all": ("up", "--yes", "--skip-preview"),
    "destroy": ("destroy", "--yes", "--skip-preview"),
}
CHANGING = ("up", "change all", "destroy")
FEWER_CALLS = ("up", "refresh", "change all")
HEAD = """\
| operation | presets | calls: Create, Update, Delete, List | obvious one | seconds | obvious one | rate limit |
| --- | ---: | ---: | ---: | ---: | ---: | ---: |
"""


@dataclass(frozen=True)
class Cost:
    """What one operation cost: its calls, counted at the service, and the seconds that the command took."""

    calls: tuple[int, ...]
    seconds: float

    def __str__(self) -> str:
        """The calls, as a cell of the table."""
        return ", ".join(map(str, self.calls))


def measure(size: int, module: str, resource: str, more: str) -> Iterator[Cost]:
    """Take so many presets through their life on the real engine, with a service of their own."""
    with tempfile.TemporaryDirectory() as folder, Emulator(backend=Backend(), latency=LATENCY) as emulator:
        emulator.backend.put("default", OTHER)
        project = Path(folder)
        (project / "backend").mkdir()
        (project / "Pulumi.yaml").write_text("name: bench\nruntime: python\n")
        (project / "__main__.py").write_text(PROGRAM.format(module=module, resource=resource, size=size, more=more))
        environment = {
            **os.environ,
            **emulator.environment,
            "PYTHONPATH": str(HERE),
            "PULUMI_HOME": str(project / "home"),
            "PULUMI_BACKEND_URL": f"file://{project / 'backend'}",
            "PULUMI_CONFIG_PASSPHRASE": "bench",
            "PULUMI_SKIP_UPDATE_CHECK": "1",
            "MAX_SHIFT_TIME": WEEK,
        }
        run(project, environment, "stack", "init", "bench")
        for operation, arguments in OPERATIONS.items():
            environment["MAX_SHIFT_TIME"] = DAY if operation == "change all" else environment["MAX_SHIFT_TIME"]
            time.sleep(1)  # the calls of the operation before must not count against this one's rate limit
            emulator.forget_calls()
            started = time.monotonic()
            run(project, environment, *arguments)
            seconds = time.monotonic() - started
            counted = Counter(call.action for call in emulator.calls())
            yield Cost(tuple(counted[action] for action in (CREATE, UPDATE, DELETE, LIST)), seconds)


def run(folder: Path, environment: dict[str, str], *arguments: str) -> None:
    """Run the CLI, and end with what it printed where it fails."""
    command = ["pulumi", "--non-interactive", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")


def main() -> int:
    """Print the table, write the page, and fail if ours makes more calls in an operation of FEWER_CALLS."""
    # Pulumi ends its plugins by SIGINT, and waits five seconds for each that ignores it, as jobs in the background do.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    table, worse = "", []
    for size in SIZES:
        ours, obvious = (list(measure(size, *subject)) for subject in SUBJECTS.values())
        for operation, mine, others in zip(OPERATIONS, ours, obvious, strict=True):
            floor = f"{size / 10:.0f}" if operation in CHANGING else ""
            row = [operation, size, mine, others, f"{mine.seconds:.1f}", f"{others.seconds:.1f}", floor]
            table += f"| {' | '.join(map(str, row))} |\n"
            if operation in FEWER_CALLS and sum(mine.calls) > sum(others.calls):
                worse.append(f"{operation} of {size}")
    print(f"{HEAD}{table}", end="")
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}{HEAD}{table}{END}{rest.partition(END)[2]}", encoding="utf-8")
    if worse:
        print(f"more calls than the obvious provider: {', '.join(worse)}", file=sys.stderr)
    return bool(worse)


if __name__ == "__main__":
    sys.exit(main())
