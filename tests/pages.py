"""The project's Markdown pages, parsed as GitHub shows them."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from html.parser import HTMLParser
from pathlib import Path
from subprocess import PIPE, STDOUT

from markdown_it import MarkdownIt
from markdown_it.token import Token

from pulumi_stack import ROOT

_PARSER = MarkdownIt("commonmark").enable("table")


@dataclass(frozen=True)
class Block:
    """A code block: the page and the line where it begins, what its fence says it is, and what is in it."""

    place: str
    language: str
    text: str


class _References(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(html)

    def handle_starttag(self, _tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if name in ("href", "src", "srcset") and value]


@dataclass(frozen=True)
class Page:
    path: Path

    @property
    def name(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @cached_property
    def tokens(self) -> list[Token]:
        """All of them in order, those inside of others included."""
        parsed = _PARSER.parse(self.path.read_text(encoding="utf-8"))
        return [inner for token in parsed for inner in (token, *(token.children or []))]

    @property
    def blocks(self) -> list[Block]:
        kinds = ("fence", "code_block")
        found = [token for token in self.tokens if token.type in kinds]
        return [Block(f"{self.name}:{(token.map or [0])[0] + 1}", token.info.strip(), token.content) for token in found]

    @property
    def links(self) -> list[str]:
        """Where links and pictures lead."""
        found = []
        for token in self.tokens:
            target = token.attrs.get("href") or token.attrs.get("src")
            found += [str(target)] if target else []
            found += _References(token.content).found if token.type.startswith("html") else []
        return found

    @property
    def anchors(self) -> list[str]:
        """What GitHub makes of the headings."""
        slugs: list[str] = []
        for heading in self._inside("heading_open"):
            slug = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
            slugs.append(f"{slug}-{slugs.count(slug)}" if slug in slugs else slug)
        return slugs

    def _inside(self, opening: str) -> list[str]:
        """What can be read in each element that such a token opens."""
        pairs = zip(self.tokens, self.tokens[1:], strict=False)
        return [_read(inline) for token, inline in pairs if token.type == opening]

    def rows(self, heading: str) -> list[list[str]]:
        """The rows of the one table whose first column is headed so."""
        tables: list[list[list[str]]] = []
        cells = zip(self.tokens, self.tokens[1:], strict=False)
        for token, inline in cells:
            if token.type == "table_open":
                tables.append([])
            elif token.type == "tr_open":
                tables[-1].append([])
            elif token.type in ("th_open", "td_open"):
                tables[-1][-1].append(_read(inline))
        (found,) = [rows for head, *rows in tables if head[0] == heading]
        return found

    @property
    def structure(self) -> list[str]:
        """Its headings, lists, tables, paragraphs and links in order, without the words."""
        return [token.tag for token in self.tokens if token.nesting == 1]

    @property
    def code(self) -> list[str]:
        """The inline code, in alphabetical order: languages order words differently."""
        return sorted(token.content for token in self.tokens if token.type == "code_inline")


def _read(inline: Token) -> str:
    return "".join(token.content for token in inline.children or [] if token.type in ("text", "code_inline"))


def commands(script: str) -> Iterator[str]:
    """Each command of a shell script as one line: continuation lines joined, comments left out."""
    begun = ""
    for line in script.splitlines():
        begun += line.removesuffix("\\") if line.endswith("\\") else f"{line}\n"
        try:
            words = shlex.split(begun, comments=True)
        except ValueError:
            continue  # a quote is still open
        if words and not line.endswith("\\"):
            yield " ".join(words)
        begun = begun if line.endswith("\\") else ""


def scripts(page: Page) -> list[str]:
    """A page's shell blocks."""
    return [block.text for block in page.blocks if block.language == "sh"]


def script(page: str, start: str, *filled: tuple[str, str]) -> str:
    """The one shell block of a page that begins so; `filled`: pairs of what it shows and what a user types instead."""
    (found,) = [text for text in scripts(Page(ROOT / page)) if text.startswith(start)]
    return _fill(found, filled)


def typed(page: str, start: str, *filled: tuple[str, str]) -> list[str]:
    """The words of the one command of a page that begins so; `filled` as for `script`."""
    shown = [command for text in scripts(Page(ROOT / page)) for command in commands(text)]
    (found,) = [command for command in shown if command.startswith(start)]
    return _fill(found, filled).split()


def _fill(text: str, filled: tuple[tuple[str, str], ...]) -> str:
    for shown, given in filled:
        assert shown in text
        text = text.replace(shown, given)
    return text


def type_in(text: str, folder: Path, environment: Mapping[str, str]) -> str:
    """Run a script in a shell and return what it prints; the questions that `pulumi` asks are answered with yes."""
    answered = {**environment, "PULUMI_SKIP_CONFIRMATIONS": "true"}
    # the trap ends what the script has started in the background, such as an emulator
    command = ["bash", "-euc", f"trap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n{text}"]
    run = subprocess.run(
        command, cwd=folder, env=answered, stdout=PIPE, stderr=STDOUT, text=True, timeout=300, check=False
    )
    assert run.returncode == 0, run.stdout
    return run.stdout


PAGES = [Page(path) for pattern in ("*.md", "docs/**/*.md", "examples/*.md") for path in sorted(ROOT.glob(pattern))]
