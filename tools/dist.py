"""Build the wheel and the sdist, and try the wheel as a user has it: `dist.py [FOLDER [VERSION ...]]`.

Defaults: the folder `dist`, and each supported Python that is on this machine.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import environments
import pythons

ROOT = Path(__file__).resolve().parent.parent
UV = (sys.executable, "-m", "uv")
USERS_TEST = """\
def test_have_the_fixture(live_emulator):
    assert live_emulator.presets == []
"""


def build(folder: Path) -> tuple[Path, Path]:
    """Build the wheel and the sdist into the folder, from which earlier ones are removed."""
    run(ROOT, sys.executable, "-m", "hatchling", "build", "--clean", "-d", str(folder))
    (wheel,), (sdist,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    return wheel, sdist


def build_again(sdist: Path, folder: Path) -> bytes:
    """The wheel that the sdist makes."""
    command = (*UV, "build", "--quiet", "--wheel", "--no-build-isolation", "--python", sys.executable)
    run(folder, *command, "--out-dir", str(folder), str(sdist))
    (wheel,) = folder.glob("*.whl")
    return wheel.read_bytes()


def try_out(wheel: Path, base: str, folder: Path) -> None:
    """Install the wheel beside nothing but pytest, with its dependencies as they are pinned, and use what it brings."""
    environment = folder / "environment"
    python = str(environment / "bin" / "python")
    run(folder, *UV, "venv", "--quiet", "--clear", "--python", base, str(environment))
    run(
        folder,
        *UV,
        "pip",
        "install",
        "--quiet",
        "--python",
        python,
        "-c",
        str(environments.REQUIREMENTS),
        str(wheel),
        "pytest",
    )
    version = wheel.name.split("-")[1]
    where = run(folder, python, "-c", "import pulumi_volcengine_live as live; print(live.__version__, live.__file__)")
    expect(f"{version} {environment}", where)
    expect(version, run(folder, str(environment / "bin" / "volcengine-live"), "--version"))
    expect("signatures: ", run(folder, python, "-m", "pulumi_volcengine_live.emulator", "--behaviours"))
    (folder / "test_users.py").write_text(USERS_TEST, encoding="utf-8")
    expect("1 passed", run(folder, python, "-m", "pytest", "-q", "test_users.py"))


def run(folder: Path, *command: str) -> str:
    """Run a command in the folder, without a PYTHONPATH that leads to the checkout, and return what it prints."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    ended = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if ended.returncode:
        sys.exit(f"dist: {' '.join(command)} failed:\n{ended.stdout}{ended.stderr}")
    return ended.stdout


def expect(text: str, output: str) -> None:
    """Exit with an error unless the output contains the text."""
    if text not in output:
        sys.exit(f"dist: expected {text!r} in:\n{output}")


def main() -> None:
    """Build, try, and say what is ready."""
    folder, *versions = sys.argv[1:] or [str(ROOT / "dist")]
    found = {version: pythons.find_python(version) for version in versions or pythons.supported()}
    wheel, sdist = build(Path(folder).resolve())
    with tempfile.TemporaryDirectory() as outside:
        if build_again(sdist, Path(outside)) != wheel.read_bytes():
            sys.exit(f"dist: {sdist.name} makes another wheel than {wheel.name}")
        for version, python in found.items():
            if python:
                try_out(wheel, python, Path(outside))
            print(f"Python {version}: {'the wheel works' if python else 'not on this machine'}", flush=True)
    print(f"ready, and tried outside the checkout:\n  {wheel}\n  {sdist}")


if __name__ == "__main__":
    main()
