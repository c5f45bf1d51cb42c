"""Subjects as they are stored: everything a decision needs of a user, in a handful of queries."""

from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from keyreeve.domain import role as roles
from keyreeve.domain.decision import NamedUser
from keyreeve.domain.role import Roles
from keyreeve.domain.subject import NO_ROLES, GroupState, Membership, Subject
from keyreeve.domain.whitelist import Whitelist
from keyreeve.protocol import address, digest
from keyreeve.storage import proofs, schema
from keyreeve.storage.errors import SealBroken
from keyreeve.storage.sealing import Secrets

_NOBODY = ""
"""The id of no user."""

_users = schema.users.c
_keys = schema.api_keys.c
_proofs = schema.api_key_proofs.c
_groups = schema.groups.c
_memberships = schema.memberships.c
_GROUP_STATE = _groups.id, _groups.public_api_enabled, _groups.observed


@dataclass(frozen=True, slots=True)
class Credential:
    """What proves one key under one name and algorithm."""

    key_id: str
    enabled: bool
    name: str
    algorithm: str
    ha1: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class StoredSubject:
    """A subject, whether he is enabled, and what proves his keys under the name asked for."""

    subject: Subject
    enabled: bool
    credentials: tuple[Credential, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """A user or a group that changed at one epoch."""

    epoch: int
    kind: str
    id: str


class Subjects:
    """All subjects, seen through one snapshot.

    Every answer is read to its end before anything is made of it: one that an exception leaves
    half-read would be ended later, by whichever thread drops the traceback, while others use the
    connection.
    """

    def __init__(self, connection: sa.Connection, secrets: Secrets, realm: str) -> None:
        self._connection = connection
        self._secrets = secrets
        self._realm = realm

    def by_name(self, name: str) -> StoredSubject | None:
        """Return the subject who has or had exactly this login, or a key with this id."""
        names = schema.user_names.c
        login = sa.select(names.user_id).where(names.name == name)
        key = sa.select(_keys.user_id).where(_keys.id == name)
        row = self._user(_users.id.in_(login.union_all(key)))
        if row is None:
            self._as_if_known(name)
            return None
        return StoredSubject(self._subject(row), row.enabled, self._credentials(row.id, name))

    def by_bearer(self, digest: bytes) -> tuple[StoredSubject, str, bool] | None:
        """Return the subject whose key has this digest, the key's id and whether it is enabled."""
        query = sa.select(_keys.id, _keys.user_id, _keys.enabled)
        key = self._connection.execute(query.where(_keys.bearer_digest == digest)).one_or_none()
        if key is None:
            return None
        row = self._connection.execute(sa.select(schema.users).where(_users.id == key.user_id))
        user = row.one()
        return StoredSubject(self._subject(user), user.enabled), key.id, key.enabled

    def group(self, group_id: str) -> GroupState | None:
        """Return the group with this id, or else with this external id."""
        return self._group(_groups.id == group_id) or self._group(_groups.external_id == group_id)

    def group_by_name(self, name: str) -> GroupState | None:
        """Return the group of this name."""
        return self._group(_groups.name == name)

    def user(self, user_id: str) -> NamedUser | None:
        """Return the user with this id, or else with this external id, as a path names him."""
        return self._named(_users.id == user_id) or self._named(_users.external_id == user_id)

    def user_by_name(self, name: str) -> NamedUser | None:
        """Return the user who has or had exactly this login, as a path names him."""
        names = schema.user_names.c
        return self._named(_users.id.in_(sa.select(names.user_id).where(names.name == name)))

    def epoch(self) -> int:
        """Return the epoch of this snapshot."""
        epoch: int = self._connection.execute(sa.select(schema.installation.c.epoch)).scalar_one()
        return epoch

    def changes_since(self, epoch: int) -> tuple[Change, ...] | None:
        """Return what changed after `epoch`, oldest first; None if the list starts later than that.

        Whoever trims the list drops its oldest epochs, never the newest.
        """
        changes = schema.changes.c
        oldest = self._connection.execute(sa.select(sa.func.min(changes.epoch))).scalar_one()
        if oldest is not None and oldest > epoch + 1:
            return None
        query = sa.select(schema.changes).where(changes.epoch > epoch).order_by(changes.epoch)
        return tuple(Change(**row) for row in self._connection.execute(query).mappings().all())

    def _as_if_known(self, name: str) -> None:
        """Do for nobody what is done for a user with one key: time must not tell who exists."""
        self._everywhere(_NOBODY)
        self._memberships(_NOBODY, NO_ROLES)
        self._whitelist(_NOBODY)
        self._credentials(_NOBODY, name)
        for algorithm in digest.ALGORITHMS:
            with suppress(SealBroken):
                self._ha1(_NOBODY, name, algorithm, self._secrets.decoy())

    def _user(self, condition: sa.ColumnElement[bool]) -> sa.Row[Any] | None:
        return self._connection.execute(sa.select(schema.users).where(condition)).one_or_none()

    def _subject(self, user: sa.Row[Any]) -> Subject:
        everywhere = self._everywhere(user.id)
        return Subject(
            user_id=user.id,
            username=user.username,
            memberships=self._memberships(user.id, everywhere),
            everywhere=everywhere,
            whitelist=self._whitelist(user.id),
        )

    def _everywhere(self, user_id: str) -> Roles:
        held = schema.global_roles.c
        query = sa.select(held.role).where(held.user_id == user_id)
        return roles.everywhere(frozenset(self._connection.execute(query).scalars().all()))

    def _memberships(self, user_id: str, everywhere: Roles) -> Mapping[str, Membership]:
        held = schema.group_roles
        query = (
            sa.select(*_GROUP_STATE, held.c.role)
            .join(schema.memberships, _memberships.group_id == _groups.id)
            .outerjoin(
                held,
                (held.c.group_id == _groups.id) & (held.c.user_id == _memberships.user_id),
            )
            .where(_memberships.user_id == user_id)
        )
        found: dict[GroupState, set[str]] = defaultdict(set)
        for *state, role in self._connection.execute(query).all():
            found[GroupState(*state)].update([role] if role else [])
        return {g.id: Membership(g, everywhere | given) for g, given in found.items()}

    def _whitelist(self, user_id: str) -> Whitelist:
        entries = schema.whitelist_entries.c
        query = sa.select(entries.network, entries.id).where(entries.user_id == user_id)
        rows = self._connection.execute(query).all()
        return Whitelist({address.parse_network(text): entry_id for text, entry_id in rows})

    def _credentials(self, user_id: str, name: str) -> tuple[Credential, ...]:
        query = (
            sa.select(_keys.id, _keys.enabled, _proofs.algorithm, _proofs.sealed)
            .join(schema.api_key_proofs, _proofs.key_id == _keys.id)
            .where(_keys.user_id == user_id, _proofs.name == name)
            .order_by(_keys.slot, _proofs.algorithm)
        )
        rows = self._connection.execute(query).all()
        return tuple(
            Credential(key_id, enabled, name, algorithm, self._ha1(key_id, name, algorithm, sealed))
            for key_id, enabled, algorithm, sealed in rows
        )

    def _ha1(self, key_id: str, name: str, algorithm: str, sealed: bytes) -> str:
        bound = proofs.bound(key_id, name=name, algorithm=algorithm, realm=self._realm)
        return self._secrets.unseal(sealed, **bound).decode()

    def _group(self, condition: sa.ColumnElement[bool]) -> GroupState | None:
        row = self._connection.execute(sa.select(*_GROUP_STATE).where(condition)).one_or_none()
        return None if row is None else GroupState(*row)

    def _named(self, condition: sa.ColumnElement[bool]) -> NamedUser | None:
        query = (
            sa.select(_users.id, _memberships.group_id)
            .outerjoin(schema.memberships, _memberships.user_id == _users.id)
            .where(condition)
        )
        rows = self._connection.execute(query).all()
        groups = frozenset(row.group_id for row in rows if row.group_id is not None)
        return NamedUser(rows[0].id, groups) if rows else None
