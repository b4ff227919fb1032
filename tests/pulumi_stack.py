"""A stack that tests drive with the real CLI."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from pulumi_volcengine_live.emulator import CREATE, DELETE, UPDATE, Emulator

ROOT = Path(__file__).resolve().parent.parent
COMMANDS_FILE = "engine-commands"
"""tests/engine/conftest.py wraps `pulumi` to note each command in such a file; tests/conftest.py counts them."""
SALT = "v1:Ipe/831kWIE=:v1:INRqPuyMp1Zrtb2o:tBQEKGoQUOjTfBRMcRoOh9LWYvVLjw=="
"""The encryptionsalt of a stack whose passphrase is "passphrase"."""
RESOURCE_TYPE = "pulumi-python:dynamic/volcengine-live:TimeShiftPreset"


def find_engine() -> Path | None:
    """The folder of the `pulumi` on PATH, else of the one that `make setup` built."""
    path = os.pathsep.join([os.environ.get("PATH", ""), str(ROOT / ".pulumi-cli" / "bin")])
    found = shutil.which("pulumi", path=path)
    return Path(found).parent if found else None


def paths(engine: Path) -> dict[str, str]:
    """Environment variables that lead to the engine, to this Python and to the stand-in for pip in engine/python.

    tests/engine/conftest.py puts it there: the engine asks pip for all packages before each command.
    """
    path = os.pathsep.join([str(Path(sys.executable).parent), str(engine), os.environ.get("PATH", "")])
    return {"PATH": path, "PYTHONPATH": str(engine / "python")}


def declare(name: str, *, opts: str = "", **inputs: object) -> str:
    """A line of a program: a preset with usual values; `inputs` change them, and None leaves one out."""
    usual = {
        "vhost": "push.example.com",
        "app": "live",
        "max_shift_time": 604800,
        "pull_domain": "pull.example.com",
        "time_shift_type": 1,
    }
    given = [f"{key}={value!r}" for key, value in {**usual, **inputs}.items() if value is not None]
    options = [f"opts=pulumi.ResourceOptions({opts})"] if opts else []
    return f"{name} = live.TimeShiftPreset({', '.join([repr(name), *given, *options])})\n"


@dataclass(frozen=True)
class Run:
    """What a command printed and how it ended."""

    code: int
    output: str

    def line(self, *parts: str) -> str:
        """The first line with all the parts; fails if there is none."""
        found = [line for line in self.output.splitlines() if all(part in line for part in parts)]
        assert found, f"no line with {parts} in:\n{self.output}"
        return found[0]


class Stack:
    """One stack of one program folder."""

    def __init__(self, folder: Path, engine: Path, home: Path, emulator: Emulator, beside: Stack | None = None) -> None:
        """A stack `beside` another shares its backend, and can refer to it."""
        self.backend: Path = beside.backend if beside else folder.with_name(f"{folder.name}-backend")
        self.folder = folder
        self.emulator = emulator
        self.environment: dict[str, str] = {
            **paths(engine),
            "HOME": str(folder.with_name(f"{folder.name}-home")),
            "PULUMI_HOME": str(home),
            "PULUMI_BACKEND_URL": f"file://{self.backend}",
            "PULUMI_CONFIG_PASSPHRASE": "passphrase",
            "PULUMI_STACK": "test",
            "PULUMI_SKIP_UPDATE_CHECK": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            **emulator.environment,
        }
        self._init()

    def _init(self) -> None:
        """What `pulumi stack init` writes, without its process."""
        (project,) = re.findall(r"^name: (\S+)$", (self.folder / "Pulumi.yaml").read_text(), re.MULTILINE)
        self.file = self.backend / ".pulumi" / "stacks" / project / "test.json"
        self.file.parent.mkdir(parents=True)
        (self.backend / ".pulumi" / "meta.yaml").write_text("version: 1\n")
        checkpoint = {"stack": f"organization/{project}/test", "latest": None}
        self.file.write_text(json.dumps({"version": 3, "checkpoint": checkpoint}))
        (self.folder / "Pulumi.test.yaml").write_text(f"encryptionsalt: {SALT}\n")

    def configure(self, settings: Mapping[str, str]) -> None:
        """What `pulumi config set` writes, without its processes; once for each stack."""
        with (self.folder / "Pulumi.test.yaml").open("a") as file:
            file.write(yaml.safe_dump({"config": dict(settings)}))

    @property
    def program(self) -> Path:
        """The program's file, wherever Pulumi.yaml says it is."""
        return next(self.folder.rglob("__main__.py"), self.folder / "__main__.py")

    def write(self, program: str) -> None:
        """Replace the program."""
        self.program.write_text(f"import pulumi\nimport pulumi_volcengine_live as live\n\n{program}")

    def change(self, old: str, new: str) -> None:
        """Change the program's text."""
        text = self.program.read_text()
        assert old in text
        self.program.write_text(text.replace(old, new))

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start the CLI and leave it running; its output comes in one stream."""
        command = ["pulumi", *arguments, "--non-interactive", "--color", "never"]
        if arguments[0] in ("preview", "up", "refresh", "destroy"):
            command += ["--suppress-progress"]
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *arguments: str, check: bool = True) -> Run:
        """Run the CLI; where `check`, a failure fails the test with its output."""
        with self.start(*arguments) as process:
            output, _ = process.communicate(timeout=300)
        assert not check or process.returncode == 0, output
        return Run(process.returncode, output)

    def preview(self, *arguments: str, check: bool = True) -> Run:
        return self.run("preview", "--diff", *arguments, check=check)

    def up(self, *arguments: str, check: bool = True) -> Run:
        return self.run("up", "--yes", "--skip-preview", *arguments, check=check)

    def preview_and_up(self, *arguments: str, check: bool = True) -> Run:
        """As a user types it: the update follows if its preview passes."""
        return self.run("up", "--yes", *arguments, check=check)

    def refresh(self, *arguments: str, check: bool = True) -> Run:
        return self.run("refresh", "--yes", "--skip-preview", *arguments, check=check)

    def destroy(self, *arguments: str, check: bool = True) -> Run:
        return self.run("destroy", "--yes", "--skip-preview", *arguments, check=check)

    def state(self) -> dict[str, Any]:
        """The whole state, as the backend keeps it."""
        checkpoint: dict[str, Any] = json.loads(self.file.read_text())["checkpoint"]
        return checkpoint["latest"] or {}

    def import_state(self, state: dict[str, Any]) -> None:
        """Replace the whole state, as `pulumi stack import` does, without its process."""
        checkpoint = json.loads(self.file.read_text())
        checkpoint["checkpoint"]["latest"] = state["deployment"]
        self.file.write_text(json.dumps(checkpoint))

    def resources(self) -> list[dict[str, Any]]:
        """The presets that the state has."""
        return [resource for resource in self.state().get("resources", []) if resource["type"] == RESOURCE_TYPE]

    def outputs(self) -> dict[str, Any]:
        """What the program exports; a secret one is encrypted."""
        (stack,) = (one for one in self.state()["resources"] if one["type"] == "pulumi:pulumi:Stack")
        return dict(stack["outputs"])

    def urn(self, name: str) -> str:
        """The URN of the preset that has this name in the program."""
        (urn,) = {resource["urn"] for resource in self.resources() if resource["urn"].endswith(f"::{name}")}
        return str(urn)

    def changing_calls(self) -> list[str]:
        """The changing calls that arrived since the last time this was asked."""
        calls = [call.action for call in self.emulator.calls(CREATE, UPDATE, DELETE)]
        self.emulator.forget_calls()
        return calls
