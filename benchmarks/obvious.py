"""A dynamic provider for time-shift presets as one would write it first, to compare with.

A listing pair for each read, a limiter for each action, another try when throttled; no listing before a create or a
delete, no check at preview.
"""

from __future__ import annotations

import functools
import os
import random
import threading
import time
from collections import defaultdict
from typing import Any
from urllib.parse import urlsplit

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, ReadResult, Resource, ResourceProvider, UpdateResult
from volcengine.live.v20230101.live_service import LiveService

INTERVAL = 0.1
IDENTITY = ("vhost", "app")

_lock = threading.Lock()
_next: defaultdict[str, float] = defaultdict(float)


@functools.cache
def service() -> Any:
    """The vendor's client, with the environment's endpoint; it takes the keys from there itself."""
    parts = urlsplit(os.environ["VOLC_LIVE_ENDPOINT"])
    live = LiveService()
    live.set_scheme(parts.scheme)
    live.set_host(parts.netloc)
    return live


def call(method: str, body: dict[str, Any]) -> Any:
    """Call when it is the action's turn, and again when the service throttles."""
    while True:
        with _lock:
            moment = _next[method] = max(time.monotonic(), _next[method] + INTERVAL)
        time.sleep(max(0.0, moment - time.monotonic()))
        try:
            return getattr(service(), method)(body)
        except Exception as error:
            if "FlowLimitExceeded" not in str(error):
                raise
            time.sleep(random.uniform(0, 1))


class Provider(ResourceProvider):
    """Every method but `diff` calls the service, for one preset at a time."""

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Create and read back."""
        body = {**_named(props), "PullDomain": props["pull_domain"], "TimeShiftType": 1}
        call("create_time_shift_preset_v3", {**body, "MaxShiftTime": int(props["max_shift_time"])})
        return CreateResult(f"{props['vhost']}/{props['app']}", {**props, **_listed(props)})

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """List both types for the one preset."""
        return ReadResult(id_, {**props, **_listed(props)})

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Compare what was given."""
        changed = [name for name in (*IDENTITY, "pull_domain", "max_shift_time") if _olds[name] != _news[name]]
        return DiffResult(bool(changed), [name for name in changed if name != "max_shift_time"])

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Update and read back."""
        body = {**_named(_news), "MaxShiftTime": int(_news["max_shift_time"])}
        call("update_time_shift_preset_v3", body)
        return UpdateResult({**_news, **_listed(_news)})

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Delete."""
        call("delete_time_shift_preset_v3", _named(_props))


class Preset(Resource):
    """The same inputs as ours."""

    def __init__(self, name: str, **inputs: pulumi.Input[Any]) -> None:
        """Declare it."""
        super().__init__(Provider(), name, {**inputs, "preset_name": None})


def _named(props: dict[str, Any]) -> dict[str, Any]:
    return {"Vhost": props["vhost"], "App": props["app"]}


def _listed(props: dict[str, Any]) -> dict[str, Any]:
    bodies = [{"Vhost": props["vhost"], "Type": type_} for type_ in ("tos", "vod")]
    items = [item for body in bodies for item in call("list_time_shift_preset_v2", body)["Result"]["List"]]
    ours = [item for item in items if item["App"] == props["app"]]
    return {"max_shift_time": ours[0]["MaxShiftTime"], "preset_name": ours[0]["Name"]} if ours else {}
