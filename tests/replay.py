"""Play the engine's recorded calls with other values, on the SDK's servicer in this process."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

import pulumi

from engine_calls import ARGUMENTS, PROVIDER, Call, Known, Transcript
from plugin import REFERENCE, Plugin, PluginError, Properties, plain
from situations import ALL

SEQUENCES: Final = Path(__file__).parent / "sequences"
_LINE: Final = re.compile(r"(?P<method>\w+) (?P<role>\w+) (?P<words>.*) -> (?P<answer>.*)")
_TERM: Final = re.compile(r"(?P<term>[\w.]+)(?:@(?P<of>\w+))?(?:\((?P<changed>.*)\))?")

Given = Mapping[str, Properties | None]


@dataclass(frozen=True)
class Play:
    """One situation with values: each resource in the order in which the situation's programs name them.

    A resource that the program no longer has is given as None.
    """

    situation: str
    given: Given

    @property
    def roles(self) -> dict[str, str]:
        """The resource's name for each name in the transcript."""
        return dict(zip(ALL[self.situation].names, self.given, strict=True))


def play(situation: str, **given: Properties | None) -> Play:
    return Play(situation, given)


@dataclass
class Resource(Known):
    """What the engine has of one resource, and its id."""

    id: str = ""

    def take_over(self, renamed: Resource) -> None:
        """Continue with what the engine had under the resource's old name."""
        self.id, self.inputs, self.outputs, self.stored = renamed.id, renamed.inputs, renamed.outputs, renamed.stored

    def note_answer(self, method: str, asked: Mapping[str, Properties], answer: Any) -> None:
        """`note` for an answer that came as a message and not from a log."""
        given = {wire: asked[name] for wire, name in ARGUMENTS[method].items() if name in asked}
        answered = {
            name: plain(getattr(answer, name), with_provider=True)
            for name in ("inputs", "properties")
            if hasattr(answer, name)
        }
        if method == "Create":
            self.id = answer.id
        self.note(Call(method, given, {**answered, "id": getattr(answer, "id", "")}, ""))


@dataclass
class PlayedOutcome:
    """What a played command refused, and what failed in it."""

    refused: list[tuple[str, str, str]] = field(default_factory=list)
    """Each resource, property and reason."""
    errors: list[str] = field(default_factory=list)
    """As the user reads them."""

    @property
    def green(self) -> bool:
        return not self.refused and not self.errors


class _EndedError(Exception):
    """Ends a command: the engine sends nothing more after a refusal or a failure."""


class PlayedStack:
    """A stack without an engine: it sends what was recorded, and keeps what the engine would keep."""

    def __init__(self, begin: Callable[..., Plugin]) -> None:
        self._begin = begin
        self.settings: dict[str, str] = {}
        self.resources: dict[str, Resource] = {}

    def preview(self, *plays: Play) -> PlayedOutcome:
        """The calls of `pulumi preview`; the state stays as it is."""
        kept = {name: copy.copy(resource) for name, resource in self.resources.items()}
        try:
            return self._command(plays, "preview")
        finally:
            self.resources = kept

    def up(self, *plays: Play) -> PlayedOutcome:
        """The calls of `pulumi up --skip-preview`."""
        return self._command(plays, "up")

    def refresh(self, *plays: Play) -> PlayedOutcome:
        return self._command(plays, "refresh")

    def destroy(self, *plays: Play) -> PlayedOutcome:
        return self._command(plays, "destroy")

    def _command(self, plays: tuple[Play, ...], verb: str) -> PlayedOutcome:
        """Play the situations in one plugin, one after the other, until something is refused or fails."""
        outcome = PlayedOutcome()
        plugin = self._begin(**self.settings)
        try:
            for one in plays:
                _Played(self.resources, plugin, one, outcome).run(verb)
        except _EndedError:
            pass
        finally:
            plugin.end()
        self.resources = {name: resource for name, resource in self.resources.items() if resource.id}
        return outcome


@cache
def _commands(situation: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    recording = Transcript.parse((SEQUENCES / f"{situation}.txt").read_text(encoding="utf-8"))
    return tuple((command, tuple(lines)) for command, lines in recording.commands)


class _Played:
    """One situation's calls in one command."""

    def __init__(self, resources: dict[str, Resource], plugin: Plugin, of: Play, outcome: PlayedOutcome) -> None:
        self._resources = resources
        self._plugin = plugin
        self._play = of
        self._outcome = outcome
        for name, given in of.given.items():
            one = resources.setdefault(name, Resource())
            one.given, one.checked, one.stored = {PROVIDER: REFERENCE, **(given or {})}, {}, one.inputs

    def run(self, verb: str) -> None:
        """The calls of the first command of this verb; after it, what the program no longer has leaves the state."""
        lines = next(lines for command, lines in _commands(self._play.situation) if command.split()[0] == verb)
        for line in lines:
            self._send(line)
        for name, given in self._play.given.items():
            if given is None or verb == "destroy":
                self._resources.pop(name, None)

    def _send(self, line: str) -> None:
        match = _LINE.fullmatch(line)
        assert match, line
        name = self._play.roles[match["role"]]
        words = dict(word.split("=", 1) for word in match["words"].split())
        unknown = dict.fromkeys(filter(None, words.pop("unknown", "").split(",")), pulumi.UNKNOWN)
        options: dict[str, Any] = {key: words.pop(key) for key in ("timeout", "ignoreChanges") if key in words}
        properties = {argument: self._properties(term, name) for argument, term in words.items()}
        if "news" in properties:
            properties["news"] = {**properties["news"], **unknown}
        self._ask(match, name, properties, options)

    def _properties(self, word: str, name: str) -> Properties:
        """The properties that a term stands for.

        A term of another resource (`@name`) is a rename: this resource first takes over that one's state.
        """
        match = _TERM.fullmatch(word)
        assert match, word
        resource = self._resources[name]
        if match["of"]:
            resource.take_over(self._resources[self._play.roles[match["of"]]])
        changed = dict(pair.split("=", 1) for pair in (match["changed"] or "").split(",") if pair)
        assert set(changed.values()) <= {"old"}, f"{word} has a recorded value, which holds for no others"
        old = {changed_name: resource.inputs.get(changed_name) for changed_name in changed}
        of: Properties = {} if match["term"] == "none" else resource.terms()[match["term"]]
        return {**of, **old}

    def _ask(
        self, match: re.Match[str], name: str, properties: Mapping[str, Properties], options: Mapping[str, str]
    ) -> None:
        method, resource = match["method"], self._resources[name]
        timeout = float(options.get("timeout", 0))
        ignored = options["ignoreChanges"].split(",") if "ignoreChanges" in options else []
        try:
            answer = self._plugin.ask(
                method, name, properties, id_=resource.id, timeout=timeout, ignore_changes=ignored
            )
        except PluginError as error:
            self._outcome.errors.append(str(error))
            raise _EndedError from None
        if method == "Check" and answer.failures:
            self._outcome.refused += [(name, failure.property, failure.reason) for failure in answer.failures]
            raise _EndedError
        came = verdict(method, answer)
        assert came == match["answer"].split()[0], f"{self._play.situation}: {match[0]}, but now {came}"
        resource.note_answer(method, properties, answer)


def verdict(method: str, answer: Any) -> str:
    """The first word that a transcript has for this answer (`engine_calls`): the engine's next calls depend on it."""
    if method == "Check":
        return "refused" if answer.failures else "ok"
    if method == "Diff":
        kind = "same" if answer.changes == answer.DIFF_NONE else "update"
        return "replace" if answer.replaces else kind
    if method == "Read":
        return "found" if answer.id else "gone"
    return "done"
