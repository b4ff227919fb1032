"""What is compared: three providers on the real engine, and the vendor's loop without one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from pulumi_volcengine_live.emulator import Emulator

HERE = Path(__file__).parent
PROGRAM = """\
import os
from {module} import {resource}

for number in range(int(os.environ["BENCH_SIZE"])):
    {resource}(
        f"replay-{{number}}",
        vhost="push.example.com",
        app=f"app-{{number}}",
        max_shift_time=int(os.environ["BENCH_MAX_SHIFT_TIME"]),
        pull_domain="pull.example.com",
        {more}
    )
"""
OPERATIONS = {
    "up": ("up", "--yes", "--skip-preview"),
    "no-op up": ("up", "--yes", "--skip-preview", "--expect-no-changes"),
    "preview": ("preview",),
    "refresh": ("refresh", "--yes", "--skip-preview"),
    "change all": ("up", "--yes", "--skip-preview"),
    "destroy": ("destroy", "--yes", "--skip-preview"),
}
DAY, WEEK = "86400", "604800"


@dataclass
class Subject:
    """Something that carries out the operations on so many presets, one after the other."""

    name: str
    size: int
    emulator: Emulator
    folder: Path
    environment: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        """Make the environment that every command gets."""
        self.environment = {
            **os.environ,
            "PYTHONPATH": str(HERE),
            **self.emulator.environment,
            "BENCH_SIZE": str(self.size),
            "BENCH_MAX_SHIFT_TIME": WEEK,
        }

    def prepare(self) -> None:
        """Do what is not measured."""

    def command(self, operation: str) -> list[str]:
        """The operation as a command; empty where there is no such thing."""
        raise NotImplementedError

    def run(self, command: list[str]) -> None:
        """Run it, and fail with what it printed."""
        done = subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            sys.exit(f"{self.name}: {' '.join(command)} failed:\n{done.stdout}{done.stderr}")


@dataclass
class Pulumi(Subject):
    """A stack of one program."""

    module: str = ""
    resource: str = "Preset"
    more: str = ""

    def prepare(self) -> None:
        """Write the program and make the stack."""
        (self.folder / "backend").mkdir()
        (self.folder / "Pulumi.yaml").write_text("name: bench\nruntime: python\n")
        program = PROGRAM.format(module=self.module, resource=self.resource, more=self.more)
        (self.folder / "__main__.py").write_text(program)
        self.environment |= {
            "PULUMI_HOME": str(self.folder / "home"),
            "PULUMI_BACKEND_URL": f"file://{self.folder / 'backend'}",
            "PULUMI_CONFIG_PASSPHRASE": "bench",
            "PULUMI_SKIP_UPDATE_CHECK": "1",
        }
        self.run(["pulumi", "--non-interactive", "stack", "init", "bench"])

    def command(self, operation: str) -> list[str]:
        """The CLI's words for it."""
        return ["pulumi", "--non-interactive", *OPERATIONS[operation], "--suppress-progress"]


class VendorLoop(Subject):
    """The vendor's SDK in a loop."""

    def command(self, operation: str) -> list[str]:
        """The script, where it has something to do."""
        idle = operation in ("no-op up", "preview")
        return [] if idle else [sys.executable, str(HERE / "vendor_loop.py"), operation]


SUBJECTS: dict[str, Callable[[str, int, Emulator, Path], Subject]] = {
    "ours": partial(Pulumi, module="pulumi_volcengine_live", resource="TimeShiftPreset", more="time_shift_type=1,"),
    "obvious": partial(Pulumi, module="obvious"),
    "vendor loop": VendorLoop,
    "no calls": partial(Pulumi, module="silent"),
}
