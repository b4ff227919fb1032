"""Calls, time and memory of every operation for 1 to 300 presets, ours beside others, all in one run.

The emulator lets 10 calls a second of each action pass, as the service does, and answers after 50 ms. Writes
some rows of the table into docs/contributing/performance.md.
"""

from __future__ import annotations

import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from goals import judged
from imports import RUNS, milliseconds
from memory import PluginMemory
from row import HEAD, Row
from subjects import DAY, OPERATIONS, SUBJECTS, Subject

from pulumi_volcengine_live.emulator import CREATE, DELETE, LIST, UPDATE, Backend, Emulator, Preset

SIZES = (1, 10, 100, 300)
SHOWN_SIZE = 100
LATENCY = 0.05
PAGE = Path(__file__).resolve().parent.parent / "docs" / "contributing" / "performance.md"
BEGIN, END = "<!-- make bench writes from here -->\n", "<!-- to here -->\n"
OTHER = Preset("push.example.com", "somebody-elses", "", 86400, "pull.example.com", "other", 1, "fcdn-tos")


def measured(subject: Subject) -> Iterator[Row]:
    """Take the presets through their life."""
    subject.prepare()
    for operation in OPERATIONS:
        if operation == "change all":
            subject.environment["BENCH_MAX_SHIFT_TIME"] = DAY
        command = subject.command(operation)
        if not command:
            continue
        time.sleep(1)  # so that the limit of the second before does not count
        subject.emulator.forget_calls()
        with PluginMemory(subject.emulator.url) as memory:
            started = time.monotonic()
            subject.run(command)
            seconds = time.monotonic() - started
        calls = subject.emulator.calls()
        counted = Counter(call.action for call in calls)
        numbers = [counted[action] for action in (CREATE, UPDATE, DELETE, LIST)]
        throttled = sum(call.code == "FlowLimitExceeded" for call in calls)
        yield Row(operation, subject.size, subject.name, numbers, throttled, seconds, memory.peak_mib)


def rows(sizes: tuple[int, ...]) -> Iterator[Row]:
    """All that is compared, each subject with a service of its own."""
    for size in sizes:
        for name, subject in SUBJECTS.items():
            with tempfile.TemporaryDirectory() as folder, Emulator(backend=Backend(), latency=LATENCY) as emulator:
                emulator.backend.put("default", OTHER)
                yield from measured(subject(name, size, emulator, Path(folder)))


def main() -> int:
    """Print the table as it grows and the goals; write some rows into the page, unless other sizes were asked for."""
    # Pulumi ends its plugins by SIGINT, and waits five seconds for each that ignores it, as jobs in the background do.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sizes = tuple(map(int, sys.argv[1:])) or SIZES
    cost = milliseconds("pulumi_volcengine_live")
    imports = f"Importing the package after `pulumi` takes {cost:.0f} ms (median of {RUNS} processes).\n"
    print(f"{imports}\n{HEAD}", end="")
    found = []
    for row in rows(sizes):
        print(row, end="", flush=True)
        found.append(row)
    goals = judged(found)
    print(f"\n{goals}", end="")
    if sizes == SIZES:
        order = {name: number for number, name in enumerate(OPERATIONS)}
        found.sort(key=lambda row: (order[row.operation], row.size))
        before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
        after = rest.partition(END)[2]
        table = "".join(str(row) for row in found if _is_shown(row))
        PAGE.write_text(f"{before}{BEGIN}{HEAD}{table}{END}{after}", encoding="utf-8")
    return 0


def _is_shown(row: Row) -> bool:
    return row.size == SHOWN_SIZE and row.who in ("ours", "obvious") and row.operation != "no-op up"


if __name__ == "__main__":
    sys.exit(main())
