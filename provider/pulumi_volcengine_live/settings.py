"""Reads the settings: from a provider or the stack configuration, the environment, and the vendor SDK's ~/.volc."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from .domain import HOST_LABEL
from .errors import SettingsError

DEFAULT_ENDPOINT: Final = "https://live.volcengineapi.com"

ACCESS_KEY: Final = "volcengine:accessKey"
SECRET_KEY: Final = "volcengine:secretKey"  # noqa: S105 - the setting's name
SESSION_TOKEN: Final = "volcengine:sessionToken"  # noqa: S105 - the setting's name
ENDPOINT: Final = "volcengine-live:endpoint"
SHARED_DELETE: Final = "volcengine-live:sharedDelete"
MISSING: Final = "volcengine-live:missing"
LIVE_CHECKS: Final = "volcengine-live:liveChecks"
KEY_VARIABLES: Final = "volcengine-live:keyVariables"
"""A property of explicit providers only: the names of the environment variables that hold the access key, the secret
key and the session token, joined by commas."""

_KEY_VARIABLE_NAMES: Final = (
    ("VOLC_ACCESSKEY", "VOLC_SECRETKEY", "VOLC_SESSION_TOKEN"),
    ("VOLCENGINE_ACCESS_KEY", "VOLCENGINE_SECRET_KEY", "VOLCENGINE_SESSION_TOKEN"),
)
_ENDPOINT_VARIABLE: Final = "VOLC_LIVE_ENDPOINT"
SHARED_DELETE_VARIABLE: Final = "VOLC_LIVE_SHARED_DELETE"
MISSING_VARIABLE: Final = "VOLC_LIVE_MISSING"
LIVE_CHECKS_VARIABLE: Final = "VOLC_LIVE_CHECKS"

_HOST_NAME: Final = re.compile(rf"(?=.{{1,253}}\Z)(?:{HOST_LABEL}\.)*(?!\d+\Z){HOST_LABEL}")
"""The last label must not be all digits: the system would read such a name as an IP address."""

Configured = Callable[[str], Any]
"""Returns a property of an explicit provider or a value of the stack's configuration by its name; None if not set."""


@dataclass(frozen=True)
class Credentials:
    """A pair of keys, the token of temporary keys, and the source that they come from."""

    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    session_token: str = field(default="", repr=False)
    source: str = ""


@dataclass(frozen=True)
class Settings:
    """All settings, resolved and valid."""

    endpoint: str = DEFAULT_ENDPOINT
    shared_delete: str = "refuse"
    """What a delete does while its app has other presets: `refuse`, `verify` or `accept`."""
    missing: str = "verify"
    """When a preset that is in no listing counts as gone: `verify` or `accept`."""
    live_checks: str = "auto"
    """Whether previews ask the service: `auto` or `off`."""
    credentials: Credentials | None = None
    key_variables: tuple[str, ...] = ()
    """The only environment variables that the keys may come from; empty if the usual sources are searched."""

    def require_credentials(self) -> Credentials:
        """The keys; SettingsError names every source that was searched, in order."""
        if self.credentials is None and self.key_variables:
            message = f"{' and '.join(self.key_variables[:2])}, which env_var_mappings names for the keys, are not set."
            raise SettingsError(message, advice="Set them in the environment that `pulumi` runs in.")
        if self.credentials is None:
            message = f"no keys for Volcengine were found; searched in this order: {'; '.join(_sources())}."
            raise SettingsError(
                message,
                advice=f"Set them in the environment, or run `pulumi config set --secret {ACCESS_KEY}` and"
                f" `pulumi config set --secret {SECRET_KEY}`.",
            )
        return self.credentials


def resolve(configured: Configured, environment: Mapping[str, str]) -> Settings:
    """Read every setting; SettingsError if one is wrong, or if only one of a pair of keys is set.

    For the switches the environment comes first: `pulumi destroy` and `refresh` use the configuration of the last `up`,
    so only the environment can set them for one run.
    """
    return Settings(
        endpoint=_endpoint(
            _text(configured, ENDPOINT) or environment.get(_ENDPOINT_VARIABLE, "").strip() or DEFAULT_ENDPOINT
        ),
        shared_delete=_switch(
            SHARED_DELETE, SHARED_DELETE_VARIABLE, ("refuse", "verify", "accept"), configured, environment
        ),
        missing=_switch(MISSING, MISSING_VARIABLE, ("verify", "accept"), configured, environment),
        live_checks=_switch(LIVE_CHECKS, LIVE_CHECKS_VARIABLE, ("auto", "off"), configured, environment),
        credentials=next(_credentials(configured, environment), None),
        key_variables=_configured_variables(configured),
    )


def variables_for_keys(given: Collection[str], mappings: Mapping[str, str]) -> str:
    """The variables that a provider's `env_var_mappings` names for its keys, joined as in KEY_VARIABLES; may be empty.

    `given` are the names of the keys that the provider has as properties. SettingsError if it has only one of a pair,
    or both properties and variables for its keys.
    """
    if given and not {ACCESS_KEY, SECRET_KEY}.issubset(given):
        message = "access_key and secret_key must both be given if either of them, or session_token, is."
        raise SettingsError(message)
    # The mappings lead from a variable of the environment to the name under which the provider sees it.
    sources = {target: source for source, target in mappings.items()}
    for names in _KEY_VARIABLE_NAMES:
        access, secret, token = (sources.get(name, "") for name in names)
        if bool(access) != bool(secret) or (token and not access):
            message = (
                f"env_var_mappings must name variables for both {names[0]} and {names[1]} if it names one for either"
                f" of them or for {names[2]}."
            )
            raise SettingsError(message)
        if access and given:
            message = "the keys are given, and env_var_mappings names variables for them too; leave one of the two out."
            raise SettingsError(message)
        if access:
            return f"{access},{secret},{token}"
    return ""


def _configured_variables(configured: Configured) -> tuple[str, ...]:
    named = _text(configured, KEY_VARIABLES)
    return (*named.split(","), "", "")[:3] if named else ()


def _text(configured: Configured, name: str) -> str:
    value = configured(name)
    return "" if value is None else str(value).strip()


def _switch(
    name: str, variable: str, allowed: tuple[str, ...], configured: Configured, environment: Mapping[str, str]
) -> str:
    """A switch by its name or, first, by its environment variable. `allowed` are its values, the default first."""
    value = environment.get(variable, "").strip() or _text(configured, name) or allowed[0]
    if value not in allowed:
        message = f"{name} (or {variable}) is {value!r}, but must be one of {', '.join(allowed)}."
        raise SettingsError(message)
    return value


def _endpoint(value: str) -> str:
    try:
        parts = urlsplit(value)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port, parts = "", None, urlsplit("")
    bare = not (parts.path.strip("/") or parts.query or parts.fragment or parts.username or parts.password)
    if not _is_host(host) or not bare or port == 0 or parts.scheme not in ("https", "http"):
        message = (
            f"{ENDPOINT} (or {_ENDPOINT_VARIABLE}) must be like {DEFAULT_ENDPOINT}: https:// (http:// only to this"
            " machine) and a host name or address, without path, keys or query."
        )
        raise SettingsError(message)
    if parts.scheme == "http" and not _is_loopback(host):
        message = (
            f"{ENDPOINT} (or {_ENDPOINT_VARIABLE}) is plain http to {host}; plain http is allowed only to this machine"
            " (loopback)."
        )
        raise SettingsError(message, advice="Use https.")
    shown_host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown_host}" + (f":{port}" if port else "")


def _is_host(host: str) -> bool:
    """Whether it is a host name or an IP address, in ASCII: other letters could look like those of another host."""
    if _HOST_NAME.fullmatch(host):
        return True
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return "%" not in host  # the zone of an IPv6 address is not part of an HTTP Host


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _credentials(configured: Configured, environment: Mapping[str, str]) -> Iterator[Credentials]:
    """Each complete pair in order of precedence. One key alone is an error: no other source ever completes the pair."""
    if named := _configured_variables(configured):
        # If a mapped variable is not set, Pulumi leaves out the mapping. The usual sources must not be searched then:
        # they may have the keys of another account.
        yield from _pair(
            "the environment", (named[0], named[1], named[2]), lambda name: environment.get(name, "").strip()
        )
        return
    names = (ACCESS_KEY, SECRET_KEY, SESSION_TOKEN)
    given = [name for name in names[:2] if configured(name) is not None]
    if given and not any(_text(configured, name) for name in given):
        message = f"{' and '.join(given)} of the explicit provider or stack configuration: the value is empty."
        raise SettingsError(message, advice="Set both keys there, or leave them out to use those of the environment.")
    yield from _pair("the explicit provider or stack configuration", names, lambda name: _text(configured, name))
    for variables in _KEY_VARIABLE_NAMES:
        yield from _pair("the environment", variables, lambda name: environment.get(name, "").strip())
    if home := environment.get("HOME"):
        yield from _from_files(Path(home) / ".volc")


def _pair(source: str, names: tuple[str, str, str], look_up: Callable[[str], str]) -> Iterator[Credentials]:
    """Yield the keys if this source has both; SettingsError if it has one. The third name is the token's."""
    access_key, secret_key, session_token = map(look_up, names)
    if bool(access_key) != bool(secret_key):
        there, missing = (names[0], names[1]) if access_key else (names[1], names[0])
        message = f"{source} has {there}, but not {missing}; a pair of keys is never mixed from two sources."
        raise SettingsError(message, advice=f"Set {missing} in the same place, or remove {there}.")
    for name, value in zip(names, (access_key, secret_key, session_token), strict=True):
        _require_printable(source, name, value)
    if access_key:
        yield Credentials(access_key, secret_key, session_token, f"{source} ({names[0]})")


def _require_printable(source: str, name: str, value: str) -> None:
    """Other characters cannot be sent in a header. The value is not shown: it is a secret."""
    if not all("!" <= character <= "~" for character in value):
        message = f"{name} of {source} contains a space, a line break or another character that is not printable ASCII."
        raise SettingsError(message, advice=f"Set {name} again, and copy nothing but its value.")


def _from_files(folder: Path) -> Iterator[Credentials]:
    """Read the first file that exists of the two that the vendor's SDK reads (volcengine 1.0.229, base/Service.py)."""
    import configparser  # noqa: PLC0415 - few programs have such files

    ini, plain = folder / "credentials", folder / "config"
    try:
        if ini.is_file():
            parser = configparser.ConfigParser(interpolation=None)
            parser.read(ini, encoding="utf-8")
            keys = dict(parser["default"]) if parser.has_section("default") else {}
            # These files have no session token, so its name is empty.
            yield from _pair(str(ini), ("access_key_id", "secret_access_key", ""), lambda name: keys.get(name, ""))
        elif plain.is_file():
            content = json.loads(plain.read_text(encoding="utf-8"))
            given = content.items() if isinstance(content, dict) else ()
            keys = {name: value for name, value in given if isinstance(value, str)}
            yield from _pair(str(plain), ("ak", "sk", ""), lambda name: keys.get(name, ""))
    except (OSError, ValueError, configparser.Error) as error:
        message = f"the keys in {folder} cannot be read: {type(error).__name__}."
        raise SettingsError(message, advice="Repair or remove the file, or set the keys elsewhere.") from None


def _sources() -> tuple[str, ...]:
    return (
        f"{ACCESS_KEY} and {SECRET_KEY} of an explicit provider or the stack's configuration",
        *(f"{access} and {secret} in the environment" for access, secret, _ in _KEY_VARIABLE_NAMES),
        "~/.volc/credentials",
        "~/.volc/config",
    )
