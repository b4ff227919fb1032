"""What the pages say of names, values, calls and signatures is what the package has."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import pulumi_volcengine_live as live
from pages import PAGES, Block, Page
from pulumi_stack import ROOT
from pulumi_volcengine_live.emulator import CREATE, DELETE, LIST, LIST_DOMAINS, LIST_RECORDINGS, UPDATE, control
from pulumi_volcengine_live.fields import COMPUTED, INPUTS

PACKAGE = Path(live.__file__).parent
RESOURCE = Page(ROOT / "docs" / "resource.md")
CONFIGURATION = Page(ROOT / "docs" / "installation-configuration.md")
SIGNATURES = [block for page in PAGES for block in page.blocks if block.language == "python signature"]


def _declared() -> Iterator[str]:
    """Every function, method and constructor that a program may call, as a page shows it."""
    for file in ("lookups.py", "resource.py"):
        for node in ast.parse((PACKAGE / file).read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef):
                yield _shown(node.name, node)
            elif isinstance(node, ast.ClassDef):
                methods = [method for method in node.body if isinstance(method, ast.FunctionDef)]
                yield from (_of_class(node.name, method) for method in methods)


def _of_class(name: str, method: ast.FunctionDef) -> str:
    method.args.args = method.args.args[1:]
    if method.name != "__init__":
        return _shown(f"{name}.{method.name}", method)
    method.returns = None
    return _shown(name, method)


def _shown(name: str, function: ast.FunctionDef) -> str:
    returns = f" -> {ast.unparse(function.returns)}" if function.returns else ""
    return f"{name}({ast.unparse(function.args)}){returns}"


@pytest.mark.parametrize("block", SIGNATURES, ids=lambda block: block.place)
def test_show_signatures_as_they_are(block: Block) -> None:
    name, _, rest = block.text.partition("(")
    (function,) = ast.parse(f"def _({rest.rstrip()}: ...").body
    assert isinstance(function, ast.FunctionDef)
    assert _shown(name, function) in set(_declared())


def test_list_every_input_and_what_a_change_of_it_does() -> None:
    effects = {name: "replaces" if given.replaces else "updates" for name, given in INPUTS.items()}
    rows = RESOURCE.rows("input")
    assert {name: effect for name, _, effect in rows} == {**effects, "adopt": "touches nothing"}


def test_list_every_output() -> None:
    assert [row[0] for row in RESOURCE.rows("output")] == list(COMPUTED)


@pytest.mark.parametrize("of", [live.MaxShiftTime, live.TimeShiftType], ids=lambda of: of.__name__)
def test_list_every_value(of: type[live.MaxShiftTime | live.TimeShiftType]) -> None:
    assert [row[:2] for row in RESOURCE.rows(f"live.{of.__name__}")] == [[one.name, str(one.value)] for one in of]


def test_list_every_setting() -> None:
    names = re.compile(r"\b(?:volcengine(?:-live)?:[a-z]\w*|VOLC[A-Z]*_[A-Z_]+)\b")
    sources = [(PACKAGE / file).read_text(encoding="utf-8") for file in ("settings.py", "engine/sdk_workarounds.py")]
    shown = {name for heading in ("source", "setting") for row in CONFIGURATION.rows(heading) for name in row}
    assert shown >= set(names.findall("".join(sources)))
    assert {name for name in shown if names.fullmatch(name)} == set(names.findall("".join(sources)))


def test_list_every_route_of_the_emulator() -> None:
    rows = Page(ROOT / "docs" / "command.md").rows("route")
    assert [route for row in rows for route in row[0].split(", ")] == [" ".join(route) for route in control.ROUTES]


def test_allow_the_calls_that_are_made_and_no_other() -> None:
    policies = [json.loads(block.text) for block in CONFIGURATION.blocks if block.language == "json"]
    allowed = [policy["Statement"][0]["Action"] for policy in policies]
    assert allowed == [
        [f"live:{LIST}"],
        [f"live:{action}" for action in (CREATE, DELETE, LIST, UPDATE)],
        [f"live:{action}" for action in (LIST_DOMAINS, LIST_RECORDINGS)],
    ]
