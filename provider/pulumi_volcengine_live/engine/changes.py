"""Which inputs of a resource change, and which changes replace the preset instead of updating it in place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pulumi_volcengine_live.fields import INPUTS

from .sdk_workarounds import REPLACE_ON_CHANGES, REPLACE_WITH, is_unknown

# "*" does not mean adopt, which describes no part of the preset.
_ALL_BUT_ADOPT: Final = frozenset(INPUTS) - {"adopt"}


def changed_inputs(olds: Mapping[str, Any], news: Mapping[str, Any], *, unknown_too: bool = True) -> tuple[str, ...]:
    """The inputs that differ. One that is not known yet may differ: it counts if `unknown_too`."""

    def differs(name: str) -> bool:
        return unknown_too if is_unknown(news.get(name)) else olds.get(name) != news.get(name)

    return tuple(filter(differs, INPUTS))


def replacing_inputs(olds: Mapping[str, Any], news: Mapping[str, Any], *, unknown_too: bool = True) -> tuple[str, ...]:
    """The changed inputs that replace the preset: no call changes them, or `replace_on_changes` names them.

    REPLACE_WITH is one of them while it is unknown, which means that a resource named in `replace_with` is replaced.
    """
    named = news.get(REPLACE_ON_CHANGES, [])
    by_option = {*named, *(_ALL_BUT_ADOPT if "*" in named else ())}
    changed = changed_inputs(olds, news, unknown_too=unknown_too)
    replaced_with = (REPLACE_WITH,) if unknown_too and is_unknown(news.get(REPLACE_WITH)) else ()
    return (*(name for name in changed if INPUTS[name].replaces or name in by_option), *replaced_with)
