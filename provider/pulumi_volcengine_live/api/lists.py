"""Takes the list out of the result of a call that lists something."""

from __future__ import annotations

from typing import Any, Final

from pulumi_volcengine_live.errors import Outcome, UnexpectedAnswerError

_ABSENT: Final = object()
NO_LIST_ADVICE: Final = (
    "The service may have changed: install a newer version of this package, or report this to its maintainers."
)


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
    message = f"the answer to {action} contains no list of {items}."
    raise UnexpectedAnswerError(message, outcome=Outcome.UNCHANGED, advice=NO_LIST_ADVICE)
