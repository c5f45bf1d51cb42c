"""The catalogue of the guarded API: imported as a whole, and what that changes."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from keyreeve.domain.audit import Actor
from keyreeve.domain.operation import Operation
from keyreeve.domain.role import GROUP_ROLES, Roles
from keyreeve.storage.transaction import Snapshot, Transaction

OBJECT = "catalogue"
"""What audit events of the catalogue are about."""


class Difference(NamedTuple):
    """What another catalogue would change."""

    added: tuple[Operation, ...]
    removed: tuple[Operation, ...]
    changed: tuple[tuple[Operation, Operation], ...]
    """The old and the new of each."""

    def __bool__(self) -> bool:
        """Tell whether there is any difference."""
        return any(self)


def list(s: Snapshot) -> tuple[Operation, ...]:  # noqa: A001 - called with its module
    """Return every operation of the guarded API."""
    return s.catalogue.operations()


def compare(s: Snapshot, operations: Iterable[Operation]) -> Difference:
    """Tell what these operations would change in the catalogue."""
    old = {(o.template, o.method): o for o in s.catalogue.operations()}
    new = {(o.template, o.method): o for o in operations}
    return Difference(
        tuple(new[key] for key in sorted(new.keys() - old.keys())),
        tuple(old[key] for key in sorted(old.keys() - new.keys())),
        tuple((old[key], new[key]) for key in sorted(old) if key in new and old[key] != new[key]),
    )


def replace(t: Transaction, actor: Actor, operations: Sequence[Operation]) -> Difference:
    """Let these be the operations of the guarded API, from the next request on."""
    difference = compare(t, operations)
    if difference:
        t.catalogue.replace(operations)
        told = {
            "operations": len(operations),
            "added": len(difference.added),
            "removed": len(difference.removed),
            "changed": len(difference.changed),
        }
        # The event moves the epoch; judges then see the revision of the catalogue.
        t.record(actor, "catalogue.replace", OBJECT, details=told)
    return difference


def group_roles(s: Snapshot) -> Roles:
    """Return the roles that can be granted in a group: ours, and those the catalogue names."""
    return GROUP_ROLES | s.catalogue.roles()
