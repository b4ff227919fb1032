"""The command line: each verb is a module of its own with `add_arguments` and `run`."""

from __future__ import annotations

import argparse
import sys

from .. import __version__
from ..errors import LiveError
from . import emulator

_VERBS = {"emulator": emulator}


def main(arguments: list[str] | None = None) -> int:
    """Run a verb; 0 where all is well, 1 where something is not, 2 where the command line is wrong."""
    parser = argparse.ArgumentParser(prog="volcengine-live", description="Time-shift presets of Volcengine Live.")
    parser.add_argument("--version", action="version", version=__version__)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for name, module in _VERBS.items():
        summary = (module.__doc__ or "").splitlines()[0]
        module.add_arguments(verbs.add_parser(name, help=summary, description=summary))
    options = parser.parse_args(arguments)
    try:
        return int(_VERBS[options.verb].run(options))
    except LiveError as error:
        print(f"volcengine-live {options.verb}: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
