"""Checks what an update would refuse, and warns of drift.

A preview that passes must not end in a refused update: what the update would refuse, or may refuse depending on the
order of its steps, is refused here first.
"""

from __future__ import annotations

import logging
import threading
from typing import Any, Final

from pulumi_volcengine_live.drift import differing_fields, has_other_name, is_another
from pulumi_volcengine_live.errors import (
    AccessError,
    ConflictError,
    LiveError,
    NotFoundError,
    SettingsError,
    UnreadablePresetError,
)
from pulumi_volcengine_live.fields import FIXED, INPUTS
from pulumi_volcengine_live.lifecycle.listings import Listing
from pulumi_volcengine_live.lifecycle.operations import PREVIEW_SECONDS, AccountPresets
from pulumi_volcengine_live.preset import Identity, Preset
from pulumi_volcengine_live.settings import LIVE_CHECKS, LIVE_CHECKS_VARIABLE

from .conversions import Failure
from .likely_mistakes import LikelyMistakes
from .program import Plan, Program, Resource

STREAMS_PER_APP: Final = 20
"""How many streams of an app can have presets (doc 1126880)."""

_AFTER_DRIFT: Final = "`pulumi refresh` shows it, and `pulumi up` then brings it to what the program declares."
_REPLACED_OUTSIDE: Final = (
    "time-shift preset %s is not the one in the state: the service calls it %r, and the state has %r. A refresh takes"
    " it into the state as yours, and `pulumi destroy` then deletes it; `pulumi state delete` leaves it alone."
)
_MAY_BE_REMOVED: Final = (
    "it was removed, or these keys belong to another account. Check the keys, then run `pulumi refresh` and"
    " `pulumi up`, which creates it again."
)
_WAYS_TO_ADOPT: Final = {
    Plan.CREATE: (
        "To manage it from this program, set adopt=True, also if --replace, --target-replace or `pulumi state taint`"
        ' forces its replacement; a renamed resource needs an alias instead. For other causes see "The preset exists'
        ' already" on the page "Troubleshooting" of the documentation.'
    ),
    Plan.REPLACE: (
        "To take it over, set adopt=True. If another resource gives this vhost, app and stream up in this update, add"
        " depends_on=[that resource] instead; two that swap need an earlier update, which moves one of them to a third"
        " vhost, app or stream."
    ),
    Plan.RECREATE: "To take it over, set adopt=True.",
}
_RETAINED: Final = (
    "retain_on_delete keeps the old preset in the service, so its replacement cannot be created under the same vhost,"
    " app and stream; remove retain_on_delete, or change one of the three"
)
_REFUSED_VHOST: Final = (
    "Check vhost, and that the keys belong to the account that has it. If they do, the service refuses a vhost without"
    f" presets: create the first one with {LIVE_CHECKS_VARIABLE}=off (the setting {LIVE_CHECKS})."
)

_log = logging.getLogger(__package__)


class PreviewChecks:
    """The checks of one phase of a command, such as its preview.

    If a listing fails, one warning says so, and the service is not asked again.
    """

    def __init__(
        self,
        program: Program,
        account: AccountPresets | None,
        likely_mistakes: LikelyMistakes | None,
        no_account: SettingsError | None = None,
    ) -> None:
        """Without an account, only what follows from the program itself is checked; `no_account` says why."""
        self._program = program
        self._no_account = no_account
        self._account = account
        self._likely_mistakes = likely_mistakes
        self._lock = threading.Lock()
        self._vhost_asked = ""
        self._warned: set[str] = set()
        self._kept: dict[str, Preset] = {}
        """The listed presets of resources that stay, by URN."""

    def failures(self, resource: Resource) -> list[Failure]:
        """What is wrong with a resource, so that the engine must not go on; drift is only warned of."""
        with self._lock:
            return (
                self._declared_twice(resource)
                or self._managed_twice(resource)
                or self._adopted_and_deleted(resource)
                or self._refused_by_service(resource)
            )

    def require_not_adopted_elsewhere(self, urn: str) -> None:
        """ConflictError if the replacement of a resource deletes what another resource adopts.

        Only for a replacement that the engine announces by a diff, without a check before it.
        """
        with self._lock:
            resource = self._program.get(urn)
            failures = [] if resource.checked_with_olds else self._adopted_and_deleted(resource)
        if failures:
            message = f"{failures[0][1]}."
            raise ConflictError(message)

    def explain(self, resource: Resource) -> None:
        """Say in a preview what its diff does not show; this never fails.

        It says if nothing was checked and what is adopted, and warns of likely mistakes in a preset that will be
        created.
        """
        with self._lock:
            if self._no_account is not None:
                self._warn_once(f"this preview was not checked against the service: {self._no_account}")
            if self._account is None or resource.plan is Plan.KEEP:
                return
            try:
                adopted = self._explain_adoption(resource, self._account)
            except LiveError:  # a listing failed: `failures` has warned of it, and an explanation fails no preview
                return
            if not adopted and self._likely_mistakes is not None:
                self._likely_mistakes.warn_about(resource, self._account.deadline(PREVIEW_SECONDS))

    def _explain_adoption(self, resource: Resource, account: AccountPresets) -> bool:
        """Say what adopt does, since the engine shows a create in any case.

        True if an existing preset is adopted, or may be.
        """
        if not resource.adopts or resource.new_identity is None:
            return False
        listing = account.listing_for_preview(resource.new_identity.vhost)
        freeing = self._program.freeing(resource)
        # What a replacement deletes first is not adopted, only a preset that somebody put in its place.
        existing = _put_in_place_of(freeing, listing) if freeing else listing.get(resource.new_identity)
        if resource.news.get("adopt") is not True:  # it is not known yet
            return existing is not None
        if existing is not None:
            self._warn_once(_adoption(resource, existing))
        elif freeing is None and listing.refusal_of(None) is None:  # every storage was listed
            warning = (
                f"time-shift preset {resource.new_identity} does not exist: the update creates it, and adopts nothing."
            )
            self._warn_once(warning)
        return existing is not None

    def _warn_once(self, warning: str) -> None:
        """Warn once: the engine checks a replaced resource twice."""
        if warning not in self._warned:
            self._warned.add(warning)
            _log.warning("%s", warning)

    def warn_if_replaced_outside(self, resource: Resource) -> None:
        """Warn if the service's name for the preset shows that somebody replaced it; this never fails."""
        with self._lock:
            existing = self._kept.get(resource.urn) if resource.plan is Plan.KEEP else None
            if existing is not None and has_other_name(existing, _stored(resource)):
                _log.warning(_REPLACED_OUTSIDE, resource.old_identity, existing.preset_name, resource.preset_name)

    def _refused_by_service(self, resource: Resource) -> list[Failure]:
        """The failures that listings show; of a resource that stays, only warnings of drift.

        After a listing that failed, no other is asked for.
        """
        try:
            if self._account is None:
                return []
            if resource.plan is Plan.KEEP:
                self._warn_of_drift(resource, self._account)
                return []
            return self._refused_delete(resource, self._account) or self._refused_create(resource, self._account)
        except AccessError:  # the update would fail with these keys too
            raise
        except UnreadablePresetError as error:
            return [("app", f"{error.problem} {error.advice}")]
        except LiveError as error:
            self._account = None
            _log.warning(
                "from here on, resources are not checked against the service, because a listing failed: %s", error
            )
            return []

    def _declared_twice(self, resource: Resource) -> list[Failure]:
        other = self._program.also_declaring(resource.urn, resource.new_identity) if resource.new_identity else None
        if other is None:
            return []
        return [("app", f"the resource {other.name!r} declares {resource.new_identity} too; remove one of the two")]

    def _managed_twice(self, resource: Resource) -> list[Failure]:
        other = self._program.sharing_preset_with(resource)
        if other is None:
            return []
        reason = (
            f"the state has {resource.old_identity} for the resource {other.name!r} too, and the replacement of one may"
            " delete what the other one keeps. Take one of the two out of the state with `pulumi state delete`: that"
            " deletes nothing in the service"
        )
        return [(resource.reported_input, reason)]

    def _adopted_and_deleted(self, resource: Resource) -> list[Failure]:
        """Refuse if one resource adopts what the replacement of another deletes: their order is not fixed."""
        pair = self._program.deleting_and_adopting(resource)
        if pair is None:
            return []
        deleting, adopting = pair
        reason = (
            f"the resource {adopting.name!r} adopts {deleting.to_delete}, which the replacement of the resource"
            f" {deleting.name!r} may delete first. To keep the preset, make two updates: "
        )
        steps = (
            f"in the first, leave {deleting.name!r} out of the program, let {adopting.name!r} adopt it and change"
            " nothing else; in the second, do the rest"
        )
        if deleting.checked_with_olds:
            steps += f". To create it anew instead, remove adopt, and add depends_on=[{deleting.name}]"
        return [("adopt" if adopting is resource else resource.reported_input, reason + steps)]

    def _warn_of_drift(self, resource: Resource, account: AccountPresets) -> None:
        """A preset that is not listed is no failure: an earlier update may have deleted it and failed to create it."""
        if resource.old_identity is None:
            return
        existing = account.preset_for_preview(resource.old_identity)
        if existing is None:
            _log.warning(
                "time-shift preset %s is in the state, but the service does not list it: %s",
                resource.old_identity,
                _MAY_BE_REMOVED,
            )
            return
        self._kept[resource.urn] = existing
        for name in differing_fields(existing, resource.olds):
            _log.warning(
                "time-shift preset %s has drifted: %s is %s in the service and %s in the state: %s",
                existing.identity,
                name,
                getattr(existing, name),
                resource.olds[name],
                _AFTER_DRIFT,
            )

    def _refused_delete(self, resource: Resource, account: AccountPresets) -> list[Failure]:
        """A replacement deletes first, and a delete may be refused.

        If the resource adopts, its delete leaves alone a preset that somebody put in the place of its own.
        """
        # If another resource manages the preset now, the delete leaves it alone.
        if resource.to_delete is None or self._program.holder(resource.to_delete) is not None:
            return []
        another = _put_in_place_of(resource, account.listing_for_preview(resource.to_delete.vhost))
        if another is not None:
            return [] if resource.adopts else _not_the_one_in_the_state(another, resource)
        creating = self._program.creating_before(resource)
        other = f"{creating.to_create}, which the resource {creating.name!r} creates in this update" if creating else ""
        advice = f"Add depends_on=[{resource.name}] to {creating.name!r}, so that it comes later." if creating else ""
        refusal = account.refusal_of_delete(resource.to_delete, other, advice, _stored(resource))
        if not refusal:
            return []
        changed = ", ".join(name for name in resource.replaced_for if name in INPUTS)
        cause = f"the change of {changed}" if changed else "an option of the resource or the command"
        return [(resource.reported_input, f"{cause} replaces {resource.to_delete}, which is deleted first: {refusal}")]

    def _refused_create(self, resource: Resource, account: AccountPresets) -> list[Failure]:
        identity = resource.new_identity
        if identity is None:
            return []
        if resource.plan is Plan.REPLACE and resource.retained and identity == resource.old_identity:
            return [(resource.reported_input, _RETAINED)]
        listing = account.listing_for_preview(identity.vhost)
        if identity in self._program.freed_for(resource):
            replaced_outside = self._refused_if_replaced_outside(resource, listing)
            return replaced_outside or self._refused_before_delete(resource, account)
        existing = listing.get(identity)
        if existing is not None:
            return self._refused_as_existing(resource, existing)
        return (
            self._refused_before_delete(resource, account)
            or self._too_many_streams(resource, identity, listing)
            or self._refused_vhost(identity, account, listing)
        )

    def _refused_if_replaced_outside(self, resource: Resource, listing: Listing) -> list[Failure]:
        """Refuse if the preset that a replacement would delete first is not the one in the state.

        If an earlier update deleted the old preset and failed to create the new one, the engine announces the same
        replacement again and asks for no delete. A preset that somebody created meanwhile would be in the way.
        """
        freeing = self._program.freeing(resource)
        existing = _put_in_place_of(freeing, listing) if freeing else None
        if existing is None or freeing is None:  # the second half is for the type checker
            return []
        if resource.adopts:
            return _refused_adoption(resource, existing)
        return _not_the_one_in_the_state(existing, freeing)

    def _refused_before_delete(self, resource: Resource, account: AccountPresets) -> list[Failure]:
        """Refuse a create that may come before another replacement's delete in the app, which would then be refused."""
        deleting = self._program.deleting_after(resource)
        if deleting is None or deleting.to_delete is None:  # the second half is for the type checker
            return []
        advice = f"Add depends_on=[{deleting.name}] to this resource, so that it comes later."
        other = f"{resource.new_identity}, which this resource creates"
        refusal = account.refusal_of_delete(deleting.to_delete, other, advice, _stored(deleting))
        if not refusal:
            return []
        reason = f"the resource {deleting.name!r} replaces {deleting.to_delete} in this update, which is deleted first"
        return [("app", f"{reason}: {refusal}")]

    def _refused_as_existing(self, resource: Resource, existing: Preset) -> list[Failure]:
        leaving = self._program.deleting(existing.identity, other_than=resource)
        if resource.adopts:
            return _refused_adoption(resource, existing)
        if leaving is None:
            return [("adopt", f"{existing} exists already. {_WAYS_TO_ADOPT[resource.plan]}")]
        moves = f"the resource {leaving.name!r} moves away from {existing.identity} in this update"
        if leaving.new_identity is not None and leaving.new_identity == resource.old_identity:
            fix = (
                f"to {leaving.new_identity}, so the two swap. First move one of them to a third vhost, app or stream,"
                " in an update of its own"
            )
        else:
            fix = f"and Pulumi does not say which of the two comes first. Add depends_on=[{leaving.name}] to this one"
        return [("adopt", f"{moves}, {fix}")]

    def _too_many_streams(self, resource: Resource, identity: Identity, listing: Listing) -> list[Failure]:
        if not identity.stream:
            return []
        freed = self._program.freed_for(resource) | self._program.replaced_within_app(identity)
        listed = {preset.identity for preset in listing.siblings(identity)}
        expected = self._program.declared() | (listed - freed)
        streams = {other for other in expected if other.is_in_app_of(identity) and other.stream}
        if len(streams) <= STREAMS_PER_APP:
            return []
        reason = (
            f"with this preset the app {identity.vhost}/{identity.app} has presets of {len(streams)} streams, and the"
            f" service takes {STREAMS_PER_APP}; remove others first, or use one preset of the whole app"
        )
        return [("stream", reason)]

    def _refused_vhost(self, identity: Identity, account: AccountPresets, listing: Listing) -> list[Failure]:
        """Ask whether the service refuses a vhost that has no presets yet.

        Only the first such vhost is asked about, so that this check adds one listing at most.
        """
        if self._vhost_asked or listing.of_vhost(identity.vhost):
            return []
        self._vhost_asked = identity.vhost
        try:
            account.require_vhost_listable(identity.vhost)
        except (NotFoundError, AccessError) as refusal:
            advice = _REFUSED_VHOST if isinstance(refusal, NotFoundError) else refusal.advice
            return [("vhost", f"{refusal.problem} {advice}")]
        except LiveError as error:
            _log.warning("the vhost %s was not checked against the service: %s", identity.vhost, error)
        return []


def _adoption(resource: Resource, existing: Preset) -> str:
    """What adopt does to a preset that exists.

    A replacement that an option or a command forces is checked like a new resource, so its plan says create, although
    Pulumi may show a replacement. Hence "where".
    """
    start = "where Pulumi shows a create, the update adopts" if resource.plan is Plan.CREATE else "the update adopts"
    changes = [f"{name} to {resource.news[name]}" for name in differing_fields(existing, resource.news)]
    if "max_shift_time" not in resource.news:
        changes.append("max_shift_time to a value that is not known yet")
    change = f"changes {' and '.join(changes)}" if changes else "changes nothing"
    return f"{start} the existing time-shift preset {existing}, and {change}."


def _put_in_place_of(replaced: Resource, listing: Listing) -> Preset | None:
    """The preset that is listed in the place of the one that a replacement would delete."""
    existing = listing.get(replaced.to_delete) if replaced.to_delete else None
    return existing if existing is not None and is_another(existing, _stored(replaced)) else None


def _stored(resource: Resource) -> dict[str, Any]:
    """What the state has: a check is given the inputs only, and a diff the name too."""
    return {"preset_name": resource.preset_name, **resource.olds}


def _not_the_one_in_the_state(existing: Preset, replaced: Resource) -> list[Failure]:
    stored = _stored(replaced)
    names = f": the service calls it {existing.preset_name!r}, and the state has {stored['preset_name']!r}"
    names_differ = names if has_other_name(existing, stored) else ""
    reason = (
        f"{existing} exists already, and it is not the one in the state{names_differ}. Run `pulumi refresh`; if the"
        " preset is refused again, set adopt=True"
    )
    return [("adopt", reason)]


def _refused_adoption(resource: Resource, existing: Preset) -> list[Failure]:
    return [
        (
            name,
            f"the preset to adopt is {existing}, and {name} cannot be changed in place: declare the value that exists",
        )
        for name in differing_fields(existing, resource.news)
        if name in FIXED
    ]
