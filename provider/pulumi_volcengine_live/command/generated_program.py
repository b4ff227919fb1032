"""A program that declares presets that exist."""

from __future__ import annotations

import keyword
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pulumi_volcengine_live.fields import INPUTS, validated
from pulumi_volcengine_live.lookups import ExistingPreset
from pulumi_volcengine_live.preset import MaxShiftTime, TimeShiftType

_ADOPTING: Final = '"""Time-shift presets that exist. Remove adopt=True after the first `pulumi up`."""'
_IMPORTED: Final = (
    '"""Time-shift presets that exist. Run `pulumi import` with the file of this export before `pulumi up`."""'
)
_IMPORT: Final = "import pulumi_volcengine_live as live"
_MODULES: Final = frozenset({"live", "pulumi"})
"""The names that the program imports."""
_ENUMS: Final = {"max_shift_time": MaxShiftTime, "time_shift_type": TimeShiftType}


@dataclass(frozen=True)
class GeneratedProgram:
    """A program, and which preset each of its resources declares."""

    text: str
    """Empty if there is no preset."""
    resources: Mapping[str, ExistingPreset]
    """By the resource's name: its preset."""
    left_out: Mapping[str, str]
    """By the preset's id: why the preset is only a comment."""


def adopting_program(presets: Iterable[ExistingPreset], *, taken: Collection[str] = ()) -> GeneratedProgram:
    """A program that adopts the presets; what the provider would refuse becomes a comment.

    :param taken: names that no resource may get, since the stack has other presets of these names.
    """
    return _program(presets, taken, [_ADOPTING], [_IMPORT], ["adopt=True"])


def program_to_import(
    presets: Iterable[ExistingPreset], *, taken: Collection[str] = (), options: Mapping[str, str] | None = None
) -> GeneratedProgram:
    """The program for presets that `pulumi import` imports.

    :param options: resource options by name, each with the URN of the resource that it names.
    """
    if not options:
        return _program(presets, taken, [_IMPORTED], [_IMPORT], [])
    variables = _variables(options)
    given = ", ".join(f"{option}={variable}" for option, variable in variables.items())
    remarks = "\n".join(
        f"# Define {variable} here: it is {options[option]!r}." for option, variable in variables.items()
    )
    head = [_IMPORTED, "import pulumi"]
    return _program(presets, taken, head, [_IMPORT, remarks], [f"opts=pulumi.ResourceOptions({given})"])


def _variables(options: Mapping[str, str]) -> dict[str, str]:
    """By option: a variable named after the resource, and after the option too if that name is taken."""
    variables: dict[str, str] = {}
    for option, urn in options.items():
        name = _variable(urn)
        while name in {*_MODULES, *variables.values()}:
            name += f"_{option}"
        variables[option] = name
    return variables


def _variable(urn: str) -> str:
    """The resource's name as the name of a variable."""
    name = re.sub(r"\W", "_", urn.rpartition("::")[2], flags=re.ASCII)
    return f"_{name}" if not name.isidentifier() or keyword.iskeyword(name) else name


def _program(
    presets: Iterable[ExistingPreset],
    taken: Collection[str],
    head: list[str],
    imports: list[str],
    extra_arguments: list[str],
) -> GeneratedProgram:
    fit: list[ExistingPreset] = []
    left_out: dict[str, str] = {}
    for preset in presets:
        problems = "; ".join(_problems(preset))
        if problems:
            left_out[preset.id] = problems
        else:
            fit.append(preset)
    named = dict(_named(fit, taken))
    blocks = [*head, *imports] if named else []
    blocks += [_statement(name, preset, extra_arguments) for name, preset in named.items()]
    blocks += [f"# Left out: {id_!r}: {why}." for id_, why in left_out.items()]
    return GeneratedProgram("\n\n".join(blocks) + "\n" if blocks else "", named, left_out)


def _problems(preset: ExistingPreset) -> Iterator[str]:
    for name, value in inputs_of(preset).items():
        try:
            validated(name, value)
        except ValueError as error:
            yield str(error)


def inputs_of(preset: ExistingPreset) -> dict[str, Any]:
    """The inputs that declare the preset as it is."""
    given = {name: getattr(preset, name) for name in INPUTS if name != "adopt"}
    return {name: value for name, value in given.items() if value is not None}


def _named(presets: list[ExistingPreset], taken: Collection[str]) -> Iterator[tuple[str, ExistingPreset]]:
    """Name each by app and stream, or, if those are not unique, by its id, whose slashes no app and stream have."""
    short = ["-".join(filter(None, (preset.app, preset.stream))) for preset in presets]
    times = Counter([*short, *taken])
    for name, preset in zip(short, presets, strict=True):
        yield (name if times[name] == 1 else preset.id), preset


def _statement(name: str, preset: ExistingPreset, extra_arguments: list[str]) -> str:
    inputs = [f"{key}={_literal(key, value)}" for key, value in inputs_of(preset).items()]
    lines = [_quoted(name), *inputs, *extra_arguments]
    return "live.TimeShiftPreset(\n" + "".join(f"    {line},\n" for line in lines) + ")"


def _literal(name: str, value: Any) -> str:
    enum = _ENUMS.get(name)
    return f"live.{enum.__name__}.{enum(value).name}" if enum else _quoted(value)


def _quoted(text: str) -> str:
    """The provider takes no character that would have to be escaped."""
    return f'"{text}"'
