"""How long `pulumi up` takes and how much memory its plugin process needs, for 1, 10 and 100 presets.

The emulator lets 10 calls a second pass, as the service does, so N/10 seconds is the floor of what can be reached.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from pulumi_volcengine_live.emulator import CREATE, LIST, Emulator

SIZES = (1, 10, 100)
PROGRAM = """\
import pulumi_volcengine_live as live

for number in range({size}):
    live.TimeShiftPreset(
        f"replay-{{number}}",
        vhost="push.example.com",
        app=f"app-{{number}}",
        max_shift_time=604800,
        pull_domain="pull.example.com",
        time_shift_type=1,
    )
"""


@dataclass
class Row:
    """What one `pulumi up` took."""

    seconds: float
    creates: int
    lists: int
    throttled: int
    plugin_peak_mib: float


class PluginMemory:
    """The highest peak of any plugin process while the block runs, read from /proc (0 where there is none)."""

    def __enter__(self) -> PluginMemory:  # noqa: PYI034 - Self is newer than Python 3.10
        """Begin to watch."""
        self.peak_mib = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop watching."""
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.05):
            for process in Path("/proc").glob("[0-9]*"):
                try:
                    if b"pulumi.dynamic" in (process / "cmdline").read_bytes():
                        status = (process / "status").read_text()
                        self.peak_mib = max(self.peak_mib, int(status.split("VmHWM:")[1].split()[0]) / 1024)
                except (OSError, IndexError):
                    continue


def measure(size: int) -> Row:
    """Create `size` presets in a stack of their own."""
    with tempfile.TemporaryDirectory() as folder, Emulator() as emulator:
        project = Path(folder)
        (project / "backend").mkdir()
        (project / "Pulumi.yaml").write_text("name: bench\nruntime: python\n")
        (project / "__main__.py").write_text(PROGRAM.format(size=size))
        environment = {
            **os.environ,
            "PULUMI_HOME": str(project / "home"),
            "PULUMI_BACKEND_URL": f"file://{project / 'backend'}",
            "PULUMI_CONFIG_PASSPHRASE": "bench",
            "PULUMI_SKIP_UPDATE_CHECK": "1",
            "VOLC_LIVE_ENDPOINT": emulator.url,
            "VOLC_ACCESSKEY": emulator.access_key,
            "VOLC_SECRETKEY": emulator.secret_key,
        }

        def pulumi(*arguments: str) -> None:
            command = ["pulumi", "--non-interactive", *arguments]
            subprocess.run(command, cwd=project, env=environment, check=True, capture_output=True)

        pulumi("stack", "init", "bench")
        started = time.monotonic()
        with PluginMemory() as memory:
            pulumi("up", "--yes", "--skip-preview", "--suppress-progress")
        seconds = time.monotonic() - started
        return Row(
            seconds,
            len(emulator.calls(CREATE)),
            len(emulator.calls(LIST)),
            sum(call.code == "FlowLimitExceeded" for call in emulator.calls()),
            memory.peak_mib,
        )


def main() -> int:
    """Print the table."""
    print("presets   up, s  floor, s  creates  lists  throttled  plugin peak, MiB")
    for size in SIZES:
        row = measure(size)
        print(
            f"{size:>7} {row.seconds:>7.1f} {size / 10:>9.1f} {row.creates:>8} {row.lists:>6} {row.throttled:>10}"
            f" {row.plugin_peak_mib:>17.0f}",
            flush=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
