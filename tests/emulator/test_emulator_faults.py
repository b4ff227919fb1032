"""What goes wrong on demand: what the client saw of it, and what the service holds afterwards."""

from __future__ import annotations

import gzip
import http.client
import time
from collections.abc import Callable
from typing import Any

import pytest

from emulator.foreign import Answer, Client
from pulumi_volcengine_live.emulator import CREATE, DELETE, LIST, UPDATE, Emulator, Fault

NEW = {"Vhost": "live.example.com", "App": "live", "MaxShiftTime": 86400, "PullDomain": "pull.example.com"}
HTML = "<html>Bad Gateway</html>"


def seen(client: Client, action: str, body: dict[str, Any]) -> Answer | type[Exception]:
    try:
        return client.call(action, body)
    except (OSError, http.client.HTTPException) as error:
        return type(error)


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait for an effect that comes late and that nothing announces."""
    ends = time.monotonic() + 10
    while not condition() and time.monotonic() < ends:
        time.sleep(0.001)
    assert condition()


@pytest.mark.parametrize("when", ["instead", "before", "after"])
@pytest.mark.parametrize(
    ("fault", "shown"),
    [
        pytest.param({"status": 200, "code": "CommonErr", "body": "not classified"}, (200, "CommonErr"), id="in 200"),
        pytest.param({"status": 429, "code": "AccountFlowLimitExceeded"}, (429, "AccountFlowLimitExceeded"), id="429"),
        pytest.param({"status": 500, "code": "InternalError"}, (500, "InternalError"), id="500"),
        pytest.param({"status": 502, "body": HTML}, (502, HTML), id="HTML"),
        pytest.param({"status": 200}, (200, ""), id="empty"),
        pytest.param({"kind": "reset"}, ConnectionResetError, id="reset"),
        pytest.param({"kind": "hang", "seconds": 0}, http.client.RemoteDisconnected, id="hang to its end"),
        pytest.param({"kind": "hang"}, TimeoutError, id="hang"),
        pytest.param({"kind": "cut"}, http.client.IncompleteRead, id="cut"),
        pytest.param({"kind": "drip"}, TimeoutError, id="drip"),
        pytest.param({"kind": "drip-headers", "seconds": 0.2}, TimeoutError, id="drip headers"),
        pytest.param({"status": 502, "body": "<b>", "repeat": 3}, (502, "<b><b><b>"), id="repeated"),
    ],
)
def test_strike_with(emulator: Emulator, fault: dict[str, Any], when: Any, shown: Any) -> None:
    """An effect that is late comes when the client has given up already, and comes all the same."""
    impatient = Client(emulator.url, seconds=0.05 if shown is TimeoutError else 10)
    if shown is TimeoutError and when == "before":
        fault = {**fault, "seconds": 0.2}
    emulator.faults.add(Fault(CREATE, when=when, **fault))
    answer = seen(impatient, CREATE, NEW)
    if isinstance(answer, Answer):
        text = answer.code if fault.get("code") else answer.body.decode()
        assert (answer.status, text) == shown
    else:
        assert answer is shown
    struck = f"{fault.get('kind', 'answer')} {when}"
    wait_for(lambda: [call.fault for call in emulator.calls(CREATE)] == [struck])
    wait_for(lambda: len(emulator.presets) == (when != "instead"))
    impatient.close()


@pytest.mark.parametrize(
    ("fault", "recorded"),
    [
        ({"status": 503, "code": "InternalError"}, (503, "InternalError")),
        ({"kind": "reset"}, (0, "")),
        ({"kind": "hang", "seconds": 0}, (0, "")),
        ({"kind": "cut"}, (200, "")),
    ],
)
@pytest.mark.parametrize("when", ["instead", "after"])
def test_record_what_the_client_was_answered(
    emulator: Emulator, client: Client, fault: dict[str, Any], when: Any, recorded: tuple[int, str]
) -> None:
    emulator.faults.add(Fault(CREATE, when=when, **fault))
    seen(client, CREATE, NEW)
    call = emulator.calls(CREATE)[0]
    assert (call.status, call.code, call.effect) == (*recorded, when == "after")


def test_drip_the_true_answer_after_the_effect(emulator: Emulator, client: Client) -> None:
    emulator.faults.add(Fault(CREATE, "drip", "after", seconds=0))
    assert client.call(CREATE, NEW).result == {"PresetName": "time-shift-1"}


def test_drip_no_result_instead_of_the_effect(emulator: Emulator, client: Client) -> None:
    """An empty List would be a lie about what there is."""
    emulator.faults.add(Fault(LIST, "drip", seconds=0))
    answer = client.call(LIST)
    assert (answer.status, answer.code, "Result" in answer.envelope) == (200, "", False)


def test_drip_the_refusal_after_a_call_refused(emulator: Emulator, client: Client) -> None:
    emulator.faults.add(Fault(DELETE, "drip", "after", seconds=0))
    answer = client.call(DELETE, {"Vhost": "live.example.com", "App": "live"})
    assert (answer.status, answer.code) == (403, "RequestForbidden")


def test_compress_a_large_body(emulator: Emulator, client: Client) -> None:
    emulator.faults.add(Fault(LIST, status=200, body="x" * 1024, repeat=1024, encoding="gzip"))
    body = client.call(LIST).body
    assert len(body) < 10_000
    assert len(gzip.decompress(body)) == 1 << 20


def test_send_a_body_without_end(emulator: Emulator, client: Client) -> None:
    emulator.faults.add(Fault(LIST, "endless"))
    connection = http.client.HTTPConnection(client.host, timeout=10)
    request = client.request(LIST)
    connection.request("POST", request.target, request.body, request.headers)
    assert len(connection.getresponse().read(1 << 22)) == 1 << 22
    connection.close()


def test_send_elsewhere(emulator: Emulator, client: Client) -> None:
    emulator.faults.add(Fault(LIST, status=307, location="http://elsewhere.example.com/"))
    connection = http.client.HTTPConnection(client.host, timeout=10)
    request = client.request(LIST)
    connection.request("POST", request.target, request.body, request.headers)
    response = connection.getresponse()
    assert (response.status, response.headers["Location"]) == (307, "http://elsewhere.example.com/")
    connection.close()


def test_keep_the_connection_after_an_answer(emulator: Emulator, client: Client) -> None:
    emulator.faults.add(Fault(LIST, status=502, body=HTML))
    assert [client.call(LIST).status for _ in range(2)] == [502, 200]


@pytest.mark.parametrize(
    ("faults", "statuses"),
    [
        ([Fault(LIST, status=500, times=2)], [500, 500, 200, 200]),
        ([Fault(LIST, status=500, skip=2)], [200, 200, 500, 200]),
        ([Fault(LIST, status=500), Fault(LIST, status=502)], [500, 502, 200, 200]),
        ([Fault(LIST, status=500, skip=1), Fault(LIST, status=502)], [200, 500, 502, 200]),
        ([Fault("*", status=500), Fault(CREATE, status=502)], [500, 200, 200, 200]),
        ([Fault(UPDATE, status=500)], [200, 200, 200, 200]),
        ([Fault(LIST, status=500, times=0)], [200, 200, 200, 200]),
    ],
)
def test_strike_in_turn(emulator: Emulator, client: Client, faults: list[Fault], statuses: list[int]) -> None:
    for fault in faults:
        emulator.faults.add(Fault(**vars(fault)))
    assert [client.call(LIST).status for _ in range(4)] == statuses


def test_strike_no_more_after_reset(emulator: Emulator, client: Client) -> None:
    emulator.faults.add(Fault("*", times=9))
    assert client.call(LIST).status == 500
    emulator.reset()
    assert (client.call(LIST).status, len(emulator.calls())) == (200, 1)


@pytest.mark.parametrize("bad", [{"action": "Nothing"}, {"action": ""}, {"action": LIST, "status": 99}])
def test_refuse_fault_that_could_not_strike(bad: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="not"):
        Fault(**bad)
