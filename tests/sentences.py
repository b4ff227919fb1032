"""The sentences of a message: errors have three at most."""

from __future__ import annotations

import re


def sentences(message: str) -> list[str]:
    return [sentence for sentence in re.split(r"(?<=[^.]\.) (?=[A-Z`])", message) if sentence]
