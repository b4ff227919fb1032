"""Summarise in Markdown what a pull request would do to a stack: `python summarise.py FOLDER STACK`.

Ends with 0 if the preview passes, with or without changes, and with 1 if it is refused.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pulumi import automation

TITLES = {"create": "Create", "update": "Update", "replace": "Replace", "delete": "Delete"}
SECRET = "4dabf18193072939515e22adb298388d"  # noqa: S105 - marks a secret wherever Pulumi writes one
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""In place of a value that is known only after the update."""


@dataclass
class Review:
    """The result of a preview, collected from its events."""

    changes: dict[str, list[str]] = field(default_factory=lambda: {title: [] for title in TITLES.values()})
    warnings: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)

    def take(self, event: automation.EngineEvent) -> None:
        """Keep what a reviewer needs of an event of the engine."""
        if event.resource_pre_event:
            self._take_step(event.resource_pre_event.metadata)
        elif event.diagnostic_event:
            text = quoted(event.diagnostic_event.message.removeprefix("warning: "))
            # The warnings of a provider written in Python come as "info#err".
            kept = {"warning": self.warnings, "info#err": self.warnings, "error": self.refusals}
            kept.get(event.diagnostic_event.severity, []).append(text)

    def _take_step(self, step: automation.StepEventMetadata) -> None:
        if step.op not in TITLES:
            return
        name = step.urn.rpartition("::")[2]
        kind = step.type.rpartition(":")[2]
        lines = [f"- {quoted(name)} ({quoted(kind)})"]
        if step.op in ("update", "replace"):
            seen = changed(_inputs(step.old), _inputs(step.new))
            lines += [f"  - {change}" for change in seen or ["nothing but what is secret"]]
        self.changes[TITLES[step.op]].append("\n".join(lines))

    def markdown(self, title: str) -> Iterator[str]:
        """The lines of the summary, sorted, because the engine's order varies."""
        yield f"## Stack {quoted(title)}"
        sections = {
            "Refused: `pulumi up` would fail": [f"- {refusal}" for refusal in self.refusals],
            **self.changes,
            "Warnings": [f"- {warning}" for warning in self.warnings],
        }
        filled = {name: lines for name, lines in sections.items() if lines}
        if not filled:
            yield "\nNothing changes."
        for name, lines in filled.items():
            yield f"\n### {name} ({len(lines)})\n"
            yield from sorted(lines)


def changed(olds: Mapping[str, Any], news: Mapping[str, Any]) -> list[str]:
    """Each input that differs, with both values. Secrets are hidden already: an old and a new one look alike."""
    differing = [name for name in sorted(olds.keys() | news.keys()) if olds.get(name) != news.get(name)]
    return [f"{quoted(name)}: {shown(olds.get(name))} → {shown(news.get(name))}" for name in differing]


def shown(value: Any) -> str:
    """A value as Markdown."""
    if value is None:
        return "nothing"
    if value == UNKNOWN:
        return "known after the update"
    return "a secret" if SECRET in str(value) else quoted(str(value))


def quoted(text: str) -> str:
    """Text from outside as code: nothing in it becomes a link, an image, a heading, a mention or a line of its own."""
    line = " ".join("".join(character if character.isprintable() else " " for character in text).split())
    longest = max(map(len, re.findall("`+", line)), default=0)
    fence = "`" * (longest + 1)
    return f"{fence} {line} {fence}" if longest or not line else f"{fence}{line}{fence}"


def _inputs(state: automation.StepEventStateMetadata | None) -> Mapping[str, Any]:
    inputs = (state.inputs if state else None) or {}
    return {name: value for name, value in inputs.items() if not name.startswith("__")}


def main() -> int:
    """Preview the stack and print the summary."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", help="the project's, with its Pulumi.yaml")
    parser.add_argument("stack")
    options = parser.parse_args()
    review = Review()
    try:
        automation.select_stack(options.stack, work_dir=options.folder).preview(on_event=review.take)
    except automation.CommandError as error:
        review.refusals = review.refusals or [quoted(str(error))]
    print("\n".join(review.markdown(options.stack)))
    return 1 if review.refusals else 0


if __name__ == "__main__":
    sys.exit(main())
