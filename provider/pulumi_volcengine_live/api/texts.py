"""Removes from outside texts the characters that could control a terminal or forge a line of a log."""

from __future__ import annotations

import unicodedata
from typing import Any, Final

_UNSAFE: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode's categories of control characters (ESC, newlines, C1), format characters (bidi overrides, zero-width ones),
lone surrogates, and separators of lines and paragraphs."""


def is_clean(text: str) -> bool:
    """Whether a text has no character that `cleaned` would remove."""
    return (text.isascii() and text.isprintable()) or not any(map(_is_unsafe, text))


def cleaned(text: str) -> str:
    """The text on one line, without control characters and with single spaces."""
    if not is_clean(text):
        text = "".join(" " if _is_unsafe(character) else character for character in text)
    return " ".join(text.split())


def optional_text(value: Any) -> str | None:
    """A text of an answer, cleaned; None if it is empty, not a text, or has a lone surrogate, which is no character."""
    if not isinstance(value, str) or _has_surrogates(value):
        return None
    return cleaned(value) or None


def _is_unsafe(character: str) -> bool:
    return unicodedata.category(character) in _UNSAFE


def _has_surrogates(text: str) -> bool:
    return not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text)
