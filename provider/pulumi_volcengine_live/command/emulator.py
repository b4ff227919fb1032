"""Serve an emulator of the service on this machine."""

from __future__ import annotations

from pulumi_volcengine_live.emulator.__main__ import add_arguments, run

__all__ = ["add_arguments", "run"]
