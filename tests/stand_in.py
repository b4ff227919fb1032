"""A stand-in for the plugin of another Pulumi package: the engine attaches to it, and it creates what is asked for."""
# ruff: noqa: ARG002, N802 - methods as the protocol has them

from __future__ import annotations

from concurrent import futures
from typing import Any, final

import grpc
from google.protobuf import empty_pb2, json_format
from pulumi.runtime import proto
from pulumi.runtime.proto import provider_pb2_grpc


@final
class OtherPlugin(provider_pb2_grpc.ResourceProviderServicer):
    """`with OtherPlugin() as plugin:` serves `plugin.port`; `plugin.changes` has what it made, updated and deleted."""

    def __init__(self) -> None:
        self.changes: list[tuple[str, dict[str, Any]]] = []
        self._server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(self, self._server)
        self.port = self._server.add_insecure_port("127.0.0.1:0")

    def __enter__(self) -> OtherPlugin:
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop(None).wait()

    def Attach(self, request: Any, context: Any) -> empty_pb2.Empty:
        return empty_pb2.Empty()

    def GetPluginInfo(self, request: Any, context: Any) -> proto.PluginInfo:
        return proto.PluginInfo()

    def Configure(self, request: Any, context: Any) -> proto.ConfigureResponse:
        return proto.ConfigureResponse(supportsPreview=True)

    def Check(self, request: Any, context: Any) -> proto.CheckResponse:
        return proto.CheckResponse(inputs=request.news)

    def Diff(self, request: Any, context: Any) -> proto.DiffResponse:
        same = request.old_inputs == request.news
        return proto.DiffResponse(changes=proto.DiffResponse.DIFF_NONE if same else proto.DiffResponse.DIFF_SOME)

    def Create(self, request: Any, context: Any) -> proto.CreateResponse:
        if request.preview:
            return proto.CreateResponse(properties=request.properties)
        self._keep("create", request.properties)
        return proto.CreateResponse(id="made", properties=request.properties)

    def Update(self, request: Any, context: Any) -> proto.UpdateResponse:
        if not request.preview:
            self._keep("update", request.news)
        return proto.UpdateResponse(properties=request.news)

    def Delete(self, request: Any, context: Any) -> empty_pb2.Empty:
        self._keep("delete", request.properties)
        return empty_pb2.Empty()

    def _keep(self, change: str, properties: Any) -> None:
        self.changes.append((change, json_format.MessageToDict(properties)))
