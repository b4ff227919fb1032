"""The service as far as it is known: accounts and what they have. Pure: no HTTP, no wall clock, no threads of its own.

`BEHAVIOURS` names the source of each behaviour; what nobody outside knows is a field of `Guesses`.
"""

from __future__ import annotations

import dataclasses
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from . import domains
from .guesses import Guesses
from .items import Access, Domain, Key, Preset, Recording
from .json_objects import InvalidValueError, build
from .request_rules import (
    CREATE,
    DELETE,
    DESCRIBE_DOMAINS,
    FIELDS,
    INDEPENDENT,
    LIST,
    LIST_DOMAINS,
    LIST_RECORDINGS,
    RECORDING,
    STREAMS_PER_APP,
    UPDATE,
    ApiError,
    check,
)

DEFAULT_ACCOUNT = "default"
EVERY_VHOST = "*"

Item = Preset | Domain | Recording
_ITEM_TYPES: dict[str, type[Item]] = {"presets": Preset, "domains": Domain, "recordings": Recording}


@dataclass
class _Account:
    presets: dict[Key, Preset] = field(default_factory=dict)
    domains: dict[str, Domain] = field(default_factory=dict)
    recordings: dict[Key, Recording] = field(default_factory=dict)
    history: deque[tuple[float, dict[Key, Preset]]] = field(default_factory=deque)
    """When each recent write came, with the presets before it: a lagging listing shows those."""
    calls: defaultdict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))
    """When each action was called in the last second."""


class Backend:
    """Carries out the calls on the accounts and what they have; thread-safe."""

    def __init__(
        self,
        guesses: Guesses | None = None,
        *,
        calls_per_second: int | None = 10,
        vhosts: dict[str, str] | None = None,
        access: dict[str, Access] | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """`vhosts` says which account owns each vhost, `access` what an account's keys may do.

        The key `*` of `vhosts` owns every vhost that is not named; without it, unnamed vhosts do not exist. Without
        `vhosts` the default account owns every vhost. Keys whose account is not in `access` may do everything.
        `calls_per_second` is for each action and account; None: no limit.
        """
        self.guesses = guesses or Guesses()
        self.calls_per_second = calls_per_second
        self.vhosts = {EVERY_VHOST: DEFAULT_ACCOUNT} if vhosts is None else vhosts
        self.access = access or {}
        self.after_write: Callable[[], None] = lambda: None
        """Called after each change of what an account has, with the lock held."""
        self._now = now
        self._lock = threading.RLock()
        self._accounts: defaultdict[str, _Account] = defaultdict(_Account)
        self._last_name_number = 0

    def call(self, account: str, action: str, body: Any) -> Any:
        """Carry out a call and return its Result; ApiError if the service refuses."""
        if action not in FIELDS:
            raise ApiError(404, "InvalidActionOrVersion", f"there is no action {action}")
        with self._lock:
            self._throttle(account, action)
            self._check_access(account, action)
            check(action, body)
            self._check_vhost(account, action, body.get("Vhost", ""))
            handle: Callable[[str, dict[str, Any]], Any] = {
                CREATE: self._create,
                UPDATE: self._update,
                DELETE: self._delete,
                LIST: self._list,
                LIST_DOMAINS: self._list_domains,
                DESCRIBE_DOMAINS: self._describe_domains,
                LIST_RECORDINGS: self._list_recordings,
            }[action]
            return handle(account, body)

    def _throttle(self, account: str, action: str) -> None:
        """Count the call; refuse it if the last second has as many as the limit allows."""
        if self.calls_per_second is None:
            return
        now, calls = self._now(), self._accounts[account].calls[action]
        while calls and calls[0] <= now - 1:
            calls.popleft()
        if len(calls) >= self.calls_per_second:
            raise ApiError(429, "FlowLimitExceeded", f"more than {self.calls_per_second} calls of {action} a second")
        calls.append(now)

    def presets(self, account: str) -> list[Preset]:
        """The account's time-shift presets."""
        with self._lock:
            return sorted(self._accounts[account].presets.values(), key=lambda preset: preset.key)

    def put(self, account: str, item: Item) -> None:
        """Add or change a preset, a domain or a recording preset as somebody would in the vendor's console."""
        with self._lock:
            held = self._accounts[account]
            if isinstance(item, Preset):
                self._write(held, {**held.presets, item.key: item})
                return
            if isinstance(item, Domain):
                held.domains[item.Domain] = item
            else:
                held.recordings[item.key] = item
            self.after_write()

    def remove(self, account: str, key: Key) -> None:
        """Remove a preset as somebody would in the vendor's console."""
        with self._lock:
            presets = dict(self._accounts[account].presets)
            presets.pop(key, None)
            self._write(self._accounts[account], presets)

    def remove_domain(self, account: str, name: str) -> None:
        """Remove a domain as somebody would in the vendor's console."""
        with self._lock:
            self._accounts[account].domains.pop(name, None)
            self.after_write()

    def remove_recording(self, account: str, key: Key) -> None:
        """Remove a recording preset as somebody would in the vendor's console."""
        with self._lock:
            self._accounts[account].recordings.pop(key, None)
            self.after_write()

    def reset(self) -> None:
        """Forget what every account has, and every counted call; the guesses, vhosts' owners and access stay."""
        with self._lock:
            self._accounts.clear()
            self.after_write()

    def dump(self) -> dict[str, dict[str, list[dict[str, Any]]]]:
        """What every account has, for keeping: by kind, then by account."""
        with self._lock:
            return {kind: dict(self._dumped(kind)) for kind in _ITEM_TYPES}

    def load(self, kept: Any) -> None:
        """Add what `dump` gave in an earlier run, or what 0.1.0 kept; InvalidValueError if it is neither."""
        try:
            # 0.1.0 kept only presets: a list for each account
            kinds = {"presets": kept} if all(isinstance(items, list) for items in kept.values()) else kept
            read = [
                (account, build(_ITEM_TYPES[kind], item))
                for kind, accounts in kinds.items()
                for account, items in accounts.items()
                for item in items
            ]
        except (AttributeError, KeyError, TypeError):
            raise InvalidValueError(
                kept, "the state", f"an object of {', '.join(_ITEM_TYPES)}, with a list for each account"
            ) from None
        for account, item in read:
            self.put(account, item)

    def _dumped(self, kind: str) -> Iterator[tuple[str, list[dict[str, Any]]]]:
        for account, held in self._accounts.items():
            items: dict[Any, Any] = getattr(held, kind)
            if items:
                yield account, [dataclasses.asdict(items[key]) for key in sorted(items)]

    def _write(self, account: _Account, presets: dict[Key, Preset]) -> None:
        """Replace the account's presets, and keep the earlier ones while a lagging listing may show them."""
        now = self._now()
        while account.history and account.history[0][0] <= now - self.guesses.listing_lag:
            account.history.popleft()
        account.history.append((now, account.presets))
        account.presets = presets
        self.after_write()

    def _create(self, account: str, body: dict[str, Any]) -> dict[str, str]:
        held = self._accounts[account]
        preset = self._new_preset(account, body)
        if preset.key in held.presets and self.guesses.create_existing == "refuse":
            raise ApiError(400, "InvalidParam", "time shift preset already exists")
        streams = {key for key in held.presets if key[:2] == preset.key[:2] and key[2]}
        if preset.Stream and len(streams | {preset.key}) > STREAMS_PER_APP:
            raise ApiError(400, "InvalidParam", f"at most {STREAMS_PER_APP} streams of an App")
        self._write(held, {**held.presets, preset.key: preset})
        return {"PresetName": preset.Name}

    def _new_preset(self, account: str, body: dict[str, Any]) -> Preset:
        independent = body.get("TimeShiftType", RECORDING) == INDEPENDENT
        key = (body["Vhost"], body["App"], body.get("Stream", ""))
        # An independent preset follows no recording preset; this one only gives it the default bucket.
        recording = Recording(*key) if independent else self._followed(account, key)
        storage = "fcdn-tos" if independent else recording.Type
        return Preset(
            *key,
            MaxShiftTime=body["MaxShiftTime"],
            Domain=body["PullDomain"],
            Name=self._new_name(),
            Status=int(independent),
            Type=storage,
            Bucket="" if storage == "vod" else recording.Bucket,
            VODNamespace=recording.VodNamespace if storage == "vod" else "",
        )

    def _followed(self, account: str, key: Key) -> Recording:
        """The recording preset that a recording time shift follows."""
        vhost, app, _stream = key
        levels = [key] if self.guesses.recording_level == "own" else [key, (vhost, app, ""), (vhost, "", "")]
        recordings = {recording.key: recording for recording in self._recordings(account, vhost)}
        for level in levels:
            if level in recordings:
                return recordings[level]
        raise ApiError(400, "InvalidParam", "there is no recording preset of this level")

    def _new_name(self) -> str:
        """A name that no other preset has, including those that were loaded from an earlier run."""
        used = {preset.Name for account in self._accounts.values() for preset in account.presets.values()}
        while True:
            self._last_name_number += 1
            if (name := f"time-shift-{self._last_name_number}") not in used:
                return name

    def _update(self, account: str, body: dict[str, Any]) -> None:
        held = self._accounts[account]
        key = (body["Vhost"], body["App"], body.get("Stream", ""))
        if key not in held.presets:
            raise ApiError(403, "RequestForbidden", "this account has no such preset")
        changed = dataclasses.replace(held.presets[key], MaxShiftTime=body["MaxShiftTime"])
        self._write(held, {**held.presets, key: changed})

    def _delete(self, account: str, body: dict[str, Any]) -> None:
        held = self._accounts[account]
        app = (body["Vhost"], body["App"])
        removed = {
            "stream": {(*app, body.get("Stream", ""))},
            "app-level": {(*app, "")},
            "app": {key for key in held.presets if key[:2] == app},
        }[self.guesses.delete_removes] & held.presets.keys()
        if not removed:
            raise ApiError(403, "RequestForbidden", "this account has no such preset")
        self._write(held, {key: preset for key, preset in held.presets.items() if key not in removed})

    def _list(self, account: str, body: dict[str, Any]) -> dict[str, Any]:
        type_ = body.get("Type", "vod")
        if type_ in self.access.get(account, Access()).unlisted:
            raise ApiError(403, "RequestForbidden", f"this account has no presets of Type {type_}")
        stored = ("tos", "fcdn-tos") if type_ == "tos" else ("vod",)
        vhost = body.get("Vhost", "")
        shows = self._vhost_filter(account, named=bool(vhost))
        found = [
            dataclasses.asdict(preset)
            for preset in self._as_listed(self._accounts[account]).values()
            if preset.Type.lower() in stored and vhost in ("", preset.Vhost) and shows(preset.Vhost)
        ]
        return {"List": self._array_or_null(found)}

    def _as_listed(self, account: _Account) -> dict[Key, Preset]:
        """The presets as they were before the writes of the last `listing_lag` seconds."""
        since = self._now() - self.guesses.listing_lag
        return next((before for written, before in account.history if written > since), account.presets)

    def _list_domains(self, account: str, body: dict[str, Any]) -> dict[str, Any]:
        asked = body.get("VhostList") or ()
        shows = self._vhost_filter(account, named=bool(asked))
        known = [domain for domain in self._domains(account, asked) if shows(domain.Vhost)]
        total, items = domains.page(known, body)
        return {"Total": total, "DomainList": self._array_or_null(items)}

    def _describe_domains(self, account: str, body: dict[str, Any]) -> dict[str, Any]:
        shows = self._vhost_filter(account, named=True)
        known = [domain for domain in self._domains(account) if shows(domain.Vhost)]
        items = domains.as_described(known, body["DomainList"])
        if len(items) < len(body["DomainList"]):
            raise ApiError(403, "RequestForbidden", "this account has no such domain")
        return {"DomainList": items}

    def _domains(self, account: str, asked: Iterable[str] = ()) -> list[Domain]:
        """The domains of each vhost of the account that `vhosts`, a stored item or the call names."""
        held = self._accounts[account]
        items: list[Item] = [*held.presets.values(), *held.domains.values(), *held.recordings.values()]
        named = {*self.vhosts, *(item.Vhost for item in items), *asked} - {EVERY_VHOST}
        owned = (vhost for vhost in named if self._owner(vhost) == account)
        pulled = ((each.Vhost, each.Domain) for each in held.presets.values() if each.Type.lower() != "vod")
        return domains.of_vhosts(held.domains.values(), owned, pulled)

    def _list_recordings(self, account: str, body: dict[str, Any]) -> dict[str, Any]:
        storage = body.get("Type") or "vod"
        found = [each for each in self._recordings(account, body["Vhost"]) if each.Type == storage]
        return {"PresetList": self._array_or_null([domains.recording_as_listed(each) for each in found])}

    def _recordings(self, account: str, vhost: str) -> list[Recording]:
        """The vhost's recording presets: the added ones, else the one that the guess `recording` gives it."""
        added = [each for each in self._accounts[account].recordings.values() if each.Vhost == vhost]
        if added or self.guesses.recording == "none" or self._owner(vhost) != account:
            return added
        return [Recording(vhost, Type=self.guesses.recording)]

    def _array_or_null(self, items: list[dict[str, Any]]) -> list[dict[str, Any]] | None:
        return items or ([] if self.guesses.empty_list == "array" else None)

    def _owner(self, vhost: str) -> str | None:
        return self.vhosts.get(vhost, self.vhosts.get(EVERY_VHOST))

    def _vhost_filter(self, account: str, *, named: bool) -> Callable[[str], bool]:
        """A test for the vhosts that a listing shows to the account's keys; ApiError if the listing is refused.

        `named`: the call names the vhosts that it is about.
        """
        limit = self.access.get(account, Access()).vhosts
        if limit is None:
            return lambda _vhost: True
        if not named and self.guesses.limited_keys == "refused":
            raise ApiError(403, "AccessDenied", "these keys are limited to projects")
        return lambda vhost: vhost in limit and (named or self.guesses.limited_keys == "visible")

    def _check_access(self, account: str, action: str) -> None:
        if action in self.access.get(account, Access()).denied:
            raise ApiError(403, "AccessDenied", f"these keys may not call {action}")

    def _check_vhost(self, account: str, action: str, vhost: str) -> None:
        """Refuse a vhost that is not the account's, or not of the projects that its keys are limited to."""
        if not vhost:
            return
        owner = self._owner(vhost)
        if owner == account:
            limit = self.access.get(account, Access()).vhosts
            if limit is not None and vhost not in limit:
                raise ApiError(403, "AccessDenied", "these keys are limited to other projects")
            return
        answer = self.guesses.foreign_vhost if action in (LIST, LIST_RECORDINGS) else "not-allowed"
        if answer == "empty":
            return
        if owner is None or answer == "forbidden":
            raise ApiError(403, "RequestForbidden", "this account has no such vhost")
        raise ApiError(403, "RequestForbidden.AccountIDNotAllow", "this account may not touch the vhost")
