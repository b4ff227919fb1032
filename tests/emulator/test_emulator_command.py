"""The command: one URL on its output, one line where it cannot start, and presets kept between runs."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from emulator.foreign import Answer, Client
from pulumi_volcengine_live.emulator import BEHAVIOURS, CREATE, LIST

COMMAND = (sys.executable, "-m", "pulumi_volcengine_live.emulator")
NEW = {"Vhost": "live.example.com", "App": "live", "MaxShiftTime": 86400, "PullDomain": "pull.example.com"}


@contextmanager
def running(*flags: str, end: signal.Signals = signal.SIGTERM) -> Iterator[str]:
    """Its URL; at the end the signal, which it must take as a good end."""
    with subprocess.Popen([*COMMAND, *flags], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield process.stdout.readline().strip()
        finally:
            process.send_signal(end)
            said, complained = process.communicate(timeout=20)
        assert (process.returncode, said, complained) == (0, "", "")


def failing(*flags: str) -> tuple[int, str]:
    done = subprocess.run([*COMMAND, *flags], capture_output=True, text=True, timeout=20, check=False)
    assert done.stdout == ""
    return done.returncode, done.stderr


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
    assert [preset["App"] for preset in json.loads(state.read_text())["default"]] == ["live"]
    with running("--state", str(state)) as url:
        listed = call(url, LIST, {"Type": "tos"}).result["List"]
        assert [item["Name"] for item in listed] == ["time-shift-1"]
        assert call(url, CREATE, {**NEW, "App": "other"}).result == {"PresetName": "time-shift-2"}
        client = Client(url)
        assert client.control("POST", "reset").status == 200
        client.close()
    assert json.loads(state.read_text()) == {}
    assert list(tmp_path.iterdir()) == [state]


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        ("", "Expecting value"),
        ("{", "Expecting property name"),
        ("[]", "the state is an object of accounts, each a list of presets, not []"),
        ('{"default": 1}', "the state is an object of accounts"),
        ('{"default": [1]}', "Preset is a JSON object, not 1"),
        ('{"default": [{"App": "live"}]}', "Preset is an object with Vhost"),
        ('{"default": [{"Nothing": 1}]}', "a field of Preset is one of Vhost, "),
    ],
)
def test_refuse_broken_state_in_one_line_and_leave_it(tmp_path: Path, content: str, wrong: str) -> None:
    state = tmp_path / "state.json"
    state.write_text(content)
    code, said = failing("--state", str(state))
    assert (code, said.count("\n")) == (1, 1)
    assert said.startswith(f"the emulator cannot start: {state} holds no state of an emulator: {wrong}")
    assert state.read_text() == content


def test_refuse_state_that_cannot_be_kept_in_one_line(tmp_path: Path) -> None:
    code, said = failing("--state", str(tmp_path / "nowhere" / "state.json"))
    assert (code, said.count("\n")) == (1, 1)
    assert "nowhere" in said


def test_refuse_used_port_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert failing("--port", str(port)) == (
            1,
            f"the emulator cannot start: port {port}: Address already in use\n",
        )


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
        ("--nothing",),
    ],
)
def test_refuse_bad_flag(flags: tuple[str, ...]) -> None:
    code, said = failing(*flags)
    assert code == 2
    assert flags[0] in said.splitlines()[-1]


def test_print_behaviours_with_their_sources() -> None:
    done = subprocess.run([*COMMAND, "--behaviours"], capture_output=True, text=True, timeout=20, check=True)
    assert done.stdout.splitlines() == [f"{behaviour.what}  [{behaviour.source}]" for behaviour in BEHAVIOURS]
