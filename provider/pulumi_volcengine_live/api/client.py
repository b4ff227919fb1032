"""The four calls of the Live API: typed values in, typed values or one of our errors out, at the service's pace."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

from pulumi_volcengine_live.api.pacing import Clock, Limiter, sleep_until
from pulumi_volcengine_live.errors import LiveError, NotFoundError, OutcomeUnknownError
from pulumi_volcengine_live.preset import INDEPENDENT_STORAGE, Identity, Preset, TimeShiftType

if TYPE_CHECKING:
    from pulumi_volcengine_live.api.transport import Transport
    from pulumi_volcengine_live.settings import Credentials

CALL_SECONDS: Final = 15.0
GATHER_SECONDS: Final = 0.03
"""How long a look waits before it goes out, so that threads which come to the same point share it."""

_CREATE: Final = "CreateTimeShiftPresetV3"
_UPDATE: Final = "UpdateTimeShiftPresetV3"
_DELETE: Final = "DeleteTimeShiftPresetV3"
_LIST: Final = "ListTimeShiftPresetV2"
_SDK_METHODS: Final = {
    _CREATE: "create_time_shift_preset_v3",
    _UPDATE: "update_time_shift_preset_v3",
    _DELETE: "delete_time_shift_preset_v3",
    _LIST: "list_time_shift_preset_v2",
}
_LISTED_TYPES: Final = ("tos", "vod")
_ENABLED: Final = 1
_MISSING: Final = object()


class Client:
    """One account's presets at one endpoint. Attempts each call once: whether to try again is the caller's to know."""

    def __init__(
        self, credentials: Credentials, endpoint: str, *, clock: Clock = time, call_seconds: float = CALL_SECONDS
    ) -> None:
        """Open nothing yet; `call_seconds` bounds each call as a whole."""
        self._credentials = credentials
        self._endpoint = endpoint
        self._call_seconds = call_seconds
        self._clock = clock
        self._limiter = Limiter(clock)

    def create(self, preset: Preset) -> str | None:
        """Create and return the name that the service gave, if it told one (doc 1126880 shows none, the SDKs do)."""
        body = {
            **_named(preset.identity),
            "MaxShiftTime": int(preset.max_shift_time),
            "PullDomain": preset.pull_domain,
            "TimeShiftType": int(preset.time_shift_type),
        }
        result = self._call(_CREATE, body)
        name = result.get("PresetName") if isinstance(result, dict) else None
        return name if isinstance(name, str) and name else None

    def update(self, identity: Identity, max_shift_time: int) -> None:
        """Change what alone can be changed (doc 1126881)."""
        self._call(_UPDATE, {**_named(identity), "MaxShiftTime": int(max_shift_time)})

    def delete(self, identity: Identity) -> None:
        """Delete; which other presets of the app the service removes with it is not known."""
        self._call(_DELETE, _named(identity))

    def presets(self, vhost: str = "", *, starting: Callable[[], None] = lambda: None) -> list[Preset]:
        """All presets of the account, or of one vhost; `starting` is called when the calls go out, both at once.

        The service lists by where presets are stored (doc 1126883), so a whole look is one call for each. NotFoundError
        where it has no such resource in either.
        """
        listed = functools.partial(_listed, self._transport, vhost)
        sleep_until(self._clock, self._clock.monotonic() + GATHER_SECONDS)
        with self._limiter.slot(_LIST, len(_LISTED_TYPES)), ThreadPoolExecutor(len(_LISTED_TYPES)) as pool:
            starting()
            answers = list(pool.map(listed, _LISTED_TYPES))
        refusals = [answer for answer in answers if isinstance(answer, NotFoundError)]
        if len(refusals) == len(answers):
            raise refusals[0]
        return [preset for answer in answers if isinstance(answer, list) for preset in answer]

    def _call(self, action: str, body: dict[str, Any]) -> Any:
        with self._limiter.slot(action):
            return self._transport.send(_SDK_METHODS[action], action, body)

    @functools.cached_property
    def _transport(self) -> Transport:
        from pulumi_volcengine_live.api.transport import Transport  # noqa: PLC0415 - a program that makes no call need not load the SDK

        return Transport(self._credentials, self._endpoint, self._call_seconds)


@functools.cache
def client_for(credentials: Credentials, endpoint: str) -> Client:
    """The one client, and so the one limiter, that this process has for an account."""
    return Client(credentials, endpoint)


def _listed(transport: Transport, vhost: str, type_: str) -> list[Preset] | NotFoundError:
    body = {"Type": type_, **({"Vhost": vhost} if vhost else {})}
    try:
        return _read_list(transport.send(_SDK_METHODS[_LIST], _LIST, body))
    except NotFoundError as error:
        return error
    except OutcomeUnknownError as error:
        error.effect = LiveError.effect
        raise


def _named(identity: Identity) -> dict[str, str]:
    body = {"Vhost": identity.vhost, "App": identity.app}
    return {**body, "Stream": identity.stream} if identity.stream else body


def _read_list(result: Any) -> list[Preset]:
    """Anything but the documented shape is an error: taken for an empty list it would delete presets from states.

    A list that is null counts as empty: that is how the vendor's language writes one (inferred).
    """
    listed = result.get("List", _MISSING) if isinstance(result, dict) else _MISSING
    if listed is None:
        return []
    if isinstance(listed, list):
        try:
            return [_read_item(item) for item in listed]
        except (KeyError, TypeError, AttributeError):
            pass
    message = f"the service answered {_LIST} with something that is not a list of presets."
    raise OutcomeUnknownError(message)


def _read_item(item: dict[str, Any]) -> Preset:
    storage = str(item["Type"]).lower()
    independent = storage == INDEPENDENT_STORAGE
    return Preset(
        identity=Identity(_text(item["Vhost"]).lower(), _text(item["App"]), _text_or_empty(item.get("Stream"))),
        max_shift_time=_whole(item["MaxShiftTime"]),
        pull_domain=(item.get("Domain") or "").lower(),
        time_shift_type=TimeShiftType.INDEPENDENT if independent else TimeShiftType.RECORDING,
        preset_name=item.get("Name") or None,
        enabled=item.get("Status") == _ENABLED,
        storage=storage,
        bucket=item.get("Bucket") or None,
        vod_namespace=item.get("VODNamespace") or None,
    )


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError
    return value


def _text_or_empty(value: Any) -> str:
    return "" if value in (None, "") else _text(value)


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError
    return value
