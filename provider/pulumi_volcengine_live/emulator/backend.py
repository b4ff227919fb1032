"""The service as far as it is known: accounts and their presets. Pure: no HTTP, no wall clock, no threads of its own.

Where each behaviour comes from stands in `BEHAVIOURS`; what nobody outside knows is a field of `Guesses`.
"""

from __future__ import annotations

import dataclasses
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from .checked import UnfitError, build
from .rules import (
    CREATE,
    DELETE,
    FIELDS,
    INDEPENDENT,
    LIST,
    RECORDING,
    STREAMS_PER_APP,
    UPDATE,
    ApiError,
    check,
)

DEFAULT_ACCOUNT = "default"

Key = tuple[str, str, str]


@dataclass(frozen=True)
class Preset:
    """A preset in the words of the service's listing."""

    Vhost: str
    App: str
    Stream: str
    MaxShiftTime: int
    Domain: str
    Name: str
    Status: int
    Type: str
    Bucket: str = ""
    VODNamespace: str = ""

    @property
    def key(self) -> Key:
        """What there is only one of."""
        return self.Vhost, self.App, self.Stream


@dataclass
class Guesses:
    """What nobody outside knows of the service: each reading can be chosen, and changed at any time."""

    delete_removes: Literal["stream", "app-level", "app"] = "stream"
    """What a delete removes: the one that is named, the app's own preset whatever is named, or all of the app."""
    create_existing: Literal["refuse", "overwrite"] = "refuse"
    """Whether a create of what exists already is refused or overwrites it."""
    listing_lag: float = 0.0
    """How many seconds pass before a listing shows a write."""
    empty_list: Literal["array", "null"] = "array"
    """How an empty list is written."""
    recording: Literal["tos", "vod", "none"] = "tos"
    """Where the recording presets store that recording time shift reuses; none: there are none."""


@dataclass
class _Account:
    presets: dict[Key, Preset] = field(default_factory=dict)
    history: deque[tuple[float, dict[Key, Preset]]] = field(default_factory=deque)
    calls: defaultdict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))


class Backend:
    """Accounts and their presets behind the four calls; safe for threads."""

    def __init__(
        self,
        guesses: Guesses | None = None,
        *,
        calls_per_second: int | None = 10,
        vhosts: dict[str, str] | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """`vhosts` says which account owns each vhost; without it every vhost is everyone's."""
        self.guesses = guesses or Guesses()
        self.calls_per_second = calls_per_second
        self.vhosts = vhosts
        self.after_write: Callable[[], None] = lambda: None
        self._now = now
        self._lock = threading.RLock()
        self._accounts: defaultdict[str, _Account] = defaultdict(_Account)
        self._made = 0

    def call(self, account: str, action: str, body: Any) -> Any:
        """Carry out a call and return its Result; ApiError where the service refuses."""
        with self._lock:
            self._throttle(account, action)
            check(action, body)
            self._check_vhost(account, body.get("Vhost", ""))
            handle = {CREATE: self._create, UPDATE: self._update, DELETE: self._delete, LIST: self._list}[action]
            return handle(self._accounts[account], body)

    def _throttle(self, account: str, action: str) -> None:
        """Count the call against the limit of the last second."""
        if action not in FIELDS:
            raise ApiError(404, "InvalidActionOrVersion", f"there is no action {action}")
        if self.calls_per_second is None:
            return
        now, calls = self._now(), self._accounts[account].calls[action]
        while calls and calls[0] <= now - 1:
            calls.popleft()
        if len(calls) >= self.calls_per_second:
            raise ApiError(429, "FlowLimitExceeded", f"more than {self.calls_per_second} calls of {action} a second")
        calls.append(now)

    def presets(self, account: str) -> list[Preset]:
        """What the account has."""
        with self._lock:
            return sorted(self._accounts[account].presets.values(), key=lambda preset: preset.key)

    def put(self, account: str, preset: Preset) -> None:
        """Make or change a preset as somebody would with the vendor's console."""
        with self._lock:
            self._write(self._accounts[account], {**self._accounts[account].presets, preset.key: preset})

    def remove(self, account: str, key: Key) -> None:
        """Remove a preset as somebody would with the vendor's console."""
        with self._lock:
            presets = dict(self._accounts[account].presets)
            presets.pop(key, None)
            self._write(self._accounts[account], presets)

    def reset(self) -> None:
        """Forget every preset and every counted call; the guesses stay."""
        with self._lock:
            self._accounts.clear()
            self.after_write()

    def dump(self) -> dict[str, list[dict[str, Any]]]:
        """Every account's presets, for keeping."""
        with self._lock:
            return {name: [dataclasses.asdict(p) for p in self.presets(name)] for name in self._accounts}

    def load(self, kept: dict[str, list[dict[str, Any]]]) -> None:
        """Take what `dump` gave in an earlier run; UnfitError where it is not that."""
        try:
            read = [(account, build(Preset, preset)) for account, presets in kept.items() for preset in presets]
        except (AttributeError, TypeError):
            raise UnfitError(kept, "the state", "an object of accounts, each a list of presets") from None
        for account, preset in read:
            self.put(account, preset)

    def _write(self, account: _Account, presets: dict[Key, Preset]) -> None:
        now = self._now()
        while account.history and account.history[0][0] <= now - self.guesses.listing_lag:
            account.history.popleft()
        account.history.append((now, account.presets))
        account.presets = presets
        self.after_write()

    def _create(self, account: _Account, body: dict[str, Any]) -> dict[str, str]:
        preset = self._made_of(body)
        if preset.key in account.presets and self.guesses.create_existing == "refuse":
            raise ApiError(400, "InvalidParam", "time shift preset already exists")
        streams = {key for key in account.presets if key[:2] == preset.key[:2] and key[2]}
        if preset.Stream and len(streams | {preset.key}) > STREAMS_PER_APP:
            raise ApiError(400, "InvalidParam", f"at most {STREAMS_PER_APP} streams of an App")
        self._write(account, {**account.presets, preset.key: preset})
        return {"PresetName": preset.Name}

    def _made_of(self, body: dict[str, Any]) -> Preset:
        independent = body.get("TimeShiftType", RECORDING) == INDEPENDENT
        if not independent and self.guesses.recording == "none":
            raise ApiError(400, "InvalidParam", "there is no recording preset of this level")
        storage = "fcdn-tos" if independent else self.guesses.recording
        return Preset(
            Vhost=body["Vhost"],
            App=body["App"],
            Stream=body.get("Stream", ""),
            MaxShiftTime=body["MaxShiftTime"],
            Domain=body["PullDomain"],
            Name=self._new_name(),
            Status=int(independent),
            Type=storage,
            Bucket="" if storage == "vod" else "live-time-shift",
            VODNamespace="live" if storage == "vod" else "",
        )

    def _new_name(self) -> str:
        """Unlike any other, also beside the presets of an earlier run."""
        used = {preset.Name for account in self._accounts.values() for preset in account.presets.values()}
        while True:
            self._made += 1
            if (name := f"time-shift-{self._made}") not in used:
                return name

    def _update(self, account: _Account, body: dict[str, Any]) -> None:
        key = (body["Vhost"], body["App"], body.get("Stream", ""))
        if key not in account.presets:
            raise ApiError(403, "RequestForbidden", "this account has no such preset")
        changed = dataclasses.replace(account.presets[key], MaxShiftTime=body["MaxShiftTime"])
        self._write(account, {**account.presets, key: changed})

    def _delete(self, account: _Account, body: dict[str, Any]) -> None:
        app = (body["Vhost"], body["App"])
        removed = {
            "stream": {(*app, body.get("Stream", ""))},
            "app-level": {(*app, "")},
            "app": {key for key in account.presets if key[:2] == app},
        }[self.guesses.delete_removes] & account.presets.keys()
        if not removed:
            raise ApiError(403, "RequestForbidden", "this account has no such preset")
        self._write(account, {key: preset for key, preset in account.presets.items() if key not in removed})

    def _list(self, account: _Account, body: dict[str, Any]) -> dict[str, Any]:
        stored = ("tos", "fcdn-tos") if body.get("Type", "vod") == "tos" else ("vod",)
        vhost = body.get("Vhost", "")
        found = [
            dataclasses.asdict(preset)
            for preset in self._as_listed(account).values()
            if preset.Type.lower() in stored and vhost in ("", preset.Vhost)
        ]
        return {"List": found or ([] if self.guesses.empty_list == "array" else None)}

    def _as_listed(self, account: _Account) -> dict[Key, Preset]:
        """The presets as they were before the writes of the last `listing_lag` seconds."""
        since = self._now() - self.guesses.listing_lag
        return next((before for written, before in account.history if written > since), account.presets)

    def _check_vhost(self, account: str, vhost: str) -> None:
        if self.vhosts is None or not vhost:
            return
        owner = self.vhosts.get(vhost)
        if owner is None:
            raise ApiError(403, "RequestForbidden", "this account has no such vhost")
        if owner != account:
            raise ApiError(403, "RequestForbidden.AccountIDNotAllow", "this account may not touch the vhost")
