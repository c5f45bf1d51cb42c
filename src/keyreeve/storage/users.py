"""The users of the installation, their logins and their global roles."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from keyreeve.domain.errors import UserAlreadyExists
from keyreeve.domain.role import GLOBAL_OWNER, Roles
from keyreeve.domain.user import User
from keyreeve.storage import schema

_users = schema.users.c
_roles = schema.global_roles.c


class Users:
    """All users, seen through one transaction."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def add(self, user: User, *, password_hash: str | None = None) -> None:
        """Keep a new user, the spelling of his login and his global roles.

        Raises:
            UserAlreadyExists: the login in any case, or the external id, is or was another's.
        """
        row = {
            "id": user.id,
            "external_id": user.external_id,
            "username": user.username,
            "first_name": user.first_name,
            "last_name": user.last_name,
            "enabled": user.enabled,
            "password_hash": password_hash,
            "created": user.created,
        }
        try:
            with self._connection.begin_nested():
                self._connection.execute(sa.insert(schema.users), row)
                self._claim(user.id, user.username)
        except IntegrityError:
            raise UserAlreadyExists(self._taken(user)) from None
        for role in sorted(user.global_roles):
            self.add_global_role(user.id, role)

    def get(self, user_id: str) -> User | None:
        """Return the user with this id, or else with this external id."""
        return self._one(_users.id == user_id) or self._one(_users.external_id == user_id)

    def by_name(self, name: str) -> User | None:
        """Return the user who has, or once had, exactly this login."""
        names = schema.user_names.c
        return self._one(_users.id.in_(sa.select(names.user_id).where(names.name == name)))

    def list(self) -> tuple[User, ...]:
        """Return all users, oldest first."""
        return tuple(read(self._connection, sa.select(schema.users)))

    def count(self) -> int:
        """Tell how many users there are."""
        query = sa.select(sa.func.count()).select_from(schema.users)
        return self._connection.execute(query).scalar_one()

    def set_enabled(self, user_id: str, *, enabled: bool) -> None:
        """Enable or disable a user."""
        self._set(user_id, enabled=enabled)

    def set_password_hash(self, user_id: str, password_hash: str) -> None:
        """Keep the Argon2id hash of a new console password."""
        self._set(user_id, password_hash=password_hash)

    def password_hash(self, user_id: str) -> str | None:
        """Return the Argon2id hash of the user's console password, if he has one."""
        query = sa.select(_users.password_hash).where(_users.id == user_id)
        stored: str | None = self._connection.execute(query).scalar_one()
        return stored

    def set_names(self, user_id: str, first_name: str, last_name: str) -> None:
        """Keep what a user is called."""
        self._set(user_id, first_name=first_name, last_name=last_name)

    def rename(self, user_id: str, username: str) -> None:
        """Give a user another login. The old one stays his for ever.

        Raises:
            UserAlreadyExists: the login, in any case, is or was another's.
        """
        try:
            with self._connection.begin_nested():
                self._claim(user_id, username)
                self._set(user_id, username=username)
        except IntegrityError:
            raise UserAlreadyExists(username) from None

    def add_global_role(self, user_id: str, role: str) -> None:
        """Let a user hold one more global role."""
        self._connection.execute(sa.insert(schema.global_roles), {"user_id": user_id, "role": role})

    def remove_global_role(self, user_id: str, role: str) -> None:
        """Take a global role from a user."""
        self._connection.execute(
            sa.delete(schema.global_roles).where(_roles.user_id == user_id, _roles.role == role)
        )

    def global_roles(self, user_id: str) -> Roles:
        """Return a user's global roles."""
        query = sa.select(_roles.role).where(_roles.user_id == user_id)
        return frozenset(self._connection.execute(query).scalars())

    def global_owners(self) -> tuple[str, ...]:
        """Return the ids of the enabled Global Owners."""
        query = (
            sa.select(_users.id)
            .join(schema.global_roles, _roles.user_id == _users.id)
            .where(_roles.role == GLOBAL_OWNER, _users.enabled)
            .order_by(_users.id)
        )
        return tuple(self._connection.execute(query).scalars())

    def _one(self, condition: sa.ColumnElement[bool]) -> User | None:
        return next(read(self._connection, sa.select(schema.users).where(condition)), None)

    def _set(self, user_id: str, **values: object) -> None:
        self._connection.execute(
            sa.update(schema.users).where(_users.id == user_id).values(**values)
        )

    def _claim(self, user_id: str, name: str) -> None:
        """Make a spelling the user's, and with it all that differ from it by case alone."""
        folded = name.casefold()
        if self._owner(schema.folded_names, schema.folded_names.c.folded, folded) != user_id:
            self._connection.execute(
                sa.insert(schema.folded_names), {"folded": folded, "user_id": user_id}
            )
        if self._owner(schema.user_names, schema.user_names.c.name, name) != user_id:
            self._connection.execute(
                sa.insert(schema.user_names), {"name": name, "folded": folded, "user_id": user_id}
            )

    def _owner(self, table: sa.Table, column: sa.Column[Any], value: str) -> str | None:
        return self._connection.execute(
            sa.select(table.c.user_id).where(column == value)
        ).scalar_one_or_none()

    def _taken(self, user: User) -> str:
        """Say which of a refused user's names another has."""
        folded = schema.folded_names
        owner = self._owner(folded, folded.c.folded, user.username.casefold())
        return user.username if owner is not None else user.external_id or user.username


def read(connection: sa.Connection, query: sa.Select[Any]) -> Iterator[User]:
    """Run a query for rows of users and give them with their global roles, oldest first."""
    found = query.subquery()
    joined = (
        sa.select(found, _roles.role)
        .outerjoin(schema.global_roles, _roles.user_id == found.c.id)
        .order_by(found.c.created, found.c.id)
    )
    rows = connection.execute(joined)
    for _, group in groupby(rows, key=lambda row: row.id):
        same = list(group)
        yield user_of(same[0], frozenset(row.role for row in same if row.role is not None))


def user_of(row: sa.Row[Any], global_roles: Roles) -> User:
    """Make a user of his row."""
    return User(
        id=row.id,
        username=row.username,
        first_name=row.first_name,
        last_name=row.last_name,
        created=row.created,
        enabled=row.enabled,
        external_id=row.external_id,
        global_roles=global_roles,
    )
