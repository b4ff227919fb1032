"""What an answer means: the result of a call, or an error without secrets and without control characters."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from pulumi_volcengine_live.api.error_codes import refusal_error
from pulumi_volcengine_live.api.texts import cleaned
from pulumi_volcengine_live.errors import Answer, LiveError, UnexpectedAnswerError
from pulumi_volcengine_live.settings import Credentials

_HTTP_OK: Final = 200
_PAGE_READ_LENGTH: Final = 1 << 16
_PAGE_SHOWN_LENGTH: Final = 120
_TEXT_SHOWN_LENGTH: Final = 1000
_TAG: Final = re.compile(r"<(script|style)\b.*?(?:</\1\s*>|\Z)|<[^<>]*>", re.DOTALL | re.IGNORECASE)
_SHORTEST_ENCODED_SECRET: Final = 6
"""The Base64 form of a shorter secret has so few characters that other text may contain them."""


@dataclass(frozen=True)
class HttpAnswer:
    """An answer as it arrived, whoever sent it."""

    status: int
    text: str
    date: str = ""


class Reader:
    """Reads the answers to calls that are signed with one pair of keys."""

    def __init__(self, credentials: Credentials, host: str) -> None:
        secrets = (credentials.access_key, credentials.secret_key, credentials.session_token)
        forms = {form for secret in secrets if secret for form in _forms(secret)}
        # Longest first: a secret can be the beginning of another one.
        self._forms = sorted(forms, key=len, reverse=True)
        self._host = host

    def result(self, action: str, answer: HttpAnswer) -> Any:
        """The `Result` of a successful answer; for every other answer, raise the error that it means."""
        envelope = _Envelope.parse(answer.text)
        if envelope is None or envelope.action not in ("", action):
            raise self._unexpected(action, answer)
        if envelope.code:
            refusal = Answer(action, answer.status, envelope.code, envelope.message, envelope.request_id)
            raise refusal_error(refusal, self._made_safe)
        if answer.status != _HTTP_OK or not envelope.request_id or envelope.has_error_without_code:
            raise self._unexpected(action, answer)
        return envelope.result

    def _unexpected(self, action: str, answer: HttpAnswer) -> LiveError:
        words = self._first_words(answer.text) or "an empty body"
        return UnexpectedAnswerError(
            f"the answer to {action} from {self._host} is not one that the service documents, so a proxy, a portal or"
            f" another server may have sent it: HTTP {answer.status}, {words}.",
            answer=Answer(action, answer.status, "", words, ""),
        )

    def _first_words(self, page: str) -> str:
        """The beginning of a page without its tags.

        It is masked before it is cut, and far more is masked than is kept, so that no part of a secret remains.
        """
        start = self._masked(page[: 16 * _PAGE_READ_LENGTH])[:_PAGE_READ_LENGTH]
        words = cleaned(_TAG.sub(" ", start)) or cleaned(start)
        return words if len(words) <= _PAGE_SHOWN_LENGTH else f"{words[:_PAGE_SHOWN_LENGTH]}..."

    def _made_safe(self, text: str) -> str:
        return cleaned(self._masked(text))[:_TEXT_SHOWN_LENGTH]

    def _masked(self, text: str) -> str:
        for form in self._forms:
            text = text.replace(form, "***")
        return text


@dataclass(frozen=True)
class _Envelope:
    """The documented envelope of the service's answers: ResponseMetadata, and Result if the call succeeds."""

    action: str
    request_id: str
    code: str
    message: str
    has_error_without_code: bool
    result: Any

    @classmethod
    def parse(cls, text: str) -> _Envelope | None:
        try:
            content = json.loads(text)
        except (ValueError, RecursionError):
            return None
        metadata = content.get("ResponseMetadata") if isinstance(content, dict) else None
        if not isinstance(metadata, dict):
            return None
        error = metadata.get("Error")
        parts = error if isinstance(error, dict) else {}
        code = _text(parts.get("Code"))
        return cls(
            action=_text(metadata.get("Action")),
            request_id=_text(metadata.get("RequestId")),
            code=code,
            message=_text(parts.get("Message")) or "no message",
            # An error whose parts are all empty may mean that there is none (inferred from the vendor's models).
            has_error_without_code=bool(any(parts.values()) if parts else error) and not code,
            result=content.get("Result"),
        )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _forms(secret: str) -> Iterator[str]:
    """The secret as pages and messages may repeat it: plain, and escaped for URLs, HTML, JSON and headers."""
    yield secret
    quoted = quote(secret, safe="")
    yield from (quoted, quote(secret), re.sub("%..", lambda found: found[0].lower(), quoted))
    yield from (html.escape(secret), html.escape(secret, quote=False), secret.replace("/", "\\/"))
    yield "".join(f"\\u{ord(character):04x}" if character in "<>&='\"" else character for character in secret)
    if len(secret) >= _SHORTEST_ENCODED_SECRET:
        for shift in range(3):
            yield from _in_base64(secret, shift)


def _in_base64(secret: str, shift: int) -> Iterator[str]:
    """The Base64 characters that depend on the secret alone, if `shift` bytes (modulo 3) come before it."""
    first, last = -(-8 * shift // 6), 8 * (shift + len(secret)) // 6  # rounded up and down to whole Base64 characters
    yield base64.b64encode(bytes(shift) + secret.encode())[first:last].decode()
    yield base64.urlsafe_b64encode(bytes(shift) + secret.encode())[first:last].decode()
