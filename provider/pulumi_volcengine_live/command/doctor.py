"""Check keys, endpoint, clock, signature, permissions and Pulumi; with --probe-delete, also what a delete removes.

Each check is one line: ok, not ok (with a fix), or unknown. A check makes no call if it depends on one that failed.
No key is shown, nor a part of one. The clock is compared with the Date of an answer. The calls of `domains` and
`recordings` are optional: if they are refused, nothing fails.

With --probe-delete it creates three presets in an app of yours that has no presets, deletes two of them one after
another, reports what is gone, removes the others, and says which sharedDelete fits. That takes half a minute, or
longer if listings lag.

With --json: {"ok", "checks": [{"name", "state", "detail", "advice"}]}; with --probe-delete also "probe":
{"sharedDelete", "meaning", "trials": [{"named", "removed", "said", "seconds"}], "left"}, or "error" if it ended
early or was not started; its progress goes to standard error.

Exit codes: 0 if every check is ok or unknown, and the probe, if any, finished and left nothing; 1 otherwise; 2 if the
command line is wrong.
"""

from __future__ import annotations

import argparse
import dataclasses
import functools
import json
import os
import signal
import sys
from typing import Any

from pulumi_volcengine_live.api.client import client_for
from pulumi_volcengine_live.errors import LiveError
from pulumi_volcengine_live.fields import validated
from pulumi_volcengine_live.preset import Identity
from pulumi_volcengine_live.settings import resolve

from . import account
from .check import NOT_OK, OK
from .delete_probe import confirm, probe
from .own_app import DeleteTrial, OwnApp
from .pulumi_checks import engine_check, python_package_check
from .service_checks import service_checks


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the checks and of the probe."""
    parser.add_argument("--json", action="store_true", help="print JSON")
    account.add_vhost(parser, "a vhost that the keys may access, if they are limited to projects")
    parser.add_argument("--probe-delete", nargs=2, metavar=("VHOST", "APP"), help="find out what a delete removes")
    parser.add_argument(
        "--pull-domain", metavar="DOMAIN", help="pull domain of the probe's presets; needed with --probe-delete"
    )
    parser.add_argument("--yes", action="store_true", help="begin the probe without asking")
    parser.set_defaults(usage_error=parser.error)


def run(options: argparse.Namespace) -> int:
    """Run all checks, and the probe if the options ask for it and the keys may list."""
    target = _probe_target(options)
    checks = [*service_checks(os.environ, options.vhost), engine_check(os.environ), python_package_check()]
    ok = all(check.state != NOT_OK for check in checks)
    report: dict[str, Any] = {"checks": [dataclasses.asdict(check) for check in checks]}
    if not options.json:
        print(*checks, sep="\n", flush=True)
    if target:
        may_list = any(check.name == "listing" and check.state == OK for check in checks)
        report["probe"] = _probe_report(*target, options) if may_list else _no_probe_report(options)
        ok = ok and bool(report["probe"]["sharedDelete"]) and not report["probe"]["left"]
    if options.json:
        print(json.dumps({"ok": ok, **report}, indent=2))
    return 0 if ok else 1


def _probe_target(options: argparse.Namespace) -> tuple[Identity, str] | None:
    """The app of the probe, and the pull domain of its presets; None if no probe was asked for."""
    if bool(options.probe_delete) != bool(options.pull_domain):
        options.usage_error("--probe-delete needs --pull-domain, and the other way round")
    if not options.probe_delete:
        return None
    try:
        named = zip(("vhost", "app", "pull_domain"), (*options.probe_delete, options.pull_domain), strict=True)
        vhost, app, pull_domain = (validated(name, value) for name, value in named)
    except ValueError as error:
        options.usage_error(str(error))
    return Identity(vhost, app), pull_domain


def _probe_report(identity: Identity, pull_domain: str, options: argparse.Namespace) -> dict[str, Any]:
    settings = resolve(lambda _name: None, os.environ)
    app = OwnApp(client_for(settings.require_credentials(), settings.endpoint), identity, pull_domain)
    report: dict[str, Any] = {"sharedDelete": "", "trials": []}
    say = functools.partial(_say, options)
    # SIGTERM then raises KeyboardInterrupt too, so that the probe cleans up.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        confirm(identity, yes=options.yes)
        finding = probe(app, say)
    except LiveError as error:
        say(f"ended early: {error}")
        report["error"] = str(error)
    except KeyboardInterrupt:
        say("interrupted")
        report["error"] = "interrupted"
    else:
        say(finding.meaning)
        report |= {"sharedDelete": finding.shared_delete, "meaning": finding.meaning}
        report["trials"] = [_trial(finding.of_stream), _trial(finding.of_app)]
    return {**report, "left": [str(left) for left in app.remaining]}


def _no_probe_report(options: argparse.Namespace) -> dict[str, Any]:
    why = "not started: see listing"
    _say(options, why)
    return {"sharedDelete": "", "trials": [], "error": why, "left": []}


def _say(options: argparse.Namespace, text: str) -> None:
    print(f"probe: {text}", file=sys.stderr if options.json else sys.stdout, flush=True)


def _trial(trial: DeleteTrial) -> dict[str, Any]:
    removed = [str(identity) for identity in trial.removed]
    return {"named": str(trial.named), "removed": removed, "said": trial.answer, "seconds": trial.seconds}
