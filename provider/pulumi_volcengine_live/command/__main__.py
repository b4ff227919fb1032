"""The command line: each verb is a module with `add_arguments`, `run`, and a docstring that is its help text."""

from __future__ import annotations

import argparse
import json
import os
import sys

from pulumi_volcengine_live import __version__
from pulumi_volcengine_live.errors import LiveError

from . import doctor, domains, emulator, exporting, listing

_VERBS = {
    "doctor": doctor,
    "domains": domains,
    "emulator": emulator,
    "export": exporting,
    "list": listing,
}
_EPILOG = """\
Keys and endpoint come from the environment (VOLC_ACCESSKEY, VOLC_SECRETKEY, VOLC_LIVE_ENDPOINT, ...) or ~/.volc.
Exit codes: 0 success; 1 failure, explained on standard error or by the verb's output; 2 the command line is wrong.
With --json a failure is on standard output instead: {"error": {"kind", "message", "code", "request_id"}}.
"""


def main(arguments: list[str] | None = None) -> int:
    """Run a verb. Return 0 for success, 1 for failure, and 2 if the command line is wrong."""
    options = _parser().parse_args(arguments)
    try:
        code = _run(options)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader, `head` for example, stopped reading. The interpreter's last flush must not fail either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return 1
    return code


def _parser() -> argparse.ArgumentParser:
    form = argparse.RawDescriptionHelpFormatter
    description = "Time-shift presets of Volcengine Live."
    parser = argparse.ArgumentParser(
        prog="volcengine-live", description=description, epilog=_EPILOG, formatter_class=form
    )
    parser.add_argument("--version", action="version", version=__version__)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for name, module in _VERBS.items():
        text = module.__doc__ or ""
        summary = text.partition("\n")[0]
        module.add_arguments(verbs.add_parser(name, help=summary, description=text, formatter_class=form))
    return parser


def _run(options: argparse.Namespace) -> int:
    try:
        return int(_VERBS[options.verb].run(options))
    except LiveError as error:
        if getattr(options, "json", False):
            print(json.dumps({"error": _plain(error)}, indent=2))
        else:
            print(f"volcengine-live {options.verb}: {error}", file=sys.stderr)
        return 1


def _plain(error: LiveError) -> dict[str, str | None]:
    answer = error.answer
    return {
        "kind": type(error).__name__,
        "message": str(error),
        "code": answer.code if answer else None,
        "request_id": answer.request_id if answer else None,
    }


if __name__ == "__main__":
    sys.exit(main())
