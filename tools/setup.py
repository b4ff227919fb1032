"""Make .venv and find or build the Pulumi CLI; quick when nothing changed. Standard library only."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / ".set-up"
REQUIREMENTS = ROOT / "tools" / "requirements.txt"
CLI_MODULES = ROOT / "tools" / "pulumi-cli"
CLI_LINK = ROOT / ".pulumi-cli" / "bin"
CLI_VERSION = "3.259.0"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pulumi-volcengine-live"

NO_GO = """\
There is no `pulumi` on PATH, and no Go (1.25.11 or later) to build one with. Install either, for example with
    curl -fsSL https://get.pulumi.com | sh
and run this again. Without it the tests of the real engine are skipped, and the demo cannot run.
"""


def main() -> int:
    """Set everything up and say what was done."""
    if sys.version_info < (3, 10):  # noqa: UP036 - this file is run by whatever python3 is there
        return _fail(f"Python 3.10 or later is needed; this is {sys.version.split()[0]}.")
    set_up_environment()
    return set_up_engine()


def set_up_environment() -> None:
    """Install the pinned dependencies and the package itself, once for each change of what is pinned."""
    wanted = hashlib.sha256(
        REQUIREMENTS.read_bytes() + (ROOT / "pyproject.toml").read_bytes() + sys.version.encode() + bytes(ROOT)
    ).hexdigest()
    if STAMP.exists() and STAMP.read_text(encoding="utf-8") == wanted:
        print("set-up: .venv is up to date")
        return
    print("set-up: making .venv (about a minute)", flush=True)
    venv.create(VENV, clear=True, with_pip=True)
    pip = [str(VENV / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--require-hashes", "-r", str(REQUIREMENTS)], check=True)
    subprocess.run([*pip, "--no-deps", "--no-build-isolation", "-e", str(ROOT)], check=True)
    STAMP.write_text(wanted, encoding="utf-8")


def set_up_engine() -> int:
    """Use the CLI on PATH, or build one from published Go modules into a cache that all checkouts share."""
    found = shutil.which("pulumi")
    if found and Path(found).parent != CLI_LINK:
        CLI_LINK.unlink(missing_ok=True)
        print(f"set-up: the engine is {found}")
        return 0
    built = CACHE / f"pulumi-{CLI_VERSION}" / "bin"
    if not (built / "pulumi").exists():
        if not shutil.which("go"):
            return _fail(NO_GO)
        print(
            f"set-up: building pulumi {CLI_VERSION} from its Go modules (some minutes, once for this machine)",
            flush=True,
        )
        build_engine(built)
    CLI_LINK.parent.mkdir(exist_ok=True)
    CLI_LINK.unlink(missing_ok=True)
    CLI_LINK.symlink_to(built)
    print(f"set-up: the engine is .pulumi-cli/bin/pulumi, {CLI_VERSION}")
    return 0


def build_engine(target: Path) -> None:
    """Build the CLI and its Python language host, whole or not at all."""
    version = f"-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version={CLI_VERSION}"
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        new = Path(folder) / "bin"
        _go_build(CLI_MODULES, "pkg/v3/cmd/pulumi", new, version)
        _go_build(CLI_MODULES / "language-python", "sdk/v3/python/cmd/pulumi-language-python", new, "")
        sdk = subprocess.run(
            ["go", "list", "-m", "-f", "{{.Dir}}", "github.com/pulumi/pulumi/sdk/v3"],
            cwd=CLI_MODULES,
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()
        for script in ("cmd/pulumi-language-python-exec", "dist/pulumi-resource-pulumi-python"):
            copy = Path(shutil.copy(Path(sdk) / "python" / script, new))
            copy.chmod(0o755)
        shutil.rmtree(target, ignore_errors=True)
        new.rename(target)


def _go_build(module: Path, package: str, target: Path, flags: str) -> None:
    command = ["go", "build", "-trimpath", "-ldflags", f"-s -w {flags}", "-o", f"{target}/"]
    subprocess.run([*command, f"github.com/pulumi/pulumi/{package}"], cwd=module, check=True)


def _fail(message: str) -> int:
    print(f"set-up: {message}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
