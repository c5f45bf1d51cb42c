"""The groups, who is in them, and as what."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from keyreeve.domain.errors import GroupAlreadyExists
from keyreeve.domain.group import Group, Member
from keyreeve.domain.role import GROUP_OWNER, Roles
from keyreeve.storage import schema, users

_groups = schema.groups.c
_memberships = schema.memberships.c
_roles = schema.group_roles.c


class Groups:
    """All groups, seen through one transaction."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def add(self, group: Group) -> None:
        """Keep a new group, with nobody in it.

        Raises:
            GroupAlreadyExists: its name or external id is taken.
        """
        row = {
            "id": group.id,
            "external_id": group.external_id,
            "name": group.name,
            "public_api_enabled": group.public_api_enabled,
            "created": group.created,
            "observed": group.observed,
        }
        try:
            with self._connection.begin_nested():
                self._connection.execute(sa.insert(schema.groups), row)
        except IntegrityError:
            taken = group.name if self.by_name(group.name) else group.external_id or group.name
            raise GroupAlreadyExists(taken) from None

    def get(self, group_id: str) -> Group | None:
        """Return the group with this id, or else with this external id."""
        return self._one(_groups.id == group_id) or self._one(_groups.external_id == group_id)

    def by_name(self, name: str) -> Group | None:
        """Return the group of this name."""
        return self._one(_groups.name == name)

    def list(self) -> tuple[Group, ...]:
        """Return all groups, oldest first."""
        return self._read(_ordered(sa.select(schema.groups)))

    def page(self, *, member: str | None, offset: int, limit: int) -> tuple[tuple[Group, ...], int]:
        """Return some of the groups, oldest first, and how many there are in all.

        `member` narrows them to the groups of one user; None means every group.
        """
        query = sa.select(schema.groups)
        if member is not None:
            query = query.where(_groups.id.in_(_ids_of(member)))
        found = self._read(_ordered(query).offset(offset).limit(limit))
        return found, self._count(query)

    def of_user(self, user_id: str) -> tuple[Group, ...]:
        """Return the groups that a user is in, oldest first."""
        query = sa.select(schema.groups).where(_groups.id.in_(_ids_of(user_id)))
        return self._read(_ordered(query))

    def set_public_api(self, group_id: str, *, enabled: bool) -> None:
        """Open or close the public API of a group."""
        self._connection.execute(
            sa.update(schema.groups)
            .where(_groups.id == group_id)
            .values(public_api_enabled=enabled)
        )

    def set_observed(self, group_id: str, *, observed: bool) -> None:
        """Have doors note what they would refuse in a group, or refuse it."""
        self._connection.execute(
            sa.update(schema.groups).where(_groups.id == group_id).values(observed=observed)
        )

    def rename(self, group_id: str, name: str) -> None:
        """Give a group another name.

        Raises:
            GroupAlreadyExists: the name is taken.
        """
        change = sa.update(schema.groups).where(_groups.id == group_id).values(name=name)
        try:
            with self._connection.begin_nested():
                self._connection.execute(change)
        except IntegrityError:
            raise GroupAlreadyExists(name) from None

    def remove(self, group_id: str) -> None:
        """Remove a group and every place in it; its name and external id are free again."""
        self._connection.execute(sa.delete(schema.memberships).filter_by(group_id=group_id))
        self._connection.execute(sa.delete(schema.groups).where(_groups.id == group_id))

    def members(self, group_id: str) -> tuple[Member, ...]:
        """Return the members of a group with their roles there, oldest user first."""
        return self._members(group_id, _members_of(group_id))

    def member_page(
        self, group_id: str, *, offset: int, limit: int
    ) -> tuple[tuple[Member, ...], int]:
        """Return some members of a group, oldest user first, and how many there are in all."""
        query = _members_of(group_id)
        some = query.order_by(schema.users.c.created, schema.users.c.id).offset(offset).limit(limit)
        return self._members(group_id, some), self._count(query)

    def roles(self, user_id: str, group_id: str) -> Roles:
        """Return the roles that a user was given in a group; global roles are not among them."""
        query = sa.select(_roles.role).where(_roles.user_id == user_id, _roles.group_id == group_id)
        return frozenset(self._connection.execute(query).scalars())

    def all_roles(self, user_id: str) -> Mapping[str, Roles]:
        """Return the roles that a user was given in each of his groups, by group id."""
        query = sa.select(_roles.group_id, _roles.role).where(_roles.user_id == user_id)
        return self._gathered(query)

    def grant(self, user_id: str, group_id: str, role: str) -> None:
        """Give a user a role in a group, and with it a place there."""
        place = {"user_id": user_id, "group_id": group_id}
        known = sa.select(_memberships.user_id).filter_by(**place)
        if self._connection.execute(known).first() is None:
            self._connection.execute(sa.insert(schema.memberships), place)
        self._connection.execute(sa.insert(schema.group_roles), {**place, "role": role})

    def revoke(self, user_id: str, group_id: str, role: str) -> None:
        """Take a role from a user. With his last role there he leaves the group."""
        place = {"user_id": user_id, "group_id": group_id}
        self._connection.execute(sa.delete(schema.group_roles).filter_by(**place, role=role))
        if not self.roles(user_id, group_id):
            self._connection.execute(sa.delete(schema.memberships).filter_by(**place))

    def owners(self, group_id: str) -> tuple[str, ...]:
        """Return the ids of the enabled users who were made Owner of a group."""
        query = (
            sa.select(_roles.user_id)
            .join(schema.users, schema.users.c.id == _roles.user_id)
            .where(_roles.group_id == group_id, _roles.role == GROUP_OWNER, schema.users.c.enabled)
            .order_by(_roles.user_id)
        )
        return tuple(self._connection.execute(query).scalars())

    def _one(self, condition: sa.ColumnElement[bool]) -> Group | None:
        found = self._read(sa.select(schema.groups).where(condition))
        return found[0] if found else None

    def _read(self, query: sa.Select[Any]) -> tuple[Group, ...]:
        return tuple(Group(**row) for row in self._connection.execute(query).mappings())

    def _members(self, group_id: str, query: sa.Select[Any]) -> tuple[Member, ...]:
        chosen = query.subquery()
        roles = self._gathered(
            sa.select(_roles.user_id, _roles.role)
            .join(chosen, chosen.c.id == _roles.user_id)
            .where(_roles.group_id == group_id)
        )
        found = users.read(self._connection, query)
        return tuple(Member(user, roles.get(user.id, frozenset())) for user in found)

    def _gathered(self, query: sa.Select[str, str]) -> Mapping[str, Roles]:
        gathered = defaultdict(set)
        for key, role in self._connection.execute(query):
            gathered[key].add(role)
        return {key: frozenset(roles) for key, roles in gathered.items()}

    def _count(self, query: sa.Select[Any]) -> int:
        counted = sa.select(sa.func.count()).select_from(query.subquery())
        return self._connection.execute(counted).scalar_one()


def _ordered(query: sa.Select[Any]) -> sa.Select[Any]:
    return query.order_by(_groups.created, _groups.id)


def _ids_of(user_id: str) -> sa.Select[str]:
    return sa.select(_memberships.group_id).where(_memberships.user_id == user_id)


def _members_of(group_id: str) -> sa.Select[Any]:
    return sa.select(schema.users).where(
        schema.users.c.id.in_(
            sa.select(_memberships.user_id).where(_memberships.group_id == group_id)
        )
    )
