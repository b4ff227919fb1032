"""Which answer is which error; only one answer in the world means gone."""

from __future__ import annotations

import pytest

from pulumi_volcengine_live import errors
from pulumi_volcengine_live.errors import Answer, LiveError, NotFoundError, from_answer

KINDS: list[tuple[int, str, type[LiveError]]] = [
    (403, "RequestForbidden", errors.NotFoundError),
    (403, "RequestForbidden.AccountIDNotAllow", errors.AccessError),
    (403, "requestforbidden", errors.AccessError),
    (403, "RequestForbidden ", errors.AccessError),
    (403, "RequestForbidden.Other", errors.AccessError),
    (403, "RequestForbidden.NotFound", errors.AccessError),
    (403, "ResourceNotFound", errors.AccessError),
    (401, "RequestForbidden", errors.AccessError),
    (400, "RequestForbidden", errors.InvalidRequestError),
    (200, "RequestForbidden", errors.OutcomeUnknownError),
    (500, "RequestForbidden", errors.OutcomeUnknownError),
    (404, "RequestForbidden", errors.InvalidRequestError),
    (404, "NotFound", errors.InvalidRequestError),
    (404, "InvalidActionOrVersion", errors.InvalidRequestError),
    (401, "SignatureDoesNotMatch", errors.AccessError),
    (403, "SignatureDoesNotMatch", errors.AccessError),
    (401, "InvalidCredential", errors.AccessError),
    (403, "AccessDenied", errors.AccessError),
    (400, "InvalidTimestamp", errors.AccessError),
    (500, "InvalidTimestamp", errors.OutcomeUnknownError),
    (400, "InvalidParam", errors.InvalidRequestError),
    (400, "InvalidParam.BindError", errors.InvalidRequestError),
    (429, "FlowLimitExceeded", errors.ThrottledError),
    (429, "AccountFlowLimitExceeded", errors.ThrottledError),
    (429, "Whatever", errors.ThrottledError),
    (400, "FlowLimitExceeded", errors.ThrottledError),
    (200, "CommonErr", errors.OutcomeUnknownError),
    (200, "Whatever", errors.OutcomeUnknownError),
    (500, "InternalError", errors.OutcomeUnknownError),
    (503, "ServiceUnavailableTemporarily", errors.OutcomeUnknownError),
    (502, "Whatever", errors.OutcomeUnknownError),
    (408, "Whatever", errors.OutcomeUnknownError),
    (409, "Whatever", errors.OutcomeUnknownError),
    (504, "InternalServiceTimeout", errors.OutcomeUnknownError),
    (302, "Whatever", errors.UntrustedError),
    (307, "Whatever", errors.UntrustedError),
]


@pytest.mark.parametrize(("status", "code", "kind"), KINDS)
def test_name_an_answer_by_what_to_do_next(status: int, code: str, kind: type[LiveError]) -> None:
    error = from_answer(Answer("UpdateTimeShiftPresetV3", status, code, "the preset does not exist", "R1"))
    assert type(error) is kind


def test_take_only_one_status_and_code_for_gone() -> None:
    assert [(status, code) for status, code, kind in KINDS if kind is NotFoundError] == [(403, "RequestForbidden")]


def test_say_everything_on_one_line() -> None:
    error = from_answer(Answer("CreateTimeShiftPresetV3", 400, "InvalidParam", "bad\ndomain", "R1"))
    error.doing = "creating time-shift preset a/b"
    assert str(error) == (
        "creating time-shift preset a/b: the service answered InvalidParam: bad domain (CreateTimeShiftPresetV3,"
        " HTTP 400, request id R1). Nothing was changed by this. Correct the value that the service names, then run"
        " `pulumi up` again."
    )
    assert error.answer is not None
    assert error.answer.request_id == "R1"
