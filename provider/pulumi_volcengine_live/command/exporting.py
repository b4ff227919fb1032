"""Print a program that takes the account's presets over.

Each preset is declared as it is, with adopt=True: running the program with `pulumi up` changes nothing in the service.
What the provider would refuse is left out, with a comment that says why; then the exit code is 1.

With --json: {"program": TEXT, "resources": {NAME: ID, ...}, "left_out": {ID: WHY, ...}}.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys

from . import account
from .program import declaring

add_arguments = account.add_arguments


def run(options: argparse.Namespace) -> int:
    """Print it; 1 where something was left out."""
    program = declaring(account.presets(options))
    if options.json:
        written = dataclasses.asdict(program)
        print(json.dumps({"program": written.pop("text"), **written}, indent=2))
    else:
        print(program.text, end="")
        for id_ in program.left_out:
            print(f"volcengine-live export: {id_!r} was left out, see the comment in the program.", file=sys.stderr)
        if not (program.resources or program.left_out):
            print(account.nothing(options), file=sys.stderr)
    return 1 if program.left_out else 0
