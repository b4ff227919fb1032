"""The doctor as a user runs it: each check on one line, and exit codes that a script can trust."""

from __future__ import annotations

import dataclasses
import functools
import io
import json
import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

import build_engine
from pulumi_stack import ROOT
from pulumi_volcengine_live.api.client import Client
from pulumi_volcengine_live.command import doctor as doctor_module
from pulumi_volcengine_live.command import pulumi_checks
from pulumi_volcengine_live.command.__main__ import main
from pulumi_volcengine_live.command.own_app import OwnApp
from pulumi_volcengine_live.emulator import (
    CREATE,
    DELETE,
    LIST,
    LIST_DOMAINS,
    LIST_RECORDINGS,
    Access,
    Backend,
    Domain,
    Emulator,
    Fault,
    Guesses,
    Preset,
)
from stepped_clock import SteppedClock

PROBE = ("--probe-delete", "push.example.com", "probe", "--pull-domain", "pull.example.com")
THEIRS = Preset("push.example.com", "live", "", 86400, "pull.example.com", "theirs", 1, "fcdn-tos")
SERVICE = ["settings", "keys", "endpoint", "reachable", "clock", "signature", "listing", "domains", "recordings"]
NAMES = [*SERVICE, "engine", "package"]


@dataclass(frozen=True)
class Screen:
    """What the command printed, and how it ended."""

    code: int
    out: str
    err: str

    def lines(self) -> dict[str, str]:
        """Each check's line without its name."""
        return {line.split()[0]: line[11:] for line in self.out.splitlines() if line.split()[0] in NAMES}


Doctor = Callable[..., Screen]


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """One that lives in real time, as the command does."""
    with Emulator() as running:
        yield running


@pytest.fixture
def environment(emulator: Emulator, tmp_path: Path) -> dict[str, str]:
    """Keys, and a `pulumi` that is supported: stand-ins of the user's own."""
    variables = {
        "PATH": str(tmp_path / "bin"),
        "HOME": str(tmp_path),
        **emulator.environment,
    }
    _put_pulumi(variables, "echo v3.300.0")
    return variables


@pytest.fixture
def doctor(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Doctor]:
    """Run it; variables beside the usual ones by name, None to take one away."""
    on_terminate = signal.getsignal(signal.SIGTERM)

    def run(*arguments: str, **changed: str | None) -> Screen:
        for name, value in {**environment, **changed}.items():
            monkeypatch.delenv(name) if value is None else monkeypatch.setenv(name, value)
        try:
            code = main(["doctor", *arguments])
        except SystemExit as end:
            code = int(str(end.code))
        captured = capsys.readouterr()
        return Screen(code, captured.out, captured.err)

    for name in environment:
        monkeypatch.setenv(name, "")
    monkeypatch.setattr("sys.stdin", io.StringIO())
    yield run
    signal.signal(signal.SIGTERM, on_terminate)


@pytest.fixture
def on_stepped_clock(emulator: Emulator, client: Client, clock: SteppedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    emulator.backend = Backend(now=clock.monotonic)
    monkeypatch.setattr(doctor_module, "client_for", lambda *_: client)
    monkeypatch.setattr(doctor_module, "OwnApp", functools.partial(OwnApp, clock=clock))


def _put_pulumi(environment: dict[str, str], script: str) -> None:
    file = Path(environment["PATH"]) / "pulumi"
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)


def test_find_everything_well(doctor: Doctor, emulator: Emulator) -> None:
    emulator.put(THEIRS)
    screen = doctor()
    assert list(screen.lines()) == NAMES
    assert all(line.startswith("ok ") for line in screen.lines().values())
    assert screen.lines()["keys"] == "ok       from the environment (VOLC_ACCESSKEY)."
    assert screen.lines()["listing"].endswith("presets of the account: 1.")
    assert (screen.code, screen.err) == (0, "")
    assert screen.lines()["domains"] == "ok       optional; allowed; domains of the account: 2."
    assert screen.lines()["recordings"].startswith(
        "ok       optional; allowed; recording presets of push.example.com: "
    )
    asked = ["", LIST, LIST, LIST, LIST, LIST_DOMAINS, LIST_RECORDINGS, LIST_RECORDINGS]
    assert sorted(call.action for call in emulator.calls()) == sorted(asked), "one without keys, and nothing changes"


def test_print_the_same_as_json(doctor: Doctor) -> None:
    screen = doctor("--json", VOLC_SECRETKEY=None)
    report = json.loads(screen.out)
    assert (screen.code, report["ok"], [check["name"] for check in report["checks"]]) == (1, False, NAMES)
    assert report["checks"][0]["state"] == "not ok"
    assert "VOLC_SECRETKEY" in report["checks"][0]["advice"]


@pytest.mark.parametrize(
    ("changed", "lines"),
    [
        (
            {"VOLC_ACCESSKEY": None, "VOLC_SECRETKEY": None},
            {
                "keys": "no keys for Volcengine were found in the environment or in ~/.volc; a stack's configuration is"
                " not read here. Set VOLC_ACCESSKEY and VOLC_SECRETKEY. To check a stack's own keys: VOLC_ACCESSKEY=$(",
                "signature": "not checked: see keys.",
                "listing": "not checked: see keys.",
            },
        ),
        (
            {"VOLC_SECRETKEY": None},
            {"settings": "not VOLC_SECRETKEY", "keys": "see settings", "endpoint": "see settings"},
        ),
        ({"VOLC_LIVE_SHARED_DELETE": "perhaps"}, {"settings": "must be one of refuse", "listing": "see settings"}),
        ({"VOLC_LIVE_ENDPOINT": "http://live.example.com"}, {"settings": "plain http", "reachable": "see settings"}),
        (
            {"VOLC_LIVE_ENDPOINT": "http://127.0.0.1:9", "VOLC_ACCESSKEY": None, "VOLC_SECRETKEY": None},
            {"keys": "no keys", "reachable": "no connection", "clock": "see reachable", "listing": "see reachable"},
        ),
        ({"VOLC_SECRETKEY": "wrong"}, {"signature": "SignatureDoesNotMatch", "listing": "see signature"}),
        ({"VOLC_ACCESSKEY": "wrong"}, {"signature": "InvalidCredential", "listing": "see signature"}),
        ({"VOLC_SESSION_TOKEN": "wrong"}, {"keys": "with a session token", "signature": "InvalidSecurityToken"}),
        ({"PATH": ""}, {"engine": "there is no pulumi on PATH. Install it"}),
    ],
    ids=repr,
)
def test_report_a_failed_check_and_skip_what_needs_it(
    doctor: Doctor, changed: dict[str, str | None], lines: dict[str, str]
) -> None:
    screen = doctor(**changed)
    assert screen.code == 1
    for name, part in lines.items():
        assert part in screen.lines()[name]
    assert {name for name in NAMES if screen.lines()[name].startswith("not ok")} <= lines.keys()


def test_take_keys_from_the_file_and_show_none(doctor: Doctor, emulator: Emulator, tmp_path: Path) -> None:
    (tmp_path / ".volc").mkdir()
    keys = f"access_key_id = {emulator.access_key}\nsecret_access_key = {emulator.secret_key}\n"
    (tmp_path / ".volc" / "credentials").write_text(f"[default]\n{keys}")
    screen = doctor(VOLC_ACCESSKEY=None, VOLC_SECRETKEY=None)
    assert f"from {tmp_path}/.volc/credentials" in screen.lines()["keys"]
    assert screen.code == 0
    for key in (emulator.access_key, emulator.secret_key):
        assert key not in screen.out


@pytest.mark.parametrize(
    ("fault", "signature", "listing"),
    [
        (Fault(LIST, status=403, code="AccessDenied"), "ok", "not ok"),
        (Fault(LIST, status=403, code="RequestForbidden"), "ok", "not ok"),
        (Fault(LIST, status=400, code="InvalidTimestamp"), "not ok", "unknown"),
        (Fault(LIST, status=403, code="SomethingNew"), "unknown", "not ok"),
    ],
    ids=lambda value: getattr(value, "code", ""),
)
def test_distinguish_a_refused_signature_from_a_missing_permission(
    doctor: Doctor, emulator: Emulator, fault: Fault, signature: str, listing: str
) -> None:
    fault.times = 1000
    emulator.faults.add(fault)
    screen = doctor()
    states = {name: line[:8].strip() for name, line in screen.lines().items()}
    assert (states["signature"], states["listing"], screen.code) == (signature, listing, 1)


@pytest.mark.parametrize(
    ("guess", "vhost", "listing"),
    [
        ("visible", (), "ok       allowed; presets of the account: 1."),
        (
            "nothing",
            ("--vhost", "push.example.com"),
            (
                "ok       allowed; presets of the account: 0. A listing of push.example.com shows 1 more, so the keys"
                " are limited to projects."
            ),
        ),
        (
            "refused",
            ("--vhost", "push.example.com"),
            (
                "ok       allowed by vhost only: a listing of push.example.com is allowed, one without a vhost is"
                " refused, so the keys are limited to projects."
            ),
        ),
        ("refused", (), "not ok   the service answered AccessDenied: these keys are limited to projects"),
    ],
)
def test_report_what_the_service_answers_to_limited_keys(
    doctor: Doctor, emulator: Emulator, guess: Any, vhost: tuple[str, ...], listing: str
) -> None:
    """Without a vhost the doctor takes one from the domains, which the service may refuse to such keys too."""
    emulator.put(THEIRS, dataclasses.replace(THEIRS, Vhost="else.example.com"))
    emulator.backend.access["default"] = Access(["push.example.com"])
    emulator.backend.guesses = Guesses(limited_keys=guess)
    screen = doctor(*vhost)
    assert screen.lines()["signature"] == "ok       accepted."
    assert screen.lines()["listing"].startswith(listing)
    assert not vhost or screen.lines()["domains"] == "ok       optional; allowed; domains of push.example.com: 2."
    assert screen.code == ("not ok" in listing)
    assert ("name a vhost of theirs with --vhost" in screen.out) == ("not ok" in listing)


def test_take_a_vhost_from_the_domains(doctor: Doctor, emulator: Emulator) -> None:
    emulator.put(THEIRS, Domain("push.example.com", "push.example.com", "push"))
    emulator.faults.add(Fault(LIST, status=403, code="AccessDenied", times=2))
    assert "a listing of push.example.com is allowed" in doctor().lines()["listing"]


@pytest.mark.parametrize("action", [LIST_DOMAINS, LIST_RECORDINGS])
def test_fail_nothing_if_an_optional_call_is_refused(doctor: Doctor, emulator: Emulator, action: str) -> None:
    emulator.put(THEIRS)
    emulator.backend.access["default"] = Access(denied=[action])
    screen = doctor("--vhost", "push.example.com")
    states = {name: line[:8].strip() for name, line in screen.lines().items()}
    refused = {LIST_DOMAINS: "domains", LIST_RECORDINGS: "recordings"}[action]
    assert {name for name, state in states.items() if state != "ok"} == {refused}
    assert states[refused] == "unknown"
    assert action in screen.lines()[refused]
    assert screen.code == 0


def test_ask_for_a_vhost_if_none_is_known(doctor: Doctor) -> None:
    assert doctor().lines()["recordings"] == (
        "unknown  optional; not checked, since no vhost is known. Name one with --vhost."
    )


def test_print_no_line_that_an_answer_forges(doctor: Doctor, emulator: Emulator, environment: dict[str, str]) -> None:
    _put_pulumi(environment, r"printf 'v3.300.0\033[2J\nkeys       ok\n'")
    emulator.faults.add(Fault(LIST, status=403, code="AccessDenied", body="no\x1b[2J\nkeys       ok", times=1000))
    out = doctor().out
    assert out.isascii()
    assert [line.split()[0] for line in out.splitlines()] == NAMES
    assert "\x1b" not in out


@pytest.mark.parametrize(
    ("hours", "state"), [(1, "not ok   3600 s behind"), (-1, "not ok   3600 s ahead of"), (0, "ok       0 s")]
)
def test_compare_the_clock_with_the_services(doctor: Doctor, hours: int, state: str) -> None:
    with Emulator(now=lambda: datetime.now(timezone.utc) + timedelta(hours=hours)) as elsewhere:
        lines = doctor(VOLC_LIVE_ENDPOINT=elsewhere.url).lines()
    assert any(lines["clock"].startswith(state.replace("3600", seconds)) for seconds in ("3599", "3600", "3601"))
    assert ("InvalidTimestamp" in lines["signature"]) == bool(hours)


def test_name_the_missing_keys_as_what_stops_the_checks_if_the_clock_is_wrong_too(doctor: Doctor) -> None:
    """Bug: the clock, which stops no check, was named instead, so that setting it right did not help."""
    with Emulator(now=lambda: datetime.now(timezone.utc) + timedelta(hours=1)) as elsewhere:
        lines = doctor(VOLC_LIVE_ENDPOINT=elsewhere.url, VOLC_ACCESSKEY=None, VOLC_SECRETKEY=None).lines()
    assert lines["clock"].startswith("not ok")
    assert {lines[name] for name in ("signature", "listing", "domains", "recordings")} == {
        "unknown  not checked: see keys."
    }


def test_report_an_unknown_clock_if_the_answer_has_no_date(doctor: Doctor) -> None:
    class Dateless(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response_only(404)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Dateless) as server:
        thread = Thread(target=server.handle_request)
        thread.start()
        screen = doctor(
            VOLC_LIVE_ENDPOINT=f"http://127.0.0.1:{server.server_port}", VOLC_ACCESSKEY=None, VOLC_SECRETKEY=None
        )
        thread.join()
    assert screen.lines()["clock"].startswith("unknown  the service's answer has no Date")


@pytest.mark.parametrize(
    ("script", "line"),
    [
        ("echo v3.259.0", "ok "),
        ("echo 3.300.1-dev", "ok "),
        (
            "echo v3.258.9",
            "unknown  {} is v3.258.9, older than any that was tried (3.259). Update it if something fails.",
        ),
        ("echo v4.0.0", "not ok   {} is 'v4.0.0', but 3.x is needed."),
        ("echo what", "not ok   {} is 'what', but 3.x is needed."),
        ("exit 3", "not ok   {} does not tell its version (CalledProcessError)."),
    ],
)
def test_check_the_engine(doctor: Doctor, environment: dict[str, str], script: str, line: str) -> None:
    _put_pulumi(environment, script)
    screen = doctor()
    assert screen.lines()["engine"].startswith(line.format(f"{environment['PATH']}/pulumi"))
    assert screen.code == ("not ok" in line)


def test_call_the_engine_old_that_is_older_than_the_one_in_the_tests() -> None:
    assert build_engine.OLDEST.startswith(f"{pulumi_checks.OLDEST_TRIED_ENGINE}.")


@pytest.mark.parametrize(
    ("arguments", "wrong"),
    [
        (PROBE[:3], "--probe-delete needs --pull-domain, and the other way round"),
        (PROBE[3:], "--probe-delete needs --pull-domain, and the other way round"),
        (("--probe-delete", "a/b", "probe", *PROBE[3:]), "vhost is 'a/b'"),
        (("--probe-delete", "push.example.com", "a b", *PROBE[3:]), "app is 'a b'"),
    ],
    ids=repr,
)
def test_refuse_a_wrong_command_line(
    doctor: Doctor, emulator: Emulator, arguments: tuple[str, ...], wrong: str
) -> None:
    screen = doctor(*arguments)
    assert (screen.code, emulator.calls()) == (2, [])
    assert wrong in screen.err


def test_probe_and_say_in_json_which_setting_fits(doctor: Doctor, emulator: Emulator, on_stepped_clock: None) -> None:
    emulator.put(THEIRS)
    screen = doctor(*PROBE, "--yes", "--json")
    report = json.loads(screen.out)["probe"]
    assert (screen.code, report["sharedDelete"], report["left"]) == (0, "verify", [])
    assert [trial["removed"] == [trial["named"]] for trial in report["trials"]] == [True, True]
    assert "probe: nothing is left" in screen.err
    assert emulator.presets == [THEIRS]


def test_report_what_the_service_does_not_delete_and_fail(
    doctor: Doctor, emulator: Emulator, on_stepped_clock: None
) -> None:
    emulator.backend.guesses = Guesses(delete_removes="app-level")
    screen = doctor(*PROBE, "--yes")
    assert screen.code == 1
    assert "Keep sharedDelete refuse, the default." in screen.out
    (report,) = [line for line in screen.out.splitlines() if line.startswith("probe: left, or may be left: ")]
    assert len(emulator.presets) == 2
    assert all(f"push.example.com/probe/{preset.Stream}" in report for preset in emulator.presets)


@pytest.mark.parametrize(
    ("changed", "arguments", "why"),
    [
        ({"VOLC_SECRETKEY": "wrong"}, ("--yes",), "probe: not started: see listing"),
        ({}, (), "Add --yes"),
    ],
    ids=["listing not ok", "nobody to ask"],
)
def test_explain_why_no_probe_was_started(
    doctor: Doctor, emulator: Emulator, changed: dict[str, str | None], arguments: tuple[str, ...], why: str
) -> None:
    screen = doctor(*PROBE, *arguments, **changed)
    assert (screen.code, emulator.calls(CREATE, DELETE)) == (1, [])
    assert why in screen.out


def test_report_in_json_that_no_probe_was_started(doctor: Doctor, emulator: Emulator) -> None:
    emulator.faults.add(Fault(LIST, status=403, code="SomethingNew", times=1000))
    screen = doctor(*PROBE, "--yes", "--json")
    report = json.loads(screen.out)
    assert (screen.code, report["ok"], report["probe"]["error"]) == (1, False, "not started: see listing")
    assert (report["probe"]["sharedDelete"], report["probe"]["left"]) == ("", [])


def _documented(number: int) -> re.Pattern[str]:
    """The screen of that number in the page, where three dots match anything."""
    screens = re.findall(r"```text\n\$ .*\n((?:.*\n)*?)```", (ROOT / "docs" / "doctor.md").read_text())
    return re.compile(re.escape(screens[number]).replace(r"\.\.\.", r"[\s\S]*"))


def test_show_the_documented_screens(doctor: Doctor, on_stepped_clock: None) -> None:
    wrong = re.sub(r"\d+ s (behind|ahead of)", "0 s behind", doctor(VOLC_SECRETKEY="wrong").out)
    assert _documented(0).fullmatch(re.sub(r"within [\d.]+ s", "within 0.0 s", wrong))
    assert _documented(1).fullmatch(doctor(*PROBE, "--yes").out)


def test_ask_at_a_terminal_first(environment: dict[str, str], emulator: Emulator) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "pulumi_volcengine_live.command", "doctor", *PROBE]
    streams: dict[str, Any] = {"stdin": theirs, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, env=environment, text=True, **streams) as run:
        os.write(ours, b"no\n")
        out, err = run.communicate(timeout=120)
    os.close(ours)
    os.close(theirs)
    assert "Type yes to continue: " in err
    assert "not confirmed" in out
    assert (run.returncode, emulator.calls(CREATE)) == (1, [])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_clean_up_when_it_is_interrupted(
    doctor: Doctor, emulator: Emulator, on_stepped_clock: None, number: int
) -> None:
    """In the middle of a create, which a listing shows late."""
    emulator.backend.guesses = Guesses(listing_lag=1)
    writes = iter(range(100))

    def interrupt() -> None:
        if next(writes) == 1:
            os.kill(os.getpid(), number)

    emulator.backend.after_write = interrupt
    screen = doctor(*PROBE, "--yes")
    assert "probe: nothing is left\nprobe: interrupted\n" in screen.out
    assert (screen.code, emulator.presets) == (1, [])
    assert len(emulator.calls(CREATE)) == 2
