"""Run the emulator: `python -m pulumi_volcengine_live.emulator --port 0 --access-key K --secret-key S`."""

from __future__ import annotations

import argparse
import json
import math
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import TypeVar, get_args, get_type_hints

from .backend import DEFAULT_ACCOUNT, Backend
from .behaviours import BEHAVIOURS
from .guesses import Guesses
from .items import Access, Domain, Recording
from .request_rules import FIELDS
from .server import Emulator

_PORTS = range(1 << 16)
N = TypeVar("N", int, float)


def main(arguments: list[str] | None = None) -> int:
    """Read the options and run; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m pulumi_volcengine_live.emulator", description=__doc__)
    add_arguments(parser)
    return run(parser.parse_args(arguments))


def run(options: argparse.Namespace) -> int:
    """Print the behaviours if asked; else print the URL, so that a script can read it, and serve until interrupted."""
    if options.behaviours:
        for behaviour in BEHAVIOURS:
            print(f"{behaviour.what}  [{behaviour.source}]")
        return 0
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        emulator = _emulator(options)
        _fill(emulator, options)
    except (OSError, ValueError) as error:
        print(f"the emulator cannot start: {error}", file=sys.stderr)
        return 1
    with emulator:
        print(emulator.url, flush=True)
        stop.wait()
    return 0


def _emulator(options: argparse.Namespace) -> Emulator:
    guesses = Guesses(**{name: getattr(options, name) for name in get_type_hints(Guesses)})
    backend = Backend(guesses, calls_per_second=options.calls_per_second or None)
    if options.state:
        _keep_in_file(backend, options.state)
    try:
        return Emulator(
            port=options.port,
            access_key=options.access_key,
            secret_key=options.secret_key,
            backend=backend,
            latency=options.latency,
        )
    except OSError as error:
        raise OSError(f"port {options.port}: {error.strerror}") from error  # noqa: TRY003, EM102 - shown as it is


def _fill(emulator: Emulator, options: argparse.Namespace) -> None:
    """Add what the options name. `--state` keeps no accounts, owners of vhosts or limits on keys: give these again."""
    for account, access_key, secret_key in options.account:
        emulator.add_account(account, access_key, secret_key)
    emulator.backend.vhosts.update(options.vhost)
    emulator.put(*options.push_domain, *options.pull_domain, *options.recording_preset)
    if options.limit_to or options.deny:
        emulator.backend.access[DEFAULT_ACCOUNT] = Access(options.limit_to or None, options.deny)


def _keep_in_file(backend: Backend, file: Path) -> None:
    """Load the state from the file; write the file now, and after every change."""
    if file.exists():
        try:
            backend.load(json.loads(file.read_text(encoding="utf-8")))
        except ValueError as error:
            raise ValueError(f"{file} holds no state of an emulator: {error}") from error  # noqa: TRY003, EM102 - shown as it is

    def save() -> None:
        new = file.with_name(f"{file.name}.new")
        new.write_text(json.dumps(backend.dump(), indent=2) + "\n", encoding="utf-8")
        new.replace(file)

    save()
    backend.after_write = save


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the emulator's options, one for each field of Guesses among them."""
    parser.add_argument("--port", type=_port, default=0, help="the port to listen on (default 0: any free one)")
    for name in ("access", "secret"):
        key = f"emulator-{name}-key"
        parser.add_argument(f"--{name}-key", default=key, help=f"the default account's {name} key (default: {key})")
    parser.add_argument(
        "--state", type=Path, metavar="FILE", help="keep presets, domains and recording presets in FILE between runs"
    )
    parser.add_argument(
        "--latency", type=_seconds, default=0.0, metavar="SECONDS", help="wait before each answer (default: 0)"
    )
    parser.add_argument(
        "--calls-per-second",
        type=_count,
        default=10,
        help="limit for each action and account (default: 10; 0: no limit)",
    )
    parser.add_argument("--behaviours", action="store_true", help="print each behaviour with its source, and end")
    _add_items(parser)
    kinds = get_type_hints(Guesses)
    for guess in fields(Guesses):
        choices = get_args(kinds[guess.name]) or None
        parser.add_argument(
            f"--{guess.name.replace('_', '-')}",
            dest=guess.name,
            type=str if choices else _seconds,
            choices=choices,
            default=guess.default,
            help=f"guess: {guess.metadata['help']} (default: {guess.default})",
        )


def _add_items(parser: argparse.ArgumentParser) -> None:
    """Options for what exists from the start; each may be given several times."""
    for option, kind, form, text in (
        ("--push-domain", _push_domain, "DOMAIN=VHOST", "add a push domain of a vhost"),
        ("--pull-domain", _pull_domain, "DOMAIN=VHOST", "add a pull domain of a vhost"),
        ("--recording-preset", _recording, "VHOST[/APP[/STREAM]][=vod]", "add a recording preset of this level"),
        ("--account", _account, "NAME:ACCESS_KEY:SECRET_KEY", "add another account with these keys"),
        (
            "--vhost",
            _vhost,
            "VHOST=ACCOUNT",
            "make this account the vhost's owner (default: the default account owns all)",
        ),
        (
            "--limit-to",
            str,
            "VHOST",
            "let the default account's keys use only this vhost, as keys that are limited to a project",
        ),
        ("--deny", _action, "ACTION", "an action that the default account's keys may not call"),
    ):
        parser.add_argument(option, type=kind, action="append", default=[], metavar=form, help=text)


def _refused(text: str, allowed: str) -> argparse.ArgumentTypeError:
    return argparse.ArgumentTypeError(f"the value must be {allowed}, not {text!r}")


def _pair(text: str, form: str) -> tuple[str, str]:
    parts = text.split("=")
    if len(parts) != 2 or not all(parts):  # noqa: PLR2004 - as the form shows
        raise _refused(text, form)
    return parts[0], parts[1]


def _vhost(text: str) -> tuple[str, str]:
    return _pair(text, "VHOST=ACCOUNT")


def _push_domain(text: str) -> Domain:
    return Domain(*_pair(text, "DOMAIN=VHOST"), "push")


def _pull_domain(text: str) -> Domain:
    return Domain(*_pair(text, "DOMAIN=VHOST"), "pull-flv")


def _recording(text: str) -> Recording:
    level, _, storage = text.partition("=")
    vhost, app, stream = [*level.split("/"), "", ""][:3]
    if not vhost or storage not in ("", "tos", "vod"):
        raise _refused(text, "VHOST, VHOST/APP or VHOST/APP/STREAM, with =vod or =tos if at all")
    return Recording(vhost, app, stream, "vod" if storage == "vod" else "tos")


def _account(text: str) -> tuple[str, str, str]:
    parts = text.split(":")
    if len(parts) != 3:  # noqa: PLR2004 - as the form shows
        raise _refused(text, "NAME:ACCESS_KEY:SECRET_KEY")
    return parts[0], parts[1], parts[2]


def _action(text: str) -> str:
    if text not in FIELDS:
        raise _refused(text, f"one of {', '.join(FIELDS)}")
    return text


def _port(text: str) -> int:
    return _number(int, text, lambda port: port in _PORTS, f"a port from 0 to {_PORTS[-1]}")


def _count(text: str) -> int:
    return _number(int, text, lambda count: count >= 0, "a whole number from 0")


def _seconds(text: str) -> float:
    return _number(float, text, lambda seconds: 0 <= seconds < math.inf, "a number of seconds from 0")


def _number(kind: Callable[[str], N], text: str, fits: Callable[[N], bool], allowed: str) -> N:
    with suppress(ValueError):
        if fits(number := kind(text)):
            return number
    raise _refused(text, allowed)


if __name__ == "__main__":
    sys.exit(main())
