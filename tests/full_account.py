"""What tests put into an account that has presets of every kind."""

from __future__ import annotations

from typing import Final

from pulumi_volcengine_live.emulator import DEFAULT_ACCOUNT, Domain, Emulator, Preset

EVERY_KIND: Final = (
    Preset("push.example.com", "concerts", "", 604800, "pull.example.com", "ts-1", 1, "fcdn-tos", "b"),
    Preset("push.example.com", "concerts", "main-stage", 86400, "pull.example.com", "ts-2", 0, "tos", "b"),
    Preset("push.example.com", "news", "s.1", 1296000, "pull.example.com", "ts-3", 1, "fcdn-tos", "b"),
    Preset("push.example.org", "news", "s.1", 259200, "vod.example.org", "ts-4", 1, "vod", "", "space"),
)
"""In order of their ids."""
IDS: Final = (
    "push.example.com/concerts",
    "push.example.com/concerts/main-stage",
    "push.example.com/news/s.1",
    "push.example.org/news/s.1",
)
DOMAINS: Final = (
    Domain("pull.example.com", "push.example.com"),
    Domain("push.example.com", "push.example.com", "push"),
    Domain("pull.example.org", "push.example.org", Status=5),
    Domain("push.example.org", "push.example.org", "push", DomainCheck=1),
)


def fill(emulator: Emulator, presets: tuple[Preset, ...] = EVERY_KIND, account: str = DEFAULT_ACCOUNT) -> None:
    """Add the presets as somebody would in the vendor's console; DOMAINS are not added.

    In reverse, so that a listing is not in the order of ids.
    """
    emulator.put(*reversed(presets), account=account)
