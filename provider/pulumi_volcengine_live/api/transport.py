"""Sends a signed call once and reads the answer within a time limit and a size limit. Signs with the vendor's SDK.

Loading `requests` and `volcengine` takes time, so this module is imported when the first call is made. Comments about
the SDK describe volcengine 1.0.229.

Everything but resolving the host's name happens on the caller's thread. So a call that was given up cannot be sent
later, and nothing of it is left behind.
"""

from __future__ import annotations

import copy
import json
import os
import ssl
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import requests
import requests.utils
from volcengine.auth.SignerV4 import SignerV4
from volcengine.live.v20230101.live_service import LiveService

from pulumi_volcengine_live.api.answers import HttpAnswer, Reader
from pulumi_volcengine_live.api.connections import BoundedAdapter, CallEnd, timed_out
from pulumi_volcengine_live.api.deadlines import MORE_TIME_ADVICE
from pulumi_volcengine_live.errors import (
    LiveError,
    OutcomeUnknownError,
    SettingsError,
    UnexpectedAnswerError,
    UnreachableError,
)
from pulumi_volcengine_live.settings import Credentials

_PIECE: Final = 1 << 14
_LARGEST_ANSWER: Final = 64 << 20
_ENCODINGS: Final = ("gzip", "deflate")
_CERTIFICATE_VARIABLES: Final = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_PROXY_VARIABLES: Final = "HTTPS_PROXY, ALL_PROXY or NO_PROXY"


class Transport:
    """Sends the calls of one pair of keys to one endpoint; safe for threads."""

    def __init__(self, credentials: Credentials, endpoint: str) -> None:
        self._service = _service(credentials, endpoint)
        self._session = _session(endpoint)
        self._reader = Reader(credentials, urlsplit(endpoint).netloc)

    def send(self, action: str, body: dict[str, Any], seconds: float) -> Any:
        """Send the call once; return `Result`, or raise the error that the answer, or its absence, means.

        `seconds` bounds everything, from resolving the host's name to the answer's last byte.
        """
        answer = _answer(self._session, action, lambda: self._signed(action, body), seconds)
        return self._reader.result(action, answer)

    def _signed(self, action: str, body: dict[str, Any]) -> requests.Request:
        """Signed anew for each attempt: a signature carries the time."""
        signed = self._service.prepare_request(self._service.api_info[action], {})
        signed.headers["Content-Type"] = "application/json"
        signed.body = json.dumps(body)
        SignerV4.sign(signed, self._service.service_info.credentials)
        # The answer is decompressed in this module, so it may use only an encoding that this module reads.
        headers = {**signed.headers, "Accept-Encoding": "gzip"}
        return requests.Request("POST", signed.build(), headers=headers, data=signed.body)


def date_at(endpoint: str, seconds: float) -> str:
    """The Date header of whatever the endpoint answers to a request without keys; empty if it has none."""
    request = requests.Request("GET", endpoint)
    return _answer(_session(endpoint), "a request without keys", lambda: request, seconds).date


class _Service(LiveService):  # type: ignore[misc]
    def init(self) -> None:
        """Skip what the SDK does here: keys from environment and files would override the given ones."""


def _service(credentials: Credentials, endpoint: str) -> _Service:
    service = _Service()
    service.service_info = copy.deepcopy(service.service_info)  # the SDK shares one among all services of a process
    parts = urlsplit(endpoint)
    service.set_scheme(parts.scheme)
    service.set_host(parts.netloc)
    service.set_ak(credentials.access_key)
    service.set_sk(credentials.secret_key)
    service.set_session_token(credentials.session_token)
    return service


def _session(endpoint: str) -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # else a ~/.netrc entry replaces the signature
    session.mount("http://", BoundedAdapter())
    session.mount("https://", BoundedAdapter())
    if urlsplit(endpoint).scheme == "https":  # plain http is allowed to this machine only, which no proxy reaches
        session.proxies = requests.utils.get_environ_proxies(endpoint)
        session.verify = _certificates()
    return session


def _certificates() -> str | bool:
    """The file or folder that the environment names, as for `requests`; True for the `certifi` package's file."""
    for name in _CERTIFICATE_VARIABLES:
        if path := os.environ.get(name):
            try:
                folder = Path(path).is_dir()
                ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(
                    cafile=None if folder else path, capath=path if folder else None
                )
            except OSError as error:
                message = f"no certificates can be read from {path}, which {name} names ({type(error).__name__})."
                raise SettingsError(message, advice=f"Correct or unset {name}.") from None
            return path
    return True


def _answer(
    session: requests.Session, action: str, request: Callable[[], requests.Request], seconds: float
) -> HttpAnswer:
    if seconds <= 0:  # `requests` would refuse it by an error that looks like a broken connection
        message = f"there was no time left to send {action}."
        raise UnreachableError(message, advice=MORE_TIME_ADVICE)
    try:
        with (
            CallEnd.in_seconds(seconds),
            session.send(request().prepare(), stream=True, allow_redirects=False, timeout=seconds) as response,
        ):
            text = _body(action, response).decode("utf-8", "replace")
            return HttpAnswer(response.status_code, text, response.headers.get("Date", ""))
    except LiveError:
        raise
    except requests.exceptions.InvalidHeader:
        message = "the keys or the session token contain characters that cannot be sent."
        raise SettingsError(message, advice="Set them again, and copy nothing but their values.") from None
    except _NEVER_SENT as error:
        message = f"no request can be made with the settings of this machine ({type(error).__name__})."
        raise SettingsError(message, advice=f"Check {_PROXY_VARIABLES} in the environment, and the endpoint.") from None
    except Exception as error:  # noqa: BLE001 - requests, urllib3 and the SDK raise whatever they meet
        raise OutcomeUnknownError(_problem_of(action, seconds, error)) from None


# `requests` raises these before it connects: the URL of the service or of the proxy is malformed.
_NEVER_SENT: Final = (
    requests.exceptions.InvalidProxyURL,
    requests.exceptions.InvalidSchema,
    requests.exceptions.InvalidURL,
    requests.exceptions.MissingSchema,
)


def _problem_of(action: str, seconds: float, error: Exception) -> str:
    if timed_out(error):
        return f"the service did not answer {action} within {seconds:.3g} seconds."
    return f"the connection broke during {action} ({type(error).__name__})."


def _body(action: str, response: requests.Response) -> bytes:
    """The decompressed body, in pieces: a small answer can decompress to one that fills the memory."""
    encoding = response.headers.get("Content-Encoding", "").lower().strip()
    if encoding in ("", "identity"):
        expand: Callable[[bytes, int], bytes] = _as_it_is
    elif encoding in _ENCODINGS:
        # 32: detect gzip or zlib from the header.
        expand = zlib.decompressobj(zlib.MAX_WBITS | 32).decompress
    else:
        raise _unusable_answer(action, response, f"in an encoding that was not asked for, {encoding[:20]!r}")
    body = bytearray()
    while piece := response.raw.read(_PIECE, decode_content=False):
        try:
            body += expand(piece, _LARGEST_ANSWER + 1 - len(body))
        except zlib.error:
            raise _unusable_answer(action, response, "compressed in a way that cannot be read") from None
        if len(body) > _LARGEST_ANSWER:
            raise _unusable_answer(action, response, f"longer than {_LARGEST_ANSWER >> 20} MiB")
    return bytes(body)


def _as_it_is(piece: bytes, _most: int) -> bytes:
    return piece


def _unusable_answer(action: str, response: requests.Response, what: str) -> LiveError:
    host = urlsplit(response.url).netloc
    return UnexpectedAnswerError(f"the answer to {action} from {host}, HTTP {response.status_code}, is {what}.")
