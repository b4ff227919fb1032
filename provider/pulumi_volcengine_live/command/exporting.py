"""Print a program that takes the account's presets over.

Without --import-file each preset is declared with adopt=True: `pulumi up` then takes it over and changes nothing in the
service. With --import-file FILE the program has no adopt, and FILE is for a real import:

    pulumi import --file FILE --generate-code=false --protect=false --yes

That too changes nothing in the service, and the next preview shows no change. It needs pulumi 3.254 or newer. --parent
and --provider put the presets under a component and an explicit provider that the stack has.

A preset that a stack of --state has is left out. Give --state once for every stack with presets of the account: a
preset that two stacks manage is deleted by the first one that lets go of it. A preset that the provider would refuse
becomes a comment that says why, and the exit code is 1. If no preset remains, nothing is written.

With --json: {"program": TEXT, "resources": {NAME: ID, ...}, "left_out": {ID: WHY, ...}}.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Collection, Iterable
from pathlib import Path

from pulumi_volcengine_live.lookups import ExistingPreset

from . import account, import_file, stack_export
from .generated_program import GeneratedProgram, adopting_program, program_to_import
from .pulumi_checks import engine_is_older_than


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that choose presets, and those for the import file."""
    account.add_arguments(parser)
    parser.add_argument("--import-file", type=Path, metavar="FILE", help="write FILE for `pulumi import --file FILE`")
    parser.add_argument("--parent", metavar="URN", help="URN of the component that becomes the presets' parent")
    parser.add_argument("--provider", metavar="URN", help="URN of the explicit provider of the presets' account")
    stack_export.add_state(parser, "leave out the presets of the stack that `pulumi stack export` printed")
    parser.set_defaults(usage_error=parser.error)


def run(options: argparse.Namespace) -> int:
    """Print the program, and write the import file if asked for. Return 1 if a preset was left out."""
    given = {name: getattr(options, name) for name in ("parent", "provider") if getattr(options, name)}
    if given and not options.import_file:
        options.usage_error(f"--{next(iter(given))} needs --import-file")
    in_stacks = stack_export.read(options.state)
    listed = account.presets(options)
    program = _program(listed, in_stacks, options, given)
    if options.import_file and program.resources:
        import_file.write(options.import_file, program.resources, given)
    if options.json:
        resources = {name: preset.id for name, preset in program.resources.items()}
        left_out = dict(program.left_out)
        print(json.dumps({"program": program.text, "resources": resources, "left_out": left_out}, indent=2))
    else:
        print(program.text, end="")
        if not program.text:
            print(_nothing_to_export(options, any_listed=bool(listed)), file=sys.stderr)
        _print_notes(program, options)
    return 1 if program.left_out else 0


def _program(
    listed: Iterable[ExistingPreset],
    in_stacks: Collection[stack_export.StackResource],
    options: argparse.Namespace,
    given: dict[str, str],
) -> GeneratedProgram:
    managed = {str(resource.identity) for resource in in_stacks if resource.role != "reads"}
    taken = {resource.name for resource in in_stacks}
    presets = [preset for preset in listed if preset.id not in managed]
    if options.import_file:
        return program_to_import(presets, taken=taken, options=given)
    return adopting_program(presets, taken=taken)


def _nothing_to_export(options: argparse.Namespace, *, any_listed: bool) -> str:
    if not any_listed:
        return f"Nothing to export. {account.nothing_listed(options)}"
    of = account.selection(options)
    return f"Nothing to export: the stacks of --state have every time-shift preset that the service lists{of}."


def _print_notes(program: GeneratedProgram, options: argparse.Namespace) -> None:
    for id_ in program.left_out:
        print(f"volcengine-live export: {id_!r} was left out, see the comment in the program.", file=sys.stderr)
    if options.import_file and program.resources:
        _print_next_step(options.import_file)
    elif options.import_file:
        print(f"Nothing can be imported, so {options.import_file} was not written.", file=sys.stderr)


def _print_next_step(file: Path) -> None:
    if engine_is_older_than(import_file.OLDEST_IMPORTING_ENGINE, os.environ):
        needed = (
            f"Importing needs pulumi {import_file.OLDEST_IMPORTING_ENGINE} or newer, and the pulumi on PATH is older."
        )
        print(f"{needed} Update it, or export without --import-file: the program then adopts.", file=sys.stderr)
    else:
        command = f"pulumi import --file {file} --generate-code=false --protect=false --yes"
        print(f"Next: add the program to your project, and run: {command}", file=sys.stderr)
