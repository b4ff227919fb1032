"""Take a stack through its life with the real Pulumi CLI against an emulator on this machine, and tell what happens.

Works on a copy in a temporary folder, so that it leaves nothing behind in the checkout.
"""

from __future__ import annotations

import dataclasses
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from pulumi_volcengine_live.emulator import CREATE, DELETE, UPDATE, Domain, Emulator

ROOT = Path(__file__).resolve().parent.parent

GO_ON = """
That was all of it. To go on by hand, in two terminals:

    make emulator                              # serves http://127.0.0.1:8899 and keeps its presets

    source tools/by-hand.sh                    # keys, endpoint, a Pulumi home in .by-hand, the CLI on PATH
    pulumi stack init dev
    pulumi up                                  # then edit examples/quickstart/__main__.py and do it again
    curl -s $VOLC_LIVE_ENDPOINT/_emulator/state
"""


class Demo:
    """The project's copy, the stack in it, and the service that it talks to."""

    def __init__(self, folder: Path, emulator: Emulator) -> None:
        """Copy the quick start into the folder."""
        self.emulator = emulator
        emulator.put(Domain("pull.example.com", "push.example.com"))
        self.project = folder / "quickstart"
        self.program = self.project / "examples" / "quickstart" / "__main__.py"
        shutil.copytree(ROOT / "examples" / "quickstart", self.program.parent)
        shutil.copy(ROOT / "Pulumi.yaml", self.project)
        (folder / "backend").mkdir()
        self.environment = {
            **os.environ,
            "PULUMI_HOME": str(folder / "home"),
            "PULUMI_BACKEND_URL": f"file://{folder / 'backend'}",
            "PULUMI_CONFIG_PASSPHRASE": "demo",
            "PULUMI_SKIP_UPDATE_CHECK": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            **emulator.environment,
        }

    def pulumi(self, *arguments: str) -> None:
        """Run the CLI with its own output in sight."""
        print(f"\n$ pulumi {' '.join(arguments)}", flush=True)
        shown = [*arguments] if arguments[0] == "stack" else [*arguments, "--suppress-progress"]
        command = ["pulumi", "--non-interactive", *shown]
        subprocess.run(command, cwd=self.project, env=self.environment, check=True)

    def change(self, old: str, new: str) -> None:
        """Edit the program as a person would."""
        text = self.program.read_text(encoding="utf-8")
        if old not in text:
            message = f"the quick start does not say {old}"
            raise ValueError(message)
        self.program.write_text(text.replace(old, new), encoding="utf-8")

    def show_service(self) -> None:
        """Print what the service holds, and which changing calls it has got since the last time."""
        calls = [call.action for call in self.emulator.calls(CREATE, UPDATE, DELETE)]
        self.emulator.forget_calls()
        print(f"\n  changing calls that reached the service: {', '.join(calls) or 'none'}")
        for preset in self.emulator.presets:
            days = preset.MaxShiftTime // 86400
            print(f"  the service holds {preset.Vhost}/{preset.App}: {days} days, on {preset.Domain}, {preset.Type}")
        if not self.emulator.presets:
            print("  the service holds no preset")


def print_title(title: str) -> None:
    """Bold on a terminal."""
    print(f"\n\033[1m== {title}\033[0m" if sys.stdout.isatty() else f"\n== {title}")


def run(demo: Demo) -> None:
    """Take the steps."""
    print_title("A new stack, and what it would do")
    demo.pulumi("stack", "init", "demo")
    demo.pulumi("preview")
    demo.show_service()

    print_title("pulumi up creates the preset")
    demo.pulumi("up", "--yes", "--skip-preview")
    demo.show_service()

    print_title("A second up has nothing to do")
    demo.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes")
    demo.show_service()

    print_title("The program says 3 days instead of 7: one update in place")
    demo.change("DAYS_7", "DAYS_3")
    demo.pulumi("up", "--yes", "--skip-preview", "--diff")
    demo.show_service()

    print_title("Somebody sets 1 day behind Pulumi's back; refresh finds out, and the preview shows both values")
    (preset,) = demo.emulator.presets
    demo.emulator.put(dataclasses.replace(preset, MaxShiftTime=86400))
    demo.pulumi("refresh", "--yes", "--skip-preview")
    demo.pulumi("preview", "--diff")
    demo.pulumi("up", "--yes", "--skip-preview")
    demo.show_service()

    print_title("pulumi destroy removes it")
    demo.pulumi("destroy", "--yes", "--skip-preview")
    demo.show_service()
    print(GO_ON)


def main() -> int:
    """Run the demo; a step that fails has shown why."""
    if not shutil.which("pulumi"):
        print("The demo needs the `pulumi` CLI: run `make setup`.", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder, Emulator() as emulator:
        try:
            run(Demo(Path(folder), emulator))
        except subprocess.CalledProcessError as error:
            print(f"\nThis step failed with exit code {error.returncode}.", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
