"""What `domains` prints."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from full_account import DOMAINS
from pulumi_volcengine_live.emulator import LIST_DOMAINS, Access, Emulator

Command = Callable[..., tuple[int, str, str]]

SCREEN = """\
DOMAIN            TYPE  VHOST             STATUS
pull.example.com  pull  push.example.com  normal
push.example.com  push  push.example.com  normal
pull.example.org  pull  push.example.org  stopped for arrears
push.example.org  push  push.example.org  being configured
"""


@pytest.fixture(autouse=True)
def _domains(emulator: Emulator) -> None:
    emulator.put(*DOMAINS)


def test_show_what_there_is(command: Command) -> None:
    assert command("domains") == (0, SCREEN, "")


def test_show_the_domains_of_a_vhost(command: Command) -> None:
    code, out, err = command("domains", "--vhost", "PUSH.example.org")
    assert (code, out.count("\n"), err) == (0, 3, "")
    assert "push.example.com" not in out


def test_print_json_with_every_field(command: Command) -> None:
    code, out, err = command("domains", "--vhost", "push.example.com", "--json")
    assert (code, err) == (0, "")
    assert json.loads(out)["domains"][0] == {
        "name": "pull.example.com",
        "vhost": "push.example.com",
        "push_domain": "push.example.com",
        "type": "pull",
        "status": "normal",
        "usable": True,
        "region": "cn",
        "cname": "pull.example.com.bytefcdn.com",
        "certificate_domain": None,
        "certificate_id": None,
    }


def test_report_that_there_is_nothing(command: Command, emulator: Emulator) -> None:
    emulator.reset()
    assert command("domains") == (0, "", "The service lists no domains.\n")
    emulator.backend.vhosts = {}
    assert command("domains", "--vhost", "v.com") == (0, "", "The service lists no domains of vhost v.com.\n")


def test_fail_in_one_line_if_the_keys_may_not_list(command: Command, emulator: Emulator) -> None:
    emulator.backend.access["default"] = Access(denied=[LIST_DOMAINS])
    code, out, err = command("domains")
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert err.startswith("volcengine-live domains: looking up domains: the service answered AccessDenied")
    printed = json.loads(command("domains", "--json")[1])["error"]
    assert (printed["kind"], printed["code"]) == ("AccessError", "AccessDenied")
