"""Show the user our own errors as their message, not as the traceback that Pulumi's SDK makes of every exception.

The SDK's plugin process for dynamic providers (pulumi 3.262 and later) formats what a provider raises with the module
`traceback`, as its `__main__` names it. Only there, and only for our own errors, that name answers with the message.
VOLC_LIVE_TRACEBACKS=full switches this off.
"""

from __future__ import annotations

import os
import sys
from types import ModuleType
from typing import Any, Final

from pulumi_volcengine_live.errors import LiveError

SWITCH: Final = "VOLC_LIVE_TRACEBACKS"


class _PlainTraceback:
    def __init__(self, module: ModuleType) -> None:
        self._module = module

    def format_exc(self, *args: Any, **kwargs: Any) -> str:
        error = sys.exc_info()[1]
        return str(error) if isinstance(error, LiveError) else str(self._module.format_exc(*args, **kwargs))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)


def show() -> None:
    """Replace the name, once, where this is the SDK's plugin process."""
    main: Any = sys.modules.get("__main__")
    in_plugin = hasattr(main, "DynamicResourceProviderServicer")
    formatter = getattr(main, "traceback", None)
    if in_plugin and isinstance(formatter, ModuleType) and os.environ.get(SWITCH) != "full":
        main.traceback = _PlainTraceback(formatter)
