"""What the engine asks the plugin today is what tests/sequences has; `make record` writes it anew."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

import situations
from plugin import REFERENCE
from pulumi_stack import RESOURCE_TYPE, ROOT, Run, Stack
from pulumi_volcengine_live.emulator import CREATE, Emulator, Fault
from pulumi_volcengine_live.emulator import Preset as Stored
from recording import Known, Recording, recorded
from situations import PROLOGUE, Situation

SEQUENCES = ROOT / "tests" / "sequences"
PREVIEW = ("preview",)
UP = ("up", "--yes", "--skip-preview")
EXISTING = Stored("push.example.com", "existing", "", 604800, "pull.example.com", "existing", 1, "fcdn-tos", "b")

NewJourney = Callable[[Mapping[str, Situation]], AbstractContextManager["Journey"]]


class Journey:
    """A stack that goes through the commands that its situations share."""

    def __init__(self, stack: Stack, of: Mapping[str, Situation]) -> None:
        self.stack = stack
        self.recordings = {
            name: Recording(situation.says, situation.before, situation.after) for name, situation in of.items()
        }
        self._situations = of
        self._log = stack.folder / "calls.json"

    def write(self, which: str) -> None:
        self.stack.write(PROLOGUE + "".join(getattr(situation, which) for situation in self._situations.values()))

    def begin(self) -> None:
        """The stack as it is before the situations; nothing of it is recorded."""
        self.write("before")
        self.stack.up()

    def run(self, *arguments: str, of: tuple[str, ...] = (), check: bool = True) -> Run:
        """Run a command, and record its calls, for these situations or for all of them."""
        self._log.unlink(missing_ok=True)
        before = self._known()
        self.stack.environment["PULUMI_DEBUG_GRPC"] = str(self._log)
        run = self.stack.run(*arguments, check=check)
        del self.stack.environment["PULUMI_DEBUG_GRPC"]
        lines = recorded(self._log, before) if self._log.exists() else []
        for name, situation in self._situations.items():
            if name in (of or self._situations):
                self.recordings[name].add(arguments, [line for about, line in lines if about in situation.names])
        return run

    def _known(self) -> dict[str, Known]:
        """What the state has of each preset; what is only kept for its delete comes second."""
        presets = sorted(self.stack.resources(), key=lambda resource: bool(resource.get("delete")), reverse=True)
        return {one["urn"].rpartition("::")[2]: Known(inputs=one["inputs"], outputs=one["outputs"]) for one in presets}


@pytest.fixture
def new_journey(new_stack: Callable[[str], Stack]) -> NewJourney:
    """Begin one; where it ends well, its recordings are compared with the files, or written to them."""

    @contextmanager
    def begin(of: Mapping[str, Situation]) -> Iterator[Journey]:
        journey = Journey(new_stack(""), of)
        yield journey
        version = journey.stack.state()["manifest"]["version"]
        for name, recording in journey.recordings.items():
            file = SEQUENCES / f"{name}.txt"
            if os.environ.get("RECORD"):
                file.write_text(recording.text(version), encoding="utf-8")
            assert recording.by_resource() == Recording.parse(file.read_text(encoding="utf-8")).by_resource(), name

    return begin


def test_changes(new_journey: NewJourney, emulator: Emulator) -> None:
    for app in ("existing", "theirs"):
        emulator.backend.put("default", dataclasses.replace(EXISTING, App=app))
    with new_journey(situations.CHANGES) as journey:
        journey.begin()
        journey.write("after")
        journey.run(*PREVIEW)
        journey.run(*UP)


def test_forced_replacements(new_journey: NewJourney) -> None:
    with new_journey(situations.FORCED) as journey:
        journey.begin()
        journey.write("after")
        journey.run(*PREVIEW)
        journey.run(*UP)


def test_commands_that_name_resources(new_journey: NewJourney) -> None:
    with new_journey(situations.BY_COMMAND) as journey:
        journey.begin()
        journey.write("after")
        named = {"target": "targeted", "exclude": "excluded", "target_replace": "target_replaced"}
        for situation, name in named.items():
            option = (f"--{situation.replace('_', '-')}", journey.stack.urn(name))
            journey.run(*PREVIEW, *option, of=(situation,))
            journey.run(*UP, *option, of=(situation,))
        journey.stack.run("state", "taint", "--yes", journey.stack.urn("tainted"))
        for command in (PREVIEW, UP):
            journey.run(*command, "--replace", journey.stack.urn("replaced"), of=("replace", "taint"))


def test_refreshes(new_journey: NewJourney, emulator: Emulator) -> None:
    with new_journey(situations.REFRESHED) as journey:
        journey.begin()
        _change_outside(emulator)
        journey.run("refresh", "--preview-only")
        journey.run("refresh", "--yes", "--skip-preview")
        journey.run(*UP)


def test_updates_that_refresh(new_journey: NewJourney, emulator: Emulator) -> None:
    with new_journey(situations.UP_REFRESH) as journey:
        journey.begin()
        _change_outside(emulator)
        journey.write("after")
        journey.run(*PREVIEW, "--refresh")
        journey.run(*UP, "--refresh")


def test_destroys(new_journey: NewJourney, emulator: Emulator) -> None:
    emulator.backend.put("default", EXISTING)
    with new_journey(situations.DESTROYED) as journey:
        journey.begin()
        journey.run("destroy", "--yes", "--skip-preview")


def test_destroys_that_refresh(new_journey: NewJourney, emulator: Emulator) -> None:
    with new_journey(situations.DESTROY_REFRESH) as journey:
        journey.begin()
        emulator.backend.remove("default", ("push.example.com", "gone", ""))
        journey.run("destroy", "--refresh", "--yes", "--skip-preview")


def test_failed_replacement(new_journey: NewJourney, emulator: Emulator) -> None:
    """The next updates with the old program; then the replacement fails again, and the new program goes on."""
    with new_journey(situations.FAILED) as journey:
        journey.begin()
        refusal = Fault(CREATE, status=400, code="InvalidParam", body="not today")
        for then in ("before", "after"):
            journey.write("after")
            emulator.faults.add(dataclasses.replace(refusal))
            journey.run(*UP, check=False)
            journey.write(then)
            journey.run(*PREVIEW, check=False)
            journey.run(*UP, check=False)


def test_move(new_journey: NewJourney) -> None:
    with new_journey(situations.MOVES) as journey:
        journey.begin()
        journey.write("after")
        journey.run(*PREVIEW)
        journey.run(*UP)


def test_import_from_a_file(new_journey: NewJourney, emulator: Emulator) -> None:
    emulator.backend.put("default", dataclasses.replace(EXISTING, App="imported"))
    with new_journey(situations.IMPORTED) as journey:
        journey.write("before")
        file = _import_file(journey.stack, emulator.presets[0])
        journey.run("import", "--yes", "--file", str(file), "--generate-code=false", "--protect=false")
        journey.run(*PREVIEW)
        journey.run(*UP)


def _import_file(stack: Stack, preset: Stored) -> Path:
    """The engine takes these as they are, without a read, since both maps name the provider and there are outputs."""
    inputs = {
        "__provider": REFERENCE,
        "vhost": preset.Vhost,
        "app": preset.App,
        "max_shift_time": preset.MaxShiftTime,
        "pull_domain": preset.Domain,
        "time_shift_type": preset.Status,
    }
    outputs = {"preset_name": preset.Name, "enabled": True, "storage": preset.Type, "bucket": preset.Bucket}
    resource = {"type": RESOURCE_TYPE, "name": "imported", "id": f"{preset.Vhost}/{preset.App}"}
    content = {"resources": [{**resource, "inputs": inputs, "outputs": {**inputs, **outputs}}]}
    file = stack.folder / "import.json"
    file.write_text(json.dumps(content))
    return file


def _change_outside(emulator: Emulator) -> None:
    """What refreshes find: two drifted presets, and one that is gone."""
    for preset in emulator.presets:
        if preset.App == "drifted":
            emulator.backend.put("default", dataclasses.replace(preset, MaxShiftTime=86400))
        if preset.App == "moved":
            emulator.backend.put("default", dataclasses.replace(preset, Domain=situations.ELSEWHERE))
        if preset.App == "gone":
            emulator.backend.remove("default", preset.key)
