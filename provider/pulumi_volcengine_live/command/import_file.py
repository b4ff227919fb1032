"""Writes the file for `pulumi import --file`: each preset as the state will have it.

With outputs in the file the engine does not call the provider's Read, which for a dynamic resource cannot work without
`__provider` (https://github.com/pulumi/pulumi/issues/16175). Engines before 3.254 ignore the outputs.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pulumi_volcengine_live import TimeShiftPresetProvider
from pulumi_volcengine_live.engine.sdk_workarounds import PROVIDER_KEY, provider_reference
from pulumi_volcengine_live.errors import LiveError
from pulumi_volcengine_live.lookups import ExistingPreset

from .generated_program import inputs_of
from .stack_export import RESOURCE_TYPE

OLDEST_IMPORTING_ENGINE: Final = "3.254"


def write(file: Path, resources: Mapping[str, ExistingPreset], options: Mapping[str, str]) -> None:
    """Write an entry for each resource; `options` has the URN of their parent and of their provider, if given."""
    content = json.dumps(_content(resources, options), indent=2) + "\n"
    try:
        file.write_text(content, encoding="utf-8")
    except OSError as error:
        message = f"{file} cannot be written: {error.strerror}."
        raise LiveError(message, advice="Name another file with --import-file.") from None


def _content(resources: Mapping[str, ExistingPreset], options: Mapping[str, str]) -> dict[str, Any]:
    """Entries name their parent and provider by keys of `nameTable`, which has their URNs."""
    named = {option: option for option in options}
    entries = [{**_entry(name, preset), **named} for name, preset in resources.items()]
    return {"nameTable": dict(options), "resources": entries} if options else {"resources": entries}


def _entry(name: str, preset: ExistingPreset) -> dict[str, Any]:
    reference = {PROVIDER_KEY: provider_reference(TimeShiftPresetProvider())}
    listed = {key: value for key, value in dataclasses.asdict(preset).items() if key != "id" and value is not None}
    return {
        "type": RESOURCE_TYPE,
        "name": name,
        "id": preset.id,
        "inputs": {**inputs_of(preset), **reference},
        "outputs": {**listed, **reference},
    }
