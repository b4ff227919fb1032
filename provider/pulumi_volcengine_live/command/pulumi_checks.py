"""Checks whether the package works with the Pulumi on this machine."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from importlib import metadata
from typing import Final

from .check import NOT_OK, OK, UNKNOWN, Check

OLDEST_TRIED_ENGINE: Final = "3.259"

_SECONDS: Final = 60
_GET_ENGINE: Final = "Install it as https://www.pulumi.com/docs/install/ says, and put it on PATH."


def engine_check(environment: Mapping[str, str]) -> Check:
    """Check that the `pulumi` which a shell would find is new enough."""
    path = shutil.which("pulumi", path=environment.get("PATH", ""))
    if path is None:
        return Check("engine", NOT_OK, "there is no pulumi on PATH.", _GET_ENGINE)
    try:
        version = _version(path, environment)
    except (OSError, subprocess.SubprocessError) as error:
        return Check("engine", NOT_OK, f"{path} does not tell its version ({type(error).__name__}).", _GET_ENGINE)
    found, oldest = _numbers(version), _numbers(OLDEST_TRIED_ENGINE)
    if found[:1] != oldest[:1]:
        return Check("engine", NOT_OK, f"{path} is {version!r}, but 3.x is needed.", _GET_ENGINE)
    if found < oldest:
        older = f"{path} is {version}, older than any that was tried ({OLDEST_TRIED_ENGINE})."
        return Check("engine", UNKNOWN, older, "Update it if something fails.")
    return Check("engine", OK, f"{path} is {version}.")


def engine_is_older_than(version: str, environment: Mapping[str, str]) -> bool:
    """Whether the `pulumi` that a shell would find is known to be older."""
    path = shutil.which("pulumi", path=environment.get("PATH", ""))
    try:
        # A version without numbers, (), is not known to be older.
        return path is not None and () < _numbers(_version(path, environment)) < _numbers(version)
    except (OSError, subprocess.SubprocessError):
        return False


def python_package_check() -> Check:
    """Check that the installed Python package `pulumi` has a version that this package requires."""
    version = metadata.version("pulumi")
    asked = next(line for line in metadata.requires("pulumi-volcengine-live") or () if re.match(r"pulumi\W", line))
    found = f"Python package pulumi {version} in {sys.prefix}, required: {asked}."
    if all(_holds(_numbers(version), *bound) for bound in re.findall(r"(>=|<)([\d.]+)", asked)):
        return Check("package", OK, found)
    return Check("package", NOT_OK, found, f"Run: {sys.executable} -m pip install '{asked}'")


def _version(path: str, environment: Mapping[str, str]) -> str:
    quiet = {**environment, "PULUMI_SKIP_UPDATE_CHECK": "1"}
    command = [path, "version"]
    return subprocess.run(  # noqa: S603 - the one that the user runs
        command, env=quiet, capture_output=True, text=True, timeout=_SECONDS, check=True
    ).stdout.strip()


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:3])


def _holds(version: tuple[int, ...], sign: str, bound: str) -> bool:
    return version >= _numbers(bound) if sign == ">=" else version < _numbers(bound)
