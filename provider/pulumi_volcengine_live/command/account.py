"""The account that a verb works on, from the keys in the environment, and the options that choose its items."""

from __future__ import annotations

import argparse
import functools
import os

from pulumi_volcengine_live import settings
from pulumi_volcengine_live.api.client import Client, client_for
from pulumi_volcengine_live.errors import SettingsError
from pulumi_volcengine_live.fields import validated
from pulumi_volcengine_live.lookups import ExistingPreset, fits, look_up
from pulumi_volcengine_live.preset import Identity


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that choose presets, and --json."""
    add_vhost(parser, "only presets of this vhost")
    parser.add_argument("--app", type=functools.partial(_checked, "app"), help="only presets of apps with this name")
    parser.add_argument("--id", type=_identity, help="only the preset with this id, as `list` shows it")
    add_json(parser)


def add_vhost(parser: argparse.ArgumentParser, text: str) -> None:
    """Add --vhost; `text` is its help."""
    parser.add_argument("--vhost", type=functools.partial(_checked, "vhost"), help=text)


def add_json(parser: argparse.ArgumentParser) -> None:
    """Add --json."""
    parser.add_argument("--json", action="store_true", help="print JSON, also for a failure")


def presets(options: argparse.Namespace) -> list[ExistingPreset]:
    """The presets that the options select."""
    vhost = options.vhost or (options.id and options.id.vhost)
    return [preset for preset in look_up(client(), vhost, options.app) if _is_selected(options.id, preset.id)]


def selects(options: argparse.Namespace, identity: Identity) -> bool:
    """Whether the options select this preset."""
    return fits(identity, options.vhost, options.app) and _is_selected(options.id, str(identity))


def client() -> Client:
    """A client with the keys and the endpoint of the environment; SettingsError if there are no keys."""
    resolved = settings.resolve(lambda _: None, os.environ)
    return client_for(require_credentials(resolved), resolved.endpoint)


def require_credentials(resolved: settings.Settings) -> settings.Credentials:
    """The keys; SettingsError that names only the sources which a verb reads."""
    if resolved.credentials is None:
        message = (
            "no keys for Volcengine were found in the environment or in ~/.volc; a stack's configuration is not read"
            " here."
        )
        raise SettingsError(message, advice="Set VOLC_ACCESSKEY and VOLC_SECRETKEY.")
    return resolved.credentials


def nothing_listed(options: argparse.Namespace) -> str:
    """The message if the service lists none of the presets that the options select."""
    return f"The service lists no time-shift presets{selection(options)}."


def selection(options: argparse.Namespace) -> str:
    """The options that choose presets, in words: ` of vhost a.b`; empty if none is given."""
    given = ((name, getattr(options, name)) for name in ("vhost", "app", "id"))
    return "".join(f" of {name} {value}" for name, value in given if value)


def _is_selected(chosen: Identity | None, id_: str) -> bool:
    return chosen is None or str(chosen) == id_


def _identity(value: str) -> Identity:
    try:
        return Identity.parse(value)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _checked(name: str, value: str) -> str:
    try:
        return str(validated(name, value))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
