"""What the engine asks the plugin today is what tests/sequences has; `make record` writes it anew."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

import situations
from engine_calls import Known, Transcript, transcribe
from plugin import REFERENCE
from pulumi_stack import RESOURCE_TYPE, Stack
from pulumi_volcengine_live.emulator import CREATE, Emulator, Fault
from pulumi_volcengine_live.emulator import Preset as Stored
from replay import SEQUENCES
from situations import PROLOGUE, Situation

PREVIEW = ("preview",)
UP = ("up", "--yes", "--skip-preview")
EXISTING = Stored("push.example.com", "existing", "", 604800, "pull.example.com", "existing", 1, "fcdn-tos", "b")

NewJourney = Callable[[Mapping[str, Situation]], AbstractContextManager["Journey"]]


class Journey:
    """A stack that goes through the commands that its situations share."""

    def __init__(self, stack: Stack, of: Mapping[str, Situation]) -> None:
        self.stack = stack
        self.recordings = {
            name: Transcript(situation.says, situation.before, situation.after) for name, situation in of.items()
        }
        self._situations = of
        self._log = stack.folder / "calls.json"

    def write(self, after: Collection[str] = ()) -> None:
        """The program: these situations as they are after the change, the others as before."""
        of = self._situations.items()
        parts = [one.beside + (one.after if name in after else one.before) for name, one in of]
        self.stack.write(PROLOGUE + "".join(parts))

    def begin(self) -> None:
        """The stack as it is before the situations; nothing of it is recorded."""
        self.write()
        self.stack.up()

    def run(self, *arguments: str, of: Collection[str], check: bool = True) -> None:
        """Run a command, and record its calls for these situations."""
        self._log.unlink(missing_ok=True)
        before = self._known()
        self.stack.environment["PULUMI_DEBUG_GRPC"] = str(self._log)
        self.stack.run(*arguments, check=check)
        del self.stack.environment["PULUMI_DEBUG_GRPC"]
        lines = transcribe(self._log, before) if self._log.exists() else []
        for name, situation in self._situations.items():
            if name in of:
                self.recordings[name].add(arguments, [line for about, line in lines if about in situation.names])

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
            assert recording.by_resource() == Transcript.parse(file.read_text(encoding="utf-8")).by_resource(), name

    return begin


def test_failures_changes_and_commands_that_name_resources(new_journey: NewJourney, emulator: Emulator) -> None:
    imported = dataclasses.replace(EXISTING, App="imported")
    for preset in (EXISTING, dataclasses.replace(EXISTING, App="theirs"), imported):
        emulator.backend.put("default", preset)
    changed = {**situations.CHANGES, **situations.IMPORTED}
    with new_journey({**changed, **situations.FAILED, **situations.BY_COMMAND}) as journey:
        journey.begin()
        emulator.faults.add(Fault(CREATE, status=400, code="InvalidParam", body="not today", times=2))
        journey.write(after=situations.FAILED)
        journey.run(*UP, "--continue-on-error", of=situations.FAILED, check=False)

        file = _import_file(journey.stack, imported)
        importing = ("import", "--yes", "--file", str(file), "--generate-code=false", "--protect=false")
        journey.run(*importing, of=situations.IMPORTED)
        with_retry = {*changed, "failed_replacement"}
        journey.write(after=with_retry)
        journey.run(*PREVIEW, of={*changed, *situations.FAILED})
        journey.run(*UP, of={*changed, *situations.FAILED})

        journey.write(after={*with_retry, *situations.BY_COMMAND})
        urn = journey.stack.urn
        options = ("--target", urn("targeted"), "--target-replace", urn("target_replaced"))
        journey.run(*PREVIEW, *options, of=("target", "target_replace"))
        journey.run(*UP, *options, of=("target", "target_replace"))
        journey.stack.run("state", "taint", "--yes", urn("tainted"))
        options = ("--exclude", urn("excluded"), "--replace", urn("named"))
        journey.run(*PREVIEW, *options, of=("exclude", "replace", "taint"))
        journey.run(*UP, *options, of=("exclude", "replace", "taint"))


def test_refreshes_and_destroys(new_journey: NewJourney, emulator: Emulator) -> None:
    emulator.backend.put("default", EXISTING)
    with new_journey({**situations.REFRESHED, **situations.DESTROYED}) as journey:
        journey.begin()
        _change_outside(emulator)
        journey.run("refresh", "--preview-only", of=situations.REFRESHED)
        journey.run("refresh", "--yes", "--skip-preview", of=situations.REFRESHED)
        journey.run(*UP, of=situations.REFRESHED)
        journey.run("destroy", "--yes", "--skip-preview", of=situations.DESTROYED)


def test_updates_and_destroys_that_refresh(new_journey: NewJourney, emulator: Emulator) -> None:
    with new_journey({**situations.UP_REFRESH, **situations.DESTROY_REFRESH}) as journey:
        journey.begin()
        _change_outside(emulator)
        journey.write(after=situations.UP_REFRESH)
        journey.run(*PREVIEW, "--refresh", of=situations.UP_REFRESH)
        journey.run(*UP, "--refresh", of=situations.UP_REFRESH)
        emulator.backend.remove("default", ("push.example.com", "lost", ""))
        journey.run("destroy", "--refresh", "--yes", "--skip-preview", of=situations.DESTROY_REFRESH)


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
