"""Workarounds for what Pulumi's Python SDK does not offer to dynamic providers.

Each workaround says why it is needed, what happens without it, and when it can be removed. Nothing else touches the
SDK's private parts.
"""

from __future__ import annotations

import inspect
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, Final

import pulumi
from pulumi.dynamic import ResourceProvider
from pulumi.dynamic.dynamic import serialize_provider
from pulumi.runtime import rpc
from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.settings import get_monitor

from pulumi_volcengine_live.errors import LiveError

PROVIDER_KEY: Final = "__provider"
"""The SDK stores the pickled provider as this input and output of every dynamic resource."""

REPLACE_ON_CHANGES: Final = "__replace_on_changes"
"""The resource option as an input. The SDK does not report to the engine which inputs of a dynamic resource changed, so
the engine cannot carry the option out by itself. It can be removed when `DiffResult` has the changed inputs."""

RETAIN_ON_DELETE: Final = "__retain_on_delete"
"""The resource option as an input: no provider is told that its delete will not be called. Without it the checks refuse
replacements that delete nothing. The value in the state counts, not the program's: it is what the engine acts on
(tried with 3.259). It can be removed when a request says so."""

DEPENDS_ON: Final = "__depends_on"
"""The URNs of the presets in the resource option, as an input: no provider is told which resource comes first, and
without it the checks would refuse a preset that takes the place of another one in the same update. It can be removed
when a request names what its resource depends on."""

REPLACE_WITH: Final = "__replace_with"
"""The URNs in the resource option, as an input. Without it the engine asks for no diff of a resource that this option
replaces, and its only check equals that of a new resource. With it the engine asks: the URN of a resource that is being
replaced is unknown, so this input changes. It can be removed when the engine asks without it."""

HIDDEN_INPUTS: Final = (REPLACE_ON_CHANGES, RETAIN_ON_DELETE, DEPENDS_ON, REPLACE_WITH)
"""Pulumi shows no property whose name begins with two underscores. States hold these names, so they are frozen."""

PREVIEW: Final = "__preview"
"""Whether this is a preview, as an input: no provider is told, and without it each `pulumi up` would ask about domains
and recording presets twice, and warn twice. The check removes it, so it is in no state. It can be removed when
the request of a check says which of the two it is."""

TRACEBACKS_VARIABLE: Final = "VOLC_LIVE_TRACEBACKS"


@dataclass(frozen=True)
class EngineCall:
    """The parts of the engine's request that the SDK does not pass to the provider's method."""

    urn: str = ""
    timeout: float = 0.0
    """The resource's `custom_timeouts` for this operation, in seconds; 0 if there is none."""
    seconds_since_arrival: float = 0.0
    """Since it arrived in the plugin process, so with the time for which it waited for its turn."""
    inputs: Mapping[str, Any] = field(default_factory=dict)
    """The inputs in the state; the method gets only the outputs."""


def engine_call() -> EngineCall:
    """The request that is being served.

    The SDK's servicer has it in a local variable named `request`, and hands on neither the URN (which distinguishes the
    resources of a program), nor `custom_timeouts`, nor the inputs beside the outputs. If a newer SDK names it
    differently, resources are distinguished by their identity, and the options count as not given. It can be removed
    when the SDK hands the request to the provider.
    """
    for request in _locals_of_callers("request"):
        if isinstance(getattr(request, "urn", None), str):
            timeout = float(getattr(request, "timeout", 0.0))
            return EngineCall(request.urn, timeout, _served.seconds_since_arrival(), _inputs(request))
    return EngineCall(seconds_since_arrival=_served.seconds_since_arrival())


def _locals_of_callers(name: str) -> Iterator[Any]:
    """The values of the local variables of this name in the functions that led here, the innermost first."""
    frame = inspect.currentframe()
    while frame is not None:
        if name in frame.f_locals:
            yield frame.f_locals[name]
        frame = frame.f_back


def _inputs(request: Any) -> Mapping[str, Any]:
    """The inputs in the state: `old_inputs` of a diff, update or delete, `inputs` of a read."""
    for name in ("old_inputs", "inputs"):
        inputs = getattr(request, name, None)
        if inputs is not None and len(inputs.fields):
            values: Mapping[str, Any] = rpc.deserialize_properties(inputs, keep_unknowns=True)
            return values
    return {}


def with_options(opts: pulumi.ResourceOptions | None) -> pulumi.ResourceOptions:
    """The options of a preset's resource as the engine must get them.

    The service has one preset of an identity, so every replacement must delete first. The provider's answer says so
    too, but the engine asks it only for replacements by a changed input; `replacement_trigger`, `--replace` and others
    would create first, and `delete_before_replace=False` would overrule it.
    """
    opts = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(delete_before_replace=True))
    # Only a resource with a parent inherits, and under mocks no engine calls transforms.
    if opts.parent is not None and not under_mocks():
        opts.transforms = [*(opts.transforms or ()), _note_inherited_retention]
    return opts


def _note_inherited_retention(args: pulumi.ResourceTransformArgs) -> None:
    """Note `retain_on_delete` of a parent as the hidden input: only the engine knows what a child inherits.

    The engine calls a transform with the inherited options. If the transform returned changed inputs, those that are
    not known yet would be lost (the SDK deserializes without them), so the input is added to the request in the SDK's
    local variable. It can be removed when a provider is told what is inherited.
    """
    if not args.opts.retain_on_delete:
        return
    for request in _locals_of_callers("request"):
        properties = getattr(request, "properties", None)
        if properties is not None:
            properties.fields[RETAIN_ON_DELETE].bool_value = True
            return


def provider_reference(provider: ResourceProvider) -> str:
    """The provider as the SDK stores it in each resource, which a file for `pulumi import` needs."""
    return str(serialize_provider(provider))


def is_unknown(value: Any) -> bool:
    """Whether the value becomes known only during the update: by its type, since the SDK makes a new one each time."""
    return isinstance(value, pulumi.output.Unknown)


def under_mocks() -> bool:
    """Whether the program runs in its user's unit test, under `pulumi.runtime.set_mocks`: no engine, no service."""
    return isinstance(get_monitor(), MockMonitor)


class _PlainTraceback:
    """The module `traceback`, except that it formats our own errors as their message."""

    def __init__(self, module: ModuleType) -> None:
        self._module = module

    def format_exc(self, *args: Any, **kwargs: Any) -> str:
        error = sys.exc_info()[1]
        return str(error) if isinstance(error, LiveError) else str(self._module.format_exc(*args, **kwargs))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)


def show_errors_as_sentences() -> None:
    """Show our own errors to users as their message instead of as a traceback.

    The SDK's plugin process (pulumi 3.262 and later) formats every exception of a provider with the module `traceback`,
    as its `__main__` names it, and the engine shows all of it (upstream issue 10416). The name is replaced in that
    module only, and only our own errors are formatted differently. VOLC_LIVE_TRACEBACKS=full switches this off. It can
    be removed when the SDK lets a provider's error through as its message.
    """
    main: Any = sys.modules.get("__main__")
    formatter = getattr(main, "traceback", None)
    if _in_plugin() and isinstance(formatter, ModuleType) and os.environ.get(TRACEBACKS_VARIABLE) != "full":
        main.traceback = _PlainTraceback(formatter)


def mark_warnings() -> None:
    """Begin each of our warnings with that word.

    The engine shows what the SDK's plugin process writes to standard error, and gives it no severity. It can go when
    the SDK lets a provider log through the engine.
    """
    log = logging.getLogger("pulumi_volcengine_live")
    if _in_plugin() and not log.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("warning: %(message)s"))
        # If another dynamic provider of this process configured the root logger, that one shows our warnings already.
        handler.addFilter(lambda _record: not logging.getLogger().handlers)
        log.addHandler(handler)


class _ServedCall(threading.local):
    """The call that this thread of the plugin process serves."""

    arrived_at: float | None = None
    """None if that is not known."""

    def seconds_since_arrival(self) -> float:
        return 0.0 if self.arrived_at is None else time.monotonic() - self.arrived_at


_served = _ServedCall()


def note_arrivals() -> None:
    """Note when each call of the engine arrives, so that waiting for a thread counts against its time.

    The SDK's plugin process serves four calls at a time; the others wait in its pool of threads, and no request says
    when it arrived. Without this the time of a call would begin with its turn: if the service does not answer, eight
    creates would take the time of two, one after the other. gRPC hands each call to `submit` of the pool, which is
    replaced in this one object. Calls that arrived earlier (most of a `pulumi destroy`, which wait while this package
    is loaded) count from now. If the pool is not found, waiting is not counted. It can be removed when a request says
    when it arrived, or when the plugin serves any number of calls at a time.
    """
    if not _in_plugin() or _ServedCall.arrived_at is not None:
        return
    pool = _thread_pool()
    if pool is None:
        return
    submit = pool.submit

    def submit_and_note(call: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        arrived_at = time.monotonic()

        def serve() -> Any:
            _served.arrived_at = arrived_at
            return call(*args, **kwargs)

        return submit(serve)

    # Threads that have not served a noted call yet read this class attribute: for them, calls arrived now. It also
    # shows that the pool's `submit` is replaced.
    _ServedCall.arrived_at = time.monotonic()
    pool.submit = submit_and_note


def _thread_pool() -> Any:
    """The pool of threads that serves this call, from the frame of its thread; None if it is not found."""
    # A local variable of concurrent.futures.thread._worker.
    reference = next(_locals_of_callers("executor_reference"), None)
    return reference() if reference else None


def _in_plugin() -> bool:
    """Whether this is the SDK's plugin process."""
    return hasattr(sys.modules.get("__main__"), "DynamicResourceProviderServicer")
