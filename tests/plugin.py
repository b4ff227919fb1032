"""The SDK's own gRPC servicer of dynamic providers, in this process, as the engine talks to it."""

from __future__ import annotations

import ast
import asyncio
import importlib.util
import types
from collections.abc import Mapping
from concurrent import futures
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import pulumi
from google.protobuf import struct_pb2
from pulumi.dynamic.dynamic import serialize_provider
from pulumi.runtime import proto, rpc
from pulumi.runtime.proto import provider_pb2_grpc

from pulumi_volcengine_live import TimeShiftPresetProvider

URN = "urn:pulumi:test::test::pulumi-python:dynamic/volcengine-live:TimeShiftPreset::replay"
REFERENCE = serialize_provider(TimeShiftPresetProvider())


class PluginError(Exception):
    """What the engine would show the user."""


@dataclass(frozen=True)
class Checked:
    """What a check answers."""

    inputs: dict[str, Any]
    failures: list[tuple[str, str]]


def _module() -> types.ModuleType:
    """The SDK's plugin module without its last line, which would serve for ever."""
    spec = importlib.util.find_spec("pulumi.dynamic.__main__")
    assert spec is not None
    assert spec.origin is not None
    tree = ast.parse(Path(spec.origin).read_text(encoding="utf-8"))
    assert ast.unparse(tree.body[-1]) == "main()"
    tree.body.pop()
    module = types.ModuleType("pulumi_dynamic_plugin")
    exec(compile(tree, spec.origin, "exec"), module.__dict__)
    return module


class Plugin:
    """A plugin process's worth of state: one phase of one provider instance."""

    def __init__(self, configuration: Mapping[str, str]) -> None:
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

    def check(self, olds: Mapping[str, Any], news: Mapping[str, Any], name: str = "replay") -> Checked:
        request = proto.CheckRequest(
            urn=URN.replace("replay", name), olds=_with_provider(olds) if olds else None, news=_with_provider(news)
        )
        answer = self._call("Check", request)
        return Checked(_plain(answer.inputs), [(failure.property, failure.reason) for failure in answer.failures])

    def diff(self, id_: str, olds: Mapping[str, Any], news: Mapping[str, Any], name: str = "replay") -> Any:
        urn = URN.replace("replay", name)
        return self._call(
            "Diff", proto.DiffRequest(id=id_, urn=urn, olds=_with_provider(olds), news=_with_provider(news))
        )

    def create(self, inputs: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        answer = self._call("Create", proto.CreateRequest(urn=URN, properties=_with_provider(inputs)))
        return answer.id, _plain(answer.properties)

    def read(self, id_: str, outputs: Mapping[str, Any]) -> tuple[str, dict[str, Any], dict[str, Any]]:
        answer = self._call("Read", proto.ReadRequest(id=id_, urn=URN, properties=_with_provider(outputs)))
        return answer.id, _plain(answer.properties), _plain(answer.inputs)

    def update(self, id_: str, olds: Mapping[str, Any], news: Mapping[str, Any]) -> dict[str, Any]:
        request = proto.UpdateRequest(id=id_, urn=URN, olds=_with_provider(olds), news=_with_provider(news))
        return _plain(self._call("Update", request).properties)

    def delete(self, id_: str, outputs: Mapping[str, Any]) -> None:
        self._call("Delete", proto.DeleteRequest(id=id_, urn=URN, properties=_with_provider(outputs)))

    def _call(self, method: str, request: Any) -> Any:
        try:
            return getattr(self._stub, method)(request, timeout=60)
        except grpc.RpcError as error:
            raise PluginError(error.details()) from None


def _with_provider(properties: Mapping[str, Any]) -> struct_pb2.Struct:
    return _struct({**properties, "__provider": REFERENCE})


def _struct(properties: Mapping[str, Any]) -> struct_pb2.Struct:
    known = {name: rpc.UNKNOWN if value is pulumi.UNKNOWN else value for name, value in properties.items()}
    return asyncio.run(rpc.serialize_properties(known, {}))


def _plain(properties: struct_pb2.Struct) -> dict[str, Any]:
    found = rpc.deserialize_properties(properties, keep_unknowns=True)
    return {name: value for name, value in found.items() if name != "__provider"}
