"""What a program declares: the resource and its provider instances."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, overload

import pulumi
from pulumi.dynamic import Resource

from . import settings
from .engine.provider import TimeShiftPresetProvider
from .engine.sdk_workarounds import (
    DEPENDS_ON,
    PREVIEW,
    REPLACE_ON_CHANGES,
    REPLACE_WITH,
    RETAIN_ON_DELETE,
    under_mocks,
    with_options,
)
from .errors import SettingsError
from .fields import COMPUTED, INPUTS
from .preset import Identity


@dataclass(kw_only=True)
class TimeShiftPresetArgs:
    """The inputs of a `TimeShiftPreset`."""

    vhost: pulumi.Input[str]
    """The domain space that streams are pushed to: a host name, stored in lower case. A change replaces the preset."""
    app: pulumi.Input[str]
    """The app's name: 1 to 30 of the characters A-Z a-z 0-9 _ . - (doc 1126880). A change replaces the preset."""
    max_shift_time: pulumi.Input[int]
    """How far back viewers can rewind, in seconds: one of `MaxShiftTime`. A change updates the preset in place."""
    pull_domain: pulumi.Input[str]
    """The domain on which viewers rewind: a host name, stored in lower case. For storage in TOS it is the streams' pull
    domain, for VOD the distribution domain of the VOD space (doc 1126880). A change replaces the preset."""
    stream: pulumi.Input[str] | None = None
    """The stream's name: 1 to 100 of the characters A-Z a-z 0-9 - _ and dot. Default: every stream of the app. At most
    20 streams of an app can have presets (doc 1126880). A change replaces the preset."""
    time_shift_type: pulumi.Input[int] | None = None
    """One of `TimeShiftType`. Default: RECORDING, which needs a recording preset of the same app, or, if `stream` is
    set, of the same stream, and is enabled only after the vendor approves a support ticket (doc 1126880). A change
    replaces the preset."""
    adopt: pulumi.Input[bool] | None = None
    """Take over an existing preset that has the same pull domain and type, and update its max_shift_time to the
    declared one. Default: False; an existing preset is then an error. A change changes nothing in the service."""


class TimeShiftPreset(Resource, module="volcengine-live", name="TimeShiftPreset"):
    """A time-shift preset of Volcengine Live: viewers of an app's streams, or of one stream, can rewind.

    A change takes effect after 3 to 5 minutes, and only for streams that are pushed again (doc 1126880). A replacement
    deletes first, so viewers cannot rewind in between.
    """

    vhost: pulumi.Output[str]
    app: pulumi.Output[str]
    stream: pulumi.Output[str | None]
    max_shift_time: pulumi.Output[int]
    pull_domain: pulumi.Output[str]
    time_shift_type: pulumi.Output[int]
    """0 (recording) or 1 (independent); never None."""
    adopt: pulumi.Output[bool | None]
    preset_name: pulumi.Output[str | None]
    """The name that the service gave the preset."""
    enabled: pulumi.Output[bool | None]
    """Whether time shift is on. With RECORDING it stays off until the vendor approves a support ticket."""
    storage: pulumi.Output[str | None]
    """Where the recordings are stored: `tos`, `vod` or `fcdn-tos` (independent)."""
    bucket: pulumi.Output[str | None]
    """The TOS bucket, if they are stored in one."""
    vod_namespace: pulumi.Output[str | None]
    """The VOD space, if they are stored in one."""

    @overload
    def __init__(
        self, resource_name: str, args: TimeShiftPresetArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None: ...

    @overload
    def __init__(
        self,
        resource_name: str,
        *,
        vhost: pulumi.Input[str],
        app: pulumi.Input[str],
        max_shift_time: pulumi.Input[int],
        pull_domain: pulumi.Input[str],
        stream: pulumi.Input[str] | None = None,
        time_shift_type: pulumi.Input[int] | None = None,
        adopt: pulumi.Input[bool] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None: ...

    def __init__(
        self,
        resource_name: str,
        args: TimeShiftPresetArgs | None = None,
        opts: pulumi.ResourceOptions | None = None,
        **inputs: Any,
    ) -> None:
        """Declare a preset, with its inputs as keywords or as one `TimeShiftPresetArgs`, which documents each input.

        A preview reports a wrong value by the name of its property. An error during the update says what was changed
        and what to do next.
        """
        if args is not None and inputs:
            message = "give the inputs as keywords or as one TimeShiftPresetArgs, not both"
            raise TypeError(message)
        self._register(resource_name, vars(args or TimeShiftPresetArgs(**inputs)), opts)

    @classmethod
    def get(
        cls,
        resource_name: str,
        id: pulumi.Input[str],  # noqa: A002 - the name that every Pulumi package gives it
        opts: pulumi.ResourceOptions | None = None,
    ) -> TimeShiftPreset:
        """Read an existing preset without managing it. If it does not exist, the error lists presets of the vhost.

        :param id: `vhost/app` or `vhost/app/stream`.
        """
        stored_id = pulumi.Output.all(id).apply(lambda ids: _as_stored(*ids))  # `id` may be a plain text
        preset = cls.__new__(cls)  # not by the constructor, which requires the inputs
        preset._register(resource_name, {}, pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(id=stored_id)))  # noqa: SLF001
        return preset

    def _register(self, resource_name: str, given: Mapping[str, Any], opts: pulumi.ResourceOptions | None) -> None:
        opts = opts or pulumi.ResourceOptions()
        _refuse_unsupported_options(resource_name, opts)
        properties = {**dict.fromkeys((*INPUTS, *COMPUTED)), **given, **_hidden_inputs(opts)}
        if given and pulumi.runtime.is_dry_run() and not under_mocks():
            properties[PREVIEW] = True
        super().__init__(TimeShiftPresetProvider(), resource_name, properties, with_options(opts))
        # Only the base class knows the provider, from the options or the parent. In a preview the provider's check
        # reports wrong settings.
        if self._provider is None and not pulumi.runtime.is_dry_run():
            _require_usable_default_provider()


def _as_stored(id_: str) -> str:
    """The id as states spell it, with the vhost in lower case; what is no id is passed on, and the read reports it.

    The engine compares ids as texts, so another spelling would look like another preset, and be a replacement.
    """
    try:
        return str(Identity.parse(id_))
    except ValueError:
        return id_


def _refuse_unsupported_options(resource_name: str, opts: pulumi.ResourceOptions) -> None:
    if opts.import_ is not None:
        message = (
            f"{resource_name}: import_ does not work for dynamic resources. Remove it, and import the preset with the"
            " file that `volcengine-live export --import-file FILE` writes, or take it over with adopt=True."
        )
        raise pulumi.RunError(message)
    if isinstance(opts.deleted_with, TimeShiftPreset):
        message = (
            f"{resource_name}: deleted_with cannot be another preset. The service does not delete one preset with"
            " another, so this one would leave the state and stay in the service. Remove deleted_with."
        )
        raise pulumi.RunError(message)


def _hidden_inputs(opts: pulumi.ResourceOptions) -> dict[str, Any]:
    """The resource options that the provider needs, as inputs, since Pulumi does not pass options to providers."""
    options: dict[str, Any] = {
        REPLACE_ON_CHANGES: opts.replace_on_changes,
        RETAIN_ON_DELETE: opts.retain_on_delete,
        DEPENDS_ON: [preset.urn for preset in _presets_in(opts.depends_on)],
        REPLACE_WITH: [resource.urn for resource in opts.replace_with or ()],
    }
    return {name: value for name, value in options.items() if value}


def _presets_in(depends_on: Any) -> list[TimeShiftPreset]:
    """The presets that `depends_on` names directly; those inside an output or a component are not known here."""
    resources = depends_on if isinstance(depends_on, Sequence) else [depends_on]
    return [resource for resource in resources if isinstance(resource, TimeShiftPreset)]


def _require_usable_settings(configured: settings.Configured) -> None:
    """SettingsError if a setting is wrong, or an update has no keys, before anything is created; mocks need none."""
    if under_mocks():
        return
    resolved = settings.resolve(configured, os.environ)
    if not pulumi.runtime.is_dry_run():
        resolved.require_credentials()


def _require_usable_default_provider() -> None:
    try:
        _require_usable_settings(pulumi.runtime.get_config)
    except SettingsError as error:
        raise pulumi.RunError(str(error)) from None


class Provider(pulumi.ProviderResource):
    """One account and its settings, for programs that use several accounts.

    Pass it as `provider=`, or in a component's `providers=`.
    """

    def __init__(
        self,
        resource_name: str,
        *,
        access_key: pulumi.Input[str] | None = None,
        secret_key: pulumi.Input[str] | None = None,
        session_token: pulumi.Input[str] | None = None,
        endpoint: pulumi.Input[str] | None = None,
        shared_delete: pulumi.Input[str] | None = None,
        missing: pulumi.Input[str] | None = None,
        live_checks: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare a provider instance.

        Keys that are given here, and their token, are stored in the state as secrets. Without them the state has no
        keys. They then come from the variables that `env_var_mappings` of `opts` names for `VOLC_ACCESSKEY` and
        `VOLC_SECRETKEY`, and from no other source. Without such mappings they come from the environment or from the
        vendor SDK's files in ~/.volc.

        Every other parameter that is left out comes from the stack's configuration. VOLC_LIVE_SHARED_DELETE,
        VOLC_LIVE_MISSING and VOLC_LIVE_CHECKS in the environment override the last three for one run.

        :param endpoint: https, or plain http to this machine. Default: https://live.volcengineapi.com
        :param shared_delete: what a delete does while its app has other presets: `refuse` (default): it fails;
            `verify`: it deletes, lists again, and fails if another preset vanished or this one remained; `accept`: it
            deletes, warns of presets that vanished, and fails if this one remained.
        :param missing: when a preset that is in no listing counts as gone: `verify` (default): only if another preset
            or a domain shows that the keys own its vhost; `accept`: always.
        :param live_checks: whether previews ask the service: `auto` (default) or `off`.
        """
        configuration = pulumi.Config("volcengine-live")
        keys = {
            settings.ACCESS_KEY: access_key,
            settings.SECRET_KEY: secret_key,
            settings.SESSION_TOKEN: session_token,
        }
        variables = _checked_key_variables(resource_name, keys, opts)
        given = {
            **{name: None if key is None else pulumi.Output.secret(key) for name, key in keys.items()},
            **variables,
            settings.ENDPOINT: endpoint or configuration.get("endpoint"),
            settings.SHARED_DELETE: shared_delete or configuration.get("sharedDelete"),
            settings.MISSING: missing or configuration.get("missing"),
            settings.LIVE_CHECKS: live_checks or configuration.get("liveChecks"),
        }
        self._given = pulumi.Output.all(**given)
        # Dynamic resources use the provider of this name.
        super().__init__("pulumi-python", resource_name, given, opts)

    @property
    def settings(self) -> pulumi.Output[dict[str, Any]]:
        """The settings given here, by their names in the stack's configuration; secret, since they include the keys."""
        return self._given


def _checked_key_variables(
    resource_name: str, keys: Mapping[str, Any], opts: pulumi.ResourceOptions | None
) -> dict[str, str | None]:
    """The hidden property KEY_VARIABLES, checked; its value is None if keys are given or the usual sources searched.

    The provider's process sees the mapped variables under their usual names, so it cannot tell whether a value comes
    from the mapping, or was there without it.
    """
    given = [name for name, key in keys.items() if key is not None]
    mappings = (opts.env_var_mappings if opts is not None else None) or {}
    try:
        named = {settings.KEY_VARIABLES: settings.variables_for_keys(given, mappings) or None}
        if not given:
            _require_usable_settings(named.get)
    except SettingsError as error:
        message = f"the provider {resource_name}: {error}"
        raise pulumi.RunError(message) from None
    return named
