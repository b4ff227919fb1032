"""Packages that tests use beside those of .venv, each with a folder of its own in the cache."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pulumi-volcengine-live"


def install_cached(requirements: Path, unproven: str) -> Path:
    """The folder with these packages, installed once for each content of the file.

    If they cannot be installed, the test is skipped (in CI it fails), and `unproven` says what was then not tested.
    """
    folder = CACHE / f"{requirements.stem}-{hashlib.sha256(requirements.read_bytes()).hexdigest()[:12]}"
    if folder.exists():
        return folder
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as new:
        target = Path(new) / "packages"
        options = ["--quiet", "--no-deps", "--no-compile", "--require-hashes", "--target", str(target)]
        command = [sys.executable, "-m", "pip", "install", *options, "-r", str(requirements)]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        if run.returncode != 0:
            reason = f"NO {requirements.stem.upper()}: nothing was proven about {unproven}. {run.stderr}"
            (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
        target.rename(folder)
    return folder
