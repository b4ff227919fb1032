"""The errors of this package: one class for each thing that the caller can do next, with a typed outcome."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from typing_extensions import Self


class Outcome(Enum):
    """What is known of the effect of an operation that failed."""

    UNCHANGED = "Nothing was changed by this."
    CHANGED = "The change took effect."
    UNKNOWN = "Whether the service carried it out is not known."


@dataclass(frozen=True)
class Answer:
    """The parts of an answer that report a failure. `code` is empty if the answer is not the service's envelope."""

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
    """Any error of this package about a time-shift preset or its service.

    `problem` is a sentence that says what went wrong, `answer` what the service answered, if it did. `operation` says
    what was being done to which preset. `outcome` is what is known of the effect, as a value that code can test;
    `effect` is shown instead of the outcome's sentence. `advice` says what to do next.
    """

    outcome: Outcome = Outcome.UNCHANGED
    advice: str = ""
    retryable: bool = False
    """Whether another attempt may succeed."""

    def __init__(
        self,
        problem: str,
        *,
        answer: Answer | None = None,
        operation: str = "",
        outcome: Outcome | None = None,
        effect: str = "",
        advice: str = "",
    ) -> None:
        super().__init__(problem)
        self.problem = problem
        self.answer = answer
        self.operation = operation
        self.outcome = outcome or self.outcome
        self.effect = effect
        self.advice = advice or self.advice

    def __str__(self) -> str:
        """The whole message, on one line."""
        start = f"{self.operation}: {self.problem}" if self.operation else self.problem
        return " ".join(f"{start} {self.effect or self.outcome.value} {self.advice}".split())

    def amended(
        self,
        *,
        problem: str = "",
        answer: Answer | None = None,
        operation: str = "",
        outcome: Outcome | None = None,
        effect: str = "",
        advice: str = "",
    ) -> Self:
        """A copy with these parts replaced; the parts that are left out stay as they are."""
        changed = copy.copy(self)
        changed.problem = problem or self.problem
        changed.args = (changed.problem,)
        changed.answer = answer or self.answer
        changed.operation = operation or self.operation
        changed.outcome = outcome or self.outcome
        # `effect` describes one outcome, so it is dropped if the outcome changes.
        changed.effect = effect or (self.effect if changed.outcome is self.outcome else "")
        changed.advice = advice or self.advice
        return changed


class SettingsError(LiveError):
    """Keys, endpoint, proxy, certificates or switches are missing or wrong on this machine. Nothing was sent."""


class InvalidRequestError(LiveError):
    """The service refuses the values."""

    advice = "Correct the value that the service names, then run `pulumi up` again."


class NotFoundError(LiveError):
    """The service reports that the account has no such vhost, domain, app or preset.

    This is absence as the service reports it, not a proof: it answers the same to valid keys of another account.
    """

    advice = (
        "Check vhost, app and pull_domain, and whose account the keys are of; if the preset was removed outside Pulumi,"
        " run `pulumi refresh`, then `pulumi up`."
    )


class UnprovenAbsenceError(LiveError):
    """No listing contains the preset, but nothing shows that these keys own its vhost."""


class AccessError(LiveError):
    """The keys are wrong, or may not do this."""

    advice = "Check the keys, the machine's clock and the permissions of the keys' user, then run the command again."


class ThrottledError(LiveError):
    """The service throttled the call, or the operation's time ended before the call's turn or its answer."""

    retryable = True
    advice = (
        "The account has 10 calls a second for each action, and other programs may use them too: run the command again"
        " later."
    )

    @property
    def ran_out_of_time(self) -> bool:
        """Whether there is no answer: for lack of time the call was not sent, or its answer was not waited for."""
        return self.answer is None


class UnreachableError(LiveError):
    """There was no connection, so the call was not sent."""

    retryable = True
    advice = "Check the network, the proxy settings and the endpoint, then run the command again."


class UntrustedError(LiveError):
    """The server at the endpoint cannot prove that it is the service. The call was not sent."""

    advice = "Check the endpoint, the proxy settings and the certificates that this machine trusts."


class UnexpectedAnswerError(LiveError):
    """The answer is not the service's: a proxy, a portal or another server between you and the service answered.

    It may have forwarded the call first, so the outcome of a call that changes something is unknown. Only a page with a
    status of 5xx is worth another attempt: load balancers send such pages while the service restarts. Pages with other
    statuses come from a configuration, which does not change within minutes.
    """

    outcome = Outcome.UNKNOWN
    advice = "Check the proxy, the firewall and the endpoint (not the keys or the values), then run the command again."

    def __init__(self, problem: str, *, answer: Answer | None = None, **known: Any) -> None:
        super().__init__(problem, answer=answer, **known)
        self.retryable = answer is not None and answer.status >= _HTTP_SERVER_ERROR


class UnreadablePresetError(LiveError):
    """A listed item that is, or may be, the preset in question cannot be read."""

    advice = (
        "Check the preset in the vendor's console; if it is correct there, report the item to the maintainers of this"
        " package."
    )


class OutcomeUnknownError(LiveError):
    """The call was sent, and whether it took effect is not known."""

    retryable = True
    outcome = Outcome.UNKNOWN
    advice = (
        "Run `pulumi refresh`, then `pulumi up`; if the preset was created after all, set adopt=True to take it over."
    )


class ConflictError(LiveError):
    """The operation conflicts with an existing preset, another resource or another change of the app.

    Or the user did not confirm it.
    """


_HTTP_SERVER_ERROR: Final = 500
