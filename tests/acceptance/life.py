"""A stack's whole life on the real engine, judged by what the service lists."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from acceptance.report import StepResult
from pulumi_volcengine_live.api.deadlines import OPERATION_SECONDS, Deadline
from pulumi_volcengine_live.command.delete_probe import Say
from pulumi_volcengine_live.command.own_app import OwnApp
from pulumi_volcengine_live.errors import LiveError
from pulumi_volcengine_live.preset import MaxShiftTime

PROGRAM = """\
import pulumi
import pulumi_volcengine_live as live

live.TimeShiftPreset(
    "replay",
    vhost={vhost!r},
    app={app!r},
    max_shift_time={seconds},
    pull_domain={pull_domain!r},
    time_shift_type=live.TimeShiftType.INDEPENDENT,
    adopt={replaces},
    opts=pulumi.ResourceOptions(delete_before_replace={replaces}),
)
"""
URN = "urn:pulumi:acceptance::acceptance::pulumi-python:dynamic/volcengine-live:TimeShiftPreset::replay"
_NOT_PASSED_ON = ("VOLC_LIVE_SHARED_DELETE", "VOLC_LIVE_CHECKS")


class StepError(Exception):
    """A step that did not do what it should."""


class Life:
    """One stack in a folder of its own; the preset in it is the app's own."""

    def __init__(self, folder: Path, app: OwnApp) -> None:
        self._app = app
        self._folder = folder
        (folder / "backend").mkdir()
        (folder / "Pulumi.yaml").write_text("name: acceptance\nruntime: python\n")
        own = {
            "PULUMI_HOME": str(folder / "home"),
            "PULUMI_BACKEND_URL": f"file://{folder / 'backend'}",
            "PULUMI_CONFIG_PASSPHRASE": "acceptance",
            "PULUMI_SKIP_UPDATE_CHECK": "1",
        }
        self._environment = {name: value for name, value in os.environ.items() if name not in _NOT_PASSED_ON} | own

    def steps(self, say: Say) -> Iterator[StepResult]:
        """Run the steps; yield the result of each, and stop after one that fails."""
        for step in (self.create, self.preview_unchanged, self.update, self.mend_drift, self.replace, self.destroy):
            result = StepResult(str(step.__doc__))
            say(result.what)
            try:
                step()
            except (StepError, LiveError) as error:
                result.failure = f"failed: {error}"
                say(result.failure)
            yield result
            if result.failure:
                return

    # The steps' docstrings are shown to the user, and are in the report.

    def create(self) -> None:
        """`pulumi up` makes the preset"""
        self._pulumi("stack", "init", "acceptance")
        self._write(MaxShiftTime.DAYS_7)
        self._app.expect(self._app.identity)  # counts as this run's from now on
        self._up()
        self._wait_until_listed(MaxShiftTime.DAYS_7)

    def preview_unchanged(self) -> None:
        """`pulumi preview` finds nothing to do"""
        self._pulumi("preview", "--expect-no-changes")

    def update(self) -> None:
        """a change of max_shift_time updates in place"""
        self._write(MaxShiftTime.DAYS_3)
        self._require_output("1 updated", self._up())
        self._wait_until_listed(MaxShiftTime.DAYS_3)

    def mend_drift(self) -> None:
        """a change behind Pulumi's back is found and mended by `pulumi up --refresh`"""
        self._app.client.update(self._app.identity, MaxShiftTime.DAYS_1, Deadline.after(time, OPERATION_SECONDS))
        self._wait_until_listed(MaxShiftTime.DAYS_1)
        self._require_output("86400 => 259200", self._up("--refresh", "--diff"))
        self._wait_until_listed(MaxShiftTime.DAYS_3)

    def replace(self) -> None:
        """a replacement deletes first and creates again"""
        self._write(MaxShiftTime.DAYS_3, replaces=True)
        self._app.expect(self._app.identity)
        self._require_output("1 replaced", self._up("--replace", URN))
        self._wait_until_listed(MaxShiftTime.DAYS_3)

    def destroy(self) -> None:
        """`pulumi destroy` removes it"""
        self._pulumi("destroy", "--yes", "--skip-preview")
        self._app.require_within_lag("the stack was destroyed", lambda listed: not listed)
        self._app.settled()  # waits until no listing lags

    def _up(self, *arguments: str) -> str:
        return self._pulumi("up", "--yes", "--skip-preview", *arguments)

    def _wait_until_listed(self, seconds: int) -> None:
        identity = self._app.identity
        self._app.require_within_lag(
            f"there should be a preset of {seconds} seconds",
            lambda listed: identity in listed and listed[identity].max_shift_time == seconds,
        )

    def _write(self, seconds: int, *, replaces: bool = False) -> None:
        preset = self._app.preset(self._app.identity)
        names = {"vhost": preset.identity.vhost, "app": preset.identity.app, "pull_domain": preset.pull_domain}
        (self._folder / "__main__.py").write_text(PROGRAM.format(**names, seconds=int(seconds), replaces=replaces))

    def _pulumi(self, *arguments: str) -> str:
        shown = () if arguments[0] == "stack" else ("--suppress-progress",)
        command = ["pulumi", *arguments, "--non-interactive", "--color", "never", *shown]
        with subprocess.Popen(
            command,
            cwd=self._folder,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            try:
                output, _ = process.communicate()
            except KeyboardInterrupt:
                process.communicate()  # Ctrl-C reached the engine too, which ends what it has begun
                raise
        if process.returncode:
            raise StepError(f"pulumi {' '.join(arguments)}: {_reason(output)}")
        return output

    @staticmethod
    def _require_output(part: str, output: str) -> None:
        if part not in output:
            raise StepError(f"pulumi did not print {part!r}: {_reason(output)}")


def _reason(output: str) -> str:
    """The longest of the engine's error lines: the others say that there was one."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("error:")]
    return max(errors, key=len) if errors else "".join(lines[-1:])
