"""Which error each status and code of the service stands for (doc 1126806)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from pulumi_volcengine_live.errors import (
    AccessError,
    Answer,
    InvalidRequestError,
    LiveError,
    NotFoundError,
    OutcomeUnknownError,
    ThrottledError,
)

_HTTP_FORBIDDEN: Final = 403
_NO_SUCH_RESOURCE: Final = "RequestForbidden"
SIGNATURE_CODES: Final = (
    "InvalidAccessKey",
    "InvalidAuthorization",
    "InvalidCredential",
    "InvalidSecretToken",
    "InvalidSecurityToken",
    "InvalidTimestamp",
    "MissingAuthenticationToken",
    "MissingSignature",
    "SignatureDoesNotMatch",
)
"""The codes of the platform's gateway if a key, a token or this machine's clock is wrong."""
PERMISSION_CODES: Final = ("AccessDenied", "LackPolicy", "LackProjectPolicy")
"""The codes of the platform's gateway if the keys are valid, but may not make this call."""
_ANOTHER_ACCOUNT: Final = "RequestForbidden.AccountIDNotAllow"
_WRONG_ENDPOINT_CODES: Final = ("InvalidActionOrVersion", "MethodNotAllowed", "ServiceNotFound")

# The vendor's pages contradict each other on the HTTP status of some codes, so the code decides (doc 1126806).
_BY_CODE: Final[Mapping[str, type[LiveError]]] = {
    **dict.fromkeys((*SIGNATURE_CODES, *PERMISSION_CODES, _ANOTHER_ACCOUNT), AccessError),
    **dict.fromkeys(_WRONG_ENDPOINT_CODES, InvalidRequestError),
    **dict.fromkeys(("InvalidParam", "MissingParameter", "MissingRequestInfo"), InvalidRequestError),
    **dict.fromkeys(("FlowLimitExceeded", "AccountFlowLimitExceeded"), ThrottledError),
    **dict.fromkeys(
        (
            "CommonErr",
            "FailToConnect",
            "InternalError",
            "InternalServiceError",
            "InternalServiceTimeout",
            "ServiceUnavailableTemp",
            "UndefinedError",
        ),
        OutcomeUnknownError,
    ),
}
_BY_STATUS: Final[Mapping[int, type[LiveError]]] = {
    400: InvalidRequestError,
    401: AccessError,
    403: AccessError,
    404: InvalidRequestError,
    405: InvalidRequestError,
    413: InvalidRequestError,
    429: ThrottledError,
}


def refusal_error(answer: Answer, make_safe: Callable[[str], str] = str) -> LiveError:
    """The error for a refusal in the service's envelope.

    The class follows from the status and the code as they arrived. Only then `make_safe` makes the texts safe to show.
    A 404 never means that a preset is gone: the gateway answers it to a wrong endpoint or version.
    """
    kind = _class_for(answer.status, answer.code)
    code, message, request_id = map(make_safe, (answer.code, answer.message, answer.request_id))
    safe = Answer(answer.action, answer.status, code, message, request_id)
    return kind(str(safe), answer=safe, advice=_ADVICE_BY_CODE.get(answer.code, ""))


_ADVICE_BY_CODE: Final[Mapping[str, str]] = {
    **dict.fromkeys(_WRONG_ENDPOINT_CODES, "Check the endpoint: the server there does not know this call."),
    _ANOTHER_ACCOUNT: "Use the keys of the account that has the vhost.",
}
"""The advice for these codes, where it differs from that of the code's class."""


def _class_for(status: int, code: str) -> type[LiveError]:
    family = code.partition(".")[0]
    if (status, code) == (_HTTP_FORBIDDEN, _NO_SUCH_RESOURCE):
        # NotFoundError can remove a preset from a state, so it alone needs the documented status as well as the code.
        # With a suffix the code is about the keys (RequestForbidden.AccountIDNotAllow).
        return NotFoundError
    return _BY_CODE.get(code) or _BY_CODE.get(family) or _BY_STATUS.get(status, OutcomeUnknownError)
