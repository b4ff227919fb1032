"""Every code block of the pages is run or checked by a test, and every link leads somewhere."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import yaml

from pages import PAGES, Block, Page, commands, script, scripts, typed
from pulumi_stack import ROOT

BLOCKS = [block for page in PAGES for block in page.blocks]

NOT_TYPED = {
    "pip install pulumi-volcengine-live": "the package is in no index yet; tests/test_package.py installs its wheel",
    "make": "the tests run in what it has set up",
    "make setup": "the tests run in what it has set up",
    "make format": "it would change the checkout",
    "make check": "it runs the tests",
    "make test": "it runs the tests",
    "make demo": "it sets up first; tests/engine/test_demo.py runs the demo",
    "make emulator": "it sets up first; tests/emulator/test_emulator_command.py runs the emulator",
}
"""The commands of the pages that no test types, each with the reason."""

SCREENS_HELD_BY = {
    "docs/command.md": "tests/command/test_page.py::test_print_what_the_page_shows",
    "docs/doctor.md": "tests/doctor/test_doctor.py::test_show_the_documented_screens",
    "docs/troubleshooting.md": "tests/engine/test_troubleshooting.py::test_show_what_the_page_shows",
}


def _blocks(language: str) -> list[Block]:
    return [block for block in BLOCKS if block.language == language]


def _reads(page: str, test: str) -> bool:
    """Whether there is such a test, in a file that reads the page."""
    file, _, name = test.partition("::")
    text = (ROOT / file).read_text(encoding="utf-8")
    return f"\ndef {name}(" in text and f'ROOT / "docs" / "{Path(page).name}"' in text


def test_hold_every_kind_of_block_and_leave_none_out() -> None:
    """One of another kind needs a test of its own first; a `python signature` is compared in test_docs_facts.py."""
    assert {block.language for block in BLOCKS} == {"python", "python signature", "sh", "json", "yaml", "text"}
    assert len(BLOCKS) > 40


def _shown() -> set[str]:
    return {command for page in PAGES for text in scripts(page) for command in commands(text)}


def _typed_by_tests() -> Iterator[str]:
    """The commands that some test takes from a page: one alone, or a whole block."""
    for file in (ROOT / "tests").rglob("test_*.py"):
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            match call:
                case ast.Call(func=ast.Name("typed"), args=[ast.Constant(str(page)), ast.Constant(str(start)), *_]):
                    yield " ".join(typed(page, start))
                case ast.Call(func=ast.Name("script"), args=[ast.Constant(str(page)), ast.Constant(str(start)), *_]):
                    yield from commands(script(page, start))


def test_type_every_command_of_the_pages() -> None:
    """A test that types one takes it from its page, so it fails once the page no longer has it."""
    assert _shown() - set(_typed_by_tests()) == NOT_TYPED.keys()


def test_name_for_every_page_with_screens_the_test_that_makes_them() -> None:
    """Those of a translation are compared with the English ones in test_translations.py."""
    pages = {block.place.split(":")[0] for block in _blocks("text")}
    assert {page for page in pages if not page.startswith("docs/zh-CN/")} == set(SCREENS_HELD_BY)
    assert [page for page, test in SCREENS_HELD_BY.items() if not _reads(page, test)] == []


def test_name_only_verbs_that_make_has() -> None:
    named = {code for page in PAGES for code in page.code} | _shown()
    verbs = sorted(code.removeprefix("make ") for code in named if code.startswith("make "))
    assert len(verbs) > 10
    command = ["make", "--dry-run", *verbs]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize("block", _blocks("json"), ids=lambda block: block.place)
def test_write_json_that_can_be_read(block: Block) -> None:
    json.loads(block.text)


def test_set_the_variables_that_the_example_needs() -> None:
    """The environment of Pulumi ESC on docs/pipelines.md, for examples/keys_in_no_state."""
    environment, stack = (yaml.safe_load(block.text) for block in _blocks("yaml") if "pipelines" in block.place)
    names = environment["values"]["environmentVariables"]
    needed = {f"{account}_{key}" for account in ("NEWS", "SPORTS") for key in ("ACCESSKEY", "SECRETKEY")}
    assert names.keys() == needed
    for value in names.values():
        account, key = value.removeprefix("${").removesuffix("}").split(".")
        assert environment["values"][account][key].keys() == {"fn::secret"}
    assert stack == {"environment": ["live/keys"]}


@pytest.mark.parametrize("block", _blocks("yaml"), ids=lambda block: block.place)
def test_write_yaml_that_can_be_read(block: Block) -> None:
    yaml.safe_load(block.text)


def test_list_every_example_in_the_readme() -> None:
    examples = ROOT / "examples"
    rows = re.findall(r"^\| \[(\w+)\]\((\S+)\)", (examples / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(name for name, _ in rows) == sorted(path.name for path in examples.iterdir() if path.is_dir())
    assert all((examples / program).is_file() for _, program in rows)


def test_show_the_files_of_the_users_project() -> None:
    """tests/engine/test_users_project.py runs them."""
    files = ("halls.py", "test_with_mocks.py", "test_with_emulator.py")
    shown = [block.text for block in _blocks("python") if block.place.startswith("docs/testing.md:")]
    assert shown == [(ROOT / "tests" / "users_project" / name).read_text(encoding="utf-8") for name in files]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_lead_somewhere_with_every_link(page: Page) -> None:
    """A link to the project's public address must lead to a file here. Of other sites only the form is checked."""
    assert [link for link in page.links if not _leads_somewhere(page, link)] == []


PUBLIC = re.compile(r"https://(?:github\.com/[^/]+/[^/]+/blob|raw\.githubusercontent\.com/[^/]+/[^/]+)/main/")


def _leads_somewhere(page: Page, link: str) -> bool:
    if own := PUBLIC.match(link):
        page, link = Page(ROOT / "README.md"), link[own.end() :]
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return parts.scheme == "https" and bool(re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", parts.netloc))
    target = Path(os.path.normpath(page.path.parent / unquote(parts.path))) if parts.path else page.path
    if not target.is_relative_to(ROOT) or not target.is_file():
        return False
    return not parts.fragment or unquote(parts.fragment) in Page(target).anchors


def test_find_what_leads_nowhere() -> None:
    page = Page(ROOT / "docs" / "README.md")
    for link in (
        "missing.md",
        "deleting.md#missing",
        "../../outside.md",
        "http://example.com",
        "https://example",
        "https://github.com/OWNER/pulumi-volcengine-live/blob/main/docs/missing.md",
        "https://github.com/OWNER/pulumi-volcengine-live/blob/main/docs/deleting.md#missing",
        "https://raw.githubusercontent.com/OWNER/pulumi-volcengine-live/main/docs/missing.svg",
        "#no",
    ):
        assert not _leads_somewhere(page, link), link


def test_reach_every_page_from_the_index() -> None:
    docs = ROOT / "docs"
    pages = {page.path.relative_to(docs).as_posix() for page in PAGES if page.path.is_relative_to(docs)}
    assert pages - set(Page(docs / "README.md").links) == {"README.md"}
