"""What can go wrong, named by what the caller does next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

_HTTP_BAD_REQUEST: Final = 400
_HTTP_THROTTLED: Final = 429
_NO_SUCH_RESOURCE: Final = (403, "RequestForbidden")
_THROTTLED: Final = {"FlowLimitExceeded", "AccountFlowLimitExceeded"}
BAD_SIGNATURE: Final = ("InvalidTimestamp", "InvalidCredential", "InvalidAccessKey", "SignatureDoesNotMatch")
"""The platform's codes for keys and clocks; its international edition documents some with HTTP 400."""


@dataclass(frozen=True)
class Answer:
    """What the service said when it refused a call."""

    action: str
    status: int
    code: str
    message: str
    request_id: str

    def __str__(self) -> str:
        """One sentence with everything that the vendor's support will ask for."""
        request = f"request id {self.request_id}" if self.request_id else "no request id"
        return f"the service answered {self.code}: {self.message} ({self.action}, HTTP {self.status}, {request})."


class LiveError(Exception):
    """Anything this package raises about a time-shift preset or its service.

    `what` says what happened, `answer` is what the service said, if it said something. `doing` is set where it is
    known what was being done to which preset. `effect` and `advice` end the message: what is known of the effect,
    and what to do next.
    """

    retryable: ClassVar[bool] = False
    effect = "Nothing was changed by this."
    advice = ""

    def __init__(self, what: str, *, answer: Answer | None = None, advice: str = "", effect: str = "") -> None:
        """Say what happened, in a sentence."""
        super().__init__(what)
        self.what = what
        self.answer = answer
        self.doing = ""
        self.effect = effect or self.effect
        self.advice = advice or self.advice

    def __str__(self) -> str:
        """Everything that the user is told, on one line."""
        start = f"{self.doing}: {self.what}" if self.doing else self.what
        return " ".join(" ".join(filter(None, (start, self.effect, self.advice))).split())


class SettingsError(LiveError):
    """Keys, endpoint or switches are missing or wrong."""


class InvalidRequestError(LiveError):
    """The service refuses the values."""

    advice = "Correct the value that the service names, then run `pulumi up` again."


class NotFoundError(LiveError):
    """The account has no such vhost, domain, app or preset."""

    advice = (
        "Check vhost, app and pull_domain, and that the keys belong to the account that owns them; if the preset was"
        " removed outside Pulumi, run `pulumi refresh`, then `pulumi up`."
    )


class AccessError(LiveError):
    """The keys are wrong, or may not do this."""

    advice = "Check the keys, the machine's clock and the permissions of the keys' user, then run the command again."


class ThrottledError(LiveError):
    """The service answers that there were too many calls."""

    retryable = True
    advice = "Other programs use the account's 10 calls a second: run the command again later."


class UnreachableError(LiveError):
    """No connection: the call was not sent."""

    retryable = True
    advice = "Check the network, the proxy settings and the endpoint, then run the command again."


class UntrustedError(LiveError):
    """The server at the endpoint cannot prove that it is the service, or sends elsewhere."""

    advice = "Check the endpoint, the proxy settings and the certificates that this machine trusts."


class OutcomeUnknownError(LiveError):
    """The call was sent, and whether it took effect is not known."""

    retryable = True
    effect = "Whether the service carried it out is not known."
    advice = (
        "Run `pulumi refresh`, then `pulumi up`; a preset that was made all the same is taken over with adopt=True."
    )


class ConflictError(LiveError):
    """What the service has, or what another resource means, stands against it."""


def from_answer(answer: Answer) -> LiveError:
    """The one place where a status and a code become an error of this family."""
    return _kind(answer.status, answer.code)(str(answer), answer=answer)


def _kind(status: int, code: str) -> type[LiveError]:
    if (status, code) == _NO_SUCH_RESOURCE:
        return NotFoundError
    if code in _THROTTLED or status == _HTTP_THROTTLED:
        return ThrottledError
    if status in (401, 403) or (status == _HTTP_BAD_REQUEST and code in BAD_SIGNATURE):
        return AccessError
    if status in range(300, 400):
        return UntrustedError
    if status in (_HTTP_BAD_REQUEST, 404, 405, 413):
        return InvalidRequestError
    return OutcomeUnknownError
