"""The command: one URL on its output, one line where it cannot start, and presets kept between runs."""

from __future__ import annotations

import dataclasses
import json
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from emulator.foreign import Answer, Client
from pulumi_volcengine_live.emulator import BEHAVIOURS, CREATE, LIST, LIST_DOMAINS, LIST_RECORDINGS, Guesses, Preset
from pulumi_volcengine_live.emulator.__main__ import main

Failing = Callable[..., tuple[int, str]]

COMMAND = (sys.executable, "-m", "pulumi_volcengine_live.emulator")
NEW = {"Vhost": "live.example.com", "App": "live", "MaxShiftTime": 86400, "PullDomain": "pull.example.com"}
STORED = Preset("live.example.com", "live", "", 86400, "pull.example.com", "mine", 1, "fcdn-tos")


@contextmanager
def running(*flags: str, end: signal.Signals = signal.SIGTERM) -> Iterator[str]:
    """Its URL; at the end the signal, which it must take as a good end."""
    with subprocess.Popen([*COMMAND, *flags], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield process.stdout.readline().strip()
        finally:
            process.send_signal(end)
            printed, complaints = process.communicate(timeout=20)
        assert (process.returncode, printed, complaints) == (0, "", "")


@pytest.fixture
def failing(capsys: pytest.CaptureFixture[str]) -> Iterator[Failing]:
    """Run it in this process where it cannot start: its exit code and what it complains of."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def fail(*flags: str) -> tuple[int, str]:
        try:
            code = main(list(flags))
        except SystemExit as end:
            code = int(str(end.code))
        printed = capsys.readouterr()
        assert printed.out == ""
        return code, printed.err

    yield fail
    for number, handler in handlers.items():
        signal.signal(number, handler)


def call(url: str, action: str, body: object = None, keys: tuple[str, str] | None = None) -> Answer:
    client = Client(url)
    try:
        at = datetime.now(timezone.utc)
        return client.call(action, body, at=at, **({"keys": keys} if keys else {}))
    finally:
        client.close()


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
def test_print_url_and_end_well(end: signal.Signals) -> None:
    """Also with a connection open."""
    with running(end=end) as url:
        assert url.startswith("http://127.0.0.1:")
        client = Client(url)
        assert client.call(LIST, at=datetime.now(timezone.utc)).status == 200
    client.close()


def test_take_keys_and_guesses() -> None:
    flags = ("--access-key", "K", "--secret-key", "S", "--create-existing", "overwrite", "--empty-list", "null")
    with running(*flags, "--calls-per-second", "1") as url:
        keys = ("K", "S")
        assert call(url, LIST).code == "InvalidCredential"
        assert call(url, LIST, keys=keys).result == {"List": None}
        assert call(url, LIST, keys=keys).code == "FlowLimitExceeded"


def test_keep_state_between_runs(tmp_path: Path) -> None:
    """A preset made later has a name of its own."""
    state = tmp_path / "state.json"
    with running("--state", str(state)) as url:
        assert call(url, CREATE, NEW).result == {"PresetName": "time-shift-1"}
    assert [preset["App"] for preset in json.loads(state.read_text())["presets"]["default"]] == ["live"]
    with running("--state", str(state)) as url:
        listed = call(url, LIST, {"Type": "tos"}).result["List"]
        assert [item["Name"] for item in listed] == ["time-shift-1"]
        assert call(url, CREATE, {**NEW, "App": "other"}).result == {"PresetName": "time-shift-2"}
        client = Client(url)
        assert client.control("POST", "reset").status == 200
        client.close()
    assert json.loads(state.read_text()) == {"presets": {}, "domains": {}, "recordings": {}}
    assert list(tmp_path.iterdir()) == [state]


def test_take_the_state_that_0_1_0_kept(tmp_path: Path) -> None:
    """It held presets only, by account."""
    state = tmp_path / "state.json"
    state.write_text(json.dumps({"default": [dataclasses.asdict(STORED)]}))
    with running("--state", str(state)) as url:
        assert [item["Name"] for item in call(url, LIST, {"Type": "tos"}).result["List"]] == ["mine"]


def test_put_in_domains_and_recording_presets_and_keep_them(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    domains = ("--pull-domain", "pull.example.com=live.example.com", "--push-domain", "in.example.com=live.example.com")
    recordings = ("--recording-preset", "live.example.com/live=vod", "--recording-preset", "live.example.com/live/s")
    for given in ((*domains, *recordings), ()):
        with running("--state", str(state), *given) as url:
            found = call(url, LIST_DOMAINS, {"PageNum": 1, "PageSize": 10}).result["DomainList"]
            listed = call(url, LIST_RECORDINGS, {"Vhost": "live.example.com", "Type": "tos"}).result["PresetList"]
        assert [(item["Domain"], item["Type"]) for item in found] == [
            ("in.example.com", "push"),
            ("pull.example.com", "pull-flv"),
        ]
        assert [item["Stream"] for item in listed] == ["s"]


def test_limit_keys_and_open_other_accounts() -> None:
    flags = ("--account", "them:their-key:their-secret", "--vhost", "theirs.example.com=them")
    with running(*flags, "--limit-to", "live.example.com", "--deny", LIST_DOMAINS) as url:
        keys = ("their-key", "their-secret")
        assert call(url, CREATE, {**NEW, "Vhost": "theirs.example.com"}, keys=keys).status == 200
        assert call(url, CREATE, {**NEW, "Vhost": "else.example.com"}).code == "AccessDenied"
        assert call(url, LIST_DOMAINS, {"PageNum": 1, "PageSize": 10}).code == "AccessDenied"
        assert call(url, CREATE, NEW).status == 200


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        ("", "Expecting value"),
        ("{", "Expecting property name"),
        ("[]", "the state must be an object of presets, domains, recordings, with a list for each account, not []"),
        ('{"default": 1}', "the state must be an object of presets, domains"),
        ('{"nothing": {"default": [1]}}', "the state must be an object of presets, domains"),
        ('{"default": [1]}', "Preset must be a JSON object, not 1"),
        ('{"default": [{"App": "live"}]}', "Preset must be an object that also has Vhost"),
        ('{"default": [{"Nothing": 1}]}', "a field of Preset must be one of Vhost, "),
    ],
)
def test_refuse_broken_state_in_one_line_and_leave_it(
    failing: Failing, tmp_path: Path, content: str, wrong: str
) -> None:
    state = tmp_path / "state.json"
    state.write_text(content)
    code, printed = failing("--state", str(state))
    assert (code, printed.count("\n")) == (1, 1)
    assert printed.startswith(f"the emulator cannot start: {state} holds no state of an emulator: {wrong}")
    assert state.read_text() == content


def test_refuse_state_that_cannot_be_kept_in_one_line(failing: Failing, tmp_path: Path) -> None:
    code, printed = failing("--state", str(tmp_path / "nowhere" / "state.json"))
    assert (code, printed.count("\n")) == (1, 1)
    assert "nowhere" in printed


def test_refuse_used_port_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run([*COMMAND, "--port", str(port)], capture_output=True, text=True, timeout=20, check=False)
    printed = f"the emulator cannot start: port {port}: Address already in use\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", printed)


def test_take_port_again_at_once() -> None:
    with running() as url:
        call(url, LIST)
    with running("--port", str(urlsplit(url).port)) as again:
        assert again == url


@pytest.mark.parametrize(
    "flags",
    [
        ("--port", "65536"),
        ("--port", "-1"),
        ("--latency", "-1"),
        ("--listing-lag", "nan"),
        ("--calls-per-second", "-1"),
        ("--delete-removes", "all"),
        ("--pull-domain", "pull.example.com"),
        ("--recording-preset", "live.example.com/live=fcdn-tos"),
        ("--account", "them"),
        ("--vhost", "=them"),
        ("--deny", "ListNothing"),
        ("--nothing",),
    ],
)
def test_refuse_bad_flag(failing: Failing, flags: tuple[str, ...]) -> None:
    code, printed = failing(*flags)
    assert code == 2
    assert flags[0] in printed.splitlines()[-1]


@pytest.mark.parametrize(
    ("flag", "value", "allowed"),
    [
        ("--port", "http", "a port from 0 to 65535"),
        ("--port", "65536", "a port from 0 to 65535"),
        ("--calls-per-second", "1.5", "a whole number from 0"),
        ("--latency", "nan", "a number of seconds from 0"),
        ("--pull-domain", "pull.example.com", "DOMAIN=VHOST"),
        ("--push-domain", "a=b=c", "DOMAIN=VHOST"),
        ("--vhost", "=them", "VHOST=ACCOUNT"),
        ("--account", "them", "NAME:ACCESS_KEY:SECRET_KEY"),
        ("--recording-preset", "/live", "VHOST, VHOST/APP or VHOST/APP/STREAM, with =vod or =tos if at all"),
        ("--deny", "ListNothing", f"one of {CREATE}, "),
    ],
)
def test_name_what_is_allowed_in_place_of_a_bad_value(failing: Failing, flag: str, value: str, allowed: str) -> None:
    _, printed = failing(flag, value)
    assert f"argument {flag}: the value must be {allowed}" in printed
    assert f", not {value!r}\n" in printed


def test_explain_every_guess_in_the_help(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "1000")
    with pytest.raises(SystemExit):
        main(["--help"])
    shown = " ".join(capsys.readouterr().out.split())
    for guess in dataclasses.fields(Guesses):
        assert f"guess: {guess.metadata['help']} (default: {guess.default})" in shown


def test_print_behaviours_with_their_sources(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--behaviours"]) == 0
    printed = capsys.readouterr().out
    assert printed.splitlines() == [f"{behaviour.what}  [{behaviour.source}]" for behaviour in BEHAVIOURS]
