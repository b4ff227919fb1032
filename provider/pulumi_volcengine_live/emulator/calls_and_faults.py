"""One emulated service: its accounts, the faults to come, and the calls that arrived. Without sockets."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .backend import DEFAULT_ACCOUNT, Backend, Item
from .faults import Faults
from .items import Preset
from .signature import AccountCredentials


@dataclass
class Call:
    """A call as it arrived and how it was answered; status 0 means that no answer was sent."""

    action: str
    body: Any
    account: str
    at: float
    """When it arrived; like `effect_at` in seconds of time.monotonic, not of the backend's clock."""
    request_id: str
    connection: int
    """The client's port: calls on one connection have the same."""
    status: int = 0
    code: str = ""
    effect_at: float | None = None
    fault: str = ""

    @property
    def effect(self) -> bool:
        """Whether the call was carried out, at once or late."""
        return self.effect_at is not None


class Service:
    """What the HTTP handler and the control routes work on, and what a test reads and changes."""

    def __init__(
        self, access_key: str, secret_key: str, backend: Backend, latency: float, now: Callable[[], datetime]
    ) -> None:
        """`latency` is in seconds, before each answer; the keys open the default account.

        `now` is the clock for signatures and the Date header; the backend has one of its own.
        """
        self.access_key, self.secret_key = access_key, secret_key
        self.keys = {access_key: AccountCredentials(DEFAULT_ACCOUNT, secret_key)}
        self.backend = backend
        self.faults = Faults()
        self.latency = latency
        self.now = now
        self.stopping = threading.Event()
        self._calls: list[Call] = []

    @property
    def presets(self) -> list[Preset]:
        """The presets of the default account."""
        return self.backend.presets(DEFAULT_ACCOUNT)

    def put(self, *items: Item, account: str = DEFAULT_ACCOUNT) -> None:
        """Add or change presets, domains and recording presets as somebody would in the vendor's console."""
        for item in items:
            self.backend.put(account, item)

    def add_account(
        self,
        account: str,
        access_key: str,
        secret_key: str,
        session_token: str = "",
        *,
        vhosts: Iterable[str] = (),
    ) -> None:
        """Let another pair of keys open an account, which owns these vhosts."""
        self.keys[access_key] = AccountCredentials(account, secret_key, session_token)
        self.backend.vhosts.update(dict.fromkeys(vhosts, account))

    def calls(self, *actions: str) -> list[Call]:
        """The calls that arrived, in order: all, or only these actions."""
        return [call for call in list(self._calls) if not actions or call.action in actions]

    def forget_calls(self) -> None:
        """Empty the record of calls."""
        self._calls.clear()

    def record(self, call: Call) -> None:
        """Add a call that arrived."""
        self._calls.append(call)

    def reset(self) -> None:
        """Remove everything that the accounts have, the calls and the faults; guesses and keys stay."""
        self.backend.reset()
        self.faults.clear()
        self.forget_calls()
