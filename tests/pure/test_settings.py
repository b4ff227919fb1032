"""Which source of a setting wins, and what is refused. The names are a contract, so they are literals here."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pulumi_volcengine_live.errors import SettingsError
from pulumi_volcengine_live.settings import Settings, resolve, variables_for_keys

STACK = {"volcengine:accessKey": "stack-ak", "volcengine:secretKey": "stack-sk"}
FIRST = {"VOLC_ACCESSKEY": "first-ak", "VOLC_SECRETKEY": "first-sk"}
SECOND = {"VOLCENGINE_ACCESS_KEY": "second-ak", "VOLCENGINE_SECRET_KEY": "second-sk"}
SWITCHES = {
    "volcengine-live:sharedDelete": "verify",
    "volcengine-live:missing": "accept",
    "volcengine-live:liveChecks": "off",
}
INI = "[default]\naccess_key_id = ini-ak\nsecret_access_key = ini-sk%%\n"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / ".volc").mkdir()
    return tmp_path


def _resolved(home: Path, configured: dict[str, str], environment: dict[str, str]) -> Settings:
    return resolve(configured.get, {"HOME": str(home), **environment})


def _keys(settings: Settings) -> tuple[str, str, str]:
    found = settings.require_credentials()
    return found.access_key, found.secret_key, found.session_token


@pytest.mark.parametrize(
    ("configured", "environment", "keys"),
    [
        (STACK, {**FIRST, **SECOND}, ("stack-ak", "stack-sk", "")),
        ({**STACK, "volcengine:sessionToken": "stack-st"}, FIRST, ("stack-ak", "stack-sk", "stack-st")),
        (STACK, {**FIRST, "VOLC_SESSION_TOKEN": "first-st"}, ("stack-ak", "stack-sk", "")),
        ({}, {**FIRST, **SECOND}, ("first-ak", "first-sk", "")),
        ({}, {**FIRST, "VOLC_SESSION_TOKEN": "first-st"}, ("first-ak", "first-sk", "first-st")),
        ({}, SECOND, ("second-ak", "second-sk", "")),
        ({}, {**SECOND, "VOLCENGINE_SESSION_TOKEN": "second-st"}, ("second-ak", "second-sk", "second-st")),
        ({}, {"VOLC_ACCESSKEY": " ", "VOLC_SECRETKEY": "", **SECOND}, ("second-ak", "second-sk", "")),
        ({}, {}, ("ini-ak", "ini-sk%%", "")),
    ],
    ids=repr,
)
def test_take_the_keys_from_the_first_source_that_has_both(
    home: Path, configured: dict[str, str], environment: dict[str, str], keys: tuple[str, str, str]
) -> None:
    (home / ".volc" / "credentials").write_text(INI)
    (home / ".volc" / "config").write_text(json.dumps({"ak": "json-ak", "sk": "json-sk"}))
    assert _keys(_resolved(home, configured, environment)) == keys


def test_take_the_keys_from_the_second_file_if_the_first_does_not_exist(home: Path) -> None:
    (home / ".volc" / "config").write_text(json.dumps({"ak": "json-ak", "sk": "json-sk"}))
    assert _keys(_resolved(home, {}, {})) == ("json-ak", "json-sk", "")


@pytest.mark.parametrize(
    ("configured", "environment", "there", "missing"),
    [
        ({"volcengine:accessKey": "x"}, FIRST, "volcengine:accessKey", "volcengine:secretKey"),
        ({"volcengine:secretKey": "x"}, FIRST, "volcengine:secretKey", "volcengine:accessKey"),
        ({}, {"VOLC_ACCESSKEY": "x", **SECOND}, "VOLC_ACCESSKEY", "VOLC_SECRETKEY"),
        ({}, {"VOLC_SECRETKEY": "x", **SECOND}, "VOLC_SECRETKEY", "VOLC_ACCESSKEY"),
        ({}, {"VOLCENGINE_SECRET_KEY": "x"}, "VOLCENGINE_SECRET_KEY", "VOLCENGINE_ACCESS_KEY"),
    ],
    ids=repr,
)
def test_refuse_half_a_pair_rather_than_mix_sources(
    home: Path, configured: dict[str, str], environment: dict[str, str], there: str, missing: str
) -> None:
    (home / ".volc" / "credentials").write_text(INI)
    with pytest.raises(SettingsError, match=f"has {there}, but not {missing}"):
        _resolved(home, configured, environment)


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        *(("VOLC_ACCESSKEY", bad) for bad in ("\n", " ", "\x00", "\x1b[2J", "\x7f", "\u043a")),
        *((name, "\n") for name in ("VOLC_SECRETKEY", "VOLC_SESSION_TOKEN", "volcengine:secretKey")),
    ],
    ids=ascii,
)
def test_refuse_a_key_that_cannot_be_sent_without_showing_it(home: Path, name: str, bad: str) -> None:
    """Bug: a newline inside was retried for two minutes, and then said that the preset may exist."""
    configured = STACK if name in STACK else {}
    values = {**FIRST, **configured, name: f"canary{bad}canary"}
    with pytest.raises(SettingsError, match=f"{name} of .* not printable ASCII") as refused:
        _resolved(home, {key: values[key] for key in configured}, values)
    assert "canary" not in str(refused.value)


@pytest.mark.parametrize("value", ["", " "])
def test_refuse_empty_keys_rather_than_use_another_accounts(home: Path, value: str) -> None:
    """Bug: an explicit provider whose keys a program computed as empty took those of the environment."""
    with pytest.raises(SettingsError, match="volcengine:accessKey and volcengine:secretKey of the explicit provider"):
        _resolved(home, dict.fromkeys(STACK, value), FIRST)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("credentials", "[default]\naccess_key_id = x\n"),
        ("credentials", "no section\n"),
        ("config", "{"),
        ("config", '{"sk": "x"}'),
    ],
)
def test_refuse_a_broken_file_without_showing_it(home: Path, name: str, content: str) -> None:
    (home / ".volc" / name).write_text(content)
    with pytest.raises(SettingsError) as refused:
        _resolved(home, {}, {})
    assert ".volc" in str(refused.value)


@pytest.mark.parametrize("content", ["", "[other]\naccess_key_id = x\n"])
def test_read_no_keys_from_a_file_without_them(home: Path, content: str) -> None:
    (home / ".volc" / "credentials").write_text(content)
    assert _resolved(home, {}, {}).credentials is None


@pytest.mark.parametrize("content", ["[]", "{}", '{"ak": null, "sk": null}', '{"ak": 1, "sk": true}'])
def test_read_no_keys_from_a_second_file_without_them(home: Path, content: str) -> None:
    """Bug: keys that were null became the text `None`."""
    (home / ".volc" / "config").write_text(content)
    assert _resolved(home, {}, {}).credentials is None


def test_search_files_only_if_home_is_set() -> None:
    assert resolve(lambda _name: None, {}).credentials is None


def test_name_every_source_in_order_if_there_are_no_keys(home: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        _resolved(home, {}, {}).require_credentials()
    message = str(refused.value)
    sources = [
        "volcengine:accessKey",
        "VOLC_ACCESSKEY",
        "VOLCENGINE_ACCESS_KEY",
        "~/.volc/credentials",
        "~/.volc/config",
    ]
    positions = [message.index(source) for source in sources]
    assert positions == sorted(positions)
    assert "pulumi config set --secret volcengine:accessKey" in message


@pytest.mark.parametrize(
    ("configured", "environment", "endpoint"),
    [
        ({}, {}, "https://live.volcengineapi.com"),
        ({}, {"VOLC_LIVE_ENDPOINT": "https://env.example.com"}, "https://env.example.com"),
        (
            {"volcengine-live:endpoint": "https://stack.example.com/"},
            {"VOLC_LIVE_ENDPOINT": "https://env.example.com"},
            "https://stack.example.com",
        ),
        ({"volcengine-live:endpoint": "http://127.0.0.1:8080"}, {}, "http://127.0.0.1:8080"),
        ({"volcengine-live:endpoint": "http://127.9.9.9"}, {}, "http://127.9.9.9"),
        ({"volcengine-live:endpoint": "http://localhost:1"}, {}, "http://localhost:1"),
        ({"volcengine-live:endpoint": "http://[::1]:1"}, {}, "http://[::1]:1"),
    ],
    ids=repr,
)
def test_take_the_endpoint_from_the_configuration_then_the_environment(
    home: Path, configured: dict[str, str], environment: dict[str, str], endpoint: str
) -> None:
    assert _resolved(home, configured, environment).endpoint == endpoint


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://live.volcengineapi.com",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
        "http://10.0.0.1",
        "http://0.0.0.0",
        "live.volcengineapi.com",
        "ftp://127.0.0.1",
        "https://",
        "https://user:password-canary@host",
        "https://host/path",
        "https://host?x=1",
        "https://host:port",
        "https://host:0",
        "https://ho st",
        "https://[::1",
        # What passes for a host in some reader and not in another goes elsewhere than it seems to.
        "https://evil.example\\.volcengineapi.com",
        "https://%61.example.com",
        "https://live\0.example.com",
        "https://l\u0456ve.volcengineapi.com",
        "https://live.example\uff0fcom",
        "https://a..b",
        "https://-a.example.com",
        "https://127.1",
        "https://[fe80::1%25lo]",
        f"https://{'a' * 64}.example.com",
    ],
)
def test_refuse_an_endpoint_that_is_not_bare_https_or_loopback(home: Path, endpoint: str) -> None:
    with pytest.raises(SettingsError, match="volcengine-live:endpoint") as refused:
        _resolved(home, {"volcengine-live:endpoint": endpoint}, {})
    assert "password-canary" not in str(refused.value)


@pytest.mark.parametrize(
    ("configured", "environment", "switches"),
    [
        ({}, {}, ("refuse", "verify", "auto")),
        (SWITCHES, {}, ("verify", "accept", "off")),
        (
            SWITCHES,
            {"VOLC_LIVE_SHARED_DELETE": "accept", "VOLC_LIVE_MISSING": "verify", "VOLC_LIVE_CHECKS": "auto"},
            ("accept", "verify", "auto"),
        ),
    ],
    ids=repr,
)
def test_the_environment_overrides_the_stacks_options(
    home: Path, configured: dict[str, str], environment: dict[str, str], switches: tuple[str, str, str]
) -> None:
    settings = _resolved(home, configured, environment)
    assert (settings.shared_delete, settings.missing, settings.live_checks) == switches


@pytest.mark.parametrize("name", SWITCHES)
def test_refuse_an_unknown_value_of_an_option(home: Path, name: str) -> None:
    with pytest.raises(SettingsError, match=f"{name} .* is 'yes', but must be one of"):
        _resolved(home, {name: "yes"}, {})


def test_show_no_key_in_a_repr(home: Path) -> None:
    settings = _resolved(home, {**STACK, "volcengine:sessionToken": "stack-st"}, {})
    assert not any(secret in repr(settings) for secret in ("stack-ak", "stack-sk", "stack-st"))


_MAPPED = {"STAGING_ACCESS": "VOLC_ACCESSKEY", "STAGING_SECRET": "VOLC_SECRETKEY"}
_INCOMPLETE = "access_key and secret_key must both be given if either of them, or session_token, is"
_INCOMPLETE_MAPPING = (
    "both VOLC_ACCESSKEY and VOLC_SECRETKEY if it names one for either of them or for VOLC_SESSION_TOKEN"
)


@pytest.mark.parametrize(
    ("mappings", "variables"),
    [
        ({}, ""),
        ({"STAGING_ENDPOINT": "VOLC_LIVE_ENDPOINT"}, ""),
        (_MAPPED, "STAGING_ACCESS,STAGING_SECRET,"),
        ({**_MAPPED, "STAGING_TOKEN": "VOLC_SESSION_TOKEN"}, "STAGING_ACCESS,STAGING_SECRET,STAGING_TOKEN"),
        ({"A": "VOLCENGINE_ACCESS_KEY", "S": "VOLCENGINE_SECRET_KEY"}, "A,S,"),
    ],
)
def test_name_the_variables_that_a_provider_maps_to_its_keys(mappings: dict[str, str], variables: str) -> None:
    assert variables_for_keys((), mappings) == variables


@pytest.mark.parametrize(
    ("given", "mappings", "problem"),
    [
        (("volcengine:accessKey",), {}, _INCOMPLETE),
        (("volcengine:secretKey",), _MAPPED, _INCOMPLETE),
        (("volcengine:sessionToken",), {}, _INCOMPLETE),
        ((), {"STAGING_ACCESS": "VOLC_ACCESSKEY"}, _INCOMPLETE_MAPPING),
        ((), {"STAGING_TOKEN": "VOLC_SESSION_TOKEN"}, _INCOMPLETE_MAPPING),
        (("volcengine:accessKey", "volcengine:secretKey"), _MAPPED, "leave one of the two out"),
    ],
    ids=["access key", "secret key", "token", "half a mapping", "mapped token", "both"],
)
def test_refuse_half_of_a_providers_keys_and_keys_given_twice(
    given: tuple[str, ...], mappings: dict[str, str], problem: str
) -> None:
    with pytest.raises(SettingsError, match=problem):
        variables_for_keys(given, mappings)


def test_take_keys_from_no_other_source_than_the_mapped_variables(home: Path) -> None:
    """Pulumi leaves out a mapping whose variable is not set: the usual variables then have another account's keys."""
    configured = {"volcengine-live:keyVariables": "STAGING_ACCESS,STAGING_SECRET,STAGING_TOKEN"}.get
    usual = {"VOLC_ACCESSKEY": "other", "VOLC_SECRETKEY": "other", "HOME": str(home)}
    mapped = {"STAGING_ACCESS": "a", "STAGING_SECRET": "s", "STAGING_TOKEN": "t"}
    keys = resolve(configured, {**usual, **mapped}).require_credentials()
    assert (keys.access_key, keys.secret_key, keys.session_token) == ("a", "s", "t")
    with pytest.raises(SettingsError, match="STAGING_ACCESS and STAGING_SECRET, which env_var_mappings names"):
        resolve(configured, usual).require_credentials()
    with pytest.raises(SettingsError, match="has STAGING_ACCESS, but not STAGING_SECRET"):
        resolve(configured, {**usual, "STAGING_ACCESS": "a"})
