"""Run the emulator: `python -m pulumi_volcengine_live.emulator --port 0 --access-key K --secret-key S`."""

from __future__ import annotations

import argparse
import json
import math
import signal
import sys
import threading
from pathlib import Path
from typing import get_args, get_type_hints

from .backend import DEFAULT_ACCOUNT, Backend
from .behaviours import BEHAVIOURS
from .guesses import Guesses
from .items import Access, Domain, Recording
from .rules import FIELDS
from .server import Emulator

_PORTS = range(1 << 16)


def main(arguments: list[str] | None = None) -> int:
    """The emulator as a command of its own."""
    parser = argparse.ArgumentParser(prog="python -m pulumi_volcengine_live.emulator", description=__doc__)
    add_arguments(parser)
    return run(parser.parse_args(arguments))


def run(options: argparse.Namespace) -> int:
    """Serve until interrupted; print the URL first, so that a script can read it."""
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
    """Add what the options name. Keys, the vhosts' owners and the limits on keys are not kept between runs."""
    for account, access_key, secret_key in options.account:
        emulator.add_account(account, access_key, secret_key)
    emulator.backend.vhosts.update(options.vhost)
    emulator.put(*options.push_domain, *options.pull_domain, *options.recording_preset)
    if options.limit_to or options.deny:
        emulator.backend.access[DEFAULT_ACCOUNT] = Access(options.limit_to or None, options.deny)


def _keep_in_file(backend: Backend, file: Path) -> None:
    """Load what the file has, and write it after every change."""
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
    """Add the options of the emulator; each guess is one."""
    parser.add_argument("--port", type=_port, default=0, help="0 takes a free one (default)")
    parser.add_argument("--access-key", default="emulator-access-key")
    parser.add_argument("--secret-key", default="emulator-secret-key")
    parser.add_argument(
        "--state", type=Path, metavar="FILE", help="keep presets, domains and recording presets in FILE between runs"
    )
    parser.add_argument("--latency", type=_seconds, default=0.0, metavar="SECONDS", help="wait before each answer")
    parser.add_argument("--calls-per-second", type=_count, default=10, help="for each action; 0: no limit")
    parser.add_argument("--behaviours", action="store_true", help="print each behaviour with its source, and end")
    _add_items(parser)
    for name, kind in get_type_hints(Guesses).items():
        choices = get_args(kind) or None
        parser.add_argument(
            f"--{name.replace('_', '-')}",
            dest=name,
            type=str if choices else _seconds,
            choices=choices,
            default=getattr(Guesses, name),
            help=f"a guess (default: {getattr(Guesses, name)})",
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
            _pair,
            "VHOST=ACCOUNT",
            "make this account the vhost's owner (default: the default account owns all)",
        ),
        ("--limit-to", str, "VHOST", "limit the keys to projects that have these vhosts"),
        ("--deny", _action, "ACTION", "an action that the keys may not call"),
    ):
        parser.add_argument(option, type=kind, action="append", default=[], metavar=form, help=text)


def _pair(text: str) -> tuple[str, str]:
    first, second = text.split("=")
    if not (first and second):
        raise ValueError
    return first, second


def _push_domain(text: str) -> Domain:
    return Domain(*_pair(text), "push")


def _pull_domain(text: str) -> Domain:
    return Domain(*_pair(text), "pull-flv")


def _recording(text: str) -> Recording:
    level, _, storage = text.partition("=")
    vhost, app, stream = [*level.split("/"), "", ""][:3]
    if not vhost or storage not in ("", "tos", "vod"):
        raise ValueError
    return Recording(vhost, app, stream, "vod" if storage == "vod" else "tos")


def _account(text: str) -> tuple[str, str, str]:
    account, access_key, secret_key = text.split(":")
    return account, access_key, secret_key


def _action(text: str) -> str:
    if text not in FIELDS:
        raise ValueError
    return text


def _port(text: str) -> int:
    if (port := int(text)) not in _PORTS:
        raise ValueError
    return port


def _count(text: str) -> int:
    if (count := int(text)) < 0:
        raise ValueError
    return count


def _seconds(text: str) -> float:
    if not 0 <= (seconds := float(text)) < math.inf:
        raise ValueError
    return seconds


if __name__ == "__main__":
    sys.exit(main())
