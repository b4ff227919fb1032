"""The summary for a review: what it quotes cannot become Markdown of its own; tests/engine tests it with changes."""

from __future__ import annotations

import runpy
from typing import Any

import pytest
from markdown_it import MarkdownIt

from pulumi_stack import ROOT


@pytest.fixture(scope="module")
def program() -> dict[str, Any]:
    return runpy.run_path(str(ROOT / "examples" / "review_summary" / "summarise.py"))


def test_summarise_a_preview_without_changes(program: dict[str, Any]) -> None:
    assert list(program["Review"]().markdown("test")) == ["## Stack `test`", "\nNothing changes."]


@pytest.mark.parametrize(
    "text",
    [
        "plain",
        "![](https://evil.example/x.png)",
        "[click](https://evil.example)",
        "<img src=x>",
        "`code` and ``more``",
        "`",
        "@everyone",
        "a\n\n## forged",
        "a\u2028- forged\x1b[2J",
        "\\`",
        "",
    ],
    ids=ascii,
)
def test_quote_any_text_as_one_piece_of_code(program: dict[str, Any], text: str) -> None:
    tokens = MarkdownIt().parse(f"- {program['quoted'](text)} (`kind`)")
    assert [token.type for token in tokens if token.nesting == 1] == [
        "bullet_list_open",
        "list_item_open",
        "paragraph_open",
    ]
    (inline,) = (token for token in tokens if token.type == "inline")
    code, *rest = inline.children or []
    assert (code.type, code.content.strip()) == ("code_inline", " ".join(text.replace("\x1b", " ").split()))
    assert [(token.type, token.content) for token in rest] == [("text", " ("), ("code_inline", "kind"), ("text", ")")]
