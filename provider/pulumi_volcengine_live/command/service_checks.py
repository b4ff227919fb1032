"""Checks whether this machine and these keys reach the service, step by step."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final, TypeVar

from pulumi_volcengine_live.api.client import CALL_SECONDS, client_for
from pulumi_volcengine_live.api.pacing import Deadline, Retries
from pulumi_volcengine_live.errors import PERMISSION_CODES, SIGNATURE_CODES, LiveError, SettingsError
from pulumi_volcengine_live.settings import ACCESS_KEY, SECRET_KEY, Settings, resolve

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
_ALLOW_LISTING: Final = (
    "Allow the keys' user ListTimeShiftPresetV2 of the service live, and check whose account it is. If the keys are"
    " limited to projects, name a vhost of theirs with --vhost."
)
_ALLOW_DOMAINS: Final = (
    "With ListDomainDetail, the provider can prove that a preset which is in no listing is gone, and previews check"
    " pull domains."
)
_ALLOW_RECORDINGS: Final = "With ListVhostRecordPresetV2, previews check what a recording time shift follows."
_OF_A_STACK: Final = (
    f"To check a stack's own keys: VOLC_ACCESSKEY=$(pulumi config get {ACCESS_KEY})"
    f" VOLC_SECRETKEY=$(pulumi config get {SECRET_KEY}) volcengine-live doctor"
)


def service_checks(environment: Mapping[str, str], vhost: str | None = None) -> list[Check]:
    """All checks; one whose answer depends on an earlier one that failed makes no call.

    :param vhost: a vhost that the keys may access, to list by name; default: one that the account's domains show.
    """
    known = {check.name: check for check in _until_blocked(environment, vhost)}
    blocking = [check.name for check in known.values() if check.state == NOT_OK][-1:]
    return [known.get(name) or Check(name, UNKNOWN, f"not checked: see {''.join(blocking)}.") for name in _NAMES]


def _until_blocked(environment: Mapping[str, str], vhost: str | None) -> Iterator[Check]:
    try:
        settings = resolve(lambda _name: None, environment)
    except SettingsError as error:
        yield Check("settings", NOT_OK, error.problem, error.advice)
        return
    switches = f"sharedDelete {settings.shared_delete}, missing {settings.missing}, liveChecks {settings.live_checks}"
    yield Check("settings", OK, f"{switches}.")
    yield _keys(settings)
    yield Check("endpoint", OK, settings.endpoint)
    try:
        yield from _connection(settings.endpoint)
    except LiveError as error:
        yield Check("reachable", NOT_OK, error.problem, error.advice)
        return
    if settings.credentials:
        yield from _account(client_for(settings.credentials, settings.endpoint), vhost)


def _keys(settings: Settings) -> Check:
    try:
        credentials = settings.require_credentials()
    except SettingsError as error:
        return Check("keys", NOT_OK, error.problem, f"{error.advice} {_OF_A_STACK}")
    token = ", with a session token" if credentials.session_token else ""
    return Check("keys", OK, f"from {credentials.source}{token}.")


def _connection(endpoint: str) -> Iterator[Check]:
    from pulumi_volcengine_live.api.transport import date_at  # noqa: PLC0415 - a command that makes no call need not load the SDK

    sent = datetime.now(timezone.utc)
    date = date_at(endpoint, CALL_SECONDS)
    came = datetime.now(timezone.utc)
    yield Check("reachable", OK, f"answered within {(came - sent).total_seconds():.1f} s.")
    yield _clock(date, sent, came)


def _clock(date: str, sent: datetime, came: datetime) -> Check:
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
    return Check("clock", UNKNOWN, "the answer took too long for its Date to be compared with.")


@dataclass(frozen=True)
class _Listing:
    """The presets that one listing shows, or the error that it ended with."""

    presets: tuple[Preset, ...] = ()
    error: LiveError | None = None

    @property
    def refused(self) -> bool:
        """Whether the service knew the keys, and refused the call."""
        return bool(self.error and self.error.answer and self.error.answer.code.startswith(_REFUSALS))


def _account(client: Client, vhost: str | None) -> Iterator[Check]:
    """A listing also proves the signature if it succeeds, or is refused for lack of permission."""
    listing = _list(client, "")
    if listing.error and not listing.refused:
        yield from _not_listed(listing.error)
        return
    yield Check("signature", OK, "accepted.")
    vhosts, domains = _domains(client, vhost)
    unlisted = vhosts - {preset.identity.vhost for preset in listing.presets}
    # Keys that are limited to projects may see presets of a vhost only if the call names it.
    chosen = vhost or next(iter(sorted(unlisted) or sorted(vhosts)), "")
    yield _listing(client, listing, chosen)
    yield domains
    yield _recordings(client, chosen)


def _listing(client: Client, listing: _Listing, vhost: str) -> Check:
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


def _recordings(client: Client, vhost: str) -> Check:
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


def _not_listed(error: LiveError) -> Iterator[Check]:
    code, status = (error.answer.code, error.answer.status) if error.answer else ("", 0)
    if code in SIGNATURE_CODES or status == _UNAUTHORIZED:
        yield Check("signature", NOT_OK, error.problem, "Check both keys, the session token and the clock.")
    else:
        yield Check("signature", UNKNOWN, "the service's answer does not show whether it was accepted.")
        yield Check("listing", NOT_OK, error.problem, error.advice)
