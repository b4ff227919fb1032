"""Volcengine's request signature, version 4, as the vendor's SDKs for Python, Go, Java and Node make it."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qsl, quote, urlsplit

from .request_rules import ApiError

_ALGORITHM = "HMAC-SHA256"
_AUTHORIZATION = re.compile(
    rf"{_ALGORITHM} Credential=([^/]+)/(\d{{8}})/([^/]+)/([^/]+)/request,\s*"
    r"SignedHeaders=([^,]+),\s*Signature=([0-9a-f]{64})"
)
_SCOPE = ("cn-north-1", "live")
_CLOCK_DIFFERENCE = timedelta(minutes=15)


@dataclass(frozen=True)
class AccountCredentials:
    """An account, and what proves that a request with its access key comes from it."""

    account: str
    secret_key: str = field(repr=False)
    session_token: str = field(default="", repr=False)


@dataclass(frozen=True)
class _Authorization:
    """The parts of the Authorization header, in its order."""

    access_key: str
    date: str
    region: str
    service: str
    signed_headers: str
    signature: str

    @classmethod
    def parse(cls, header: str) -> _Authorization:
        parts = _AUTHORIZATION.fullmatch(header)
        if parts is None:
            raise ApiError(401, "MissingAuthenticationToken", "the request is not signed, or not the documented way")
        return cls(*parts.groups())

    @property
    def scope(self) -> tuple[str, ...]:
        return self.date, self.region, self.service, "request"


def account_of(
    keys: Mapping[str, AccountCredentials],
    now: datetime,
    method: str,
    target: str,
    headers: Mapping[str, str],
    body: bytes,
) -> str:
    """The account that signed the request; ApiError if the signature is not valid. `headers`: by lower-case name."""
    given = _Authorization.parse(headers.get("authorization", ""))
    credentials = keys.get(given.access_key)
    if credentials is None:
        raise ApiError(401, "InvalidCredential", f"the access key {given.access_key} is not known")
    if (given.region, given.service) != _SCOPE:
        raise ApiError(401, "InvalidCredential", f"the signature must be for {'/'.join(_SCOPE)}")
    _check_date(headers.get("x-date", ""), given.date, now)
    if not hmac.compare_digest(credentials.session_token.encode(), headers.get("x-security-token", "").encode()):
        raise ApiError(401, "InvalidSecurityToken", "the session token is missing or wrong")
    payload = hashlib.sha256(body).hexdigest()
    if headers.get("x-content-sha256", payload) != payload:
        raise ApiError(401, "SignatureDoesNotMatch", "X-Content-Sha256 is not the body's")
    canonical = _canonical_request(given.signed_headers, method, target, headers, payload)
    if not hmac.compare_digest(
        _signature(given, credentials.secret_key, headers["x-date"], canonical), given.signature
    ):
        raise ApiError(401, "SignatureDoesNotMatch", "the signature is not the one that the secret key makes")
    return credentials.account


def _canonical_request(signed: str, method: str, target: str, headers: Mapping[str, str], payload: str) -> str:
    names = signed.split(";")
    if "x-date" not in names:
        raise ApiError(401, "SignatureDoesNotMatch", "X-Date must be signed")
    url = urlsplit(target)
    lines = "".join(f"{name}:{_canonical(name, headers.get(name, ''))}\n" for name in names)
    return "\n".join((method, quote(url.path or "/", safe="/-_.~%"), _query(url.query), lines, signed, payload))


def _signature(given: _Authorization, secret_key: str, moment: str, canonical: str) -> str:
    text = "\n".join((_ALGORITHM, moment, "/".join(given.scope), hashlib.sha256(canonical.encode()).hexdigest()))
    secret = secret_key.encode()
    for part in given.scope:
        secret = hmac.digest(secret, part.encode(), "sha256")
    return hmac.digest(secret, text.encode(), "sha256").hex()


def _check_date(moment: str, date: str, now: datetime) -> None:
    try:
        signed_at = datetime.strptime(moment, "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)
    except ValueError:
        raise ApiError(401, "InvalidTimestamp", "X-Date is missing or malformed") from None
    if abs(now - signed_at) > _CLOCK_DIFFERENCE:
        raise ApiError(401, "InvalidTimestamp", "X-Date is too far from the service's clock")
    if not moment.startswith(date):
        raise ApiError(401, "InvalidTimestamp", "X-Date is not of the date in the Credential")


def _canonical(name: str, value: str) -> str:
    """A header's value as it is signed: trimmed, and Host without a default port."""
    host, _, port = value.rpartition(":")
    return host if name == "host" and port in ("80", "443") else value.strip()


def _query(query: str) -> str:
    pairs = sorted(parse_qsl(query, keep_blank_values=True))
    return "&".join(f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in pairs)
