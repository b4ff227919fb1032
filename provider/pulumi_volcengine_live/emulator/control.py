"""The emulator's own interface, beside the service's: what it holds and saw, and what it shall do."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .backend import DEFAULT_ACCOUNT, Guesses, Preset
from .behaviours import BEHAVIOURS
from .checked import UnfitError, build
from .faults import Fault

if TYPE_CHECKING:
    from .server import Emulator

PREFIX = "/_emulator/"


@dataclasses.dataclass(frozen=True)
class Identity:
    """What there is only one preset of."""

    Vhost: str
    App: str
    Stream: str = ""


def _get_state(emulator: Emulator, _content: dict[str, Any]) -> Any:
    return {"guesses": dataclasses.asdict(emulator.backend.guesses), "presets": emulator.backend.dump()}


def _get_calls(emulator: Emulator, _content: dict[str, Any]) -> Any:
    return [dataclasses.asdict(call) for call in emulator.calls()]


def _get_behaviours(_emulator: Emulator, _content: dict[str, Any]) -> Any:
    return [dataclasses.asdict(behaviour) for behaviour in BEHAVIOURS]


def _post_guesses(emulator: Emulator, content: dict[str, Any]) -> Any:
    now = dataclasses.asdict(emulator.backend.guesses)
    emulator.backend.guesses = build(Guesses, {**now, **content})
    return dataclasses.asdict(emulator.backend.guesses)


def _post_faults(emulator: Emulator, content: dict[str, Any]) -> Any:
    emulator.faults.add(build(Fault, content))
    return {}


def _delete_faults(emulator: Emulator, _content: dict[str, Any]) -> Any:
    emulator.faults.clear()
    return {}


def _put_presets(emulator: Emulator, content: dict[str, Any]) -> Any:
    account = _account(emulator, content)
    emulator.backend.put(account, build(Preset, content))
    return {}


def _delete_presets(emulator: Emulator, content: dict[str, Any]) -> Any:
    account = _account(emulator, content)
    emulator.backend.remove(account, dataclasses.astuple(build(Identity, content)))
    return {}


def _account(emulator: Emulator, content: dict[str, Any]) -> str:
    accounts = [key.account for key in emulator.keys.values()]
    account = content.pop("account", DEFAULT_ACCOUNT)
    if account not in accounts:
        raise UnfitError(account, "account", f"one of {', '.join(accounts)}")
    return str(account)


def _post_reset(emulator: Emulator, _content: dict[str, Any]) -> Any:
    emulator.reset()
    return {}


_ROUTES: dict[tuple[str, str], Callable[[Emulator, dict[str, Any]], Any]] = {
    ("GET", "state"): _get_state,
    ("GET", "calls"): _get_calls,
    ("GET", "behaviours"): _get_behaviours,
    ("POST", "guesses"): _post_guesses,
    ("POST", "faults"): _post_faults,
    ("DELETE", "faults"): _delete_faults,
    ("PUT", "presets"): _put_presets,
    ("DELETE", "presets"): _delete_presets,
    ("POST", "reset"): _post_reset,
}


def answer(emulator: Emulator, method: str, name: str, content: Any) -> tuple[int, Any]:
    """The HTTP status of a control request, and what it answers."""
    route = _ROUTES.get((method, name))
    if route is None:
        there_are = ", ".join(" ".join(route) for route in _ROUTES)
        return 404, {"error": f"there is no {method} {name}, but {there_are}"}
    if not isinstance(content, dict | None):
        return 400, {"error": "the body is a JSON object"}
    try:
        return 200, route(emulator, content or {})
    except UnfitError as error:
        return 400, {"error": str(error)}
