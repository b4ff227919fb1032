"""A program that declares presets that exist."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pulumi_volcengine_live.fields import INPUTS, cleaned
from pulumi_volcengine_live.lookups import ExistingPreset
from pulumi_volcengine_live.preset import MaxShiftTime, TimeShiftType

_DOCSTRING: Final = '"""Time-shift presets that exist; adopt=True may go after the first `pulumi up`."""'
_IMPORT: Final = "import pulumi_volcengine_live as live"
_ENUMS: Final = {"max_shift_time": MaxShiftTime, "time_shift_type": TimeShiftType}


@dataclass(frozen=True)
class Program:
    """Its text, the id of each preset by its resource's name, and why each of the others was left out."""

    text: str
    resources: Mapping[str, str]
    left_out: Mapping[str, str]


def declaring(presets: Iterable[ExistingPreset]) -> Program:
    """Declare what the provider takes; what it would refuse becomes a comment."""
    fit: list[ExistingPreset] = []
    left_out: dict[str, str] = {}
    for preset in presets:
        problems = "; ".join(_problems(preset))
        if problems:
            left_out[preset.id] = problems
        else:
            fit.append(preset)
    named = dict(_named(fit))
    blocks = [_DOCSTRING, *([_IMPORT] if named else []), *(_statement(name, named[name]) for name in named)]
    blocks += [f"# Left out: {id_!r}: {why}." for id_, why in left_out.items()]
    resources = {name: preset.id for name, preset in named.items()}
    return Program("\n\n".join(blocks) + "\n", resources, left_out)


def _problems(preset: ExistingPreset) -> Iterator[str]:
    for name, value in _inputs(preset).items():
        try:
            cleaned(name, value)
        except ValueError as error:
            yield str(error)


def _inputs(preset: ExistingPreset) -> dict[str, Any]:
    given = {name: getattr(preset, name) for name in INPUTS if name != "adopt"}
    return {name: value for name, value in given.items() if value is not None}


def _named(presets: list[ExistingPreset]) -> Iterator[tuple[str, ExistingPreset]]:
    """By app and stream, or by the whole id, which no app and stream can look like, where those are not unique."""
    short = ["-".join(filter(None, (preset.app, preset.stream))) for preset in presets]
    times = Counter(short)
    for name, preset in zip(short, presets, strict=True):
        yield (name if times[name] == 1 else preset.id), preset


def _statement(name: str, preset: ExistingPreset) -> str:
    inputs = [f"{key}={_literal(key, value)}" for key, value in _inputs(preset).items()]
    lines = [_quoted(name), *inputs, "adopt=True"]
    return "live.TimeShiftPreset(\n" + "".join(f"    {line},\n" for line in lines) + ")"


def _literal(name: str, value: Any) -> str:
    enum = _ENUMS.get(name)
    return f"live.{enum.__name__}.{enum(value).name}" if enum else _quoted(value)


def _quoted(text: str) -> str:
    """The provider takes no character that would have to be escaped."""
    return f'"{text}"'
