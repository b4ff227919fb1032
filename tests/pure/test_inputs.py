"""Which values are allowed, and the errors for the others."""

from __future__ import annotations

import math
from typing import Any

import pytest

from pulumi_volcengine_live.fields import INPUTS, validated
from pulumi_volcengine_live.preset import MaxShiftTime, TimeShiftType

GOOD: list[tuple[str, Any, Any]] = [
    ("vhost", "push.example.com", "push.example.com"),
    ("vhost", "Push.Example.COM", "push.example.com"),
    ("vhost", "a", "a"),
    ("vhost", ".".join(["a" * 63, "b" * 63, "c" * 63, "d" * 61]), ".".join(["a" * 63, "b" * 63, "c" * 63, "d" * 61])),
    ("pull_domain", "xn--fiqs8s.example", "xn--fiqs8s.example"),
    ("app", "A", "A"),
    ("app", "a" * 30, "a" * 30),
    ("app", "Live_1.x-y", "Live_1.x-y"),
    ("stream", "s" * 100, "s" * 100),
    ("stream", None, None),
    *(("max_shift_time", number, number) for number in (86400, 259200, 604800, 1296000)),
    ("max_shift_time", 86400.0, 86400),
    ("max_shift_time", MaxShiftTime.DAYS_15, 1296000),
    ("time_shift_type", 0.0, 0),
    ("time_shift_type", TimeShiftType.INDEPENDENT, 1),
    ("time_shift_type", None, 0),
    ("adopt", True, True),
    ("adopt", None, None),
]

BAD_NUMBERS: list[Any] = [True, False, "86400", "1", 0.5, 86400.5, -1, math.nan, math.inf, [], {}, 99]
BAD_HOSTS: list[Any] = [
    "",
    " ",
    "https://push.example.com",
    "push.example.com/",
    "push.example.com:80",
    "push example.com",
    "push.example.com\n",
    "push..example.com",
    ".example.com",
    "example.com.",
    "-a.example.com",
    "a-.example.com",
    "a_b.example.com",
    "a" * 64,
    ".".join(["a" * 63] * 4),
    "例え.jp",
    "\uff11.example.com",
    7,
    None,
]
BAD_NAMES: list[Any] = ["", "a/b", "a b", "app\n", "ä", "\u0663", 7, True, ["a"]]
BAD: list[tuple[str, Any]] = [
    *(("vhost", value) for value in BAD_HOSTS),
    *(("pull_domain", value) for value in BAD_HOSTS),
    *(("app", value) for value in [*BAD_NAMES, "a" * 31, None]),
    *(("stream", value) for value in [*BAD_NAMES, "a" * 101]),
    *(("max_shift_time", value) for value in [*BAD_NUMBERS, None, 0, 1]),
    *(("time_shift_type", value) for value in [*BAD_NUMBERS, 2]),
    *(("adopt", value) for value in ["true", 1, 0, ""]),
]


@pytest.mark.parametrize(("name", "value", "stored"), GOOD, ids=repr)
def test_keep_a_good_value(name: str, value: Any, stored: Any) -> None:
    kept = validated(name, value)
    assert kept == stored
    assert type(kept) is type(stored)


@pytest.mark.parametrize(("name", "value"), BAD, ids=repr)
def test_refuse_a_bad_value_by_name_with_what_is_allowed(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"^{name} is ") as refused:
        validated(name, value)
    message = str(refused.value)
    shown = "not set" if value is None else repr(value)[:40]
    assert shown.rstrip("'") in message
    assert ", but must be " in message
    assert "\n" not in message


def test_show_the_beginning_of_a_very_long_value() -> None:
    with pytest.raises(ValueError, match=r"\.\.\. \(10002 characters\)") as refused:
        validated("app", "x" * 10_000)
    assert len(str(refused.value)) < 300


def test_replace_for_everything_but_max_shift_time_and_adopt() -> None:
    assert {name for name, given in INPUTS.items() if not given.replaces} == {"max_shift_time", "adopt"}
