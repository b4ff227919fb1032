"""One phase of a command: what a provider instance's process remembers."""

from __future__ import annotations

from dataclasses import dataclass

from pulumi_volcengine_live.api.client import client_for
from pulumi_volcengine_live.engine.preview_checks import LiveChecks
from pulumi_volcengine_live.lifecycle.operations import Lifecycle
from pulumi_volcengine_live.settings import Settings


@dataclass(frozen=True)
class Phase:
    """The lifecycle of one account's presets, and what previews check against it."""

    lifecycle: Lifecycle
    checks: LiveChecks


def begin(settings: Settings) -> Phase:
    """Begin a phase; SettingsError where there are no keys."""
    client = client_for(settings.require_credentials(), settings.endpoint)
    lifecycle = Lifecycle(client, settings.shared_delete)
    return Phase(lifecycle, LiveChecks(lifecycle))
