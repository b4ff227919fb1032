"""What the engine asked the plugin, in words that do not depend on the values.

The engine writes each remote call to the file that PULUMI_DEBUG_GRPC names. Here such a log becomes one line for each
call. An argument is named by where the engine took it from:

- `given`: what the program registered, `checked`: what the last check of this resource answered;
- `inputs`, `outputs`: what the state has of this resource, brought up to date by each answer;
- `stored`: the inputs that the state had before this command;
- `none`: empty;
- `term@name`: the term of another resource;
- `term(name=value)`: with this value changed; `old` as a value is the state's.

`unknown=` lists what is not known yet.

So the same line holds for all values, and tests/replay.py can play it with others.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import indent
from typing import Any, Final

UNKNOWN: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""The mark of a value that is not known yet, in every remote call (the SDK's `rpc.UNKNOWN`)."""
ARGUMENTS: Final = {
    "Check": {"olds": "olds", "news": "news"},
    "Diff": {"olds": "olds", "oldInputs": "old_inputs", "news": "news"},
    "Create": {"properties": "news"},
    "Read": {"properties": "olds", "inputs": "old_inputs"},
    "Update": {"olds": "olds", "oldInputs": "old_inputs", "news": "news"},
    "Delete": {"properties": "olds", "oldInputs": "old_inputs"},
}
"""The properties that each request carries, and what a transcript calls them."""
_USUAL: Final = {
    "Check olds": ("inputs", "given"),
    "Check news": ("given", "inputs"),
    "Read olds": ("outputs", "given"),
    "Read old_inputs": ("given", "inputs"),
    "olds": ("outputs", "inputs"),
    "old_inputs": ("inputs",),
    "news": ("checked", "stored"),
}
"""The terms that the engine usually takes an argument from; if several have its values, the first one is written."""
_REGISTERED: Final = {"RegisterResource": "object", "ReadResource": "properties"}
"""How the program registers a resource, and where the request has its properties."""
PROVIDER: Final = "__provider"
_PROTOCOLS: Final = {"gASV": "protocol-4", "gAWV": "protocol-5"}
_KINDS: Final = {"DIFF_NONE": "same", "DIFF_SOME": "update"}

Properties = Mapping[str, Any]


@dataclass(frozen=True)
class Call:
    """One request, its answer and its error, as the engine logged them."""

    method: str
    request: Mapping[str, Any]
    answer: Mapping[str, Any]
    error: str

    @property
    def name(self) -> str:
        return str(self.request["urn"]).rpartition("::")[2]


@dataclass
class Known:
    """What the engine has of one resource during a command, as far as its calls show it."""

    inputs: Properties = field(default_factory=dict)
    outputs: Properties = field(default_factory=dict)
    given: Properties = field(default_factory=dict)
    checked: Properties = field(default_factory=dict)
    stored: Properties = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.stored = self.inputs

    def terms(self) -> dict[str, Properties]:
        """Its properties by what a transcript calls them."""
        return {name: getattr(self, name) for name in ("given", "checked", "inputs", "outputs", "stored")}

    def note(self, call: Call) -> None:
        """Take from the answer what the engine then has."""
        if call.error:
            return
        if call.method == "Check":
            self.checked = call.answer["inputs"]
        elif call.method == "Create":
            self.inputs, self.outputs = call.request["properties"], call.answer["properties"]
        elif call.method == "Update":
            self.inputs, self.outputs = call.request["news"], call.answer["properties"]
        elif call.method == "Read" and call.answer.get("id"):
            self.inputs = call.answer.get("inputs") or call.request.get("inputs") or {}
            self.outputs = call.answer["properties"]


def logged(log: Path) -> Iterator[Call]:
    """The calls to our plugin and the program's registrations, in the order in which they began."""
    begun: list[tuple[str, Mapping[str, Any]]] = []
    ended: dict[int, Mapping[str, Any]] = {}
    for line in log.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        method = entry["method"].rpartition("/")[2]
        ours = entry["metadata"].get("name") == "pulumi-python" and method in ARGUMENTS
        if not ours and method not in _REGISTERED:
            continue
        if entry["progress"] == "request_started":
            begun.append((method, entry["request"]))
            continue
        same = (method, entry["request"])
        ended[next(index for index, one in enumerate(begun) if one == same and index not in ended)] = entry
    for index, (method, request) in enumerate(begun):
        entry = ended.get(index, {})
        yield Call(method, request, entry.get("response") or {}, "".join(entry.get("errors", [])))


def transcribe(log: Path, before: Mapping[str, Known]) -> list[tuple[str, str]]:
    """Each call as the resource's name and its line; `before` is what the state had."""
    known = dict(before)
    lines = []
    for call in logged(log):
        if call.method in _REGISTERED:
            given = call.request.get(_REGISTERED[call.method], {})
            known.setdefault(call.request["name"], Known()).given = given
            continue
        one = known.setdefault(call.name, Known(given=call.request.get("news", {})))
        lines.append((call.name, _line(call, known)))
        one.note(call)
    return lines


def _line(call: Call, known: Mapping[str, Known]) -> str:
    words = [call.method, call.name]
    for wire, argument in ARGUMENTS[call.method].items():
        if wire in call.request:
            usual = _USUAL.get(f"{call.method} {argument}") or _USUAL[argument]
            words.append(f"{argument}={_term(call.request[wire], usual, call.name, known)}")
    unknown = [name for name, value in sorted(call.request.get("news", {}).items()) if value == UNKNOWN]
    words += [f"unknown={','.join(unknown)}"] if unknown else []
    options = [name for name in ("timeout", "ignoreChanges") if call.request.get(name)]
    words += [f"{name}={_option(call.request[name])}" for name in options]
    return f"{' '.join(words)} -> {_answer(call)}"


def _option(value: Any) -> str:
    return ",".join(value) if isinstance(value, list) else f"{value:g}"


def _term(properties: Properties, usual: Sequence[str], name: str, known: Mapping[str, Known]) -> str:
    """Where the properties come from, and the values that differ from there."""
    if not properties:
        return "none"
    terms = {term: value for term, value in known[name].terms().items() if value}
    for other, of in known.items():
        if other != name:
            terms |= {f"inputs@{other}": of.inputs, f"outputs@{other}": of.outputs}
    found = min(terms, key=lambda term: (len(_differing(properties, terms[term])), _rank(term, usual), "@" in term))
    changed = _differing(properties, terms[found])
    old = known[name].inputs
    return f"{found}({','.join(sorted(_shown(changed, old)))})" if changed else found


def _rank(term: str, usual: Sequence[str]) -> int:
    own = term.partition("@")[0]
    return usual.index(own) if own in usual else len(usual)


def _differing(properties: Properties, base: Properties) -> dict[str, Any]:
    """The values that differ, except those that are not known yet, which `unknown=` lists."""
    names = {**base, **properties}
    found = {name: properties.get(name) for name in names if properties.get(name) != base.get(name)}
    return {name: value for name, value in found.items() if value != UNKNOWN}


def _shown(changed: Properties, old: Properties) -> Iterator[str]:
    for name, value in changed.items():
        if name == PROVIDER:
            yield f"{name}={_PROTOCOLS.get(str(value)[:4], value)}"
        else:
            yield f"{name}={'old' if value == old.get(name) else value}"


def _answer(call: Call) -> str:
    """The answer in words, the first of which is `replay.verdict` of the same answer."""
    if call.error:
        return "error"
    if call.method == "Check":
        refused = sorted({failure["property"] for failure in call.answer.get("failures", [])})
        return f"refused {','.join(refused)}" if refused else "ok"
    if call.method == "Diff":
        replaces = ",".join(sorted(call.answer.get("replaces", [])))
        first = ", delete first" if call.answer.get("deleteBeforeReplace") else ""
        return f"replace {replaces}{first}" if replaces else _KINDS[call.answer["changes"]]
    if call.method == "Read":
        return "found" if call.answer.get("id") else "gone"
    return "done"


@dataclass
class Transcript:
    """One situation's file: a sentence, the program before and after, and the calls of each command."""

    says: str
    before: str = ""
    after: str = ""
    commands: list[tuple[str, list[str]]] = field(default_factory=list)

    def add(self, arguments: Sequence[str], lines: list[str]) -> None:
        """A command's calls; a resource's URN is shown as its name, and a path as the file's."""
        shown = [re.sub(r".*(::|/)", "", word) for word in arguments if word not in ("--yes", "--skip-preview")]
        self.commands.append((" ".join(shown), lines))

    def by_resource(self) -> list[tuple[str, dict[str, list[str]]]]:
        """Each command's calls, by resource: across independent resources the engine's order is open."""
        compared = []
        for command, lines in self.commands:
            resources: dict[str, list[str]] = {}
            for line in lines:
                resources.setdefault(line.split()[1], []).append(line)
            compared.append((command, resources))
        return compared

    def text(self, version: str) -> str:
        parts = [f"{self.says} Recorded with pulumi {version}; tests/engine_calls.py explains the terms.\n"]
        parts += [
            f"\n{title}:\n{indent(program, '    ')}"
            for title, program in (("before", self.before), ("after", self.after))
        ]
        for command, lines in self.commands:
            parts.append(f"\n$ pulumi {command}\n" + "".join(f"    {line}\n" for line in lines))
        return "".join(parts)

    @classmethod
    def parse(cls, text: str) -> Transcript:
        """Read the sentence and the commands; the programs are not read."""
        says, *rest = re.split(r"^\n(?=before:|after:|\$ )", text, flags=re.MULTILINE)
        transcript = cls(says)
        for part in rest:
            title, *lines = part.splitlines()
            if title.startswith("$ pulumi "):
                transcript.commands.append((title.removeprefix("$ pulumi "), [line.strip() for line in lines]))
        return transcript
