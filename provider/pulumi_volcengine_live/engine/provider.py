"""The dynamic provider: the engine's words and dicts on one side, typed values and the lifecycle on the other."""

from __future__ import annotations

import functools
import inspect
import logging
import os
import threading
from typing import TYPE_CHECKING, Any

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

from pulumi_volcengine_live.engine import sdk_workarounds
from pulumi_volcengine_live.engine.conversions import (
    COMPUTED,
    OPTIONS,
    changed_inputs,
    identity_of,
    is_unknown,
    meant,
    outputs_of,
    replacing,
    wanted_preset,
)
from pulumi_volcengine_live.errors import InvalidRequestError, LiveError, NotFoundError
from pulumi_volcengine_live.fields import INPUTS, cleaned
from pulumi_volcengine_live.preset import Identity
from pulumi_volcengine_live.settings import Settings, resolve

if TYPE_CHECKING:
    from pulumi_volcengine_live.engine.phase import Phase

_PROVIDER_KEY = "__provider"
_log = logging.getLogger(__package__)

_REPLACING = (
    "replacing time-shift preset %s stops time shift in between. Changes work on streams after 3 to 5 minutes, and the"
    " streams must be pushed again."
)


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
    _declared: dict[Identity, dict[str, Any]]
    _replaced: dict[str, tuple[dict[str, Any], list[str]]]

    def configure(self, req: ConfigureRequest) -> None:
        """Keep the configuration; it is read when the first method needs it, so that an error there has a name."""
        self._request = req
        self._first_use = threading.Lock()
        self._declared = {}
        self._replaced = {}
        sdk_workarounds.show()

    @functools.cached_property
    def _settings(self) -> Settings:
        return resolve(self._request.config.get, os.environ)

    @property
    def _phase(self) -> Phase:
        with self._first_use:
            if self._begun is None:
                from pulumi_volcengine_live.engine.phase import begin  # noqa: PLC0415 - a program that only declares presets need not load it

                self._begun = begin(self._settings)
            return self._begun

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Refuse at preview what would be refused later, each value by name.

        What is replaced is checked as if it were new, after its diff; what is replaced along with what it depends on is
        checked only so. It is checked here with the properties that its diff was asked about.
        """
        settings = self._settings
        urn = _urn()
        olds, replaces = (_olds, []) if _olds else self._replaced.get(urn, ({}, []))
        inputs: dict[str, Any] = {}
        failures = [
            CheckFailure(name, f"{name} is no input of a time-shift preset; its inputs are {', '.join(INPUTS)}")
            for name in news
            if name not in (*INPUTS, *OPTIONS, _PROVIDER_KEY)
        ]
        for name in INPUTS:
            value = news.get(name)
            if is_unknown(value):
                inputs[name] = value
                continue
            try:
                inputs[name] = cleaned(name, value)
            except ValueError as error:
                failures.append(CheckFailure(name, str(error)))
        inputs |= {name: news.get(name) for name in OPTIONS}
        inputs = {name: value for name, value in inputs.items() if value is not None}
        if not failures and settings.credentials and settings.live_checks != "off":
            problems = self._phase.checks.problems(meant(urn, olds, inputs, replaces))
            failures = [CheckFailure(*problem) for problem in problems]
        if _olds:
            self._declared[identity_of(_olds)] = _olds
        elif replaces and not failures:
            _log.warning(_REPLACING, identity_of(olds))
        return CheckResult(inputs, failures)

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Only max_shift_time is changed in place; a replacement deletes first, since the identity may be the same.

        The engine also asks during a refresh, and about what depends on what is replaced, with the old inputs as far as
        they stay: only what was checked before is declared by the program, and so managed by it.
        """
        changed = changed_inputs(_olds, _news)
        replaces = replacing(changed, _news)
        identity, urn = _identity(_id), _urn()
        self._replaced.pop(urn, None)
        if replaces and urn:
            old_options = {name: _news.get(name) for name in OPTIONS}
            self._replaced[urn] = (self._declared.get(identity, {**_olds, **old_options}), replaces)
        if not replaces and identity in self._declared and self._settings.credentials:
            self._phase.lifecycle.claim(identity)
        return DiffResult(changes=bool(changed), replaces=replaces, delete_before_replace=True)

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Create exactly once, or adopt."""
        made = self._phase.lifecycle.create(wanted_preset(props), adopt=bool(props.get("adopt")))
        if not made.enabled:
            _log.warning("time-shift preset %s is not enabled: the service waits for a support ticket.", made.identity)
        return CreateResult(str(made.identity), outputs_of(made, props))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """What exists, as outputs and as inputs: so a preview after a refresh shows drift with both values."""
        identity = _identity(id_)
        found = self._phase.lifecycle.read(identity)
        if found is not None:
            outputs = outputs_of(found, props)
            return ReadResult(id_, outputs, {name: outputs[name] for name in INPUTS if name in outputs})
        if "vhost" not in props:
            raise self._missing(identity)
        return ReadResult("", {})

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Change max_shift_time; a change of adopt alone is nothing to the service."""
        wanted = wanted_preset(_news)
        if "max_shift_time" in changed_inputs(_olds, _news):
            self._phase.lifecycle.update(_identity(_id), wanted.max_shift_time)
        computed: dict[str, Any] = {name: _olds[name] for name in COMPUTED if name in _olds}
        return UpdateResult({**computed, **outputs_of(wanted, _news)})

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Delete; what is gone already is deleted."""
        self._phase.lifecycle.delete(_identity(_id))

    def _missing(self, identity: Identity) -> LiveError:
        """Raised, since the engine takes an empty answer here for outputs that stay unknown for ever."""
        others = self._phase.lifecycle.others_of(identity)
        has = f"The vhost has: {', '.join(str(preset.identity) for preset in others)}." if others else ""
        return NotFoundError(f"there is no time-shift preset {identity}. {has or 'The vhost has none.'}")


def _urn() -> str:
    """Which resource is being checked. The SDK does not tell a provider, but its servicer has it in the request."""
    frame = inspect.currentframe()
    while frame is not None:
        urn = getattr(frame.f_locals.get("request"), "urn", None)
        if isinstance(urn, str):
            return urn
        frame = frame.f_back
    return ""


def _identity(id_: str) -> Identity:
    try:
        return Identity.parse(id_)
    except ValueError as error:
        raise InvalidRequestError(str(error)) from None
