"""Identities and their ids."""

from __future__ import annotations

import pytest

from pulumi_volcengine_live.preset import Identity, MaxShiftTime, TimeShiftType


@pytest.mark.parametrize(
    ("identity", "id_"),
    [
        (Identity("push.example.com", "live"), "push.example.com/live"),
        (Identity("push.example.com", "live", "s.1"), "push.example.com/live/s.1"),
    ],
)
def test_write_and_read_an_id(identity: Identity, id_: str) -> None:
    assert str(identity) == id_
    assert Identity.parse(id_) == identity


@pytest.mark.parametrize("id_", ["", "push.example.com", "push.example.com/", "/live", "a/b/c/d", "a//c"])
def test_refuse_what_is_no_id(id_: str) -> None:
    with pytest.raises(ValueError, match="vhost/app or vhost/app/stream"):
        Identity.parse(id_)


def test_the_enums_have_the_services_numbers() -> None:
    assert [member.value for member in MaxShiftTime] == [86400, 259200, 604800, 1296000]
    assert [member.value for member in TimeShiftType] == [0, 1]
