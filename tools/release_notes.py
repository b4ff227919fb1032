"""Check that a tag can be released, and print its section of the changelog: `release_notes.py TAG OWNER/REPOSITORY`.

Standard library only.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
VERSION_FILE: Final = "provider/pulumi_volcengine_live/__init__.py"
PAGES_WITH_ADDRESSES: Final = ("pyproject.toml", "README.md", "README.zh-CN.md")
ADDRESS: Final = r"https://(?:raw\.githubusercontent|github)\.com/([\w.-]+/pulumi-volcengine-live)\b"


def release_notes(root: Path, tag: str, repository: str) -> str:
    """The section of the tag's version; ValueError says what keeps the tag from being released."""
    version = tag.removeprefix("v")
    found = re.search(r'^__version__ = "(.*)"$', (root / VERSION_FILE).read_text(encoding="utf-8"), re.MULTILINE)
    if not found or tag != f"v{found[1]}":
        message = f"The tag is {tag}, but {VERSION_FILE} has the version {found[1] if found else '(none)'}."
        raise ValueError(message)
    for page in PAGES_WITH_ADDRESSES:
        _check_addresses(root / page, repository)
    return _section((root / "CHANGELOG.md").read_text(encoding="utf-8"), version)


def _check_addresses(page: Path, repository: str) -> None:
    others = set(re.findall(ADDRESS, page.read_text(encoding="utf-8"))) - {repository}
    if others:
        message = f"{page.name} links to {', '.join(sorted(others))}, but the repository is {repository}."
        raise ValueError(message)


def _section(changelog: str, version: str) -> str:
    heading = rf"^## \[{re.escape(version)}\] - \d{{4}}-\d\d-\d\d$"
    found = re.search(heading + r"\n(.*?)(?=^## |\Z)", changelog, re.MULTILINE | re.DOTALL)
    if not found or not found[1].strip():
        message = f"CHANGELOG.md has no section `## [{version}] - <date>` with text in it."
        raise ValueError(message)
    return _unwrap(found[1].strip())


def _unwrap(text: str) -> str:
    """One line for each paragraph and list item: GitHub shows every line break in the text of a release."""
    parts = re.split(r"(^ *```.*?^ *```$)", text, flags=re.MULTILINE | re.DOTALL)
    parts[::2] = [re.sub(r"(?<=\S)\n *(?=[^\s*|>#-])", " ", part) for part in parts[::2]]
    return "".join(parts)


def main(arguments: list[str]) -> int:
    """Print the notes, or why there are none."""
    try:
        tag, repository = arguments
    except ValueError:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        print(release_notes(ROOT, tag, repository))
    except ValueError as error:
        print(f"release_notes: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
