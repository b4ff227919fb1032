"""Observes what the service does wherever the provider guesses: five stages in an app that only this run uses.

Each stage but the last has at most the preset of the whole app, which the delete call removes under every guess.
"""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Callable
from typing import Any

from pulumi_volcengine_live.api.deadlines import OPERATION_SECONDS, Deadline
from pulumi_volcengine_live.api.retries import Retries
from pulumi_volcengine_live.command.delete_probe import Say, clean_up, try_both_deletes
from pulumi_volcengine_live.command.own_app import DeleteTrial, OwnApp, Presets
from pulumi_volcengine_live.errors import LiveError
from pulumi_volcengine_live.preset import Identity, MaxShiftTime, TimeShiftType

Found = dict[str, str]


def observe(app: OwnApp, say: Say, found: Found) -> None:
    """Run the stages; each cleans up after itself, and if one cannot, those after it are left out."""
    for stage in (_of_nothing, _of_the_vhost, _of_one_preset, _of_types, _of_deletes):
        say(str(stage.__doc__))
        try:
            stage(app, say, found)
        except LiveError as error:
            found[f"({stage.__doc__})"] = f"could not be seen to the end: {error}"
            say(f"this could not be seen: {error}")
        finally:
            clean_up(app, say)
        if app.remaining:
            return


# The stages' docstrings are shown to the user.


def _of_nothing(app: OwnApp, _say: Say, found: Found) -> None:
    """what is answered if there is nothing"""
    found["empty_list"] = _empty_list(app)
    found["no_such_vhost"] = _answer_of(
        lambda: _raw_listing(app, Type="vod", Vhost="volcengine-live-acceptance.invalid"), "an empty list"
    )
    found["update_missing"] = _answer_of(lambda: app.client.update(app.identity, MaxShiftTime.DAYS_1, _deadline()))
    found["delete_missing"] = app.delete(app.identity)


def _of_the_vhost(app: OwnApp, _say: Say, found: Found) -> None:
    """the domains and recording presets of the vhost"""
    found["domains"] = _domains(app, app.identity.vhost)
    found["no_such_domain"] = _domains(app, "volcengine-live-acceptance.invalid")
    found["recordings"] = _recordings(app)


def _of_one_preset(app: OwnApp, _say: Say, found: Found) -> None:
    """a preset that is created, created again, updated and deleted"""
    identity = app.identity
    with app.creating(identity):
        name = app.client.create(app.preset(identity), _deadline())
    found["create_lag"] = _seconds(app.require_within_lag("the preset was created", lambda listed: identity in listed))
    listed = app.presets()[identity]
    found["name"] = {None: "no", listed.preset_name: "yes, the one that is listed"}.get(name, "yes, but another")
    found["enabled"] = "yes" if listed.enabled else "no"
    found["no_type"] = _shows_app(app, identity, Vhost=identity.vhost)
    found["upper_case"] = _shows_app(app, identity, Type="tos", Vhost=identity.vhost.upper())
    app.client.update(identity, MaxShiftTime.DAYS_7, _deadline())
    updated = _has(identity, MaxShiftTime.DAYS_7)
    found["update_lag"] = _seconds(app.require_within_lag("the preset was updated", updated))
    found["create_existing"] = _create_again(app)
    trial = app.try_delete(identity)
    found["delete_lag"] = "never" if trial.seconds is None else _seconds(trial.seconds)


def _of_types(app: OwnApp, _say: Say, found: Found) -> None:
    """a recording time shift, and a preset created without TimeShiftType"""
    identity = app.identity
    recording = dataclasses.replace(app.preset(identity), time_shift_type=TimeShiftType.RECORDING)
    body = {
        "Vhost": identity.vhost,
        "App": identity.app,
        "MaxShiftTime": recording.max_shift_time,
        "PullDomain": recording.pull_domain,
    }
    found["recording"] = _made(app, lambda: app.client.create(recording, _deadline()))
    found["default_type"] = _made(app, lambda: app.client.call("CreateTimeShiftPresetV3", body, _deadline()))


def _of_deletes(app: OwnApp, say: Say, found: Found) -> None:
    """what a delete removes"""
    finding = try_both_deletes(app, say)
    found["delete_stream"] = _removed(finding.of_stream)
    found["delete_app"] = f"{_removed(finding.of_app)}. So {finding.meaning}"


def _raw_listing(app: OwnApp, **body: str) -> Any:
    """A listing as the service writes it, which the client hides."""

    deadline = _deadline()
    answer = Retries(time, deadline).call(lambda: app.client.call("ListTimeShiftPresetV2", body, deadline))
    return answer if isinstance(answer, dict) else {}


def _domains(app: OwnApp, vhost: str) -> str:
    """What the service answers to the call that proves who owns a vhost."""
    deadline = _deadline()
    try:
        domains = Retries(time, deadline).call(lambda: app.client.domains([vhost], deadline))
    except LiveError as error:
        return _refusal(error)
    types = sorted({domain.type for domain in domains if domain.vhost == vhost})
    return f"yes: {', '.join(types)}" if types else "no"


def _recordings(app: OwnApp) -> str:
    deadline = _deadline()
    try:
        recordings = Retries(time, deadline).call(lambda: app.client.recordings(app.identity.vhost, deadline))
    except LiveError as error:
        return _refusal(error)
    kinds = sorted({f"{recording.level} in {recording.storage}" for recording in recordings})
    return ", ".join(kinds) or "none"


def _deadline() -> Deadline:
    return Deadline.after(time, OPERATION_SECONDS)


def _empty_list(app: OwnApp) -> str:
    for type_ in ("vod", "tos"):
        try:
            answer = _raw_listing(app, Type=type_, Vhost=app.identity.vhost)
        except LiveError as error:
            return _refusal(error)
        if not answer.get("List"):
            return f"`{json.dumps(answer['List'])}`" if "List" in answer else "without a List"
    return "not seen: the vhost has presets of both types"


def _create_again(app: OwnApp) -> str:
    again = app.preset(app.identity, MaxShiftTime.DAYS_3)
    refusal = _answer_of(lambda: app.client.create(again, _deadline()), "")
    if refusal:
        return refusal
    app.expect(app.identity)
    overwritten = app.seconds_until(_has(app.identity, MaxShiftTime.DAYS_3), 30) is not None
    return "acknowledged, and it overwrites" if overwritten else "acknowledged, but nothing changes"


def _made(app: OwnApp, create: Callable[[], object]) -> str:
    """What a create of the app's own preset leads to; it is deleted again."""
    try:
        with app.creating(app.identity):
            create()
    except LiveError as error:
        if app.remaining:
            raise
        return _refusal(error)
    app.require_within_lag("the preset was created", lambda listed: app.identity in listed)
    listed = app.presets()[app.identity]
    app.try_delete(app.identity)
    return f"made, stored in {listed.storage}, {'enabled' if listed.enabled else 'not enabled'}"


def _refusal(error: LiveError) -> str:
    """What the service answered; an error that leaves the outcome open, or is not the service's, is raised again."""
    if error.retryable or error.answer is None:
        raise error
    return f"refused: {error.problem}"


def _answer_of(call: Callable[[], object], otherwise: str = "acknowledged") -> str:
    try:
        call()
    except LiveError as error:
        return _refusal(error)
    return otherwise


def _shows_app(app: OwnApp, identity: Identity, **body: str) -> str:
    """Whether this listing shows the app: yes, no, or the refusal."""
    try:
        listed = _raw_listing(app, **body).get("List") or []
    except LiveError as error:
        return _refusal(error)
    return "yes" if any(item.get("App") == identity.app for item in listed) else "no"


def _has(identity: Identity, seconds: int) -> Callable[[Presets], bool]:
    return lambda listed: identity in listed and listed[identity].max_shift_time == seconds


def _seconds(seconds: float) -> str:
    return f"within {seconds:.1f} s"


def _removed(trial: DeleteTrial) -> str:
    what = "exactly the one that it names" if trial.exact else ", ".join(map(str, trial.removed)) or "nothing"
    return f"{what} ({trial.answer})"
