"""docs/command.md shows what a user types and what the command prints."""

from __future__ import annotations

import json
import os
import re
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from full_account import DOMAINS
from pages import script, type_in
from pulumi_stack import ROOT
from pulumi_volcengine_live.emulator import Emulator

Command = Callable[..., tuple[int, str, str]]
PAGE = (ROOT / "docs" / "command.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        ("text", ["list"]),
        ("python", ["export", "--vhost", "push.example.com", "--app", "concerts"]),
        ("text", ["domains"]),
    ],
    ids=["list", "export", "domains"],
)
def test_print_what_the_page_shows(command: Command, emulator: Emulator, kind: str, arguments: list[str]) -> None:
    emulator.put(*DOMAINS)
    section = PAGE.partition(f"\n## {arguments[0]}\n")[2]
    shown = re.findall(rf"^```{kind}\n(.*?)^```", section, re.DOTALL | re.MULTILINE)[0]
    assert command(*arguments)[1].startswith(shown)


def test_print_json_as_the_page_shows(command: Command) -> None:
    error, listed, exported = map(json.loads, re.findall(r"^```json\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE))
    (preset,) = listed["presets"]
    resources = preset.pop("resources")
    assert json.loads(command("list", "--json")[1])["presets"][0] == preset
    assert set(resources[0]) == {"urn", "name", "provider", "role"}
    assert json.loads(command("export", "--json")[1]).keys() == exported.keys()
    assert error.keys() == {"error"}


def test_list_from_an_emulator_that_starts_in_the_same_script(tmp_path: Path) -> None:
    """Without an account, and without waiting for the emulator to be up."""
    alone = script("docs/command.md", "volcengine-live emulator --port 8899")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    printed = type_in(alone.replace("8899", port), tmp_path, {"PATH": path, "HOME": str(tmp_path)})
    assert f"http://127.0.0.1:{port}" in printed
    assert "no time-shift presets" in printed
