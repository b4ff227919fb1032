"""Whatever happens in whatever order: nobody's presets are harmed, and nothing of ours is lost sight of.

Hypothesis drives the SDK's own servicer against the emulator. `make soak` runs this for long and by chance.
"""

from __future__ import annotations

import base64
import dataclasses
import functools
import os
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from plugin import Plugin, PluginError
from pulumi_volcengine_live.api.client import Client
from pulumi_volcengine_live.emulator import CREATE, DELETE, LIST, UPDATE, Backend, Emulator, Fault, Guesses
from pulumi_volcengine_live.emulator import Preset as Stored
from pulumi_volcengine_live.engine import run
from pulumi_volcengine_live.lifecycle.operations import Lifecycle
from stepped_clock import SteppedClock

ACCESS_KEY, SECRET_KEY = "AK-canary-1", "SK-canary-2"
CANARIES = [
    form
    for secret in (ACCESS_KEY, SECRET_KEY)
    for form in (secret, secret.encode().hex(), base64.b64encode(secret.encode()).decode())
]
identities = st.builds(
    lambda app, stream: {"vhost": "push.example.com", "app": app, **({"stream": stream} if stream else {})},
    st.sampled_from(["a", "b"]),
    st.sampled_from(["", "s1"]),
)
shift_times = st.sampled_from([86400, 259200, 604800])
pull_domains = st.sampled_from(["pull.example.com", "replay.example.com"])
faults = st.builds(
    Fault,
    action=st.sampled_from([CREATE, UPDATE, DELETE, LIST]),
    kind=st.sampled_from(["answer", "reset", "cut", "hang"]),
    when=st.sampled_from(["instead", "before", "after"]),
    times=st.integers(1, 3),
    skip=st.integers(0, 2),
    status=st.sampled_from([500, 502, 429, 200]),
    code=st.sampled_from(["CommonErr", "InternalError", ""]),
    body=st.sampled_from([f"<html>{ACCESS_KEY} {SECRET_KEY}</html>"]),
)


class AnyOrder(RuleBasedStateMachine):
    """One stack beside somebody else's presets, in a service of uncertain habits."""

    steps = 0
    mode = "refuse"
    checks = "auto"

    def __init__(self) -> None:
        super().__init__()
        self.clock = SteppedClock()
        backend = Backend(now=self.clock.monotonic)
        self.emulator = Emulator(access_key=ACCESS_KEY, secret_key=SECRET_KEY, backend=backend)
        self.emulator.__enter__()
        self.patch = pytest.MonkeyPatch()
        client = functools.cache(functools.partial(Client, clock=self.clock, call_seconds=0.2))
        self.patch.setattr(run, "client_for", client)
        self.patch.setattr(run, "Lifecycle", functools.partial(Lifecycle, clock=self.clock))
        self.state: dict[str, dict[str, Any]] = {}
        self.unsure: set[str] = set()
        self.theirs: dict[tuple[str, str, str], Stored] = {}
        self.told: list[str] = []
        self.plugin = self._new_plugin()

    def teardown(self) -> None:
        self.plugin.end()
        self.patch.undo()
        self.emulator.__exit__(None, None, None)

    # Parts of the steps

    def _new_plugin(self) -> Plugin:
        named = {
            "volcengine:accessKey": ACCESS_KEY,
            "volcengine:secretKey": SECRET_KEY,
            "volcengine-live:endpoint": self.emulator.url,
        }
        return Plugin({**named, "volcengine-live:sharedDelete": self.mode, "volcengine-live:liveChecks": self.checks})

    def _phase(self) -> Plugin:
        """A new plugin process, some time after the one before."""
        self.plugin.end()
        self.clock.sleep(2)
        self.plugin = self._new_plugin()
        return self.plugin

    def _tell(self, error: PluginError) -> str:
        self.told.append(str(error))
        return self.told[-1]

    def _create(self, plugin: Plugin, inputs: dict[str, Any]) -> None:
        id_ = "/".join(filter(None, (inputs["vhost"], inputs["app"], inputs.get("stream", ""))))
        try:
            made, outputs = plugin.create(inputs)
        except PluginError as error:
            if any(doubt in self._tell(error) for doubt in ("may still take effect", "could not be seen")):
                self.unsure.add(id_)
        else:
            assert made == id_
            self.state[id_] = outputs
            self.unsure.discard(id_)

    def _owned(self) -> Iterator[Stored]:
        return (preset for preset in self.emulator.presets if preset.key not in self.theirs)

    # Steps

    @initialize(mode=st.sampled_from(["refuse", "refuse", "verify", "accept"]), checks=st.sampled_from(["auto", "off"]))
    def begin(self, mode: str, checks: str) -> None:
        self.mode, self.checks = mode, checks
        self._their_preset("other", "")

    def _their_preset(self, app: str, stream: str) -> None:
        theirs = Stored("push.example.com", app, stream, 1296000, "theirs.example.com", "theirs", 1, "fcdn-tos")
        if theirs.key not in {preset.key for preset in self.emulator.presets}:
            self.theirs[theirs.key] = theirs
            self.emulator.backend.put("default", theirs)

    @rule(app=st.sampled_from(["a", "b", "c"]))
    def somebody_makes_a_preset(self, app: str) -> None:
        self._their_preset(app, "theirs")

    @rule()
    def somebody_removes_theirs(self) -> None:
        for key in [key for key in self.theirs if key[2]]:
            self.emulator.backend.remove("default", self.theirs.pop(key).key)

    @rule(removes=st.sampled_from(["stream", "app-level", "app"]), existing=st.sampled_from(["refuse", "overwrite"]))
    def the_service_is_read_otherwise(self, removes: Any, existing: Any) -> None:
        """Who chose verify or accept knows that the service deletes single presets, so here it does."""
        removes = removes if self.mode == "refuse" else "stream"
        lag = self.emulator.backend.guesses.listing_lag
        self.emulator.backend.guesses = Guesses(delete_removes=removes, create_existing=existing, listing_lag=lag)

    @rule(fault=faults)
    def something_will_go_wrong(self, fault: Fault) -> None:
        self.emulator.faults.add(dataclasses.replace(fault))

    @rule()
    def all_goes_well_again(self) -> None:
        self.emulator.faults.clear()

    @rule(name=identities, shift=shift_times, domain=pull_domains, adopt=st.booleans())
    def up_with_a_new_resource(self, name: dict[str, str], shift: int, domain: str, adopt: bool) -> None:
        plugin = self._phase()
        for id_, outputs in self.state.items():
            assert not plugin.diff(id_, outputs, self._inputs(outputs)).replaces
        news = {**name, "max_shift_time": shift, "pull_domain": domain, "time_shift_type": 1, "adopt": adopt}
        before = set(self.state)
        checked = plugin.check({}, news, name="new")
        if not checked.failures:
            self._create(plugin, checked.inputs)
        assert before <= set(self.state)

    @precondition(lambda self: self.state)
    @rule(data=st.data(), shift=shift_times)
    def up_with_a_change(self, data: st.DataObject, shift: int) -> None:
        id_ = data.draw(st.sampled_from(sorted(self.state)))
        olds, plugin = self.state[id_], self._phase()
        news = plugin.check(olds, {**self._inputs(olds), "max_shift_time": shift}).inputs
        diff = plugin.diff(id_, olds, news)
        assert not diff.replaces
        if diff.changes == diff.DIFF_SOME:
            try:
                self.state[id_] = plugin.update(id_, olds, news)
            except PluginError as error:
                self._tell(error)

    @precondition(lambda self: self.state)
    @rule(data=st.data(), domain=pull_domains)
    def up_with_a_replacement(self, data: st.DataObject, domain: str) -> None:
        id_ = data.draw(st.sampled_from(sorted(self.state)))
        olds, plugin = self.state[id_], self._phase()
        news = {**self._inputs(olds), "pull_domain": domain}
        try:
            checked = plugin.check(olds, news)
            if checked.failures or not plugin.diff(id_, olds, checked.inputs).replaces:
                return
            plugin.check({}, news)
            plugin.delete(id_, olds)
        except PluginError as error:
            self._tell(error)
            return
        del self.state[id_]
        self._create(plugin, checked.inputs)

    @precondition(lambda self: self.state)
    @rule(data=st.data())
    def up_without_a_resource(self, data: st.DataObject) -> None:
        id_ = data.draw(st.sampled_from(sorted(self.state)))
        try:
            self._phase().delete(id_, self.state[id_])
        except PluginError as error:
            self._tell(error)
        else:
            del self.state[id_]

    @rule(name=identities, shift=shift_times)
    def the_process_is_killed_after_the_services_commit(self, name: dict[str, str], shift: int) -> None:
        id_ = "/".join(name.values())
        if id_ in self.state:
            return
        news = {**name, "max_shift_time": shift, "pull_domain": "pull.example.com", "time_shift_type": 1}
        try:
            self._phase().create(news)
        except PluginError as error:
            self._tell(error)
        self.unsure.add(id_)

    @rule()
    def refresh_twice(self) -> None:
        try:
            first = self._refresh(dict(self.state))
            self.state = first
            assert self._refresh(first) == first
        except PluginError as error:
            self._tell(error)

    def _refresh(self, state: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        plugin = self._phase()
        read = {id_: plugin.read(id_, outputs) for id_, outputs in state.items()}
        assert all(found in ("", id_) for id_, (found, _, _) in read.items())
        return {id_: outputs for id_, (found, outputs, _) in read.items() if found}

    @precondition(lambda self: self.state)
    @rule(data=st.data(), shift=shift_times)
    def somebody_changes_ours(self, data: st.DataObject, shift: int) -> None:
        preset = data.draw(st.sampled_from(self.emulator.presets))
        if preset.key not in self.theirs:
            self.emulator.backend.put("default", dataclasses.replace(preset, MaxShiftTime=shift))

    @precondition(lambda self: self.state)
    @rule(data=st.data())
    def somebody_removes_ours(self, data: st.DataObject) -> None:
        preset = data.draw(st.sampled_from(self.emulator.presets))
        if preset.key not in self.theirs:
            self.emulator.backend.remove("default", preset.key)

    def _inputs(self, outputs: dict[str, Any]) -> dict[str, Any]:
        names = ("vhost", "app", "stream", "max_shift_time", "pull_domain", "time_shift_type", "adopt")
        return {name: outputs[name] for name in names if name in outputs}

    # What holds after each step

    @invariant()
    def presets_that_are_not_ours_are_untouched(self) -> None:
        there = {preset.key: preset for preset in self.emulator.presets}
        assert {key: there.get(key) for key in self.theirs} == self.theirs

    @invariant()
    def each_of_ours_is_in_the_state_or_told_to_be_unsure(self) -> None:
        for preset in self._owned():
            assert "/".join(filter(None, preset.key)) in {*self.state, *self.unsure}

    @invariant()
    def no_key_is_told(self) -> None:
        seen = "".join(self.told) + repr(self.state)
        assert not any(canary in seen for canary in CANARIES)

    @invariant()
    def the_limit_of_calls_is_kept(self) -> None:
        assert not [call for call in self.emulator.calls() if call.status == 429 and not call.fault]

    @invariant()
    def steps_are_counted(self) -> None:
        type(self).steps += 1
        self.told.clear()
        self.emulator.forget_calls()


def test_keep_every_promise_in_any_order() -> None:
    """By default the same runs every time; with SOAK_EXAMPLES in the environment as many, by chance."""
    examples = int(os.environ.get("SOAK_EXAMPLES", "0"))
    chosen = settings(
        max_examples=examples or 15,
        stateful_step_count=50,
        derandomize=not examples,
        database=None,
        deadline=None,
        print_blob=True,
        phases=[Phase.generate, Phase.shrink] if examples else [Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(AnyOrder, settings=chosen)
    sys.stdout.write(f"{AnyOrder.steps} steps without a violation\n")
