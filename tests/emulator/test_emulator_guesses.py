"""What nobody outside knows of the service, with every value of each guess."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from emulator.foreign import Client
from pulumi_volcengine_live.emulator import CREATE, DELETE, LIST, UPDATE, Access, Emulator, Guesses, Preset
from stepped_clock import SteppedClock

APP = {"Vhost": "live.example.com", "App": "live"}
NEW = {**APP, "MaxShiftTime": 86400, "PullDomain": "pull.example.com"}
STORED = Preset(
    Vhost="live.example.com",
    App="live",
    Stream="",
    MaxShiftTime=86400,
    Domain="pull.example.com",
    Name="mine",
    Status=1,
    Type="fcdn-tos",
)


def streams(emulator: Emulator) -> list[str]:
    return [preset.Stream for preset in emulator.presets if preset.App == "live"]


@pytest.mark.parametrize(
    ("removes", "there", "named", "left"),
    [
        ("stream", ["", "a", "b"], "", ["a", "b"]),
        ("stream", ["", "a", "b"], "a", ["", "b"]),
        ("stream", ["a"], "a", []),
        ("app-level", ["", "a", "b"], "", ["a", "b"]),
        ("app-level", ["", "a", "b"], "a", ["a", "b"]),
        ("app", ["", "a", "b"], "", []),
        ("app", ["", "a", "b"], "a", []),
        ("app", ["a", "b"], "", []),
        ("app", ["a"], "a", []),
    ],
)
def test_delete_removes(
    emulator: Emulator, client: Client, removes: Any, there: list[str], named: str, left: list[str]
) -> None:
    """Other apps and vhosts are left alone whatever is guessed."""
    emulator.backend.guesses = Guesses(delete_removes=removes)
    elsewhere = [dataclasses.replace(STORED, App="other"), dataclasses.replace(STORED, Vhost="other.example.com")]
    for preset in [*(dataclasses.replace(STORED, Stream=stream) for stream in there), *elsewhere[:1]]:
        emulator.put(preset)
    answer = client.call(DELETE, {**APP, **({"Stream": named} if named else {})})
    assert (answer.status, answer.result) == (200, None)
    assert streams(emulator) == left
    assert elsewhere[0] in emulator.presets


@pytest.mark.parametrize(
    ("removes", "there", "named"),
    [
        ("stream", ["a"], ""),
        ("stream", ["", "a"], "b"),
        ("app-level", ["a"], "a"),
        ("app-level", ["a"], ""),
        ("app", [], ""),
        ("app", [], "a"),
    ],
)
def test_delete_finds_nothing(emulator: Emulator, client: Client, removes: Any, there: list[str], named: str) -> None:
    """Under `app-level` a stream's preset alone in its app cannot be deleted, and the service says it is not there."""
    emulator.backend.guesses = Guesses(delete_removes=removes)
    for stream in there:
        emulator.put(dataclasses.replace(STORED, Stream=stream))
    answer = client.call(DELETE, {**APP, "Stream": named})
    assert (answer.status, answer.code, streams(emulator)) == (403, "RequestForbidden", there)


@pytest.mark.parametrize(
    ("guess", "status", "code", "seconds"), [("refuse", 400, "InvalidParam", 86400), ("overwrite", 200, "", 604800)]
)
def test_create_what_exists(
    emulator: Emulator, client: Client, guess: Any, status: int, code: str, seconds: int
) -> None:
    emulator.backend.guesses = Guesses(create_existing=guess)
    client.call(CREATE, NEW)
    answer = client.call(CREATE, {**NEW, "MaxShiftTime": 604800})
    assert (answer.status, answer.code) == (status, code)
    assert [preset.MaxShiftTime for preset in emulator.presets] == [seconds]


def test_overwrite_one_of_20_streams(emulator: Emulator, client: Client) -> None:
    emulator.backend.guesses = Guesses(create_existing="overwrite")
    for number in range(20):
        emulator.put(dataclasses.replace(STORED, Stream=f"s{number}"))
    assert client.call(CREATE, {**NEW, "Stream": "s0"}).status == 200


@pytest.mark.parametrize(("guess", "text"), [("array", '"List": []'), ("null", '"List": null')])
def test_write_empty_list(emulator: Emulator, client: Client, guess: Any, text: str) -> None:
    emulator.backend.guesses = Guesses(empty_list=guess)
    assert text in client.call(LIST).body.decode()


@pytest.mark.parametrize(
    ("action", "body", "before", "after"),
    [
        (CREATE, {**NEW, "Stream": "s"}, [86400], [86400, 86400]),
        (UPDATE, {**APP, "MaxShiftTime": 604800}, [86400], [604800]),
        (DELETE, APP, [86400], []),
    ],
)
def test_list_a_write_after_the_lag(
    emulator: Emulator, client: Client, clock: SteppedClock, action: str, body: dict[str, Any], before: Any, after: Any
) -> None:
    emulator.put(STORED)
    emulator.backend.guesses = Guesses(listing_lag=4)
    clock.sleep(10)
    client.call(action, body)

    def seen() -> list[int]:
        return [item["MaxShiftTime"] for item in client.call(LIST, {"Type": "tos"}).result["List"]]

    assert [preset.MaxShiftTime for preset in emulator.presets] == after
    assert seen() == before
    clock.sleep(3.9)
    assert seen() == before
    clock.sleep(0.1)
    assert seen() == after


def test_list_each_write_in_its_turn(emulator: Emulator, client: Client, clock: SteppedClock) -> None:
    emulator.backend.guesses = Guesses(listing_lag=4)
    seen = []
    for second in range(7):
        if second < 3:
            client.call(CREATE, {**NEW, "Stream": f"s{second}"})
        seen.append(len(client.call(LIST, {"Type": "tos"}).result["List"]))
        clock.sleep(1)
    assert seen == [0, 0, 0, 0, 1, 2, 3]


def test_change_what_the_listing_does_not_show_yet(emulator: Emulator, client: Client) -> None:
    emulator.backend.guesses = Guesses(listing_lag=4)
    client.call(CREATE, NEW)
    assert client.call(LIST, {"Type": "tos"}).result == {"List": []}
    assert client.call(CREATE, NEW).code == "InvalidParam"
    assert client.call(DELETE, APP).status == 200


def test_change_guesses_between_calls(emulator: Emulator, client: Client) -> None:
    client.call(CREATE, NEW)
    assert json.loads(client.control("POST", "guesses", {"create_existing": "overwrite"}).body)
    assert client.call(CREATE, NEW).status == 200
    emulator.backend.guesses.create_existing = "refuse"
    assert client.call(CREATE, NEW).code == "InvalidParam"


@pytest.mark.parametrize(("unlisted", "statuses"), [("tos", [403, 200]), ("vod", [200, 403])])
def test_refuse_one_type_of_listing(emulator: Emulator, client: Client, unlisted: str, statuses: list[int]) -> None:
    emulator.backend.access["default"] = Access(unlisted=(unlisted,))
    assert [client.call(LIST, {"Type": type_}).status for type_ in ("tos", "vod")] == statuses
