"""Which answer is which error, and how an error is put into words."""

from __future__ import annotations

import pytest

from pulumi_volcengine_live import errors
from pulumi_volcengine_live.api.error_codes import refusal_error
from pulumi_volcengine_live.api.lists import NO_LIST_ADVICE
from pulumi_volcengine_live.errors import Answer, LiveError, NotFoundError, Outcome
from pulumi_volcengine_live.lifecycle.absence import ADVICE as NOT_OWNED
from pulumi_volcengine_live.lifecycle.absence import REFUSED_ADVICE
from pulumi_volcengine_live.lifecycle.deleting import REPLACED_OUTSIDE_ADVICE
from pulumi_volcengine_live.lifecycle.sibling_policy import SIBLINGS_ADVICE
from sentences import sentences

OTHER_ADVICE = (SIBLINGS_ADVICE, NOT_OWNED, REFUSED_ADVICE, REPLACED_OUTSIDE_ADVICE, NO_LIST_ADVICE)
KINDS: list[tuple[int, str, type[LiveError]]] = [
    # Only one answer reports absence.
    (403, "RequestForbidden", errors.NotFoundError),
    (403, "requestforbidden", errors.AccessError),
    (403, "RequestForbidden ", errors.AccessError),
    (403, "RequestForbidden.Other", errors.AccessError),
    (200, "RequestForbidden", errors.OutcomeUnknownError),
    (404, "RequestForbidden", errors.InvalidRequestError),
    (404, "NotFound", errors.InvalidRequestError),
    # The code decides, whatever the status.
    *[(status, "RequestForbidden.AccountIDNotAllow", errors.AccessError) for status in (200, 403, 500)],
    *[(status, "SignatureDoesNotMatch", errors.AccessError) for status in (200, 400, 401, 403, 500)],
    *[(status, "LackProjectPolicy", errors.AccessError) for status in (400, 401, 403)],
    *[(status, "InvalidTimestamp", errors.AccessError) for status in (400, 403, 500)],
    *[(status, "FlowLimitExceeded", errors.ThrottledError) for status in (200, 400, 403, 429, 503)],
    *[(status, "InvalidParam.BindError", errors.InvalidRequestError) for status in (200, 400, 403, 500)],
    *[(status, "InternalServiceTimeout", errors.OutcomeUnknownError) for status in (200, 403, 404, 504)],
    *[(status, "InvalidActionOrVersion", errors.InvalidRequestError) for status in (400, 404)],
    (200, "CommonErr", errors.OutcomeUnknownError),
    *[(500, code, errors.AccessError) for code in ("InvalidAccessKey", "InvalidAuthorization", "InvalidCredential")],
    *[(500, code, errors.AccessError) for code in ("InvalidSecretToken", "InvalidSecurityToken", "LackPolicy")],
    *[(500, code, errors.AccessError) for code in ("AccessDenied", "MissingAuthenticationToken", "MissingSignature")],
    *[(500, code, errors.InvalidRequestError) for code in ("MethodNotAllowed", "ServiceNotFound")],
    *[(500, code, errors.InvalidRequestError) for code in ("MissingParameter", "MissingRequestInfo")],
    (500, "AccountFlowLimitExceeded", errors.ThrottledError),
    *[(400, code, errors.OutcomeUnknownError) for code in ("FailToConnect", "InternalError", "InternalServiceError")],
    *[(400, code, errors.OutcomeUnknownError) for code in ("ServiceUnavailableTemp", "UndefinedError")],
    # The status decides where the code is not known.
    (400, "Whatever", errors.InvalidRequestError),
    (401, "Whatever", errors.AccessError),
    (403, "Whatever", errors.AccessError),
    (404, "Whatever", errors.InvalidRequestError),
    (429, "Whatever", errors.ThrottledError),
    *[(status, "Whatever", errors.OutcomeUnknownError) for status in (200, 302, 408, 409, 500, 502)],
]


@pytest.mark.parametrize(("status", "code", "kind"), KINDS)
def test_classify_by_code_first(status: int, code: str, kind: type[LiveError]) -> None:
    error = refusal_error(Answer("UpdateTimeShiftPresetV3", status, code, "the preset does not exist", "R1"))
    assert type(error) is kind
    assert (error.outcome is Outcome.UNKNOWN) == (kind is errors.OutcomeUnknownError)


def test_only_one_status_and_code_means_absent() -> None:
    """A 404 is a wrong endpoint or version, never a missing preset."""
    assert [(status, code) for status, code, kind in KINDS if kind is NotFoundError] == [(403, "RequestForbidden")]
    assert "Check the endpoint" in str(refusal_error(Answer("A", 404, "InvalidActionOrVersion", "no", "R1")))


def test_put_everything_on_one_line() -> None:
    error = refusal_error(Answer("CreateTimeShiftPresetV3", 400, "InvalidParam", "bad\ndomain", "R1"))
    assert str(error.amended(operation="creating time-shift preset a/b")) == (
        "creating time-shift preset a/b: the service answered InvalidParam: bad domain (CreateTimeShiftPresetV3,"
        " HTTP 400, request id R1). Nothing was changed by this. Correct the value that the service names, then run"
        " `pulumi up` again."
    )
    assert error.answer is not None
    assert error.answer.request_id == "R1"


def test_amending_an_error_leaves_the_original() -> None:
    """A failed listing is one error for several resources: each adds its own operation and advice."""
    answer = Answer("A", 502, "", "page", "")
    error = errors.UnexpectedAnswerError("a page.", answer=answer, effect="The gate may have let it through.")
    before = str(error)
    unchanged = error.amended(operation="reading", outcome=Outcome.UNCHANGED, advice="Ask the gate.")
    assert str(unchanged) == "reading: a page. Nothing was changed by this. Ask the gate."
    assert type(unchanged) is errors.UnexpectedAnswerError
    assert (unchanged.answer, unchanged.retryable) == (answer, True)
    renamed = error.amended(problem="a portal.")
    assert str(renamed) == before.replace("a page.", "a portal.")
    assert repr(renamed) == "UnexpectedAnswerError('a portal.')"
    assert str(error) == before


@pytest.mark.parametrize(
    "advice", [*(kind.advice for kind in LiveError.__subclasses__() if kind.advice), *OTHER_ADVICE]
)
def test_advise_in_one_sentence(advice: str) -> None:
    """A message is the problem, the outcome and the advice."""
    assert len(sentences(advice)) == 1


def test_state_the_outcome() -> None:
    assert str(LiveError("x.", outcome=Outcome.CHANGED)) == "x. The change took effect."
    assert str(LiveError("x.", outcome=Outcome.UNKNOWN, effect="It may be there.")) == "x. It may be there."
