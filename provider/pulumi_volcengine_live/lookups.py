"""Look-ups: what an account has, whoever manages it."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import pulumi

from . import settings
from .api.pacing import Clock, Deadline, Retries
from .engine.conversions import outputs_of
from .errors import LiveError, NotFoundError
from .fields import cleaned
from .preset import Identity
from .resource import Provider, under_mocks

if TYPE_CHECKING:
    from .api.client import Client

LOOK_UP_SECONDS: Final = 15.0
MOCKED_TOKEN: Final = "volcengine-live:index:getTimeShiftPresets"  # noqa: S105 - what Pulumi calls a function's name

_log = logging.getLogger(__name__)
_DOING: Final = "looking up time-shift presets"


@dataclass(frozen=True, kw_only=True)
class ExistingPreset:
    """A time-shift preset that the service lists, in the words of `TimeShiftPreset`."""

    id: str = field(init=False)
    """`vhost/app` or `vhost/app/stream`, as `TimeShiftPreset.get` takes it."""
    vhost: str
    app: str
    stream: str | None = None
    """None: every stream of the app."""
    max_shift_time: int
    """In seconds."""
    pull_domain: str
    time_shift_type: int
    """0 (recording) or 1 (independent), as `storage` tells it."""
    preset_name: str | None = None
    enabled: bool | None = None
    storage: str | None = None
    """`tos`, `vod` or `fcdn-tos` (independent)."""
    bucket: str | None = None
    vod_namespace: str | None = None

    def __post_init__(self) -> None:
        """Say what names it."""
        object.__setattr__(self, "id", str(Identity(self.vhost, self.app, self.stream or "")))


def get_time_shift_presets(vhost: str | None = None, app: str | None = None) -> list[ExistingPreset]:
    """The account's time-shift presets in order of their ids: all, or those of one vhost, of one app, or of both.

    Asks the service where it stands in the program, in previews too, with the keys and the endpoint of the default
    provider; without keys it fails, even in a preview. A vhost that the service says the account does not have has no
    presets. What goes wrong ends the program with one message. Each look-up is two calls.

    Under `pulumi.runtime.set_mocks` nothing is asked: the mocks' `call` gets the token
    `volcengine-live:index:getTimeShiftPresets` and the arguments, as for every function of Pulumi, and may answer
    `{"presets": [{"vhost": ..., "app": ..., ...}]}`; without `presets` there are none.
    """
    if under_mocks():
        return _mocked(pulumi.runtime.invoke(MOCKED_TOKEN, {"vhost": vhost, "app": app}).value)
    return _look_up_for_program(pulumi.runtime.get_config, vhost, app)


def get_time_shift_presets_output(
    vhost: pulumi.Input[str] | None = None,
    app: pulumi.Input[str] | None = None,
    *,
    provider: Provider | None = None,
) -> pulumi.Output[list[ExistingPreset]]:
    """The same for values that other resources give: while one of them is not known, neither is the answer.

    :param provider: whose account to ask; default: the default provider's.
    """
    asked: dict[str, Any] = {"vhost": vhost, "app": app}
    if under_mocks():
        opts = pulumi.InvokeOutputOptions(provider=provider)
        return pulumi.runtime.invoke_output(MOCKED_TOKEN, asked, opts).apply(_mocked)
    configured = pulumi.runtime.get_config

    async def look_up(known: Mapping[str, Any]) -> list[ExistingPreset]:
        look = known["provider"].get if provider else configured
        return await asyncio.to_thread(_look_up_for_program, look, known["vhost"], known["app"])

    # The keys are secret; what they open is not.
    account = pulumi.Output.unsecret(provider.settings) if provider else None
    return pulumi.Output.all(**asked, provider=account).apply(look_up)


def look_up(
    client: Client, vhost: str | None = None, app: str | None = None, clock: Clock = time
) -> list[ExistingPreset]:
    """What the client's account has, in order of ids; tries again for a short while where that may help."""
    try:
        deadline = Deadline.after(clock, LOOK_UP_SECONDS)
        found = Retries(clock, deadline).call(lambda: client.presets(vhost or "", deadline))
    except NotFoundError:
        return []
    except LiveError as error:
        raise error.amended(operation=_DOING) from None
    for item in found.unreadable:
        if item.vhost in (None, vhost or item.vhost) and item.app in (None, app or item.app):
            _log.warning("an item is left out because it cannot be read: %s", item.problem)
    existing = {preset.identity: preset for preset in found.presets if fits(preset.identity, vhost, app)}
    return [ExistingPreset(**outputs_of(existing[identity], {})) for identity in sorted(existing)]


def fits(identity: Identity, vhost: str | None, app: str | None) -> bool:
    """Whether a preset is among those that a look-up is about."""
    return vhost in (None, identity.vhost) and app in (None, identity.app)


def _look_up_for_program(configured: settings.Lookup, vhost: str | None, app: str | None) -> list[ExistingPreset]:
    from .api.client import client_for  # noqa: PLC0415 - a program that looks nothing up need not load it

    try:
        chosen = settings.resolve(configured, os.environ)
        client = client_for(chosen.require_credentials(), chosen.endpoint)
        return look_up(client, _asked("vhost", vhost), _asked("app", app))
    except LiveError as error:
        raise pulumi.RunError(str(error.amended(operation=_DOING))) from None


def _asked(name: str, value: str | None) -> str | None:
    try:
        return None if value is None else str(cleaned(name, value))
    except ValueError as error:
        message = f"{_DOING}: {error}."
        raise pulumi.RunError(message) from None


def _mocked(answer: Mapping[str, Any]) -> list[ExistingPreset]:
    return [ExistingPreset(**_plain(item)) for item in answer.get("presets", [])]


def _plain(item: Mapping[str, Any]) -> dict[str, Any]:
    """Without the id, which follows from the rest, and with the integers that the engine's words have no form for."""
    return {name: int(value) if isinstance(value, float) else value for name, value in item.items() if name != "id"}
