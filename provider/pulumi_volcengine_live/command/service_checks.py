"""Whether this machine and these keys reach the service, each step looked at on its own."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Final

from pulumi_volcengine_live.api.client import CALL_SECONDS, client_for
from pulumi_volcengine_live.api.pacing import Deadline, Retries
from pulumi_volcengine_live.errors import SIGNATURE_CODES, LiveError, SettingsError
from pulumi_volcengine_live.settings import ACCESS_KEY, SECRET_KEY, Credentials, Settings, resolve

from .check import NOT_OK, OK, UNKNOWN, Check

_NAMES: Final = ("settings", "keys", "endpoint", "reachable", "clock", "signature", "listing")
_LISTING_SECONDS: Final = 10.0
_CLOCK_LIMIT: Final = timedelta(seconds=60)
_UNAUTHORIZED: Final = 401
_NO_PERMISSION: Final = ("AccessDenied", "LackPolicy", "RequestForbidden")
_OF_A_STACK: Final = (
    f"A stack's own keys are looked at with: VOLC_ACCESSKEY=$(pulumi config get {ACCESS_KEY})"
    f" VOLC_SECRETKEY=$(pulumi config get {SECRET_KEY}) volcengine-live doctor"
)


def service_checks(environment: Mapping[str, str]) -> list[Check]:
    """All of them; one that an earlier one keeps from being known costs no call."""
    known = {check.name: check for check in _until_blocked(environment)}
    blocking = [check.name for check in known.values() if check.state == NOT_OK][-1:]
    return [known.get(name) or Check(name, UNKNOWN, f"not checked: see {''.join(blocking)}.") for name in _NAMES]


def _until_blocked(environment: Mapping[str, str]) -> Iterator[Check]:
    try:
        settings = resolve(lambda _name: None, environment)
    except SettingsError as error:
        yield Check("settings", NOT_OK, error.problem, error.advice)
        return
    yield Check("settings", OK, f"sharedDelete {settings.shared_delete}, liveChecks {settings.live_checks}.")
    yield _keys(settings)
    yield Check("endpoint", OK, settings.endpoint)
    try:
        yield from _connection(settings.endpoint)
    except LiveError as error:
        yield Check("reachable", NOT_OK, error.problem, error.advice)
        return
    if settings.credentials:
        yield from _listing(settings.credentials, settings.endpoint)


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
    """The answer's Date, in whole seconds, was written at some moment in between: so the difference is a range."""
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


def _listing(credentials: Credentials, endpoint: str) -> Iterator[Check]:
    """One look at the account tells two things, except where it fails in a way that may come before either."""
    try:
        deadline = Deadline.after(time, _LISTING_SECONDS)
        client = client_for(credentials, endpoint)
        presets = Retries(time, deadline).call(lambda: client.presets("", deadline)).presets
    except LiveError as error:
        yield from _refused(error)
        return
    yield Check("signature", OK, "accepted.")
    yield Check("listing", OK, f"allowed; presets of the account: {len(presets)}.")


def _refused(error: LiveError) -> Iterator[Check]:
    code, status = (error.answer.code, error.answer.status) if error.answer else ("", 0)
    if code.startswith(_NO_PERMISSION):
        yield Check("signature", OK, "accepted.")
        advice = "Allow the keys' user ListTimeShiftPresetV2 of the service live, and check whose account it is."
        yield Check("listing", NOT_OK, error.problem, advice)
    elif code in SIGNATURE_CODES or status == _UNAUTHORIZED:
        yield Check("signature", NOT_OK, error.problem, "Check both keys, the session token and the clock.")
    else:
        yield Check("signature", UNKNOWN, "the service's answer does not tell.")
        yield Check("listing", NOT_OK, error.problem, error.advice)
