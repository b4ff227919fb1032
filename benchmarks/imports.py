"""What importing the package costs a program that imports pulumi anyway."""

from __future__ import annotations

import statistics
import subprocess
import sys

RUNS = 21
TIMED = "import time, pulumi; began = time.perf_counter(); import {module}; print(time.perf_counter() - began)"


def milliseconds(module: str) -> float:
    """The median of importing the module after pulumi, each time in a process of its own."""
    command = [sys.executable, "-c", TIMED.format(module=module)]
    runs = [subprocess.run(command, check=True, capture_output=True, text=True).stdout for _ in range(RUNS)]
    return 1000 * statistics.median(map(float, runs))
