"""`make setup` without a network and without a build: what it chooses, what it counts, and what it shows."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import pytest

import build_engine
import environments
from build_engine import Downloads, Packages, choose
from folder_lock import only_one
from status_line import StatusLine
from stepped_clock import SteppedClock


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("go", "version"),
    [
        ("go1.27rc1", build_engine.NEWEST),
        ("go1.26.6", build_engine.NEWEST),
        ("go1.26.5", build_engine.OLDEST),
        ("go1.25.11 X:nocoverageredesign", build_engine.OLDEST),
        ("go1.25.10", None),
        ("devel +6f4c0b2", None),
    ],
)
def test_choose_the_newest_engine_that_go_can_build(go: str, version: str | None) -> None:
    assert choose(build_engine.parse_go(go)) == version


def test_count_modules_while_they_are_downloaded() -> None:
    downloads = Downloads(expected=300)
    assert downloads.count("go: downloading golang.org/x/net v0.10.0")
    assert not downloads.count("go: golang.org/x/net@v0.10.0: no such host"), "what Go says of a failure is shown"
    assert downloads.progress() == "1 of about 300 modules downloaded"


def test_estimate_the_time_left_once_there_is_a_pace(tmp_path: Path) -> None:
    clock = SteppedClock()
    packages = Packages({f"package/{number}" for number in range(1000)}, tmp_path / "begun", clock.monotonic)
    progress = [_compile(packages, clock, numbers) for numbers in (range(50), range(50, 500), range(500, 900))]
    assert progress == [
        "50 of 1,000 packages compiled",
        "500 of 1,000 packages compiled, about 8 minutes left",
        "900 of 1,000 packages compiled, about 2 minutes left",
    ]
    assert _compile(packages, clock, range(900, 990)).endswith(", less than a minute left")
    assert _compile(packages, clock, range(990, 1000)) == "1,000 packages compiled, linking"


def test_go_on_counting_after_an_interruption(tmp_path: Path) -> None:
    """Go prints no package that its cache has, so the count goes on from what was kept; the pace is this run's own."""
    clock = SteppedClock()
    names = {f"package/{number}" for number in range(1000)}
    _compile(Packages(names, tmp_path / "begun", clock.monotonic), clock, range(500))
    clock.sleep(86400)
    again = Packages(names, tmp_path / "begun", clock.monotonic)
    assert again.progress() == "500 of 1,000 packages compiled"
    assert _compile(again, clock, range(500, 800)) == "800 of 1,000 packages compiled, about 3 minutes left"


def _compile(packages: Packages, clock: SteppedClock, numbers: range) -> str:
    """One package a second."""
    for number in numbers:
        assert packages.count(f"package/{number}")
        clock.sleep(1)
    return packages.progress()


def test_show_a_line_every_half_minute_in_a_file() -> None:
    clock, log = SteppedClock(), io.StringIO()
    status = StatusLine(log, clock.monotonic)
    for second in range(70):
        status.show(f"{second} s")
        clock.sleep(1)
    status.say("ready")
    assert log.getvalue().splitlines() == ["0 s", "30 s", "60 s", "ready"]


def test_rewrite_the_line_on_a_terminal() -> None:
    terminal = Terminal()
    status = StatusLine(terminal)
    status.show("1 of 2")
    status.show("2 of 2")
    status.say("ready")
    assert terminal.getvalue() == "\r\033[K1 of 2\r\033[K2 of 2\r\033[Kready\n"


def test_wait_for_a_set_up_that_was_killed_until_its_processes_end(tmp_path: Path) -> None:
    """Two sets of Go's processes in one folder would remove each other's files."""
    program = (
        "import pathlib, subprocess, sys, folder_lock, status_line\n"
        "with folder_lock.only_one(pathlib.Path(sys.argv[1]), status_line.StatusLine(sys.stderr)) as lock:\n"
        "    child = subprocess.Popen(['cat'], pass_fds=[lock], stdin=sys.stdin, stdout=subprocess.DEVNULL)\n"
        "    print('locked', flush=True)\n"
        "    child.wait()\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": str(Path(build_engine.__file__).parent)}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, text=True) as killed:
        assert killed.stdin
        assert killed.stdout
        assert killed.stdout.readline() == "locked\n"
        killed.kill()
        waiting = Waiting(tmp_path)
        waiting.shown.wait(10)
        assert not waiting.has_it.is_set()
        killed.stdin.close()
        assert waiting.has_it.wait(10)


class Waiting(io.StringIO):
    """A second set-up, which shows that it waits."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        self.shown = threading.Event()
        self.has_it = threading.Event()
        threading.Thread(target=self.run, daemon=True).start()

    def write(self, text: str) -> int:
        self.shown.set()
        return len(text)

    def run(self) -> None:
        with only_one(self.folder, StatusLine(self)):
            self.has_it.set()


def test_find_the_pin_of_uv_with_its_hashes() -> None:
    pin = environments.pinned("uv", environments.REQUIREMENTS.read_text(encoding="utf-8"))
    assert pin.startswith("uv==")
    assert pin.count("--hash=sha256:") > 10
    assert environments.pinned("uv", "uv==1 \\\n    --hash=x\nuvicorn==2\n") == "uv==1 \\\n    --hash=x\n"


def test_install_by_pip_if_uv_fails(tmp_path: Path) -> None:
    """As where only pip's configuration knows how to reach the packages. An environment of its own takes seconds."""
    python = Path(sys.executable)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").write_text(f'#!/bin/sh\nexec {python} "$@" --target {tmp_path}\n')
    (tmp_path / "bin" / "uv").write_text("#!/bin/sh\nexit 2\n")
    for command in ("python", "uv"):
        (tmp_path / "bin" / command).chmod(0o755)
    environments.install(tmp_path, "--no-index", "--no-deps", _wheel(tmp_path))
    assert (tmp_path / "nothing-1.dist-info").exists()


def _wheel(folder: Path) -> str:
    """A package without content."""
    file = folder / "nothing-1-py3-none-any.whl"
    with zipfile.ZipFile(file, "w") as wheel:
        wheel.writestr("nothing-1.dist-info/METADATA", "Metadata-Version: 2.1\nName: nothing\nVersion: 1\n")
        wheel.writestr("nothing-1.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr("nothing-1.dist-info/RECORD", "")
    return str(file)
