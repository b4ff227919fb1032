"""Build the engine, which is the Pulumi CLI, from its Go modules, once for all checkouts. Standard library only."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, Protocol

from folder_lock import only_one, opened, try_lock
from status_line import StatusLine

MODULES: Final = Path(__file__).resolve().parent / "pulumi-cli"
NEWEST: Final = "3.274.1"
OLDEST: Final = "3.259.0"
VERSIONS: Final = (NEWEST, OLDEST)
CLI: Final = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
SDK: Final = "github.com/pulumi/pulumi/sdk/v3"
LANGUAGE_HOST: Final = f"{SDK}/python/cmd/pulumi-language-python"
SCRIPTS: Final = ("cmd/pulumi-language-python-exec", "dist/pulumi-resource-pulumi-python")
BUILDING: Final = "building"
"""The folder of a build that is under way, beside the finished programs."""
MINUTES_OF_ONE_CORE: Final = 16
"""What downloading, compiling and linking takes, for the estimate before anything is measured."""

ANNOUNCEMENT: Final = """\
set-up: there is no `pulumi` on PATH, so {version} is built from its Go modules, once for this machine: about {minutes}
set-up: minutes and 4 GB of disk meanwhile, 0.15 GB in {folder} afterwards.
set-up: To skip that, press Ctrl-C, install Pulumi (curl -fsSL https://get.pulumi.com | sh) and run this again."""


class BuildError(Exception):
    """What Go printed when it failed."""


def choose(go: tuple[int, ...]) -> str | None:
    """The newest engine that this version of Go can build."""
    return next((version for version in VERSIONS if needed_go(version) <= go), None)


def needed_go(version: str) -> tuple[int, ...]:
    """What the engine's go.mod asks for."""
    return parse_go((MODULES / version / "go.mod").read_text(encoding="utf-8"))


def installed_go() -> tuple[int, ...]:
    """The version of the machine's Go; empty if there is none."""
    if not shutil.which("go"):
        return ()
    command = ["go", "env", "GOVERSION"]
    return parse_go(subprocess.run(command, env=_local(os.environ), capture_output=True, text=True, check=True).stdout)


def parse_go(text: str) -> tuple[int, ...]:
    """The version in `go1.26.8` (what Go says of itself) or in `go 1.26.6` (a go.mod); empty if there is none."""
    found = re.search(r"^go ?(\d+)\.(\d+)(?:\.(\d+))?", text, re.MULTILINE)
    return tuple(int(number or 0) for number in found.groups()) if found else ()


def programs_folder(version: str) -> Path:
    """Where the engine's programs are, once they are built."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "pulumi-volcengine-live" / f"pulumi-{version}" / "bin"


def build(version: str, status: StatusLine) -> Path:
    """The folder of that engine's programs, built first if missing; another set-up on this machine waits meanwhile."""
    target = programs_folder(version)
    target.parent.mkdir(parents=True, exist_ok=True)
    if not (target / "pulumi").exists():
        with only_one(target.parent, status) as lock:
            if not (target / "pulumi").exists():
                announce(version, target, status)
                Build(version, target, status, lock).run()
    clean(target, status)
    return target


def announce(version: str, target: Path, status: StatusLine) -> None:
    """Say what will be done, how long it takes, and how to do without."""
    minutes = max(2, round(MINUTES_OF_ONE_CORE / (os.cpu_count() or 1)))
    status.say(ANNOUNCEMENT.format(version=version, minutes=minutes, folder=target.parent))
    if target.with_name(BUILDING).exists():
        status.say("set-up: Part of it is there from a build that was interrupted.")


def clean(target: Path, status: StatusLine) -> None:
    """Remove Go's caches, unless another set-up is doing it."""
    with opened(target.parent) as lock:
        if target.with_name(BUILDING).exists() and try_lock(lock):
            status.show("set-up: engine: removing what only the build needed")
            shutil.rmtree(target.with_name(BUILDING))


class Count(Protocol):
    """What a run of Go has done so far, counted by the lines that it prints."""

    def count(self, line: str) -> bool:
        """Count the line if it is progress, and return whether it was; other lines are shown if Go fails."""

    def progress(self) -> str:
        """How far it has come, in words."""


class Downloads:
    """The modules whose download has begun."""

    def __init__(self, expected: int) -> None:
        """`expected` is an estimate: Go does not say how many it needs."""
        self.expected = expected
        self.modules: set[str] = set()

    def count(self, line: str) -> bool:
        """Count `go: downloading <module> <version>`."""
        downloading = line.startswith("go: downloading ")
        if downloading:
            self.modules.add(line)
        return downloading

    def progress(self) -> str:
        """How many."""
        return f"{len(self.modules)} of about {self.expected} modules downloaded"


class Packages:
    """The packages whose compilation has begun.

    Their names are also kept in a file, since after an interruption Go does not print those that its cache has.
    """

    def __init__(self, expected: set[str], file: Path, now: Callable[[], float] = time.monotonic) -> None:
        """Take up what an interrupted build has compiled."""
        self.expected = expected
        self.file = file
        self.now = now
        self.begun = expected & set(file.read_text(encoding="utf-8").split()) if file.exists() else set()
        self.earlier = len(self.begun)
        self.start = now()

    def count(self, line: str) -> bool:
        """Count a package of the engine."""
        if line in self.expected - self.begun:
            self.begun.add(line)
            with self.file.open("a", encoding="utf-8") as file:
                file.write(f"{line}\n")
        return line in self.expected

    def progress(self) -> str:
        """How many, and how long the others take at the pace of this run."""
        done, total = len(self.begun), len(self.expected)
        if done == total:
            return f"{total:,} packages compiled, linking"
        in_this_run = done - self.earlier
        left = (total - done) * (self.now() - self.start) / in_this_run if in_this_run > total // 20 else None
        return f"{done:,} of {total:,} packages compiled{'' if left is None else f', {time_left(left)}'}"


def time_left(seconds: float) -> str:
    """Words that claim no more than an estimate can."""
    minutes = round(seconds / 60)
    if not minutes:
        return "less than a minute left"
    return f"about {minutes} minute{'s' if minutes > 1 else ''} left"


class Build:
    """One build, in a folder of its own that has Go's caches, too, and is removed once the engine is whole.

    An interrupted build leaves it to the next one, which goes on from there: Go's caches hold only what is complete.
    """

    def __init__(self, version: str, target: Path, status: StatusLine, lock: int) -> None:
        """`target` is where the finished programs go; the build is beside it. Go's processes inherit `lock`."""
        self.modules = MODULES / version
        self.programs = ((MODULES / "language-python", LANGUAGE_HOST), (self.modules, CLI))
        self.version = version
        self.target = target
        self.folder = target.with_name(BUILDING)
        self.status = status
        self.lock = lock
        self.environment = {
            **_local(os.environ),
            "GOCACHE": str(self.folder / "compiled"),
            "GOMODCACHE": str(self.folder / "modules"),
            "GOTMPDIR": str(self.folder / "temporary"),
            "GOFLAGS": "-mod=readonly -modcacherw -trimpath",
            "GOWORK": "off",
        }

    def run(self) -> None:
        """Build, and put the programs in their place when all are there."""
        shutil.rmtree(self.folder / "temporary", ignore_errors=True)
        (self.folder / "temporary").mkdir(parents=True)
        packages = Packages(self.download(), self.folder / "begun")
        for modules, program in self.programs:
            version = f" -X {SDK}/go/common/version.Version={self.version}" if program == CLI else ""
            flags = ("-v", "-ldflags", f"-s -w{version}", "-o", f"{self.folder / 'bin'}/")
            self.go(modules, "build", *flags, program, count=packages)
        self.copy_scripts()
        shutil.rmtree(self.target, ignore_errors=True)
        (self.folder / "bin").rename(self.target)

    def download(self) -> set[str]:
        """Download the modules, and name the packages that are to be compiled."""
        downloads = Downloads(sum(count_archives(modules) for modules, _ in self.programs))
        listed = [self.go(modules, "list", "-deps", program, count=downloads) for modules, program in self.programs]
        # "unsafe" is listed, but never compiled
        return {package for names in listed for package in names.split()} - {"unsafe"}

    def copy_scripts(self) -> None:
        """Copy the two scripts that are published with the SDK's module."""
        sdk = self.go(self.modules, "list", "-m", "-f", "{{.Dir}}", SDK, count=Downloads(0)).strip()
        for script in SCRIPTS:
            copy = Path(shutil.copy(Path(sdk, "python", script), self.folder / "bin"))
            copy.chmod(0o755)

    def go(self, modules: Path, *arguments: str, count: Count) -> str:
        """Run Go while the status line shows how far it has come; what it prints."""
        with tempfile.TemporaryFile("w+", encoding="utf-8") as output:
            process = subprocess.Popen(
                ["go", *arguments],
                cwd=modules,
                env=self.environment,
                stdout=output,
                stderr=subprocess.PIPE,
                text=True,
                pass_fds=[self.lock],
            )
            errors = self.follow(process, count)
            if process.returncode:
                raise BuildError(errors)
            output.seek(0)
            return output.read()

    def follow(self, process: subprocess.Popen[str], count: Count) -> str:
        """Wait for Go; its lines that are not progress."""
        others: list[str] = []
        lines = process.stderr or ()
        reader = threading.Thread(target=lambda: others.extend(line for line in lines if not count.count(line.strip())))
        reader.start()
        try:
            while process.poll() is None:
                self.status.show(f"set-up: engine: {count.progress()}")
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(timeout=1)
        except BaseException:
            process.terminate()
            raise
        finally:
            reader.join()
        return "".join(others)


def count_archives(modules: Path) -> int:
    """How many modules Go downloads whole: of the others go.sum has only the go.mod."""
    return sum("/go.mod " not in line for line in (modules / "go.sum").read_text(encoding="utf-8").splitlines())


def _local(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment in which Go uses the installed toolchain and downloads no other."""
    return {**environment, "GOTOOLCHAIN": "local"}
