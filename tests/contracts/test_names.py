"""What users hold, as literals: a change here breaks their programs, their settings or their states."""

from __future__ import annotations

import base64
import dataclasses
import inspect
import json
import pickle
from pathlib import Path

import pytest
from pulumi.dynamic.dynamic import serialize_provider

import pulumi_volcengine_live as live
from pulumi_volcengine_live import emulator, lookups, settings
from pulumi_volcengine_live.engine import sdk_workarounds
from pulumi_volcengine_live.preset import Identity

REFERENCE = "gASVOQAAAAAAAACMFnB1bHVtaV92b2xjZW5naW5lX2xpdmWUjBdUaW1lU2hpZnRQcmVzZXRQcm92aWRlcpSTlCmBlC4="
REFERENCE_BY_PROTOCOL_5 = REFERENCE.replace("gASV", "gAWV", 1)
"""What Python 3.14 writes."""
STATES = sorted(Path(__file__).parent.glob("*/*.json"))
TYPE = "pulumi-python:dynamic/volcengine-live:TimeShiftPreset"
INPUTS = {"vhost", "app", "max_shift_time", "pull_domain", "time_shift_type"}
OUTPUTS = {"preset_name", "enabled", "storage", "bucket"}
KEYS = {
    "volcengine:accessKey": "configured-access-key",
    "volcengine:secretKey": "configured-secret-key",
    "volcengine:sessionToken": "configured-token",
}


def test_pickle_the_provider_as_the_reference_in_every_state() -> None:
    pickled = serialize_provider(live.TimeShiftPresetProvider())
    assert pickled == REFERENCE
    assert b"pulumi_volcengine_live" in base64.b64decode(REFERENCE)
    by_protocol_5 = base64.b64encode(pickle.dumps(live.TimeShiftPresetProvider(), 5)).decode()
    assert by_protocol_5 == REFERENCE_BY_PROTOCOL_5


@pytest.mark.parametrize("state", STATES, ids=lambda state: f"{state.parent.name}-{state.stem}")
def test_freeze_the_names_in_a_state(state: Path) -> None:
    resources = json.loads(state.read_text())["deployment"]["resources"]
    app, stream = sorted((found for found in resources if found["type"] == TYPE), key=lambda found: found["urn"])
    assert (app["id"], stream["id"]) == ("push.example.com/live", "push.example.com/live/s1")
    assert app["inputs"].keys() == {"__provider"} | INPUTS
    assert app["outputs"].keys() == {"__provider"} | INPUTS | OUTPUTS
    assert stream["inputs"].keys() - {"__depends_on"} == {"__provider", "stream"} | INPUTS
    assert stream["outputs"].keys() == {"__provider", "stream"} | INPUTS | OUTPUTS
    reference = REFERENCE_BY_PROTOCOL_5 if state.stem == "pickle_5" else REFERENCE
    assert app["inputs"]["__provider"] == app["outputs"]["__provider"] == reference


def test_freeze_the_names_of_the_hidden_inputs() -> None:
    """States hold them; `__depends_on` and `__replace_with` since 0.2.0."""
    names = ("__replace_on_changes", "__retain_on_delete", "__depends_on", "__replace_with")
    assert names == sdk_workarounds.HIDDEN_INPUTS


@pytest.mark.parametrize("id_", ["push.example.com/live", "push.example.com/live/s1"])
def test_read_ids(id_: str) -> None:
    assert str(Identity.parse(id_)) == id_


def test_read_settings_from_the_configuration() -> None:
    configured = {
        **KEYS,
        "volcengine-live:endpoint": "https://live.example.com",
        "volcengine-live:sharedDelete": "verify",
        "volcengine-live:missing": "accept",
        "volcengine-live:liveChecks": "off",
    }
    found = settings.resolve(configured.get, {})
    keys = found.require_credentials()
    assert [keys.access_key, keys.secret_key, keys.session_token] == list(KEYS.values())
    assert (found.endpoint, found.shared_delete, found.live_checks) == ("https://live.example.com", "verify", "off")
    assert found.missing == "accept"


@pytest.mark.parametrize(
    "names",
    [
        ("VOLC_ACCESSKEY", "VOLC_SECRETKEY", "VOLC_SESSION_TOKEN"),
        ("VOLCENGINE_ACCESS_KEY", "VOLCENGINE_SECRET_KEY", "VOLCENGINE_SESSION_TOKEN"),
    ],
)
def test_read_settings_from_the_environment(names: tuple[str, str, str]) -> None:
    environment = {
        **dict(zip(names, KEYS.values(), strict=True)),
        "VOLC_LIVE_ENDPOINT": "https://live.example.com",
        "VOLC_LIVE_SHARED_DELETE": "accept",
        "VOLC_LIVE_MISSING": "accept",
        "VOLC_LIVE_CHECKS": "off",
    }
    found = settings.resolve(dict[str, str]().get, environment)
    keys = found.require_credentials()
    assert [keys.access_key, keys.secret_key, keys.session_token] == list(KEYS.values())
    assert (found.endpoint, found.shared_delete, found.live_checks) == ("https://live.example.com", "accept", "off")
    assert found.missing == "accept"


def test_freeze_the_inputs_of_a_provider() -> None:
    """The keys may be left out; the variables that hold them then are a property in the state."""
    inputs = inspect.signature(live.Provider).parameters
    assert list(inputs) == [
        "resource_name",
        "access_key",
        "secret_key",
        "session_token",
        "endpoint",
        "shared_delete",
        "missing",
        "live_checks",
        "opts",
    ]
    assert {name for name, given in inputs.items() if given.default is inspect.Parameter.empty} == {"resource_name"}
    configured = {"volcengine-live:keyVariables": "STAGING_ACCESS,STAGING_SECRET,"}
    keys = settings.resolve(configured.get, {"STAGING_ACCESS": "a", "STAGING_SECRET": "s"}).require_credentials()
    assert (keys.access_key, keys.secret_key) == ("a", "s")


def test_freeze_the_names_of_the_emulator() -> None:
    """Users' tests import them."""
    assert {*emulator.__all__} == {
        "BEHAVIOURS",
        "CREATE",
        "DEFAULT_ACCOUNT",
        "DELETE",
        "DESCRIBE_DOMAINS",
        "EVERY_VHOST",
        "INDEPENDENT",
        "LIST",
        "LIST_DOMAINS",
        "LIST_RECORDINGS",
        "RECORDING",
        "UPDATE",
        "Access",
        "Backend",
        "Behaviour",
        "Call",
        "Domain",
        "Emulator",
        "Fault",
        "Guesses",
        "Preset",
        "Recording",
    }


def test_freeze_the_names_of_the_errors() -> None:
    names = {name for name in live.__all__ if name.endswith("Error")}
    assert names == {
        "AccessError",
        "ConflictError",
        "InvalidRequestError",
        "LiveError",
        "NotFoundError",
        "OutcomeUnknownError",
        "SettingsError",
        "ThrottledError",
        "UnexpectedAnswerError",
        "UnprovenAbsenceError",
        "UnreachableError",
        "UnreadablePresetError",
        "UntrustedError",
    }
    assert all(issubclass(getattr(live, name), live.LiveError) for name in names)


def test_freeze_the_names_of_a_look_up() -> None:
    assert {field.name for field in dataclasses.fields(live.ExistingPreset)} == {"id", "stream", "vod_namespace"} | (
        INPUTS | OUTPUTS
    )
    assert list(inspect.signature(live.get_time_shift_presets).parameters) == ["vhost", "app"]
    assert list(inspect.signature(live.get_time_shift_presets_output).parameters) == ["vhost", "app", "provider"]
    assert lookups.PRESETS_TOKEN == "volcengine-live:index:getTimeShiftPresets"


def test_freeze_the_names_of_a_look_up_of_domains() -> None:
    assert [field.name for field in dataclasses.fields(live.Domain)] == [
        "name",
        "vhost",
        "push_domain",
        "type",
        "status",
        "usable",
        "region",
        "cname",
        "certificate_domain",
        "certificate_id",
    ]
    assert list(inspect.signature(live.get_domains).parameters) == ["vhost"]
    assert list(inspect.signature(live.get_domains_output).parameters) == ["vhost", "provider"]
    assert lookups.DOMAINS_TOKEN == "volcengine-live:index:getDomains"
