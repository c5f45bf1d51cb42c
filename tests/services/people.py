"""Users and groups for the tests of services, made the way callers make them."""

from collections.abc import Iterable

from keyreeve.domain.audit import Actor, AuditEvent
from keyreeve.domain.group import Group
from keyreeve.domain.user import User
from keyreeve.services import groups, roles, users
from keyreeve.storage.database import Database
from keyreeve.storage.transaction import Snapshot, Transaction

CLI = Actor("cli:root")
NOBODY = "f" * 24


def made(t: Transaction, name: str = "ada", *, global_roles: Iterable[str] = ()) -> User:
    """Make a user `NAME@example.org`."""
    return users.create(
        t,
        CLI,
        username=f"{name}@example.org",
        first_name=name.title(),
        last_name="Example",
        global_roles=global_roles,
    )


def grouped(t: Transaction, owner: User | None, name: str = "Analytical") -> Group:
    """Make a group with its Owner."""
    return groups.create(t, CLI, name=name, owner=owner)


def house(t: Transaction, *members: str) -> tuple[Group, *tuple[User, ...]]:
    """Make a group with Ada as its Owner and further members, each `NAME:ROLE`."""
    ada = made(t)
    group = grouped(t, ada)
    found = [ada]
    for member in members:
        name, _, role = member.partition(":")
        found.append(made(t, name))
        roles.grant(t, CLI, found[-1], group, role)
    return group, *found


def acting(user: User) -> Actor:
    """Return a user as the one who acts."""
    return Actor(user.username, user_id=user.id, address="192.0.2.1")


def told(s: Snapshot) -> list[AuditEvent]:
    """Return what was recorded, oldest first."""
    return list(reversed(s.audit_log.list()))


def changed(database: Database, since: int) -> set[tuple[str, str]]:
    """Return what judges are told to forget."""
    with database.snapshot() as s:
        return {(change.kind, change.id) for change in s.subjects.changes_since(since) or ()}
