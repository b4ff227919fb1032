"""Every code block of the pages is run or checked by a test, and every link leads somewhere."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import yaml

from pages import PAGES, Block, Page, commands
from pulumi_stack import ROOT

BLOCKS = [block for page in PAGES for block in page.blocks]

RUN_BY = {
    "tests/test_package.py::test_build_a_wheel_that_works_outside_the_checkout": (
        "pip install pulumi-volcengine-live",
    ),
    "tests/test_docs.py::test_name_only_verbs_that_make_has": (
        "make",
        "make setup",
        "make format",
        "make check",
        "make test",
    ),
    "tests/emulator/test_emulator_command.py::test_print_url_and_end_well": ("make emulator",),
    "tests/engine/test_by_hand.py::test_take_over_what_an_account_has": (
        "volcengine-live list",
        "volcengine-live domains",
        "volcengine-live export --import-file import.json > presets.py",
        "pulumi import --file import.json --generate-code=false --protect=false --yes",
        "pulumi preview --expect-no-changes",
    ),
    "tests/engine/test_demo.py::test_show_in_the_picture_what_the_demo_prints": ("make demo",),
    "tests/engine/test_acceptance.py::test_take_the_whole_life_and_report_what_was_found": (
        "export VOLC_LIVE_ACCEPTANCE=1",
        "export VOLC_LIVE_ACCEPTANCE_VHOST=push.example.com",
        "export VOLC_LIVE_ACCEPTANCE_APP=acceptance",
        "export VOLC_LIVE_ACCEPTANCE_PULL_DOMAIN=pull.example.com",
        "make acceptance",
    ),
    "tests/engine/test_by_hand.py::test_follow_the_page_of_the_examples": (
        "source tools/by-hand.sh",
        "cd examples/streams_of_one_app",
        "pulumi stack init dev",
        "pulumi up",
        "curl -s $VOLC_LIVE_ENDPOINT/_emulator/state",
        "VOLC_LIVE_SHARED_DELETE=accept pulumi destroy",
        (
            "pulumi config set-all --secret newsAccessKey=$VOLC_ACCESSKEY --secret newsSecretKey=$VOLC_SECRETKEY"
            " --secret sportsAccessKey=$VOLC_ACCESSKEY --secret sportsSecretKey=$VOLC_SECRETKEY"
        ),
        "put() { curl -s -X PUT $VOLC_LIVE_ENDPOINT/_emulator/presets -d $1; }",
        "put ...",
        (
            "curl -s -X PUT $VOLC_LIVE_ENDPOINT/_emulator/domains"
            ' -d {"Domain": "pull.example.com", "Vhost": "push.example.com"}'
        ),
    ),
    "tests/engine/test_by_hand.py::test_compare_an_account_with_a_stack_whose_keys_are_in_its_configuration": (
        (
            "export VOLC_ACCESSKEY=$(pulumi config get volcengine:accessKey)"
            " VOLC_SECRETKEY=$(pulumi config get volcengine:secretKey)"
        ),
        "pulumi stack export | volcengine-live list --state -",
    ),
    "tests/engine/test_by_hand.py::test_list_what_the_command_itself_serves": (
        "volcengine-live emulator --port 8899 --state presets.json &",
        "export VOLC_LIVE_ENDPOINT=http://127.0.0.1:8899",
        "export VOLC_ACCESSKEY=emulator-access-key VOLC_SECRETKEY=emulator-secret-key",
    ),
    "tests/engine/test_how_to.py::test_check_with_keys_that_may_only_list": (
        "export VOLC_ACCESSKEY=... VOLC_SECRETKEY=...",
        "pulumi preview --stack dev --diff",
    ),
    "tests/engine/test_review_summary.py::test_summarise_changes_and_warnings": (
        "python examples/review_summary/summarise.py FOLDER STACK",
    ),
    "tests/engine/test_quickstart.py::test_show_drift_with_both_values_and_mend_it": (
        "pulumi refresh --preview-only --diff --expect-no-changes",
    ),
    "tests/engine/test_how_to.py::test_move_presets_to_stacks_of_the_same_and_of_another_backend": (
        "pulumi state move --source organization/old/dev --dest organization/new/dev URN",
        "pulumi state delete URN",
    ),
    "tests/engine/test_how_to.py::test_rotate_keys_of_the_configuration": (
        "pulumi config set --secret volcengine:accessKey",
        "pulumi config set --secret volcengine:secretKey",
    ),
}
"""The test that runs a command; what a user fills in is `...` or in capitals."""

SCREENS_HELD_BY = {
    "docs/command.md": "tests/command/test_page.py::test_print_what_the_page_shows",
    "docs/doctor.md": "tests/doctor/test_doctor.py::test_show_the_documented_screens",
    "docs/troubleshooting.md": "tests/engine/test_troubleshooting.py::test_show_what_the_page_shows",
}


def _blocks(language: str) -> list[Block]:
    return [block for block in BLOCKS if block.language == language]


def _exists(test: str) -> bool:
    file, _, name = test.partition("::")
    return f"\ndef {name}(" in (ROOT / file).read_text(encoding="utf-8")


def test_hold_every_kind_of_block_and_leave_none_out() -> None:
    """One of another kind needs a test of its own first; a `python signature` is compared in test_docs_facts.py."""
    assert {block.language for block in BLOCKS} == {"python", "python signature", "sh", "json", "yaml", "text"}
    assert len(BLOCKS) > 40


def test_name_for_every_command_the_test_that_runs_it() -> None:
    shown = {command for block in _blocks("sh") for command in commands(block.text)}
    shown = {"put ..." if command.startswith("put {") else command for command in shown}
    assert shown == {command for held in RUN_BY.values() for command in held}
    assert [test for test in (*RUN_BY, *SCREENS_HELD_BY.values()) if not _exists(test)] == []


def test_name_for_every_screen_the_test_that_makes_it() -> None:
    """Those of a translation are compared with the English ones in test_translations.py."""
    pages = {block.place.split(":")[0] for block in _blocks("text")}
    assert {page for page in pages if not page.startswith("docs/zh-CN/")} == set(SCREENS_HELD_BY)


def test_name_only_verbs_that_make_has() -> None:
    named = {code for page in PAGES for code in page.code} | {command for held in RUN_BY.values() for command in held}
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
