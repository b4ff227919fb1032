"""The vendor's SDK with its traps undone: one signed POST, one answer or one error of ours.

Loading `requests` and `volcengine` takes time, so this module is imported where the first call is made. The traps are
those of volcengine 1.0.229, read in its source.
"""

from __future__ import annotations

import copy
import json
import os
import ssl
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import Any, Final
from urllib.parse import urlsplit

import requests
import requests.utils
from urllib3.exceptions import NewConnectionError
from volcengine.live.v20230101.live_service import LiveService

from pulumi_volcengine_live.errors import (
    Answer,
    LiveError,
    OutcomeUnknownError,
    UnreachableError,
    UntrustedError,
    from_answer,
)
from pulumi_volcengine_live.settings import Credentials

_HTTP_OK: Final = 200
_SHOWN_BODY: Final = 120


class Transport:
    """Sends the calls of one pair of keys to one endpoint; safe for threads."""

    def __init__(self, credentials: Credentials, endpoint: str, call_seconds: float) -> None:
        """`call_seconds` bounds each call as a whole, from looking up the host to the answer's last byte."""
        self._service = _service(credentials, endpoint, call_seconds)
        self._secrets = sorted(
            filter(None, (credentials.access_key, credentials.secret_key, credentials.session_token)),
            key=len,
            reverse=True,
        )
        self._call_seconds = call_seconds

    def send(self, method: str, action: str, body: dict[str, Any]) -> Any:
        """Call the SDK's method once; return `Result`, or raise what the answer, or its absence, means."""
        answered = _answer(self._call_seconds, action, lambda: getattr(self._service, method)(body))
        return self._result(action, answered.status, answered.text)

    def _result(self, action: str, status: int, text: str) -> Any:
        metadata, result = _envelope(text)
        refusal = metadata.get("Error")
        request_id = str(metadata.get("RequestId") or "")
        if isinstance(refusal, dict) and refusal.get("Code"):
            raise self._refused(
                action, status, str(refusal["Code"]), str(refusal.get("Message") or "no message"), request_id
            )
        failed = any(refusal.values()) if isinstance(refusal, dict) else refusal
        if status == _HTTP_OK and request_id and not failed and metadata.get("Action", action) == action:
            return result
        shown = " ".join(self._masked(text).split())[:_SHOWN_BODY] or "an empty body"
        raise self._refused(action, status, "something that is not the documented answer", shown, request_id)

    def _refused(self, action: str, status: int, code: str, message: str, request_id: str) -> LiveError:
        """The error, without the keys that a service or a proxy may repeat in it."""
        said = map(self._masked, (code, message, request_id))
        return from_answer(Answer(action, status, *said))

    def _masked(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text


def date_at(endpoint: str, seconds: float) -> str:
    """The Date header of whatever the endpoint answers to a request without keys; empty where it has none."""
    return _answer(seconds, "a request without keys", lambda: _session(endpoint).get(endpoint, timeout=seconds)).date


class _AnswerError(Exception):
    """Carries a whole answer out of the SDK, which keeps neither status nor request id and knows no error types."""

    def __init__(self, status: int, text: str, date: str) -> None:
        super().__init__()
        self.status = status
        self.text = text
        self.date = date


class _Session(requests.Session):
    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        """Follow no redirect with a signed body, and hand every answer out whole."""
        response = super().request(*args, **{**kwargs, "allow_redirects": False})
        text = response.content.decode("utf-8", "replace")
        raise _AnswerError(response.status_code, text, response.headers.get("Date", ""))


class _Service(LiveService):  # type: ignore[misc]
    def init(self) -> None:
        """Skip what the SDK does here: keys from environment and files would override the ones given."""


def _service(credentials: Credentials, endpoint: str, call_seconds: float) -> _Service:
    service = _Service()
    service.service_info = copy.deepcopy(service.service_info)  # the SDK shares one among all services of a process
    parts = urlsplit(endpoint)
    service.set_scheme(parts.scheme)
    service.set_host(parts.netloc)
    service.set_ak(credentials.access_key)
    service.set_sk(credentials.secret_key)
    service.set_session_token(credentials.session_token)
    service.set_connection_timeout(call_seconds)
    service.set_socket_timeout(call_seconds)
    service.session = _session(endpoint)
    return service


def _session(endpoint: str) -> _Session:
    session = _Session()
    session.trust_env = False  # else a ~/.netrc entry replaces the signature
    if urlsplit(endpoint).scheme == "https":
        session.proxies = requests.utils.get_environ_proxies(endpoint)
        session.verify = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or True
    return session


def _answer(seconds: float, action: str, call: Callable[[], Any]) -> _AnswerError:
    try:
        _within(seconds, call)
    except _AnswerError as answered:
        return answered
    except FutureTimeoutError:
        message = f"the service did not answer {action} within {seconds:g} seconds."
        raise OutcomeUnknownError(message) from None
    except Exception as error:  # noqa: BLE001 - the SDK's gate: whatever goes wrong in there has one of our names
        raise _without_answer(action, error) from None
    message = f"the SDK answered {action} without having called the service."  # pragma: no cover
    raise OutcomeUnknownError(message)  # pragma: no cover


def _within(seconds: float, call: Callable[[], Any]) -> None:
    """Give up waiting after so many seconds: the SDK's own time limits start anew with every byte that arrives."""
    done: Future[Any] = Future()

    def run() -> None:
        try:
            done.set_result(call())
        except BaseException as error:  # noqa: BLE001 - handed to the caller's thread
            done.set_exception(error)

    threading.Thread(target=run, name="volcengine-live-call", daemon=True).start()
    done.result(seconds)


def _without_answer(action: str, error: Exception) -> LiveError:
    causes = list(_causes(error))
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return UntrustedError(f"the server's certificate was refused before {action} was sent.")
    if _not_sent(causes):
        return UnreachableError(f"no connection to the service for {action} ({type(causes[-1]).__name__}).")
    return OutcomeUnknownError(f"the connection broke during {action} ({type(causes[-1]).__name__}).")


def _not_sent(causes: list[BaseException]) -> bool:
    """Whether no connection came about; urllib3 blames the proxy for one that breaks later, too."""
    if any(isinstance(cause, NewConnectionError | requests.ConnectTimeout) for cause in causes):
        return True
    by_proxy = any(isinstance(cause, requests.exceptions.ProxyError) for cause in causes)
    return by_proxy and not any(isinstance(cause, ConnectionError) for cause in causes)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The chain that requests and urllib3 build out of arguments and `reason`."""
    while error is not None:
        yield error
        inner = getattr(error, "reason", None), *error.args
        error = next((cause for cause in inner if isinstance(cause, BaseException)), None)


def _envelope(text: str) -> tuple[dict[str, Any], Any]:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return {}, None
    metadata = content.get("ResponseMetadata") if isinstance(content, dict) else None
    return (metadata, content.get("Result")) if isinstance(metadata, dict) else ({}, None)
