"""Run a stack's whole life on a real account, and report what the service does wherever the provider guesses.

Needs, in the environment:

    VOLC_LIVE_ACCEPTANCE=1               your consent to use a real account
    VOLC_LIVE_ACCEPTANCE_VHOST           a vhost of the account
    VOLC_LIVE_ACCEPTANCE_APP             an app there that has no presets and that nobody uses
    VOLC_LIVE_ACCEPTANCE_PULL_DOMAIN     a pull domain of that vhost

and the keys as the provider finds them. It creates presets in that app only, deletes only those, and writes
acceptance-report.md. Exit codes: 0 if every step passed and nothing is left behind; 1 if not; 2 if nothing was done,
because something that is needed is missing. `make` exits with 2 for both 1 and 2.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import time
from datetime import datetime, timezone
from pathlib import Path

from acceptance.life import Life
from acceptance.observations import Found, observe
from acceptance.report import StepResult, markdown
from pulumi_volcengine_live import __version__
from pulumi_volcengine_live.api.client import Client
from pulumi_volcengine_live.api.deadlines import Clock
from pulumi_volcengine_live.command.check import NOT_OK, Check
from pulumi_volcengine_live.command.delete_probe import clean_up
from pulumi_volcengine_live.command.own_app import OwnApp
from pulumi_volcengine_live.command.pulumi_checks import engine_check, python_package_check
from pulumi_volcengine_live.command.service_checks import service_checks
from pulumi_volcengine_live.errors import LiveError
from pulumi_volcengine_live.fields import validated
from pulumi_volcengine_live.preset import Identity
from pulumi_volcengine_live.settings import resolve

SWITCH = "VOLC_LIVE_ACCEPTANCE"
REPORT = Path("acceptance-report.md")


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main(clock: Clock = time) -> int:
    """Check what is needed, then run all of it; the exit code. `clock` is for this process: the engine really waits."""
    try:
        names = [_needed(name) for name in ("vhost", "app", "pull_domain")] if os.environ.get(SWITCH) == "1" else []
    except ValueError as error:
        names = []
        say(f"{error}\n")
    if not names:
        say(str(__doc__))
        return 2
    checks = [*service_checks(os.environ), engine_check(os.environ), python_package_check()]
    if any(check.state == NOT_OK for check in checks):
        say("\n".join(map(str, checks)))
        return 2
    vhost, app, pull_domain = names
    settings = resolve(lambda _name: None, os.environ)
    client = Client(settings.require_credentials(), settings.endpoint, clock=clock)
    return _accept(OwnApp(client, Identity(vhost, app), pull_domain, clock), checks)


def _needed(name: str) -> str:
    variable = f"{SWITCH}_{name.upper()}"
    try:
        return str(validated(name, os.environ[variable]))
    except KeyError:
        raise ValueError(f"{variable} is missing.") from None


def _accept(app: OwnApp, checks: list[Check]) -> int:
    life: list[StepResult] = []
    found: Found = {}
    try:
        app.require_empty()
    except LiveError as error:
        say(f"not begun: {error}")
        return 2
    try:
        with tempfile.TemporaryDirectory() as folder:
            for step in Life(Path(folder), app).steps(say):
                life.append(step)  # noqa: PERF402 - kept also if the next one is interrupted
        clean_up(app, say)
        if not app.remaining:
            observe(app, say, found)
    except (KeyboardInterrupt, LiveError) as error:
        say(f"ended early: {str(error) or 'interrupted'}")
        clean_up(app, say)
    _write_report(checks, life, found, [str(left) for left in app.remaining])
    # "delete_app" is the last observation
    to_the_end = "delete_app" in found and not any(step.failure for step in life)
    return 0 if to_the_end and not app.remaining else 1


def _write_report(checks: list[Check], life: list[StepResult], found: Found, left: list[str]) -> None:
    about = [
        f"{datetime.now(timezone.utc):%Y-%m-%d %H:%M} UTC, pulumi-volcengine-live {__version__}",
        *(f"{check.name}: {check.state}, {check.detail}" for check in checks if check.name != "keys"),
    ]
    text = markdown(about, life, found, left)
    REPORT.write_text(text, encoding="utf-8")
    say(f"\n{text}\nwritten to {REPORT.resolve()}")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main())
