"""States as released versions wrote them, taken through the rest of their life by today's code.

A stack lives on when its Python changes too: 3.14 pickles the provider's reference by protocol 5, earlier ones by 4.
One process then holds two provider objects, since a resource's inputs and outputs carry different references.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from plugin import REFERENCES
from pulumi_stack import ROOT, Stack, declare
from pulumi_volcengine_live.emulator import CREATE, DELETE, UPDATE, Emulator
from pulumi_volcengine_live.emulator import Preset as Stored

NewStack = Callable[[str], Stack]

DEFAULT = ("0.1.0/default", "0.2.0/default", "0.2.0/pickle_5")
EXPLICIT = ("0.1.0/explicit", "0.2.0/explicit")
STATES = (*DEFAULT, *EXPLICIT)
"""Each has a preset of an app and one of a stream of it; an explicit provider's state also has its settings."""
CONTRACTS = ROOT / "tests" / "contracts"
DEFAULT_PROVIDER = "145db82f-8b32-4836-b762-3ec06f94206e"
"""The default provider's id in the oldest state."""


def test_hold_every_released_state() -> None:
    states = {file.relative_to(CONTRACTS).with_suffix("").as_posix() for file in CONTRACTS.glob("*/*.json")}
    assert states == set(STATES)


def test_live_on_from_every_released_state_under_either_pickle_protocol(
    new_stack: NewStack, emulator: Emulator, tmp_path: Path
) -> None:
    """Bug: under another protocol a renamed resource's preset was adopted, and deleted in the same update.

    At first there is nothing to change. Then Python goes from protocols 4 and 5 to 5, and back to 4. Each update
    changes in place, replaces, and renames without an alias; the first one also deletes what has a provider of its own,
    by the settings in the released state. What is left at last is destroyed.
    """
    keys = f"access_key={emulator.access_key!r}, secret_key={emulator.secret_key!r}"
    explicit = [
        f'account{number} = live.Provider("account{number}", {keys}, shared_delete="accept")\n'
        + _app(number, opts=f"provider=account{number}")
        + _stream(number, opts=f"provider=account{number}")
        for number in range(len(DEFAULT), len(STATES))
    ]
    stack = new_stack("".join([_app(0) + _stream(0), _app(1) + _stream(1), _app(2) + _stream(2), *explicit]))
    _keep_released_states(stack)
    released = [resource["outputs"] for resource in stack.resources()]
    assert {outputs["__provider"] for outputs in released} == {*REFERENCES.values()}
    emulator.put(*map(_stored, released))
    stack.preview("--refresh", "--expect-no-changes")
    assert stack.changing_calls() == []

    _pickle_by(stack, 5, tmp_path / "site")
    stack.write(
        _app(0, days=3)
        + _app(1, days=3)
        + _app(2, days=3)
        + _stream(0, pull_domain="else.example.com")
        + _stream(1, name="renamed1")
        + _stream(2, name="renamed2")
    )
    stack.up()
    assert sorted(stack.changing_calls()) == [CREATE, *[DELETE] * (1 + 4), *[UPDATE] * 3]
    assert {resource["inputs"]["__provider"] for resource in stack.resources()} == {REFERENCES[5]}

    _pickle_by(stack, 4, tmp_path / "site")
    stack.write(
        _app(0, days=7)
        + _app(1, days=7)
        + _app(2, days=7)
        + _stream(0)
        + _stream(1, name="again1")
        + _stream(2, name="again2")
    )
    stack.up()
    assert sorted(stack.changing_calls()) == [CREATE, DELETE, *[UPDATE] * 3]
    assert {resource["inputs"]["__provider"] for resource in stack.resources()} == {REFERENCES[4]}

    _pickle_by(stack, 5, tmp_path / "site")
    stack.destroy()
    assert stack.changing_calls() == [DELETE] * 6
    assert emulator.presets == []
    assert stack.resources() == []


def _app(number: int, *, days: int = 7, opts: str = "") -> str:
    return declare(f"app{number}", vhost=f"push{number}.example.com", max_shift_time=days * 86400, opts=opts)


def _stream(number: int, *, name: str = "", pull_domain: str = "pull.example.com", opts: str = "") -> str:
    """One that adopts if it has another name than in the released state."""
    return declare(
        name or f"stream{number}",
        vhost=f"push{number}.example.com",
        stream="s1",
        time_shift_type=0,
        pull_domain=pull_domain,
        adopt=True if name else None,
        opts=opts,
    )


def _keep_released_states(stack: Stack) -> None:
    """Give the stack all the states as one, each with names and a vhost of its own.

    They share the stack resource and the default provider. One state has one salt, here the last one's, so the keys in
    the states of earlier releases come in plain text.
    """
    resources: dict[str, dict[str, Any]] = {}
    for number, name in enumerate(STATES):
        text = (CONTRACTS / f"{name}.json").read_text()
        for shown in ("::app", "::stream", "::account", "push"):
            text = text.replace(shown, f"{shown}{number}")
        text = re.sub(r"(?<=::default::)[\w-]+", DEFAULT_PROVIDER, text)
        state = json.loads(text)
        if name != STATES[-1]:
            _reveal(state["deployment"]["resources"], stack.emulator)
        resources |= {resource["urn"]: resource for resource in state["deployment"]["resources"]}
    (default,) = (resource for urn, resource in resources.items() if urn.endswith("::default"))
    default["id"] = DEFAULT_PROVIDER
    state["deployment"]["resources"] = list(resources.values())
    stack.import_state(state)
    salt = state["deployment"]["secrets_providers"]["state"]["salt"]
    settings = f"encryptionsalt: {salt}\nconfig:\n  volcengine-live:sharedDelete: accept\n"
    (stack.folder / "Pulumi.test.yaml").write_text(settings)


def _reveal(resources: list[dict[str, Any]], emulator: Emulator) -> None:
    """Put the keys in the place of their ciphertexts."""
    keys = {"volcengine:accessKey": emulator.access_key, "volcengine:secretKey": emulator.secret_key}
    for resource in resources:
        for properties in (resource.get("inputs", {}), resource.get("outputs", {})):
            for name in keys.keys() & properties.keys():
                del properties[name]["ciphertext"]
                properties[name]["plaintext"] = json.dumps(keys[name])


def _pickle_by(stack: Stack, protocol: int, folder: Path) -> None:
    """Let the program and the plugin pickle as another Python does."""
    folder.mkdir(exist_ok=True)
    (folder / "sitecustomize.py").write_text(f"import pickle\n\npickle.DEFAULT_PROTOCOL = {protocol}\n")
    paths = stack.environment["PYTHONPATH"].split(os.pathsep)
    stack.environment["PYTHONPATH"] = os.pathsep.join(dict.fromkeys([str(folder), *paths]))


def _stored(outputs: dict[str, object]) -> Stored:
    return Stored(
        Vhost=str(outputs["vhost"]),
        App=str(outputs["app"]),
        Stream=str(outputs.get("stream", "")),
        MaxShiftTime=int(str(outputs["max_shift_time"])),
        Domain=str(outputs["pull_domain"]),
        Name=str(outputs["preset_name"]),
        Status=int(bool(outputs["enabled"])),
        Type=str(outputs["storage"]),
        Bucket=str(outputs["bucket"]),
    )
