"""What one plugin process remembers of one account.

Such a process serves one *phase* of a `pulumi` command: its preview, its update, or a refresh or destroy. The memory
belongs to the process, not to the provider object: a resource's inputs and outputs each hold the pickled
provider, and if their pickle protocols differ (Python 3.14 changed the default), one process holds two of them.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

from pulumi_volcengine_live.api.client import client_for
from pulumi_volcengine_live.errors import SettingsError
from pulumi_volcengine_live.lifecycle.domains_and_recordings import DomainsAndRecordings
from pulumi_volcengine_live.lifecycle.operations import AccountPresets
from pulumi_volcengine_live.settings import Settings

from .likely_mistakes import LikelyMistakes
from .preview_checks import PreviewChecks
from .program import Program


@dataclass(frozen=True)
class Run:
    """What the engine has registered so far, the account's presets, and the checks that use both."""

    settings: Settings
    program: Program
    account: AccountPresets | None
    """None if there are no keys: then previews check what needs no service."""
    checks: PreviewChecks

    @property
    def presets(self) -> AccountPresets:
        """`account`, for operations that need keys; SettingsError if there are none."""
        self.settings.require_credentials()
        assert self.account is not None  # noqa: S101 - for the type checker
        return self.account


def _new_run(settings: Settings) -> Run:
    program = Program()
    try:
        client = client_for(settings.require_credentials(), settings.endpoint)
    except SettingsError as no_keys:
        checks = PreviewChecks(program, account=None, likely_mistakes=None, no_account=no_keys)
        return Run(settings, program, None, checks)
    account = AccountPresets(client, settings.shared_delete, settings.missing)
    # "off" turns all checks against the service off, also those of domains and recordings.
    account_for_checks = None if settings.live_checks == "off" else account
    checks = PreviewChecks(program, account_for_checks, LikelyMistakes(DomainsAndRecordings(client)))
    return Run(settings, program, account, checks)


run_for = functools.cache(_new_run)
"""The one Run of this process for these settings."""
