"""Checks whether this machine and these keys reach the service, step by step."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final, TypeVar

from pulumi_volcengine_live.api.client import CALL_SECONDS, client_for
from pulumi_volcengine_live.api.deadlines import Deadline
from pulumi_volcengine_live.api.error_codes import PERMISSION_CODES, SIGNATURE_CODES
from pulumi_volcengine_live.api.retries import Retries
from pulumi_volcengine_live.errors import LiveError, SettingsError
from pulumi_volcengine_live.settings import ACCESS_KEY, SECRET_KEY, Settings, resolve

from . import account
from .check import NOT_OK, OK, UNKNOWN, Check

if TYPE_CHECKING:
    from pulumi_volcengine_live.api.client import Client
    from pulumi_volcengine_live.preset import Preset

Result = TypeVar("Result")

_NAMES: Final = (
    "settings",
    "keys",
    "endpoint",
    "reachable",
    "clock",
    "signature",
    "listing",
    "domains",
    "recordings",
)
_LISTING_SECONDS: Final = 10.0
_CLOCK_LIMIT: Final = timedelta(seconds=60)
_UNAUTHORIZED: Final = 401
_REFUSALS: Final = (*PERMISSION_CODES, "RequestForbidden")
"""The codes that the service answers only after it accepted the signature. RequestForbidden says that the account has
no such resource."""
_ALLOW_LISTING: Final = (
    "Allow the keys' user to call ListTimeShiftPresetV2 of the service `live`, and check whose account it is. If the"
    " keys are limited to projects, name a vhost of theirs with --vhost."
)
_ALLOW_DOMAINS: Final = (
    "Allow the keys' user to call ListDomainDetail: the provider can then prove that a preset which is in no listing is"
    " gone, and previews check pull domains."
)
_ALLOW_RECORDINGS: Final = (
    "Allow the keys' user to call ListVhostRecordPresetV2: previews then check that a recording time shift has its"
    " recording preset."
)
_CHECK_A_STACKS_KEYS: Final = (
    f"To check a stack's own keys: VOLC_ACCESSKEY=$(pulumi config get {ACCESS_KEY})"
    f" VOLC_SECRETKEY=$(pulumi config get {SECRET_KEY}) volcengine-live doctor"
)


def service_checks(environment: Mapping[str, str], vhost: str | None = None) -> list[Check]:
    """The checks of the service, in order; one whose answer depends on an earlier one that failed makes no call.

    :param vhost: a vhost that the keys may access, to list by name; default: one that the account's domains show.
    """
    known = {check.name: check for check in _until_blocked(environment, vhost)}
    # The last check that failed is the one that ended the sequence. A wrong clock ends nothing.
    blocking = [check.name for check in known.values() if check.state == NOT_OK and check.name != "clock"][-1:]
    return [known.get(name) or Check(name, UNKNOWN, f"not checked: see {''.join(blocking)}.") for name in _NAMES]


def _until_blocked(environment: Mapping[str, str], vhost: str | None) -> Iterator[Check]:
    try:
        settings = resolve(lambda _name: None, environment)
    except SettingsError as error:
        yield Check("settings", NOT_OK, error.problem, error.advice)
        return
    switches = f"sharedDelete {settings.shared_delete}, missing {settings.missing}, liveChecks {settings.live_checks}"
    yield Check("settings", OK, f"{switches} (of the environment; a stack's configuration is not read).")
    yield _keys_check(settings)
    yield Check("endpoint", OK, settings.endpoint)
    try:
        yield from _connection_checks(settings.endpoint)
    except LiveError as error:
        yield Check("reachable", NOT_OK, error.problem, error.advice)
        return
    if settings.credentials:
        yield from _account_checks(client_for(settings.credentials, settings.endpoint), vhost)


def _keys_check(settings: Settings) -> Check:
    try:
        credentials = account.require_credentials(settings)
    except SettingsError as error:
        return Check("keys", NOT_OK, error.problem, f"{error.advice} {_CHECK_A_STACKS_KEYS}")
    token = ", with a session token" if credentials.session_token else ""
    return Check("keys", OK, f"from {credentials.source}{token}.")


def _connection_checks(endpoint: str) -> Iterator[Check]:
    from pulumi_volcengine_live.api.transport import date_at  # noqa: PLC0415 - a command that makes no call need not load the SDK

    sent = datetime.now(timezone.utc)
    date = date_at(endpoint, CALL_SECONDS)
    came = datetime.now(timezone.utc)
    yield Check("reachable", OK, f"answered within {(came - sent).total_seconds():.1f} s.")
    yield _clock_check(date, sent, came)


def _clock_check(date: str, sent: datetime, came: datetime) -> Check:
    """The Date, in whole seconds, was written somewhere between `sent` and `came`, so the difference is a range."""
    try:
        service = parsedate_to_datetime(date).astimezone(timezone.utc)
    except ValueError:
        return Check("clock", UNKNOWN, "the service's answer has no Date to compare with.")
    least, most = sent - service - timedelta(seconds=1), came - service
    seconds = round(((least + most) / 2).total_seconds())
    found = f"{abs(seconds)} s {'ahead of' if seconds > 0 else 'behind'} the Date of the service's answer."
    if least >= -_CLOCK_LIMIT and most <= _CLOCK_LIMIT:
        return Check("clock", OK, found)
    if least > _CLOCK_LIMIT or most < -_CLOCK_LIMIT:
        return Check(
            "clock", NOT_OK, found, "Switch on this machine's time synchronisation: signatures carry the time."
        )
    return Check("clock", UNKNOWN, "the answer took too long for a comparison with its Date.")


@dataclass(frozen=True)
class _Listing:
    """The presets that one listing shows, or the error that it ended with."""

    presets: tuple[Preset, ...] = ()
    error: LiveError | None = None

    @property
    def refused(self) -> bool:
        """Whether the service knew the keys, and refused the call."""
        return bool(self.error and self.error.answer and self.error.answer.code.startswith(_REFUSALS))


def _account_checks(client: Client, vhost: str | None) -> Iterator[Check]:
    """A listing also proves the signature if it succeeds, or is refused for lack of permission."""
    listing = _list(client, "")
    if listing.error and not listing.refused:
        yield from _failed_listing_checks(listing.error)
        return
    yield Check("signature", OK, "accepted.")
    vhosts, domains_check = _domains(client, vhost)
    unlisted = vhosts - {preset.identity.vhost for preset in listing.presets}
    # Keys that are limited to projects may see presets of a vhost only if the call names it.
    chosen = vhost or next(iter(sorted(unlisted) or sorted(vhosts)), "")
    yield _listing_check(client, listing, chosen)
    yield domains_check
    yield _recordings_check(client, chosen)


def _listing_check(client: Client, listing: _Listing, vhost: str) -> Check:
    """Whether the keys may list, and whether a listing without a vhost hides presets from them, or is refused."""
    by_vhost = _list(client, vhost) if vhost else None
    if listing.error:
        if by_vhost and not by_vhost.error:
            found = f"allowed by vhost only: a listing of {vhost} is allowed, one without a vhost is refused"
            return Check("listing", OK, f"{found}, so the keys are limited to projects.")
        return Check("listing", NOT_OK, listing.error.problem, _ALLOW_LISTING)
    more = len(set(by_vhost.presets) - set(listing.presets)) if by_vhost else 0
    limited = f" A listing of {vhost} shows {more} more, so the keys are limited to projects." if more else ""
    return Check("listing", OK, f"allowed; presets of the account: {len(listing.presets)}.{limited}")


def _domains(client: Client, vhost: str | None) -> tuple[set[str], Check]:
    """The vhosts that the domains show, and whether the keys may list domains, of `vhost` if it is given."""
    try:
        domains = _retried(lambda deadline: client.domains([vhost] if vhost else [], deadline))
    except LiveError as error:
        return set(), Check("domains", UNKNOWN, f"optional: {error.problem}", _ALLOW_DOMAINS)
    vhosts = {domain.vhost for domain in domains}
    return vhosts, Check("domains", OK, f"optional; allowed; domains of {vhost or 'the account'}: {len(domains)}.")


def _recordings_check(client: Client, vhost: str) -> Check:
    if not vhost:
        return Check("recordings", UNKNOWN, "optional; not checked, since no vhost is known.", "Name one with --vhost.")
    try:
        recordings = _retried(lambda deadline: client.recordings(vhost, deadline))
    except LiveError as error:
        return Check("recordings", UNKNOWN, f"optional: {error.problem}", _ALLOW_RECORDINGS)
    return Check("recordings", OK, f"optional; allowed; recording presets of {vhost}: {len(recordings)}.")


def _list(client: Client, vhost: str) -> _Listing:
    try:
        return _Listing(_retried(lambda deadline: client.presets(vhost, deadline)).presets)
    except LiveError as error:
        return _Listing(error=error)


def _retried(ask: Callable[[Deadline], Result]) -> Result:
    deadline = Deadline.after(time, _LISTING_SECONDS)
    return Retries(time, deadline).call(lambda: ask(deadline))


def _failed_listing_checks(error: LiveError) -> Iterator[Check]:
    code, status = (error.answer.code, error.answer.status) if error.answer else ("", 0)
    if code in SIGNATURE_CODES or status == _UNAUTHORIZED:
        yield Check("signature", NOT_OK, error.problem, "Check both keys, the session token and the clock.")
    else:
        yield Check("signature", UNKNOWN, "not known, since the listing ended without an answer about it.")
        yield Check("listing", NOT_OK, error.problem, error.advice)
