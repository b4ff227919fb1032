"""Reads the presets of stacks from what `pulumi stack export` prints."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from pulumi_volcengine_live.errors import LiveError
from pulumi_volcengine_live.preset import Identity

_ADVICE: Final = (
    "Give --state the output of `pulumi stack export`, run in the project's folder: a file, or - for standard input."
)
RESOURCE_TYPE: Final = "pulumi-python:dynamic/volcengine-live:TimeShiftPreset"


@dataclass(frozen=True)
class StackResource:
    """A resource of the stack, the preset that it is about, and what it does with it."""

    identity: Identity
    urn: str
    name: str
    provider: str
    role: Literal["manages", "reads", "deletes"]

    @property
    def stack(self) -> str:
        """The project and the stack that have it."""
        stack, project, *_ = self.urn.split("::")
        return f"{project}/{stack.rpartition(':')[2]}"

    @property
    def by_default_provider(self) -> bool:
        """Whether its account is the one that the stack's configuration or the environment names.

        The engine calls such a provider `default`, or `default_` and a version.
        """
        return self.provider.split("_")[0] == "default"


def add_state(parser: argparse.ArgumentParser, text: str) -> None:
    """Add --state; `text` is its help."""
    text += " (a file, or - for standard input); may be given several times"
    parser.add_argument("--state", metavar="FILE|-", action="append", default=[], help=text)


def read(files: Iterable[str]) -> list[StackResource]:
    """The presets' resources in the exports of stacks, each in a file or, for `-`, on standard input."""
    return [resource for file in files for resource in _read(file)]


def _read(file: str) -> list[StackResource]:
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
        resources = (json.loads(text)["deployment"] or {}).get("resources") or []
        return [_resource(found) for found in resources if found["type"] == RESOURCE_TYPE]
    except OSError as error:
        message = f"the state {file} cannot be read: {error.strerror}."
        raise LiveError(message, advice=_ADVICE) from None
    except (ValueError, LookupError, TypeError, AttributeError):
        message = f"the state {'on standard input' if file == '-' else file} is not what `pulumi stack export` prints."
        raise LiveError(message, advice=_ADVICE) from None


def _resource(found: dict[str, Any]) -> StackResource:
    # A URN is urn:pulumi:STACK::PROJECT::TYPE::NAME, and a name may contain "::". A provider reference is URN::ID.
    return StackResource(
        identity=Identity.parse(found["id"]),
        urn=found["urn"],
        name=found["urn"].split("::", 3)[3],
        provider=found["provider"].split("::", 3)[3].rpartition("::")[0],
        role="deletes" if found.get("delete") else "reads" if found.get("external") else "manages",
    )
