"""Make .venv and find or build the Pulumi CLI, at the same time; quick when nothing changed. Standard library only."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import build_engine
import environments
import folder_lock
from status_line import StatusLine

ROOT: Final = Path(__file__).resolve().parent.parent
VENV: Final = ROOT / ".venv"
STAMP: Final = VENV / ".set-up"
CLI_LINK: Final = ROOT / ".pulumi-cli" / "bin"

STATUS: Final = StatusLine(sys.stdout)

NO_GO: Final = """\
There is no `pulumi` on PATH, and no Go ({oldest_go} or later) to build one with. Install either, for example with
    curl -fsSL https://get.pulumi.com | sh
and run this again: every verb of `make` needs it. Once .venv is there, the tests that need no engine run by
    .venv/bin/pytest --ignore=tests/engine
"""


def main() -> int:
    """Set everything up and say what was done."""
    if sys.version_info < (3, 10):  # noqa: UP036 - this file is run by whatever python3 is there
        return _fail(f"Python 3.10 or later is needed; this is {sys.version.split()[0]}.")
    try:
        with ThreadPoolExecutor() as beside:
            environment = beside.submit(set_up_environment)
            code = set_up_engine()
            environment.result()
    except KeyboardInterrupt:
        return _fail("interrupted. Run it again, and it goes on from here.")
    except subprocess.CalledProcessError as error:
        return _fail(f"{error.cmd[0]} failed, for the reason above.")
    return code


def set_up_environment() -> None:
    """Install the pinned dependencies and the package itself, once for each change of what is pinned."""
    with folder_lock.only_one(ROOT, STATUS):
        wanted = _fingerprint()
        if STAMP.exists() and STAMP.read_text(encoding="utf-8") == wanted:
            STATUS.say("set-up: .venv is up to date")
            return
        STATUS.say("set-up: making .venv (about 20 seconds)")
        environments.create(VENV)
        environments.install(VENV, "--require-hashes", "-r", str(environments.REQUIREMENTS))
        environments.install(VENV, "--no-deps", "--no-build-isolation", "-e", str(ROOT))
        STAMP.write_text(wanted, encoding="utf-8")
        STATUS.say("set-up: .venv is ready")


def set_up_engine() -> int:
    """Use the CLI on PATH, or build one from published Go modules into a cache that all checkouts share."""
    found = shutil.which("pulumi")
    if found and Path(found).parent != CLI_LINK:  # the one found may be our own link
        CLI_LINK.unlink(missing_ok=True)
        STATUS.say(f"set-up: the engine is {found}")
        return 0
    version = build_engine.choose(build_engine.installed_go())
    if version is None:
        return _fail(NO_GO.format(oldest_go=".".join(map(str, build_engine.needed_go(build_engine.OLDEST)))))
    try:
        _link(build_engine.build(version, STATUS))
    except build_engine.BuildError as error:
        return _fail(f"Go could not build pulumi {version}; run this again to go on from here:\n{error}")
    STATUS.say(f"set-up: the engine is .pulumi-cli/bin/pulumi, {version}")
    return 0


def _fingerprint() -> str:
    files = (environments.REQUIREMENTS, ROOT / "pyproject.toml")
    parts = [*(file.read_bytes() for file in files), sys.version.encode(), bytes(ROOT)]
    return hashlib.sha256(b"".join(parts)).hexdigest()


def _link(target: Path) -> None:
    """Put the link in the place of an older one in one step, since another set-up may do the same."""
    CLI_LINK.parent.mkdir(exist_ok=True)
    new = CLI_LINK.with_name(f"{CLI_LINK.name}.{os.getpid()}")
    new.symlink_to(target)
    new.replace(CLI_LINK)


def _fail(message: str) -> int:
    STATUS.clear()
    print(f"set-up: {message}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
