"""What was guessed of the service and what was found, as Markdown to send back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

LAG = "within 5 seconds"
MISSING = "refused with RequestForbidden"

QUESTIONS = {
    "empty_list": ("How is an empty list written?", "`[]` or `null`"),
    "no_such_vhost": ("What does a listing answer for a vhost that is nobody's?", "an empty list, or RequestForbidden"),
    "domains": ("Does ListDomainDetail have domains of the vhost?", "yes: pull, push"),
    "no_such_domain": ("And of a vhost that is nobody's?", "no"),
    "recordings": ("Which recording presets does the vhost have?", "not known"),
    "update_missing": ("What does an update of a preset that is not there answer?", MISSING),
    "delete_missing": ("What does a delete that finds nothing answer?", MISSING),
    "name": ("Does a create tell the preset's name?", "yes, the one that is listed"),
    "enabled": ("Is an independent preset enabled at once?", "yes"),
    "create_lag": ("When does a listing show a create?", LAG),
    "update_lag": ("When does a listing show an update?", LAG),
    "delete_lag": ("When does a listing show a delete?", LAG),
    "no_type": ("Does a listing without Type show a preset in fcdn-tos?", "no: it answers as for vod"),
    "upper_case": ("Does a listing for the vhost in capitals show it?", "not known; lower case is sent"),
    "create_existing": ("What does a create of what exists do?", "it is refused"),
    "recording": (
        "What happens if a recording time shift is created?",
        "refused if the vhost has no recording preset; else created, not enabled",
    ),
    "default_type": ("And without TimeShiftType?", "the same: 0 is the default"),
    "delete_stream": ("What does a delete that names a stream remove?", "not known"),
    "delete_app": ("What does a delete that names no stream remove?", "not known"),
}


@dataclass
class StepResult:
    """One step of a stack's life; `failure` is empty if all was as it should be."""

    what: str
    failure: str = ""


def markdown(about: Sequence[str], life: Sequence[StepResult], found: Mapping[str, str], left: Sequence[str]) -> str:
    """The whole report."""
    questions = [(question, guessed, found.get(key, "not seen")) for key, (question, guessed) in QUESTIONS.items()]
    questions += [(key, "", found[key]) for key in found if key not in QUESTIONS]
    return "\n".join(
        [
            "# Acceptance of pulumi-volcengine-live on a real account",
            "",
            "It names the vhost, the app and the pull domain that it was given, and shows no key.",
            "",
            *(f"- {line}" for line in about),
            "",
            "## A stack's life",
            "",
            *_table(("step", "result"), [(step.what, step.failure or "as it should be") for step in life]),
            "",
            "## What was guessed, and what was found",
            "",
            *_table(("question", "guessed", "found"), questions),
            "",
            "## What is left behind",
            "",
            *(left or ["Nothing."]),
            "",
        ]
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return [f"| {' | '.join(cell.replace('|', ' ').replace(chr(10), ' ') for cell in line)} |" for line in lines]
