"""The calls of the Live API: typed values in, typed values or one of our errors out, at the service's rate limit.

To add a call: its action's name (here, or beside its reader in listed_*.py), a method of `Client`, and a function that
reads its result.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

from pulumi_volcengine_live.api.deadlines import Clock, Deadline, sleep_until
from pulumi_volcengine_live.api.listed_domains import LAST_PAGE, LIST_DOMAINS, PAGE_SIZE, read_page
from pulumi_volcengine_live.api.listed_presets import STORAGES_BY_TYPE, ListedPresets, UnreadableItem, read_items
from pulumi_volcengine_live.api.listed_recordings import LIST_RECORDINGS, read_recordings
from pulumi_volcengine_live.api.lists import listed
from pulumi_volcengine_live.api.rate_limit import Limiter
from pulumi_volcengine_live.api.texts import optional_text
from pulumi_volcengine_live.api.threads import NO_THREAD_ADVICE, no_thread_left
from pulumi_volcengine_live.errors import (
    LiveError,
    NotFoundError,
    Outcome,
    OutcomeUnknownError,
    UnreachableError,
)
from pulumi_volcengine_live.fields import FIELDS
from pulumi_volcengine_live.preset import Identity, Preset

if TYPE_CHECKING:
    from pulumi_volcengine_live.api.transport import Transport
    from pulumi_volcengine_live.domain import Domain
    from pulumi_volcengine_live.recording import RecordingPreset
    from pulumi_volcengine_live.settings import Credentials

__all__ = ["Client", "ListedPresets", "UnreadableItem", "client_for"]

CALL_SECONDS: Final = 15.0
"""How long one call may take, from its turn at the rate limit to the answer's last byte."""
GATHER_SECONDS: Final = 0.03
"""How long a listing waits before it is sent. Its caller shares it meanwhile: it serves everyone who asks for a listing
before `starting` is called (lifecycle/listings.py)."""

_CREATE: Final = "CreateTimeShiftPresetV3"
_UPDATE: Final = "UpdateTimeShiftPresetV3"
_DELETE: Final = "DeleteTimeShiftPresetV3"
_LIST: Final = "ListTimeShiftPresetV2"
_READ_ONLY: Final = frozenset({_LIST, LIST_DOMAINS, LIST_RECORDINGS})
"""The calls that change nothing, even if it is not known whether the service carried them out."""


class Client:
    """The calls of one account at one endpoint. No method retries: the caller decides."""

    def __init__(
        self, credentials: Credentials, endpoint: str, *, clock: Clock = time, call_seconds: float = CALL_SECONDS
    ) -> None:
        """`call_seconds` bounds each call, and the deadline given to a method bounds it too."""
        self._credentials = credentials
        self._endpoint = endpoint
        self._call_seconds = call_seconds
        self._clock = clock
        self._limiter = Limiter(clock)

    def call(self, action: str, body: dict[str, Any], deadline: Deadline) -> Any:
        """Make any call of the service, once, and return its `Result` as it is."""
        with self._limiter.slot(action, deadline):
            return self._send(action, body, deadline)

    def create(self, preset: Preset, deadline: Deadline) -> str | None:
        """Create a preset and return its name, if the answer has it (the SDKs have it, doc 1126880 does not).

        A malformed result does not make an acknowledged create fail: the preset exists.
        """
        # The compared fields are those that a create sends beside the identity.
        values = {
            field.name_in_create: field.python_type(getattr(preset, field.name)) for field in FIELDS if field.compared
        }
        body = {**_body(preset.identity), **values}
        result = self.call(_CREATE, body, deadline)
        return optional_text(result.get("PresetName")) if isinstance(result, dict) else None

    def update(self, identity: Identity, max_shift_time: int, deadline: Deadline) -> None:
        """Change the only thing that can be changed in place (doc 1126881)."""
        self.call(_UPDATE, {**_body(identity), "MaxShiftTime": int(max_shift_time)}, deadline)

    def delete(self, identity: Identity, deadline: Deadline) -> None:
        """Delete a preset. Which other presets of its app the service removes with it is not known."""
        self.call(_DELETE, _body(identity), deadline)

    def presets(self, vhost: str, deadline: Deadline, *, starting: Callable[[], None] = lambda: None) -> ListedPresets:
        """List the presets of one vhost, or of the whole account if `vhost` is empty.

        It makes two calls at once, one for each `Type`, and calls `starting` just before. NotFoundError if the service
        answers to both that the account has no such resource.
        """
        self._transport  # noqa: B018 - loading the SDK takes a tenth of a second: do it before `starting` notes the time
        sleep_until(self._clock, self._clock.monotonic() + GATHER_SECONDS)
        with self._limiter.slot(_LIST, deadline, len(STORAGES_BY_TYPE)):
            starting()
            try:
                with ThreadPoolExecutor(len(STORAGES_BY_TYPE)) as pool:
                    answers = {type_: pool.submit(self._listed, vhost, type_, deadline) for type_ in STORAGES_BY_TYPE}
            except RuntimeError as error:  # raised by `submit`; a call's own errors come with its result
                if not no_thread_left(error):
                    raise
                # The first of the two calls may have been sent; a listing changes nothing.
                message = f"the presets could not be listed, since this machine has no thread left ({error})."
                raise UnreachableError(message, advice=NO_THREAD_ADVICE) from None
            return _joined(answers)

    def domains(self, vhosts: Sequence[str], deadline: Deadline, *, names: Sequence[str] = ()) -> list[Domain]:
        """List the account's domains. `vhosts` and `names` each narrow the list; an empty one does not.

        One call for each 1,000 domains. A vhost of another account has no domains here.
        """
        filters = {"VhostList": list(vhosts), "DomainNameList": list(names)}
        body = {"PageSize": PAGE_SIZE, **{name: values for name, values in filters.items() if values}}
        domains: list[Domain] = []
        for number in range(1, LAST_PAGE + 1):
            page = read_page(self.call(LIST_DOMAINS, {"PageNum": number, **body}, deadline), number)
            domains += page.domains
            if page.is_last:
                break
        return domains

    def recordings(self, vhost: str, deadline: Deadline) -> list[RecordingPreset]:
        """List the recording presets of a vhost: those of all levels, by one call for each storage."""
        bodies = ({"Vhost": vhost, "Type": storage} for storage in STORAGES_BY_TYPE)
        return [
            recording
            for body in bodies
            for recording in read_recordings(self.call(LIST_RECORDINGS, body, deadline), body["Type"])
        ]

    def _listed(self, vhost: str, type_: str, deadline: Deadline) -> ListedPresets:
        body = {"Type": type_, **({"Vhost": vhost} if vhost else {})}
        return read_items(_LIST, listed(self._send(_LIST, body, deadline), "List", _LIST, "presets"))

    def _send(self, action: str, body: dict[str, Any], deadline: Deadline) -> Any:
        try:
            return self._transport.send(action, body, deadline.within(self._call_seconds).left())
        except LiveError as error:
            if action not in _READ_ONLY:
                raise
            advice = "Run the command again." if isinstance(error, OutcomeUnknownError) else ""
            raise error.amended(outcome=Outcome.UNCHANGED, advice=advice) from None

    @functools.cached_property
    def _transport(self) -> Transport:
        from pulumi_volcengine_live.api.transport import Transport  # noqa: PLC0415 - a program that makes no call need not load the SDK

        return Transport(self._credentials, self._endpoint)


@functools.cache
def client_for(credentials: Credentials, endpoint: str) -> Client:
    """The one client, and so the one limiter, that this process has for these keys and this endpoint."""
    return Client(credentials, endpoint)


def _body(identity: Identity) -> dict[str, str]:
    body = {"Vhost": identity.vhost, "App": identity.app}
    return {**body, "Stream": identity.stream} if identity.stream else body


def _joined(answers: Mapping[str, Future[ListedPresets]]) -> ListedPresets:
    """The listings of each storage as one; the service may refuse one and answer the other."""
    listings: list[ListedPresets] = []
    refused: dict[str, NotFoundError] = {}
    for type_, answer in answers.items():
        try:
            listings.append(answer.result())
        except NotFoundError as error:
            refused[type_] = error
    if not listings:
        raise next(iter(refused.values()))
    return ListedPresets(
        tuple(preset for listing in listings for preset in listing.presets),
        tuple(item for listing in listings for item in listing.unreadable),
        refused,
    )
