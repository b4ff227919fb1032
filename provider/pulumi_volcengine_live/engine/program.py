"""What this phase knows of the program's resources: one object for each process and account.

The engine tells a provider of one resource at a time, in registration order, and never says why. What it plans follows
from the order of its calls for one URN (`tests/sequences` has them as recorded):

| known before the call   | the engine's call        | plan after | why                                                |
| ----------------------- | ------------------------ | ---------- | -------------------------------------------------- |
| anything                | check with old inputs    | KEEP       | or REPLACE, if a changed input replaces            |
| checked with old inputs | diff                     | KEEP       | or REPLACE, as the diff answers                    |
| nothing                 | diff that replaces by    | REPLACE    | it is deleted before the resource named there; if  |
|                         | `replace_with`           |            | it has an alias, later calls have the new URN      |
| nothing                 | any other diff           | nothing    | not decided: a dependency is deleted first, or the |
|                         |                          |            | refresh step of `up --refresh` compares            |
| nothing                 | delete                   | REPLACE    | or the resource left the program: then no check    |
|                         |                          |            | follows, and the plan does not matter              |
| nothing                 | check without old inputs | CREATE     | also `--target-replace` and taint look like this   |
| KEEP, not diffed        | check without old inputs | REPLACE    | forced by a changed `replacement_trigger`          |
| KEEP, diffed            | check without old inputs | RECREATE   | an earlier update deleted it and failed to create  |
| REPLACE                 | check without old inputs | REPLACE    | the engine's second check of a replacement         |

Resources that do not depend on each other are registered in an order that changes from run to run, also between a
preview and its update. So the checks of one resource beside another must hold in every order. Only a dependency fixes
the order: what a resource depends on is finished before it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from pulumi_volcengine_live.errors import ConflictError
from pulumi_volcengine_live.fields import INPUTS
from pulumi_volcengine_live.preset import Identity, Preset

from .sdk_workarounds import REPLACE_WITH


class Plan(Enum):
    """What the engine will do with a resource."""

    CREATE = "create"
    KEEP = "keep, or update in place"
    REPLACE = "delete first (unless retained), then create"
    RECREATE = "create what an earlier update deleted"


@dataclass
class Resource:
    """What is known of one resource of the program."""

    urn: str
    plan: Plan = Plan.CREATE
    old_identity: Identity | None = None
    """The preset that the state has for it."""
    olds: Mapping[str, Any] = field(default_factory=dict)
    new_identity: Identity | None = None
    """The preset that the program declares with it; None if that is not known yet, or not declared."""
    news: Mapping[str, Any] = field(default_factory=dict)
    adopts: bool = False
    """Whether `adopt` is True, or is not known yet."""
    replaced_for: tuple[str, ...] = ()
    """The changed inputs that cause the replacement; empty if it was forced."""
    preset_name: str | None = None
    """The name that the service gave the preset in the state; known after a diff."""
    retained: bool = False
    """Whether a replacement leaves the old preset in the service: the engine goes by the option in its state."""
    checked_with_olds: bool = False
    """Whether the engine checked it with its old inputs."""
    replaced_with_another: bool = False
    """Whether its `replace_with` names a resource that is replaced, and so replaces it, whatever its diff shows."""
    diffed: bool = False
    """Whether the engine compared it after that check."""
    depends_on: frozenset[str] = frozenset()
    """The URNs of the presets that its `depends_on` names, and of those that these depend on in turn."""
    created: Preset | None = None
    """The preset that it created or adopted in this phase."""
    attempted: Identity | None = None
    """The preset that it tried to create or adopt in this phase, as long as that has not succeeded."""
    deleted: set[Identity] = field(default_factory=set)
    """The presets that were deleted for it in this phase."""

    @property
    def name(self) -> str:
        """Its name in the program."""
        return self.urn.rpartition("::")[2]

    @property
    def reported_input(self) -> str:
        """The input under which a refused replacement is reported."""
        return next((name for name in self.replaced_for if name in INPUTS), "app")

    @property
    def to_delete(self) -> Identity | None:
        """The preset that its replacement will delete."""
        deletes = self.plan is Plan.REPLACE and not self.retained and self.old_identity not in self.deleted
        return self.old_identity if deletes else None

    @property
    def to_create(self) -> Identity | None:
        """The preset that it will create or adopt."""
        return None if self.plan is Plan.KEEP or self.created else self.new_identity


class Program:
    """The resources that this phase has met, by URN; safe for the plugin's threads."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._resources: dict[str, Resource] = {}

    # Notes of the engine's calls

    def note_check(
        self,
        urn: str,
        *,
        old_identity: Identity | None,
        olds: Mapping[str, Any],
        retained: bool,
        replaced_for: tuple[str, ...],
    ) -> Resource:
        """Note that the engine checks a resource with its old inputs."""
        with self._lock:
            under_old_urn = self._other(urn, lambda other: _planned_under_old_urn(other, old_identity))
            resource = Resource(
                urn,
                Plan.REPLACE if replaced_for or under_old_urn else Plan.KEEP,
                old_identity,
                olds,
                retained=retained,
                replaced_for=replaced_for,
                checked_with_olds=True,
            )
            if under_old_urn is not None:  # the resource has an alias: take over what was noted under its old URN
                resource.replaced_with_another, resource.deleted = True, under_old_urn.deleted
                resource.replaced_for = replaced_for or under_old_urn.replaced_for
                del self._resources[under_old_urn.urn]
            self._resources[urn] = resource
            return resource

    def note_check_as_new(self, urn: str) -> Resource:
        """Note that the engine checks a resource without old inputs: it is new, or it is replaced."""
        with self._lock:
            resource = self._resources.setdefault(urn, Resource(urn))
            if resource.plan is Plan.KEEP:
                resource.plan = Plan.RECREATE if resource.diffed else Plan.REPLACE
            return resource

    def note_declared(
        self,
        resource: Resource,
        new: Identity | None,
        news: Mapping[str, Any],
        *,
        adopts: bool = False,
        depends_on: Collection[str] = (),
    ) -> None:
        """Note what the program declares with a resource."""
        with self._lock:
            resource.new_identity, resource.news, resource.adopts = new, news, adopts
            known = (self._resources[urn] for urn in depends_on if urn in self._resources)
            resource.depends_on = frozenset(depends_on).union(*(other.depends_on for other in known))

    def note_diff(
        self,
        urn: str,
        *,
        old_identity: Identity,
        olds: Mapping[str, Any],
        retained: bool,
        replaced_for: tuple[str, ...],
        preset_name: str | None = None,
    ) -> None:
        """Note that the engine compares a resource; before its check, only `replace_with` plans a replacement."""
        with self._lock:
            resource = self._resources.get(urn)
            if resource is None or not resource.checked_with_olds:
                # The row "any other diff" of the table: this diff plans nothing.
                self._resources.pop(urn, None)
                if REPLACE_WITH in replaced_for:
                    self._resources[urn] = Resource(
                        urn, Plan.REPLACE, old_identity, olds, retained=retained, replaced_for=replaced_for
                    )
                return
            resource.diffed, resource.preset_name = True, preset_name
            # A replacement by `replace_with` stays, whatever its diff shows.
            if replaced_for or not resource.replaced_with_another:
                resource.plan = Plan.REPLACE if replaced_for else Plan.KEEP
                resource.replaced_for = replaced_for

    def note_attempted(self, urn: str, identity: Identity) -> None:
        """Note that a resource is about to create or adopt a preset."""
        with self._lock:
            self._resources.setdefault(urn, Resource(urn)).attempted = identity

    def note_created(self, urn: str, preset: Preset) -> None:
        """Note that a resource created or adopted its preset."""
        with self._lock:
            resource = self._resources.setdefault(urn, Resource(urn))
            resource.new_identity, resource.created, resource.attempted = preset.identity, preset, None

    def note_deleted(self, urn: str, identity: Identity) -> None:
        """Note that a resource's old preset was deleted."""
        with self._lock:
            resource = self._resources.setdefault(urn, Resource(urn, Plan.REPLACE, identity))
            resource.deleted.add(identity)

    # Questions about the program

    def get(self, urn: str) -> Resource:
        """What is known of a resource; for one that is not known, a new record that is not kept."""
        with self._lock:
            return self._resources.get(urn) or Resource(urn)

    def also_declaring(self, urn: str, identity: Identity) -> Resource | None:
        """Another resource that declares the same preset."""
        return self._other(urn, lambda other: other.new_identity == identity)

    def holder(self, identity: Identity) -> Resource | None:
        """The resource that manages the preset now.

        It created or adopted the preset in this phase, or has it in the state and keeps it.
        """
        with self._lock:
            return next((resource for resource in self._resources.values() if _holds(resource, identity)), None)

    def require_unmanaged(self, urn: str, identity: Identity) -> None:
        """ConflictError if another resource manages the preset."""
        holder = self.holder(identity)
        if holder is not None and holder.urn != urn:
            message = f"the resource {holder.name!r} of this program manages it already."
            raise ConflictError(message, advice="Remove one of the two from the program.")

    def require_no_failed_attempt(self, urn: str, identity: Identity) -> None:
        """ConflictError if another resource that declares this preset tried to create or adopt it, and failed.

        After a rename without an alias, `pulumi up --continue-on-error` would still delete it under the old name.
        """
        other = self._other(urn, lambda other: other.attempted == identity)
        if other is not None:
            message = f"the resource {other.name!r} of this program declares it, and failed to take it over."
            raise ConflictError(message, advice="Correct that error first, then run the command again.")

    def deleting_and_adopting(self, resource: Resource) -> tuple[Resource, Resource] | None:
        """The pair (deleting, adopting), one of which is `resource`.

        The replacement of the first deletes what the second adopts.
        """
        with self._lock:
            pairs = (pair for other in self._resources.values() for pair in ((resource, other), (other, resource)))
            return next((pair for pair in pairs if _deletes_adopted(*pair)), None)

    def sharing_preset_with(self, resource: Resource) -> Resource | None:
        """Another resource with this preset in the state, if one of the two keeps it and the other may delete it."""
        return self._other(resource.urn, lambda other: _may_delete(other, resource) or _may_delete(resource, other))

    def deleting(self, identity: Identity, *, other_than: Resource) -> Resource | None:
        """Another resource whose replacement deletes the preset, before or after the create of `other_than`."""
        return self._other(other_than.urn, lambda other: identity in (other.to_delete, *other.deleted))

    def deleting_after(self, resource: Resource) -> Resource | None:
        """Another resource whose replacement may delete a preset of this app after this resource creates one in it."""
        return self._other(
            resource.urn,
            lambda other: _same_app(other.to_delete, resource.to_create) and _may_precede(resource, other),
        )

    def creating_before(self, resource: Resource) -> Resource | None:
        """Another resource that may create a preset of this app before this one's replacement deletes one in it."""
        return self._other(
            resource.urn,
            lambda other: _same_app(other.to_create, resource.to_delete) and _may_precede(other, resource),
        )

    def declared(self) -> set[Identity]:
        """Every preset that the program is known to declare."""
        with self._lock:
            return {resource.new_identity for resource in self._resources.values() if resource.new_identity is not None}

    def freed_for(self, resource: Resource) -> set[Identity]:
        """The presets that are certainly deleted before this resource is created."""
        with self._lock:
            before = self._finished_before(resource)
            freed = {other.to_delete for other in before} | {identity for other in before for identity in other.deleted}
            return {identity for identity in freed if identity is not None and self.holder(identity) is None}

    def freeing(self, resource: Resource) -> Resource | None:
        """The resource whose replacement deletes what this one declares, certainly before this one is created.

        In a replacement under the same vhost, app and stream it is this resource itself. What it declares must be
        known.
        """
        with self._lock:
            before = self._finished_before(resource)
            return next((other for other in before if other.to_delete == resource.new_identity), None)

    def replaced_within_app(self, identity: Identity) -> set[Identity]:
        """The presets of this app that a replacement within it deletes first: the old and new never count at once."""
        with self._lock:
            of_app = [other for other in self._resources.values() if _same_app(other.new_identity, identity)]
            return {other.to_delete for other in of_app if other.to_delete and _same_app(other.to_delete, identity)}

    def _finished_before(self, resource: Resource) -> list[Resource]:
        """The resource and those that it depends on: their deletes are finished before its create."""
        return [self._resources[urn] for urn in (resource.urn, *resource.depends_on) if urn in self._resources]

    def _other(self, urn: str, fits: Callable[[Resource], bool]) -> Resource | None:
        """The first other resource that fits."""
        with self._lock:
            return next((other for other in self._resources.values() if other.urn != urn and fits(other)), None)


def _planned_under_old_urn(planned: Resource, old_identity: Identity | None) -> bool:
    """Whether a diff planned this replacement under an old URN, for the resource that has the preset in the state."""
    only_diffed = planned.new_identity is None and not planned.checked_with_olds
    return planned.plan is Plan.REPLACE and planned.old_identity == old_identity and only_diffed


def _holds(resource: Resource, identity: Identity) -> bool:
    created = resource.created is not None and resource.created.identity == identity
    return created or _keeps(resource, identity)


def _keeps(resource: Resource, identity: Identity) -> bool:
    return resource.plan is Plan.KEEP and resource.old_identity == resource.new_identity == identity


def _may_delete(one: Resource, keeping: Resource) -> bool:
    """Whether a replacement may delete the preset before the resource that keeps it is checked."""
    return one.to_delete is not None and _keeps(keeping, one.to_delete) and _may_precede(one, keeping)


def _deletes_adopted(one: Resource, adopting: Resource) -> bool:
    same = one.to_delete is not None and one.to_delete == adopting.to_create
    return same and adopting.adopts and one.urn != adopting.urn


def _may_precede(one: Resource, other: Resource) -> bool:
    """Whether `one` may be carried out before `other`: it does not depend on it."""
    return other.urn not in one.depends_on


def _same_app(one: Identity | None, other: Identity | None) -> bool:
    return one is not None and other is not None and one.is_in_app_of(other)
