"""The SDK's own gRPC servicer of dynamic providers, in this process, as the engine talks to it."""

from __future__ import annotations

import ast
import asyncio
import base64
import importlib.util
import pickle
import types
from collections.abc import Mapping, Sequence
from concurrent import futures
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import grpc
import pulumi
from google.protobuf import struct_pb2
from pulumi.runtime import proto, rpc
from pulumi.runtime.proto import provider_pb2_grpc

from engine_calls import ARGUMENTS, PROVIDER
from pulumi_volcengine_live import TimeShiftPresetProvider
from pulumi_volcengine_live.engine import run

REFERENCES: Final = {
    protocol: base64.b64encode(pickle.dumps(TimeShiftPresetProvider(), protocol)).decode() for protocol in (4, 5)
}
"""How a resource names its provider, by the pickle protocol that its program ran with: Python 3.14 writes 5."""
REFERENCE: Final = REFERENCES[4]
FIELDS: Final = {
    method: {argument: field.replace("oldInputs", "old_inputs") for field, argument in fields.items()}
    for method, fields in ARGUMENTS.items()
}
"""The request's field for each argument; the engine logs `old_inputs` as `oldInputs`."""
URN: Final = "urn:pulumi:test::test::pulumi-python:dynamic/volcengine-live:TimeShiftPreset::"

Properties = Mapping[str, Any]


class PluginError(Exception):
    """What the engine would show the user."""


@dataclass(frozen=True)
class Checked:
    """What a check answers."""

    inputs: dict[str, Any]
    failures: list[tuple[str, str]]


@cache
def _code() -> types.CodeType:
    """The SDK's plugin module without its last line, which would serve for ever."""
    spec = importlib.util.find_spec("pulumi.dynamic.__main__")
    assert spec is not None
    assert spec.origin is not None
    tree = ast.parse(Path(spec.origin).read_text(encoding="utf-8"))
    assert ast.unparse(tree.body[-1]) == "main()"
    tree.body.pop()
    return compile(tree, spec.origin, "exec")


def _module() -> types.ModuleType:
    """A fresh copy of the SDK's plugin module."""
    module = types.ModuleType("pulumi_dynamic_plugin")
    exec(_code(), module.__dict__)
    return module


class Plugin:
    """The plugin as one command of the engine has it: one configuration, and nothing known of earlier commands."""

    def __init__(self, configuration: Mapping[str, str]) -> None:
        run.run_for.cache_clear()  # a new process knows nothing of earlier commands
        servicer = _module().DynamicResourceProviderServicer()
        self._server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, self._server)
        port = self._server.add_insecure_port("127.0.0.1:0")
        self._server.start()
        self._channel = grpc.insecure_channel(f"127.0.0.1:{port}")
        self._stub = provider_pb2_grpc.ResourceProviderStub(self._channel)
        self._call("Configure", proto.ConfigureRequest(args=_struct(configuration)))

    def end(self) -> None:
        self._channel.close()
        self._server.stop(None).wait()

    def ask(
        self,
        method: str,
        name: str,
        properties: Mapping[str, Properties],
        *,
        id_: str = "",
        timeout: float = 0,
        ignore_changes: Sequence[str] = (),
    ) -> Any:
        """Send one request about the resource of this name; the answer as it comes.

        Each of `olds`, `old_inputs` and `news` may have its own `__provider`; without one it gets REFERENCE. Empty
        properties get none.
        """
        fields: dict[str, Any] = {"urn": f"{URN}{name}"}
        fields |= {"id": id_} if method in ("Diff", "Read", "Update", "Delete") else {}
        fields |= {"timeout": timeout} if timeout else {}
        fields |= {"ignoreChanges": ignore_changes} if ignore_changes else {}
        for argument, value in properties.items():
            fields[FIELDS[method][argument]] = _struct({PROVIDER: REFERENCE, **value} if value else {})
        return self._call(method, getattr(proto, f"{method}Request")(**fields))

    def check(self, olds: Properties, news: Properties, name: str = "replay") -> Checked:
        answer = self.ask("Check", name, {"olds": olds, "news": news})
        return Checked(plain(answer.inputs), [(failure.property, failure.reason) for failure in answer.failures])

    def diff(self, id_: str, olds: Properties, news: Properties, name: str = "replay") -> Any:
        return self.ask("Diff", name, {"olds": olds, "news": news}, id_=id_)

    def create(self, inputs: Properties, name: str = "replay", timeout: float = 0) -> tuple[str, dict[str, Any]]:
        answer = self.ask("Create", name, {"news": inputs}, timeout=timeout)
        return answer.id, plain(answer.properties)

    def read(self, id_: str, outputs: Properties, name: str = "replay") -> tuple[str, dict[str, Any], dict[str, Any]]:
        # A read by `get` or an import has no outputs, but names its provider.
        answer = self.ask("Read", name, {"olds": {PROVIDER: REFERENCE, **outputs}}, id_=id_)
        return answer.id, plain(answer.properties), plain(answer.inputs)

    def update(
        self, id_: str, olds: Properties, news: Properties, name: str = "replay", timeout: float = 0
    ) -> dict[str, Any]:
        answer = self.ask("Update", name, {"olds": olds, "news": news}, id_=id_, timeout=timeout)
        return plain(answer.properties)

    def delete(self, id_: str, outputs: Properties, name: str = "replay", timeout: float = 0) -> None:
        self.ask("Delete", name, {"olds": outputs}, id_=id_, timeout=timeout)

    def _call(self, method: str, request: Any) -> Any:
        try:
            return getattr(self._stub, method)(request, timeout=60)
        except grpc.RpcError as error:
            raise PluginError(error.details()) from None


def plain(properties: struct_pb2.Struct, *, with_provider: bool = False) -> dict[str, Any]:
    """The properties of an answer, without their provider unless it is asked for."""
    found = rpc.deserialize_properties(properties, keep_unknowns=True)
    return {name: value for name, value in found.items() if with_provider or name != PROVIDER}


def _struct(properties: Properties) -> struct_pb2.Struct:
    known = {name: rpc.UNKNOWN if value is pulumi.UNKNOWN else value for name, value in properties.items()}
    return asyncio.run(rpc.serialize_properties(known, {}))
