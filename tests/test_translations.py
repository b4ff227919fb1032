"""Each Chinese page has the same code, tables and links as the English page, in the same order."""

from __future__ import annotations

from pathlib import Path

import pytest

from pages import PAGES, Page
from pulumi_stack import ROOT

CHINESE = [page for page in PAGES if "zh-CN" in page.name]


def _english(page: Page) -> Page:
    return Page(ROOT / page.name.replace(".zh-CN.md", ".md").replace("/zh-CN/", "/"))


def test_translate_what_a_user_needs_first() -> None:
    assert {page.name for page in CHINESE} == {
        "README.zh-CN.md",
        "docs/zh-CN/installation-configuration.md",
        "docs/zh-CN/resource.md",
        "docs/zh-CN/troubleshooting.md",
    }


@pytest.mark.parametrize("page", CHINESE, ids=lambda page: page.name)
def test_show_the_same_code_and_tables(page: Page) -> None:
    english = _english(page)
    assert page.structure == english.structure
    assert [(block.language, block.text) for block in page.blocks] == [
        (block.language, block.text) for block in english.blocks
    ]
    assert page.code == english.code


@pytest.mark.parametrize("page", CHINESE, ids=lambda page: page.name)
def test_lead_to_the_same_places(page: Page) -> None:
    """Where the target has a translation, the Chinese page may lead to that; headings have other names there."""
    assert list(map(_target, [page] * len(page.links), page.links)) == [
        _target(_english(page), link) for link in _english(page).links
    ]


def _target(page: Page, link: str) -> str:
    if link.startswith("https://") and "/pulumi-volcengine-live/" not in link:
        return link
    path = link.partition("#")[0]
    if not link.startswith("https://"):
        target = (page.path.parent / path).resolve() if path else page.path
        path = target.relative_to(ROOT).as_posix()
    plain = path.replace("/zh-CN/", "/").replace("README.zh-CN.md", "README.md")
    return str(Path(plain))
