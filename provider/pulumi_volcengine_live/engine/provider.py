"""The dynamic provider: passes the engine's calls to the model of the program and to the account's presets."""

from __future__ import annotations

import functools
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

from pulumi_volcengine_live.errors import InvalidRequestError
from pulumi_volcengine_live.fields import COMPUTED, INPUTS
from pulumi_volcengine_live.preset import Identity
from pulumi_volcengine_live.settings import Settings, resolve

from . import changes, conversions, sdk_workarounds
from .program import Plan, Resource
from .sdk_workarounds import DEPENDS_ON, HIDDEN_INPUTS, PREVIEW, REPLACE_WITH, RETAIN_ON_DELETE

if TYPE_CHECKING:
    from .run import Run

_lock = threading.Lock()
_log = logging.getLogger(__package__)

_REPLACING = (
    "replacing time-shift preset %s stops time shift in between. The new preset takes effect after 3 to 5 minutes, and"
    " only for streams that are pushed again."
)

_STAYS = (
    "time-shift preset %s was not deleted: the resource %r of this program manages it now. %r was only removed from the"
    " state."
)
_CREATED_AGAIN = "time-shift preset %s was gone from the service, and was created again."


class TimeShiftPresetProvider(ResourceProvider):
    """States store this class as `pulumi_volcengine_live.TimeShiftPresetProvider`: that name may never change.

    It has no `__init__` and is pickled without state, so it holds no secret. What a process must remember is in its
    `Run`, since one process may hold several of these objects. The parameters have the names that the SDK's own class
    gives them, with and without an underscore.
    """

    __module__ = "pulumi_volcengine_live"
    serialize_as_secret_always = False  # it holds no secret

    _request: ConfigureRequest

    def configure(self, req: ConfigureRequest) -> None:
        """Keep the configuration. It is read in the first method that needs it, so that an error names a resource."""
        self._request = req
        sdk_workarounds.show_errors_as_sentences()
        sdk_workarounds.mark_warnings()
        sdk_workarounds.note_arrivals()

    @functools.cached_property
    def _settings(self) -> Settings:
        return resolve(self._request.config.get, os.environ)

    @property
    def _run(self) -> Run:
        from .run import run_for  # noqa: PLC0415 - a program that only declares presets need not load it

        with _lock:  # a cached function may run twice if two threads call it at once
            return run_for(self._settings)

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Refuse at preview what would fail in the update, each failure under its input."""
        run = self._run
        inputs, failures = conversions.checked(news)
        if not failures:
            resource = self._declare(_olds, inputs)
            failures = run.checks.failures(resource)
            if not failures and PREVIEW in news:
                run.checks.explain(resource)
            # The engine's second check of a replacement has no old inputs: so this is shown once.
            if resource.plan is Plan.REPLACE and not _olds and not failures:
                _log.warning(_REPLACING, resource.old_identity)
        return CheckResult(inputs, [CheckFailure(name, reason) for name, reason in failures])

    def _declare(self, olds: dict[str, Any], inputs: dict[str, Any]) -> Resource:
        """Note in the program what the engine checks, and return what is known of the resource.

        The engine checks a replaced resource twice: with its old inputs, then, after diff, with none. One that is
        replaced by `replace_with`, `--target-replace` or after a taint gets only the second check.
        """
        program, new = self._run.program, conversions.identity_of(inputs)
        old = conversions.identity_of(olds) if olds else None
        urn = _urn(sdk_workarounds.engine_call(), old if olds else new)
        if olds:
            resource = program.note_check(
                urn,
                old_identity=old,
                olds=conversions.known(olds),
                retained=bool(olds.get(RETAIN_ON_DELETE)),
                # An unknown value may turn out to be the same; the diff decides.
                replaced_for=changes.replacing_inputs(olds, inputs, unknown_too=False),
            )
        else:
            resource = program.note_check_as_new(urn)
        program.note_declared(
            resource,
            new,
            conversions.known(inputs),
            adopts=bool(inputs.get("adopt")),
            depends_on=inputs.get(DEPENDS_ON, ()),
        )
        return resource

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Only max_shift_time is changed in place; a replacement deletes first, since the identity may be the same."""
        call, identity, run = sdk_workarounds.engine_call(), _identity(_id), self._run
        urn = _urn(call, identity)
        replaced_for = self._replaced_for(urn, _olds, _news)
        run.program.note_diff(
            urn,
            old_identity=identity,
            olds=conversions.known(_olds),
            retained=bool(call.inputs.get(RETAIN_ON_DELETE)),
            replaced_for=replaced_for,
            preset_name=_olds.get("preset_name"),
        )
        run.checks.require_not_adopted_elsewhere(urn)
        run.checks.warn_if_replaced_outside(run.program.get(urn))
        return DiffResult(
            changes=bool(changes.changed_inputs(_olds, _news)),
            replaces=list(replaced_for),
            delete_before_replace=True,
        )

    def _replaced_for(self, urn: str, olds: dict[str, Any], news: dict[str, Any]) -> tuple[str, ...]:
        """The changed inputs for which a diff replaces.

        When a resource is replaced, the engine first diffs those that use its outputs, with these values unknown and
        before their check, and deletes at once each that such a diff replaces. No preset needs another one to exist,
        so this diff replaces nothing; the one with the known values decides.
        """
        replaced_for = changes.replacing_inputs(olds, news)
        unknown = any(map(sdk_workarounds.is_unknown, news.values()))
        decides = not unknown or REPLACE_WITH in replaced_for or self._run.program.get(urn).checked_with_olds
        return replaced_for if decides else ()

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Create exactly once, or adopt."""
        call, wanted = sdk_workarounds.engine_call(), conversions.wanted_preset(props)
        urn = _urn(call, wanted.identity)
        presets, program = self._run.presets, self._run.program
        deadline = presets.deadline_of_call("creating", wanted.identity, call.timeout, call.seconds_since_arrival)
        with presets.one_change_of_app(wanted.identity, "creating", deadline):
            program.require_unmanaged(urn, wanted.identity)
            program.note_attempted(urn, wanted.identity)
            created = presets.create(wanted, deadline, adopt=bool(props.get("adopt")))
            program.note_created(urn, created)
        if not created.enabled:
            _log.warning(
                "time-shift preset %s exists, but does not work yet: the vendor enables it after a support ticket.",
                created.identity,
            )
        return CreateResult(str(created.identity), conversions.outputs_of(created, props))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """What exists, as outputs and as inputs, so that a preview after a refresh shows drift with both values."""
        call, identity, presets = sdk_workarounds.engine_call(), _identity(id_), self._run.presets
        in_state = "vhost" in props  # `get` gives the id only
        deadline = presets.deadline_of_call("reading", identity, call.timeout, call.seconds_since_arrival)
        # If the answer to `get` is empty, its outputs stay unknown for ever, so `get` of an absent preset is an error.
        stored = conversions.known(props)
        preset = (
            presets.listed_or_gone(identity, deadline, stored=stored)
            if in_state
            else presets.listed_or_error(identity, deadline)
        )
        if preset is None:
            return ReadResult("", {})
        outputs = conversions.outputs_of(preset, props)
        hidden = {name: call.inputs[name] for name in HIDDEN_INPUTS if name in call.inputs}
        return ReadResult(id_, outputs, {**{name: outputs[name] for name in INPUTS if name in outputs}, **hidden})

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Change max_shift_time; a change of adopt alone changes nothing in the service.

        A preset that is certainly gone is created again. The preview cannot refuse this: the engine makes the same
        calls after an update that deleted the preset and failed to create it.
        """
        call, wanted = sdk_workarounds.engine_call(), conversions.wanted_preset(_news)
        if "max_shift_time" in changes.changed_inputs(_olds, _news):
            identity, presets = _identity(_id), self._run.presets
            deadline = presets.deadline_of_call("updating", identity, call.timeout, call.seconds_since_arrival)
            created = presets.update_or_create(wanted, deadline, stored=conversions.known(_olds))
            if created is not None:
                _log.warning(_CREATED_AGAIN, identity)
                return UpdateResult(conversions.outputs_of(created, _news))
        computed: dict[str, Any] = {name: _olds[name] for name in COMPUTED if name in _olds}
        return UpdateResult({**computed, **conversions.outputs_of(wanted, _news)})

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Delete the preset. One that is certainly gone is a success; one that another resource manages now is kept."""
        call, identity = sdk_workarounds.engine_call(), _identity(_id)
        urn = _urn(call, identity)
        presets, program = self._run.presets, self._run.program
        deadline = presets.deadline_of_call("deleting", identity, call.timeout, call.seconds_since_arrival)
        with presets.one_change_of_app(identity, "deleting", deadline):
            # A state may have a second copy of the resource, which is pending deletion: one delete serves both.
            if identity in program.get(urn).deleted:
                return
            if holder := program.holder(identity):
                _log.warning(_STAYS, identity, holder.name, urn.rpartition("::")[2])
                return
            program.require_no_failed_attempt(urn, identity)
            stored = conversions.known(_props)
            # A resource that adopts takes over what somebody put in the place of its own preset.
            presets.delete(identity, deadline, stored=stored, keep_if_replaced_outside=program.get(urn).adopts)
            program.note_deleted(urn, identity)


def _urn(call: sdk_workarounds.EngineCall, identity: Identity | None) -> str:
    """The resource's URN; if the SDK does not show it, its identity distinguishes it."""
    return call.urn or str(identity)


def _identity(id_: str) -> Identity:
    try:
        return Identity.parse(id_)
    except ValueError as error:
        raise InvalidRequestError(str(error), advice="Correct the id, then run the command again.") from None
