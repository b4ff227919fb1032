"""A dynamic provider that makes no call: what is left is the engine's and the SDK's own time."""

from __future__ import annotations

from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, Resource, ResourceProvider, UpdateResult


class Provider(ResourceProvider):
    """Says yes to everything."""

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Answer what was given."""
        return CreateResult(f"{props['vhost']}/{props['app']}", props)

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Answer what was given."""
        return UpdateResult(_news)


class Preset(Resource):
    """The same inputs as ours."""

    def __init__(self, name: str, **inputs: pulumi.Input[Any]) -> None:
        """Declare it."""
        super().__init__(Provider(), name, inputs)
