"""Look-ups: the presets and the domains that an account has, whoever manages them."""

from __future__ import annotations

import asyncio
import functools
import logging
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

import pulumi

from . import settings
from .api.deadlines import Clock, Deadline
from .api.listed_presets import ListedPresets
from .api.retries import Retries
from .domain import Domain
from .engine.conversions import outputs_of
from .engine.sdk_workarounds import under_mocks
from .errors import LiveError, NotFoundError
from .fields import validated
from .preset import Identity
from .resource import Provider

if TYPE_CHECKING:
    from .api.client import Client

LOOK_UP_SECONDS: Final = 15.0
PRESETS_TOKEN: Final = "volcengine-live:index:getTimeShiftPresets"  # noqa: S105 - Pulumi's word for a function's name
DOMAINS_TOKEN: Final = "volcengine-live:index:getDomains"  # noqa: S105 - the same

Result = TypeVar("Result")
Item = TypeVar("Item")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class ExistingPreset:
    """A time-shift preset that the service lists, with the property names of `TimeShiftPreset`."""

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
    """0 (recording) or 1 (independent), by `storage`; 0 if this version does not know that storage."""
    preset_name: str | None = None
    enabled: bool | None = None
    storage: str | None = None
    """`tos`, `vod` or `fcdn-tos` (independent)."""
    bucket: str | None = None
    vod_namespace: str | None = None

    def __post_init__(self) -> None:
        """Set the id, which follows from the other fields."""
        object.__setattr__(self, "id", str(Identity(self.vhost, self.app, self.stream or "")))


def get_time_shift_presets(vhost: str | None = None, app: str | None = None) -> list[ExistingPreset]:
    """The account's time-shift presets in order of their ids: all, or those of one vhost, of one app, or of both.

    This calls the service at once, in previews too, with the keys and the endpoint of the default provider; without
    keys it fails, even in a preview. If the service answers that the account does not have the vhost, the list is
    empty. A failure ends the program with one message. Each look-up makes two calls.

    Under `pulumi.runtime.set_mocks` no service is asked: the mocks' `call` gets the token
    `volcengine-live:index:getTimeShiftPresets` and the arguments, as for every function of Pulumi, and may answer
    `{"presets": [{"vhost": ..., "app": ..., ...}]}`; without `presets` there are none.
    """
    return _get(_PRESETS, {"vhost": vhost, "app": app})


def get_time_shift_presets_output(
    vhost: pulumi.Input[str] | None = None,
    app: pulumi.Input[str] | None = None,
    *,
    provider: Provider | None = None,
) -> pulumi.Output[list[ExistingPreset]]:
    """Like `get_time_shift_presets`, for outputs of other resources: while one is unknown, so is the result.

    :param provider: whose account to ask; default: the default provider's.
    """
    return _get_output(_PRESETS, {"vhost": vhost, "app": app}, provider)


def get_domains(vhost: str | None = None) -> list[Domain]:
    """The account's domains in order of vhost and name: all, or those of one vhost.

    This calls the service at once, in previews too, with the keys and the endpoint of the default provider; without
    keys it fails, even in a preview. The keys must be allowed to call ListDomainDetail. A failure ends the program with
    one message. Each look-up makes one call for each 1,000 domains.

    Under `pulumi.runtime.set_mocks` no service is asked: the mocks' `call` gets the token
    `volcengine-live:index:getDomains` and the arguments, and may answer
    `{"domains": [{"name": ..., "vhost": ..., "type": ..., "status": ...}]}`; without `domains` there are none.
    """
    return _get(_DOMAINS, {"vhost": vhost})


def get_domains_output(
    vhost: pulumi.Input[str] | None = None, *, provider: Provider | None = None
) -> pulumi.Output[list[Domain]]:
    """Like `get_domains`, for the output of another resource: while it is unknown, so is the result.

    :param provider: whose account to ask; default: the default provider's.
    """
    return _get_output(_DOMAINS, {"vhost": vhost}, provider)


def look_up(
    client: Client, vhost: str | None = None, app: str | None = None, clock: Clock = time
) -> list[ExistingPreset]:
    """The presets of the client's account in order of ids; retries for LOOK_UP_SECONDS if that may help."""
    deadline = Deadline.after(clock, LOOK_UP_SECONDS)
    found = _retried(_PRESETS, deadline, lambda: client.presets(vhost or "", deadline), ListedPresets(()))
    for item in found.unreadable:
        # A vhost or an app that cannot be read (None) may be the one asked for.
        if item.vhost in (None, vhost or item.vhost) and item.app in (None, app or item.app):
            _log.warning("an item is left out because it cannot be read: %s", item.problem)
    existing = {preset.identity: preset for preset in found.presets if fits(preset.identity, vhost, app)}
    return [ExistingPreset(**outputs_of(existing[identity], {})) for identity in sorted(existing)]


def look_up_domains(client: Client, vhost: str | None = None, clock: Clock = time) -> list[Domain]:
    """The domains of the client's account in order of vhost and name; retries for LOOK_UP_SECONDS if that may help."""
    deadline = Deadline.after(clock, LOOK_UP_SECONDS)
    none: list[Domain] = []
    found = _retried(_DOMAINS, deadline, lambda: client.domains([vhost] if vhost else [], deadline), none)
    listed = {(domain.vhost, domain.name): domain for domain in found if vhost in (None, domain.vhost)}
    return [listed[key] for key in sorted(listed)]


def fits(identity: Identity, vhost: str | None, app: str | None) -> bool:
    """Whether a preset is of this vhost and app; None is any."""
    return vhost in (None, identity.vhost) and app in (None, identity.app)


@dataclass(frozen=True)
class _Kind(Generic[Item]):
    """One kind of item that can be looked up."""

    operation: str
    token: str
    answer: str
    """The key of the mocks' answer that holds the items."""
    item: Callable[..., Item]
    look_up: Callable[..., list[Item]]


_PRESETS: Final = _Kind("looking up time-shift presets", PRESETS_TOKEN, "presets", ExistingPreset, look_up)
_DOMAINS: Final = _Kind("looking up domains", DOMAINS_TOKEN, "domains", Domain, look_up_domains)


def _get(kind: _Kind[Item], arguments: Mapping[str, str | None]) -> list[Item]:
    if under_mocks():
        return _mocked(kind, pulumi.runtime.invoke(kind.token, arguments).value)
    return _look_up_for_program(kind, pulumi.runtime.get_config, arguments)


def _get_output(
    kind: _Kind[Item], arguments: Mapping[str, pulumi.Input[str] | None], provider: Provider | None
) -> pulumi.Output[list[Item]]:
    if under_mocks():
        opts = pulumi.InvokeOutputOptions(provider=provider)
        return pulumi.runtime.invoke_output(kind.token, arguments, opts).apply(functools.partial(_mocked, kind))
    default = pulumi.runtime.get_config

    async def when_known(known: Mapping[str, Any]) -> list[Item]:
        given = {name: known[name] for name in arguments}
        configured = known["provider"].get if provider else default
        return await asyncio.to_thread(_look_up_for_program, kind, configured, given)

    # The keys are secret; the account's presets and domains are not.
    account = pulumi.Output.unsecret(provider.settings) if provider else None
    return pulumi.Output.all(**arguments, provider=account).apply(when_known)


def _look_up_for_program(
    kind: _Kind[Item], configured: settings.Configured, arguments: Mapping[str, str | None]
) -> list[Item]:
    from .api.client import client_for  # noqa: PLC0415 - a program that looks nothing up need not load it

    try:
        chosen = settings.resolve(configured, os.environ)
        client = client_for(chosen.require_credentials(), chosen.endpoint)
        given = {name: None if value is None else str(validated(name, value)) for name, value in arguments.items()}
        return kind.look_up(client, **given)
    except ValueError as error:
        message = f"{kind.operation}: {error}."
        raise pulumi.RunError(message) from None
    except LiveError as error:
        raise pulumi.RunError(str(error.amended(operation=kind.operation))) from None


def _retried(kind: _Kind[Any], deadline: Deadline, attempt: Callable[[], Result], nothing: Result) -> Result:
    """What the service answers, or `nothing` if it answers that the account has no such resource."""
    try:
        return Retries(deadline.clock, deadline).call(attempt)
    except NotFoundError:
        return nothing
    except LiveError as error:
        raise error.amended(operation=kind.operation) from None


def _mocked(kind: _Kind[Item], answer: Mapping[str, Any]) -> list[Item]:
    return [kind.item(**_plain(item)) for item in answer.get(kind.answer, [])]


def _plain(item: Mapping[str, Any]) -> dict[str, Any]:
    """The fields without the id, which follows from the others. Integers arrive as floats and become integers again."""
    return {name: int(value) if isinstance(value, float) else value for name, value in item.items() if name != "id"}
