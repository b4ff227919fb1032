"""The emulator's own routes, beside the service's: they show what it holds, and change what it does."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from email.message import Message
from typing import Any
from urllib.parse import urlsplit

from .backend import DEFAULT_ACCOUNT
from .behaviours import BEHAVIOURS
from .calls_and_faults import Service
from .faults import Fault
from .guesses import Guesses
from .items import Access, Domain, Preset, Recording
from .json_objects import InvalidValueError, build

PREFIX = "/_emulator/"
_THIS_MACHINE = ("127.0.0.1", "localhost", "::1", None)


@dataclasses.dataclass(frozen=True)
class PresetKey:
    """The body of DELETE presets."""

    Vhost: str
    App: str
    Stream: str = ""


@dataclasses.dataclass(frozen=True)
class RecordingKey:
    """The body of DELETE recordings."""

    Vhost: str
    App: str = ""
    Stream: str = ""


@dataclasses.dataclass(frozen=True)
class DomainKey:
    """The body of DELETE domains."""

    Domain: str


@dataclasses.dataclass(frozen=True)
class Vhost:
    """The body of PUT vhosts: a vhost, or `*` for all that are not named. Its owner becomes the request's `account`."""

    Vhost: str


@dataclasses.dataclass(frozen=True)
class NewAccount:
    """The body of PUT accounts: an account and a pair of keys for it."""

    account: str
    access_key: str
    secret_key: str
    session_token: str = ""


def _get_state(service: Service, _content: dict[str, Any]) -> Any:
    backend = service.backend
    return {
        "guesses": dataclasses.asdict(backend.guesses),
        **backend.dump(),
        "vhosts": backend.vhosts,
        "access": {account: dataclasses.asdict(access) for account, access in backend.access.items()},
    }


def _get_calls(service: Service, _content: dict[str, Any]) -> Any:
    return [dataclasses.asdict(call) for call in service.calls()]


def _get_behaviours(_service: Service, _content: dict[str, Any]) -> Any:
    return [dataclasses.asdict(behaviour) for behaviour in BEHAVIOURS]


def _post_guesses(service: Service, content: dict[str, Any]) -> Any:
    current = dataclasses.asdict(service.backend.guesses)
    service.backend.guesses = build(Guesses, {**current, **content})
    return dataclasses.asdict(service.backend.guesses)


def _post_faults(service: Service, content: dict[str, Any]) -> Any:
    service.faults.add(build(Fault, content))
    return {}


def _delete_faults(service: Service, _content: dict[str, Any]) -> Any:
    service.faults.clear()
    return {}


def _put_presets(service: Service, content: dict[str, Any]) -> Any:
    service.backend.put(_account(service, content), build(Preset, content))
    return {}


def _delete_presets(service: Service, content: dict[str, Any]) -> Any:
    service.backend.remove(_account(service, content), dataclasses.astuple(build(PresetKey, content)))
    return {}


def _put_domains(service: Service, content: dict[str, Any]) -> Any:
    service.backend.put(_account(service, content), build(Domain, content))
    return {}


def _delete_domains(service: Service, content: dict[str, Any]) -> Any:
    service.backend.remove_domain(_account(service, content), build(DomainKey, content).Domain)
    return {}


def _put_recordings(service: Service, content: dict[str, Any]) -> Any:
    service.backend.put(_account(service, content), build(Recording, content))
    return {}


def _delete_recordings(service: Service, content: dict[str, Any]) -> Any:
    service.backend.remove_recording(_account(service, content), dataclasses.astuple(build(RecordingKey, content)))
    return {}


def _put_accounts(service: Service, content: dict[str, Any]) -> Any:
    service.add_account(**dataclasses.asdict(build(NewAccount, content)))
    return {}


def _put_vhosts(service: Service, content: dict[str, Any]) -> Any:
    account = _account(service, content)
    service.backend.vhosts[build(Vhost, content).Vhost] = account
    return {}


def _put_access(service: Service, content: dict[str, Any]) -> Any:
    account = _account(service, content)
    service.backend.access[account] = build(Access, content)
    return {}


def _account(service: Service, content: dict[str, Any]) -> str:
    """Take `account` out of the body, so that the rest is the item; InvalidValueError if no keys open that account."""
    accounts = [key.account for key in service.keys.values()]
    account = content.pop("account", DEFAULT_ACCOUNT)
    if account not in accounts:
        raise InvalidValueError(account, "account", f"one of {', '.join(accounts)}")
    return str(account)


def _post_reset(service: Service, _content: dict[str, Any]) -> Any:
    service.reset()
    return {}


ROUTES: dict[tuple[str, str], Callable[[Service, dict[str, Any]], Any]] = {
    ("GET", "state"): _get_state,
    ("GET", "calls"): _get_calls,
    ("GET", "behaviours"): _get_behaviours,
    ("POST", "guesses"): _post_guesses,
    ("POST", "faults"): _post_faults,
    ("DELETE", "faults"): _delete_faults,
    ("PUT", "presets"): _put_presets,
    ("DELETE", "presets"): _delete_presets,
    ("PUT", "domains"): _put_domains,
    ("DELETE", "domains"): _delete_domains,
    ("PUT", "recordings"): _put_recordings,
    ("DELETE", "recordings"): _delete_recordings,
    ("PUT", "accounts"): _put_accounts,
    ("PUT", "vhosts"): _put_vhosts,
    ("PUT", "access"): _put_access,
    ("POST", "reset"): _post_reset,
}


def refusal(headers: Message) -> tuple[int, Any] | None:
    """The answer to a web page: its requests have an Origin, or a foreign Host (DNS rebinding). None: not refused."""
    if headers.get("Origin") is not None:
        return 403, {"error": "requests with an Origin are refused: a page in a browser may not use these routes"}
    if _host(headers) not in _THIS_MACHINE:
        return 403, {"error": f"the Host must be 127.0.0.1 or localhost, not {headers['Host']!r}"}
    return None


def _host(headers: Message) -> str | None:
    try:
        return urlsplit(f"//{headers.get('Host', '')}").hostname
    except ValueError:
        return str(headers["Host"])


def answer(service: Service, method: str, name: str, content: Any) -> tuple[int, Any]:
    """The HTTP status of a control request, and what it answers."""
    route = ROUTES.get((method, name))
    if route is None:
        there_are = ", ".join(" ".join(route) for route in ROUTES)
        return 404, {"error": f"there is no {method} {name}, but {there_are}"}
    if not isinstance(content, dict | None):
        return 400, {"error": "the body must be a JSON object"}
    try:
        return 200, route(service, content or {})
    except InvalidValueError as error:
        return 400, {"error": str(error)}
