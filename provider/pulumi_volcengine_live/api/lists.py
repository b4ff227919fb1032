"""Takes the list out of the result of a call that lists something."""

from __future__ import annotations

from typing import Any, Final

from pulumi_volcengine_live.errors import missing_list_error

_ABSENT: Final = object()


def listed(result: Any, key: str, action: str, items: str) -> list[Any]:
    """The list under `key`. `action` and `items` are the call and what it lists, for the error.

    Another shape than the documented one is an error: taken for an empty list, it would remove presets from states.
    `null` counts as an empty list: the language that the vendor uses may write one so (inferred).
    """
    content = result.get(key, _ABSENT) if isinstance(result, dict) else _ABSENT
    if content is None:
        return []
    if isinstance(content, list):
        return content
    raise missing_list_error(action, items)
