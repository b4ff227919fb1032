"""The dynamic provider: the engine's words and dicts on one side, typed values and the lifecycle on the other."""

from __future__ import annotations

import functools
import inspect
import logging
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    ResourceProvider,
    UpdateResult,
)

from . import plain_errors
from .client import client_for
from .errors import InvalidRequestError, LiveError, NotFoundError
from .inputs import INPUTS, cleaned
from .lifecycle import Lifecycle
from .live_checks import LiveChecks, Meant
from .preset import Identity, Preset
from .settings import Settings, resolve

_PROVIDER_KEY = "__provider"
REPLACE_ON_CHANGES = "__replace_on_changes"
"""The resource option as an input: the SDK does not tell the engine which inputs of a dynamic resource changed, so the
engine cannot carry the option out. Pulumi shows no property of such a name."""

_log = logging.getLogger(__package__)

TAKES_EFFECT = "Changes work on streams after 3 to 5 minutes, and the streams must be pushed again."
COMPUTED = ("preset_name", "enabled", "storage", "bucket", "vod_namespace")


@dataclass(frozen=True)
class Phase:
    """What one phase of a command remembers."""

    lifecycle: Lifecycle
    checks: LiveChecks


class TimeShiftPresetProvider(ResourceProvider):
    """Stored in every state by this module's and this class's name: neither may ever change.

    One object serves one provider instance during one phase (a preview, an update, a refresh, a destroy) in a process
    of its own, with four threads. It has no `__init__` and is pickled without state.
    """

    __module__ = "pulumi_volcengine_live"
    serialize_as_secret_always = False

    _request: ConfigureRequest
    _first_use: threading.Lock
    _begun: Phase | None = None

    def configure(self, req: ConfigureRequest) -> None:
        """Keep the configuration; it is read when the first method needs it, so that an error there has a name."""
        self._request = req
        self._first_use = threading.Lock()
        plain_errors.show()

    @functools.cached_property
    def _settings(self) -> Settings:
        return resolve(self._request.config.get, os.environ)

    @property
    def _phase(self) -> Phase:
        with self._first_use:
            if self._begun is None:
                client = client_for(self._settings.require_credentials(), self._settings.endpoint)
                lifecycle = Lifecycle(client, self._settings.shared_delete)
                self._begun = Phase(lifecycle, LiveChecks(lifecycle))
            return self._begun

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Refuse at preview what would be refused later, each value by name."""
        settings = self._settings
        inputs: dict[str, Any] = {}
        failures = [
            CheckFailure(name, f"{name} is no input of a time-shift preset; its inputs are {', '.join(INPUTS)}")
            for name in news
            if name not in (*INPUTS, _PROVIDER_KEY, REPLACE_ON_CHANGES)
        ]
        for name in INPUTS:
            value = news.get(name)
            if _is_unknown(value):
                inputs[name] = value
                continue
            try:
                inputs[name] = cleaned(name, value)
            except ValueError as error:
                failures.append(CheckFailure(name, str(error)))
        inputs[REPLACE_ON_CHANGES] = news.get(REPLACE_ON_CHANGES)
        inputs = {name: value for name, value in inputs.items() if value is not None}
        if not failures and settings.credentials and settings.live_checks != "off":
            failures = [CheckFailure(*problem) for problem in self._phase.checks.problems(_meant(_olds, inputs))]
        return CheckResult(inputs, failures)

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Only max_shift_time is changed in place; a replacement deletes first, since the identity may be the same."""
        changed = _changed(_olds, _news)
        replaces = _replaces(changed, _news)
        if replaces:
            _log.warning("replacing time-shift preset %s stops time shift in between. %s", _id, TAKES_EFFECT)
        elif self._settings.credentials:
            self._phase.lifecycle.claim(_identity(_id))
        return DiffResult(changes=bool(changed), replaces=replaces, delete_before_replace=True)

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Create exactly once, or adopt."""
        made = self._phase.lifecycle.create(_wanted(props), adopt=bool(props.get("adopt")))
        if not made.enabled:
            _log.warning("time-shift preset %s is not enabled: the service waits for a support ticket.", made.identity)
        return CreateResult(str(made.identity), _outputs(made, props))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """What exists, as outputs and as inputs: so a preview after a refresh shows drift with both values."""
        identity = _identity(id_)
        found = self._phase.lifecycle.read(identity)
        if found is not None:
            outputs = _outputs(found, props)
            return ReadResult(id_, outputs, {name: outputs[name] for name in INPUTS if name in outputs})
        if "vhost" not in props:
            raise self._missing(identity)
        return ReadResult("", {})

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Change max_shift_time; a change of adopt alone is nothing to the service."""
        wanted = _wanted(_news)
        if "max_shift_time" in _changed(_olds, _news):
            self._phase.lifecycle.update(_identity(_id), wanted.max_shift_time)
        computed = {name: _olds[name] for name in COMPUTED if name in _olds}
        return UpdateResult({**computed, **_outputs(wanted, _news)})

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Delete; what is gone already is deleted."""
        self._phase.lifecycle.delete(_identity(_id))

    def _missing(self, identity: Identity) -> LiveError:
        """Raised, since the engine takes an empty answer here for outputs that stay unknown for ever."""
        others = self._phase.lifecycle.others_of(identity)
        has = f"The vhost has: {', '.join(str(preset.identity) for preset in others)}." if others else ""
        return NotFoundError(f"there is no time-shift preset {identity}. {has or 'The vhost has none.'}")


def _meant(olds: dict[str, Any], news: dict[str, Any]) -> Meant:
    known = {name: value for name, value in news.items() if not _is_unknown(value)}
    named = known.keys() >= {"vhost", "app"} and not _is_unknown(news.get("stream"))
    changed = [name for name in _changed(olds, news) if not _is_unknown(news.get(name))] if olds else []
    return Meant(
        urn=_urn(),
        old=_identity_of(olds) if olds else None,
        olds={name: int(value) if isinstance(value, float) else value for name, value in olds.items()},
        identity=_identity_of(known) if named else None,
        news=known,
        replaces=_replaces(changed, news),
        adopts=bool(news.get("adopt")),
    )


def _urn() -> str:
    """Which resource is being checked. The SDK does not tell a provider, but its servicer has it in the request."""
    frame = inspect.currentframe()
    while frame is not None:
        urn = getattr(frame.f_locals.get("request"), "urn", None)
        if isinstance(urn, str):
            return urn
        frame = frame.f_back
    return ""


def _identity_of(properties: Mapping[str, Any]) -> Identity:
    return Identity(properties["vhost"], properties["app"], properties.get("stream") or "")


def _identity(id_: str) -> Identity:
    try:
        return Identity.parse(id_)
    except ValueError as error:
        raise InvalidRequestError(str(error)) from None


def _is_unknown(value: Any) -> bool:
    return isinstance(value, pulumi.output.Unknown)


def _changed(olds: dict[str, Any], news: dict[str, Any]) -> list[str]:
    """The inputs that differ; one that is not known yet may, so it counts."""
    return [name for name in INPUTS if _is_unknown(news.get(name)) or olds.get(name) != news.get(name)]


def _replaces(changed: list[str], news: dict[str, Any]) -> list[str]:
    """Those of the changed inputs that replace, by nature or because the program says so."""
    told = news.get(REPLACE_ON_CHANGES, [])
    all_but_adopt = set(INPUTS) - {"adopt"} if "*" in told else set()
    return [name for name in changed if INPUTS[name].replaces or name in told or name in all_but_adopt]


def _wanted(props: dict[str, Any]) -> Preset:
    return Preset(
        identity=_identity_of(props),
        max_shift_time=int(props["max_shift_time"]),
        pull_domain=props["pull_domain"],
        time_shift_type=int(props["time_shift_type"]),
    )


def _outputs(preset: Preset, props: dict[str, Any]) -> dict[str, Any]:
    outputs = {
        "vhost": preset.identity.vhost,
        "app": preset.identity.app,
        "stream": preset.identity.stream or None,
        "max_shift_time": int(preset.max_shift_time),
        "pull_domain": preset.pull_domain,
        "time_shift_type": int(preset.time_shift_type),
        "adopt": props.get("adopt"),
        **{name: getattr(preset, name) for name in COMPUTED},
    }
    return {name: value for name, value in outputs.items() if value is not None}
