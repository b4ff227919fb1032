"""What all tests share: a clock that is stepped, the emulator, and the provider's parts against it."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Callable, Generator, Iterator

import pytest
from coverage import Coverage

from phase import Phase
from pulumi_stack import COMMANDS_FILE
from pulumi_volcengine_live.api.client import Client
from pulumi_volcengine_live.emulator import Backend, Emulator
from pulumi_volcengine_live.lifecycle.operations import AccountPresets
from pulumi_volcengine_live.settings import Credentials
from stepped_clock import SteppedClock

collect_ignore = ["users_project"]

NOT_MEASURED = (
    "tests/acceptance/",
    "tests/engine/",
    "tests/fuzz/",
    "tests/service/test_any_order.py",
    "tests/service/test_threads.py",
)


# Pulumi ends its plugins by SIGINT, and waits five seconds for each that ignores it. Background jobs ignore SIGINT, and
# their children inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


@pytest.fixture
def emulator(clock: SteppedClock) -> Iterator[Emulator]:
    with Emulator(backend=Backend(now=clock.monotonic)) as running:
        yield running


@pytest.fixture
def client(emulator: Emulator, clock: SteppedClock) -> Client:
    credentials = Credentials(emulator.access_key, emulator.secret_key)
    return Client(credentials, emulator.url, clock=clock)


@pytest.fixture
def begin(client: Client, clock: SteppedClock) -> Callable[..., Phase]:
    """Begin a phase, as each preview, update, refresh and destroy does in a process of its own."""

    def begun(shared_delete: str = "refuse", missing: str = "verify", seconds: float = 0) -> Phase:
        return Phase(AccountPresets(client, shared_delete, missing, clock), seconds)

    return begun


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Stop coverage during the tests of NOT_MEASURED.

    Measuring doubles a test's time. The engine's programs run in other processes, what a random test reaches changes
    from run to run, and the others reach nothing that no other test does.
    """
    coverage = Coverage.current() if item.nodeid.startswith(NOT_MEASURED) else None
    if coverage:
        coverage.stop()
    try:
        return (yield)
    finally:
        if coverage:
            coverage.start()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The engine's tests come first: they are the longest, and short ones at the end keep all workers busy."""
    items.sort(key=lambda item: not item.nodeid.startswith("tests/engine/"))


def pytest_xdist_auto_num_workers() -> int:
    """Two for each core: commands of the engine and tests of lost answers wait for a third of their time."""
    return 2 * (os.cpu_count() or 1)


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say how many commands of the real engine the run took, those of xdist's workers included."""
    factory = getattr(config, "_tmp_path_factory", None)
    folder = factory.getbasetemp() if factory else None
    files = [*folder.glob(COMMANDS_FILE), *folder.glob(f"popen-*/{COMMANDS_FILE}")] if folder else []
    commands = Counter(command for file in files for command in file.read_text().splitlines())
    if commands:
        kinds = ", ".join(f"{number} {command}" for command, number in commands.most_common())
        terminalreporter.write_line(f"{commands.total()} commands of the engine: {kinds}")
