"""Whatever happens in whatever order: others' presets are unharmed, and each of ours is in the state or reported.

Hypothesis leads a stack through random programs, on the simulated engine over the SDK's own servicer (tests/fuzz),
under changing guesses about the service. `make soak` runs this for long and at random.
"""

from __future__ import annotations

import base64
import dataclasses
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from random import Random
from typing import Any, Literal

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

from fuzz.judge import SECRETS, Judge
from fuzz.programs import APPS, NAMES, VHOSTS, Outside, Program, Step, Walk
from fuzz.walks import simulated
from pulumi_volcengine_live.emulator import CREATE, DEFAULT_ACCOUNT, DELETE, LIST, UPDATE, Access, Fault, Preset

CANARIES = [
    form for secret in SECRETS for form in (secret, secret.encode().hex(), base64.b64encode(secret.encode()).decode())
]
OTHER = {"volcengine:accessKey": "AK-other", "volcengine:secretKey": "SK-other"}
seeds = st.integers(0, 1 << 16)
protocols: st.SearchStrategy[Literal[4, 5]] = st.sampled_from([4, 4, 5])
modes = st.sampled_from(["refuse", "refuse", "verify", "accept"])
parallel = st.sampled_from([1, 16])
faults = st.builds(
    Fault,
    action=st.sampled_from([CREATE, UPDATE, DELETE, LIST]),
    kind=st.sampled_from(["answer", "reset", "cut"]),
    when=st.sampled_from(["instead", "before", "after"]),
    times=st.integers(1, 3),
    skip=st.integers(0, 2),
    status=st.sampled_from([500, 502, 429, 200, 400]),
    code=st.sampled_from(["CommonErr", "InternalError", ""]),
    body=st.sampled_from([f"<html>{' '.join(SECRETS)}</html>"]),
)
odd_items = st.sampled_from(
    [
        Preset("odd.example.com", "", "odd", 86400, "odd.example.com", "no app", 1, "fcdn-tos"),
        Preset("odd.example.com", "a", "", 12345, "odd.example.com", "no such time", 1, "fcdn-tos"),
        Preset("push.example.com", "a", "odd", 86400, "odd.example.com", "no such status", 7, "fcdn-tos"),
        Preset("push.example.com", "b", "odd", 86400, "odd.example.com", "another kind", 1, "TOS"),
        Preset("push.example.com", "c", "", 12345, "", "no domain", 0, "tos"),
    ]
)


class AnyOrder(RuleBasedStateMachine):
    """One stack beside somebody else's presets, under changing guesses about the service."""

    steps = 0

    def __init__(self) -> None:
        super().__init__()
        self._ends = ExitStack()
        self.stack = self._ends.enter_context(simulated())
        self.judge = Judge(self.stack)
        self.emulator = self.stack.emulator
        self.emulator.add_account("other", *OTHER.values())
        self.program = Program()
        self.shared_delete = "refuse"
        self.coming: list[Fault] = []

    def teardown(self) -> None:
        self._ends.close()

    @property
    def guesses(self) -> Any:
        return self.emulator.backend.guesses

    def _step(self, command: Any, seed: int, protocol: Literal[4, 5], **more: Any) -> None:
        """Carry a command out beside whatever waits to go wrong."""
        waiting, self.coming = tuple(self.coming), []
        step = Step(self.program, command, faults=waiting, protocol=protocol, shared_delete=self.shared_delete)
        self.judge.step(dataclasses.replace(step, seed=seed, **more))

    def _change_program(self, seed: int, count: int) -> None:
        walk = Walk(Random(seed), program=self.program)
        for _ in range(count):
            walk.program = walk.changed()
        self.program = walk.program

    # Commands

    @initialize(mode=modes, checks=st.sampled_from(["auto", "auto", "off"]), seed=seeds)
    def begin(self, mode: str, checks: str, seed: int) -> None:
        self.shared_delete = mode
        self.stack.settings["volcengine-live:liveChecks"] = checks
        self.judge.live_checks = checks == "auto"
        self.judge.worst_deletes = False
        self._change_program(seed, 8)
        self._step("up", seed, 4)

    @rule(seed=seeds, count=st.integers(0, 4), protocol=protocols, late_faults=st.booleans(), parallel=parallel)
    def up(self, seed: int, count: int, protocol: Literal[4, 5], late_faults: bool, parallel: int) -> None:
        """Resources come, go, change, move along, swap, are renamed, retained, protected or forced to be replaced."""
        self._change_program(seed, count)
        self._step("up", seed, protocol, faults_after_preview=late_faults, parallel=parallel)

    @rule(seed=seeds, protocol=protocols)
    def up_where_resources_move_along(self, seed: int, protocol: Literal[4, 5]) -> None:
        self.program = Walk(Random(seed), program=self.program).moved_along()
        self._step("up", seed, protocol)

    @precondition(lambda self: self.program.resources)
    @rule(data=st.data(), seed=seeds, protocol=protocols)
    def up_where_a_replacement_is_forced(self, data: st.DataObject, seed: int, protocol: Literal[4, 5]) -> None:
        one = data.draw(st.sampled_from(self.program.resources))
        self.program = self.program.with_(one.but(trigger=one.trigger + 1))
        self._step("up", seed, protocol)

    @precondition(lambda self: self.program.resources)
    @rule(data=st.data(), seed=seeds, protocol=protocols)
    def up_where_a_resource_is_renamed(self, data: st.DataObject, seed: int, protocol: Literal[4, 5]) -> None:
        """With adopt and without an alias: the new resource adopts the preset, and the old one is to let go of it."""
        one = data.draw(st.sampled_from(self.program.resources))
        name = data.draw(st.sampled_from([name for name in NAMES if self.program.find(name) is None]))
        self.program = self.program.with_(one.but(name=name, adopt=True, aliases=()), one.name)
        self._step("up", seed, protocol)

    @rule(seed=seeds, protocol=protocols)
    def up_after_a_refresh(self, seed: int, protocol: Literal[4, 5]) -> None:
        self._step("up --refresh", seed, protocol)

    @rule(seed=seeds, protocol=protocols)
    def refresh(self, seed: int, protocol: Literal[4, 5]) -> None:
        self._step("refresh", seed, protocol)

    @rule(seed=st.integers(0, 40), protocol=protocols)
    def destroy(self, seed: int, protocol: Literal[4, 5]) -> None:
        if seed > 30:
            self._step("destroy", seed, protocol)

    @precondition(lambda self: self.program.resources)
    @rule(data=st.data(), seed=seeds, protocol=protocols)
    def a_replacement_fails_after_its_delete(self, data: st.DataObject, seed: int, protocol: Literal[4, 5]) -> None:
        one = data.draw(st.sampled_from(self.program.resources))
        before = self.program
        self.program = before.with_(one.but(pull_domain="elsewhere.example.com", takes=""))
        self.coming = [Fault(CREATE, status=400, code="InvalidParam", times=5)]
        self._step("up", seed, protocol, faults_after_preview=True)
        self.program = data.draw(st.sampled_from([before, self.program]))
        if data.draw(st.booleans()):
            self.judge.change_outside(Outside("create", one.key))
        self._step("up", seed, protocol)

    @rule(seed=seeds, protocol=protocols, at=st.integers(1, 3))
    def the_process_is_killed_after_the_services_commit(self, seed: int, protocol: Literal[4, 5], at: int) -> None:
        self._step("up", seed, protocol, killed_at=at)

    # Other keys

    @rule(
        guess=st.sampled_from(["not-allowed", "forbidden", "empty"]),
        command=st.sampled_from(["refresh", "destroy"]),
        has=st.booleans(),
        seed=seeds,
    )
    def somebody_uses_the_keys_of_another_account(self, guess: Any, command: Any, has: bool, seed: int) -> None:
        """They are valid, and show nothing of ours: what is not seen is not gone."""
        self.guesses.foreign_vhost = guess
        if has:
            theirs = Preset("other.example.com", "a", "", 86400, "other.example.com", "other", 1, "fcdn-tos")
            self.emulator.backend.put("other", theirs)
        before = self.emulator.backend.presets("other")
        # A page that echoes keys echoes those that were sent, and not the first account's.
        self.coming = [fault for fault in self.coming if not fault.body]
        with self._settings(OTHER):
            self._step(command, seed, 4)
        assert self.emulator.backend.presets("other") == before

    @rule(seed=seeds)
    def somebody_previews_with_the_keys_of_another_account(self, seed: int) -> None:
        before = self.emulator.presets
        with self._settings(OTHER):
            self.stack.preview(Step(self.program, seed=seed))
        assert self.emulator.presets == before

    @contextmanager
    def _settings(self, given: dict[str, str]) -> Iterator[None]:
        self.stack.settings |= given
        try:
            yield
        finally:
            for name in given:
                del self.stack.settings[name]

    @rule(guess=st.sampled_from(["visible", "nothing", "refused"]), limited=st.booleans())
    def the_keys_are_limited_to_a_project(self, guess: Any, limited: bool) -> None:
        self.guesses.limited_keys = guess
        self.emulator.backend.access = {DEFAULT_ACCOUNT: Access(vhosts=VHOSTS)} if limited else {}

    # What happens beside the stack

    @rule(seed=seeds)
    def somebody_else_changes_presets(self, seed: int) -> None:
        """Foreign ones come and go; ours drift, or are removed."""
        self.judge.change_outside(Walk(Random(seed), program=self.program).outside())

    @rule(item=odd_items)
    def an_odd_item_is_listed(self, item: Preset) -> None:
        if item.key not in self.judge.service:
            self.emulator.backend.put(DEFAULT_ACCOUNT, item)
            self.judge.theirs[item.key] = item

    @rule(app=st.sampled_from(APPS))
    def odd_items_go(self, app: str) -> None:
        for key in [key for key in self.judge.theirs if key[0] == "odd.example.com" or (key[1] == app and key[2])]:
            self.emulator.backend.remove(DEFAULT_ACCOUNT, key)
            del self.judge.theirs[key]

    @rule(removes=st.sampled_from(["stream", "app-level", "app"]), existing=st.sampled_from(["refuse", "overwrite"]))
    def guesses_change(self, removes: Any, existing: Any) -> None:
        """With verify or accept a user relies on deletes of single presets: only with refuse may they remove more."""
        self.guesses.delete_removes = removes if self.shared_delete == "refuse" else "stream"
        self.guesses.create_existing = existing

    @rule(lag=st.sampled_from([0.0, 0.0, 1.0, 3.0]))
    def listings_lag(self, lag: float) -> None:
        self.guesses.listing_lag = lag

    @rule(fault=faults)
    def something_will_go_wrong(self, fault: Fault) -> None:
        self.coming.append(dataclasses.replace(fault))

    # What holds after each step

    @invariant()
    def presets_that_are_not_ours_are_untouched(self) -> None:
        service = self.judge.service
        assert {key: service.get(key) for key in self.judge.theirs} == self.judge.theirs

    @invariant()
    def no_key_is_in_the_state(self) -> None:
        assert not any(canary in repr(self.stack.resources) for canary in CANARIES)

    @invariant()
    def the_limit_of_calls_is_kept(self) -> None:
        assert not [call for call in self.emulator.calls() if call.status == 429 and not call.fault]

    @invariant()
    def steps_are_counted(self) -> None:
        type(self).steps += 1


def test_keep_every_promise_in_any_order() -> None:
    """The same runs every time; the variable SOAK_EXAMPLES sets a number of random ones."""
    examples = int(os.environ.get("SOAK_EXAMPLES", "0"))
    chosen = settings(
        max_examples=examples or 8,
        stateful_step_count=50 if examples else 40,
        derandomize=not examples,
        database=None,
        deadline=None,
        print_blob=True,
        phases=[Phase.generate, Phase.shrink] if examples else [Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(AnyOrder, settings=chosen)
    sys.stdout.write(f"{AnyOrder.steps} steps without a violation\n")
