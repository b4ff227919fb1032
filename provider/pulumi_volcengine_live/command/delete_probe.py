"""Finds out what a delete call removes on an account, with presets that it creates for that and removes again."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Callable
from dataclasses import dataclass

from pulumi_volcengine_live.errors import ConflictError, LiveError
from pulumi_volcengine_live.preset import Identity

from .own_app import DeleteTrial, OwnApp

Say = Callable[[str], None]


@dataclass(frozen=True)
class Finding:
    """What two deletes did: one of a stream's preset, and one of the app-level preset, each beside other presets."""

    of_stream: DeleteTrial
    of_app: DeleteTrial

    @property
    def shared_delete(self) -> str:
        """The value of sharedDelete that fits."""
        return "verify" if self.of_stream.exact and self.of_app.exact else "refuse"

    @property
    def meaning(self) -> str:
        """The result, and the setting that follows from it."""
        if self.shared_delete == "verify":
            return (
                "a delete removes the preset that it names and no other. So set sharedDelete to verify: for one run"
                " with `VOLC_LIVE_SHARED_DELETE=verify pulumi destroy`; from the next `pulumi up` on with"
                " `pulumi config set volcengine-live:sharedDelete verify`."
            )
        return f"{self._why}. Keep sharedDelete refuse, the default."

    @property
    def _why(self) -> str:
        app, named = self.of_app.named, self.of_stream.named
        if not self.of_stream.removed:
            return "a delete that names a stream removes nothing, so create no presets of streams on this account"
        if self.of_stream.removed == (app,):
            return (
                "a delete that names a stream removes the app's own preset instead, so create no presets of streams"
                " on this account: no call deletes them"
            )
        if named not in self.of_stream.removed:
            return "a delete that names a stream removes other presets instead"
        if not self.of_app.removed:
            return "a delete that names no stream removes nothing, so create no app-level presets on this account"
        if app not in self.of_app.removed:
            return "a delete that names no stream removes presets of streams instead of the app's own"
        # Both deletes removed the preset that they named, and at least one of them removed others too.
        return (
            "a delete removes other presets of the app along with the one that it names. If all of them may be deleted,"
            " allow it for one run: `VOLC_LIVE_SHARED_DELETE=accept pulumi destroy`"
        )


def confirm(identity: Identity, *, yes: bool) -> None:
    """Return if the user agrees; ConflictError if not, or if there is no terminal to ask at."""
    if yes:
        return
    if not sys.stdin.isatty():
        message = "the probe creates and deletes presets, so it asks first, and there is no terminal to ask at."
        raise ConflictError(message, advice="Add --yes.")
    print(
        f"This creates three independent presets in {identity}, deletes two of them one after another to see what"
        " vanishes, and removes the others. If the service cannot delete a stream's preset on this account, two remain"
        " until you remove them in the vendor's console.\nType yes to continue: ",
        end="",
        file=sys.stderr,
        flush=True,
    )
    if sys.stdin.readline().strip() != "yes":
        message = "the probe was not confirmed."
        raise ConflictError(message)


def probe(app: OwnApp, say: Say) -> Finding:
    """Probe, and clean up whatever happens; `app.remaining` is what is left."""
    app.require_empty()
    try:
        return try_both_deletes(app, say)
    finally:
        clean_up(app, say)


def try_both_deletes(app: OwnApp, say: Say) -> Finding:
    """Try each delete beside other presets; what the first one removed is created again before the second."""
    mark = secrets.token_hex(4)
    first, second = (app.stream_identity(f"volcengine-live-probe-{mark}-{number}") for number in (1, 2))
    for identity in (app.identity, first, second):
        _create(app, identity, say)
    of_stream = _try(app, first, say)
    for identity in sorted({app.identity, second} - app.presets().keys()):
        _create(app, identity, say)
    return Finding(of_stream, _try(app, app.identity, say))


def clean_up(app: OwnApp, say: Say) -> None:
    """Remove what this run created, and report exactly what is left, or may be left."""
    say("cleaning up")
    try:
        app.clear()
    except LiveError as error:
        say(f"cleaning up ended early: {error}")
    finally:
        left = ", ".join(map(str, app.remaining))
        say(f"left, or may be left: {left}. Remove them in the vendor's console." if left else "nothing is left")


def _create(app: OwnApp, identity: Identity, say: Say) -> None:
    seconds = app.create(identity)
    say(f"created {identity}, listed within {seconds:.1f} s")


def _try(app: OwnApp, identity: Identity, say: Say) -> DeleteTrial:
    trial = app.try_delete(identity)
    say(str(trial))
    return trial
