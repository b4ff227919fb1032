"""Virtual environments, filled by uv where it can be had, else by pip. Standard library only."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

REQUIREMENTS: Final = Path(__file__).resolve().parent / "requirements.txt"
PIP: Final = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary=:all:")


def create(folder: Path, python: str = sys.executable) -> None:
    """Create an environment with nothing but pip, which Pulumi needs; what was in the folder is removed."""
    subprocess.run([python, "-m", "venv", "--clear", str(folder)], check=True)


def install(folder: Path, *requirements: str) -> None:
    """Install by uv; if there is none, or it cannot reach the packages, by pip."""
    uv = find_uv(folder) or fetch_uv(folder)
    if not (uv and _succeeds(uv_command(uv, folder, requirements))):
        subprocess.run([interpreter(folder), *PIP, *requirements], check=True)


def uv_command(uv: str, folder: Path, requirements: tuple[str, ...]) -> list[str]:
    """The command of uv that does what `pip install` would.

    The programs that tests run may write no bytecode: without `--compile-bytecode` each of them would compile Pulumi.
    """
    options = ("--quiet", "--compile-bytecode", "--python", interpreter(folder))
    return [uv, "pip", "install", *options, *requirements]


def find_uv(folder: Path) -> str | None:
    """The uv of the environment or of the one that runs this, else one on PATH."""
    folders = [str(folder / "bin"), str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]
    return shutil.which("uv", path=os.pathsep.join(folders))


def fetch_uv(folder: Path) -> str | None:
    """Install the pinned uv into the environment; None if there is none for this machine."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as pin:
        pin.write(pinned("uv", REQUIREMENTS.read_text(encoding="utf-8")))
        pin.flush()
        _succeeds([interpreter(folder), *PIP, "--require-hashes", "-r", pin.name])
    return find_uv(folder)


def pinned(package: str, requirements: str) -> str:
    """The package's lines, with its hashes."""
    found = re.search(rf"^{package}==.*(?:\n .*)*", requirements, re.MULTILINE)
    return f"{found[0]}\n" if found else ""


def interpreter(folder: Path) -> str:
    """The Python of the environment."""
    return str(folder / "bin" / "python")


def _succeeds(command: list[str]) -> bool:
    return subprocess.run(command, check=False).returncode == 0
