"""Users: who may log in, hold keys and roles, and who no longer may."""

import unicodedata
from collections.abc import Iterable
from dataclasses import replace
from typing import NewType

from argon2 import PasswordHasher

from keyreeve.domain import user as user_rules
from keyreeve.domain.audit import Actor
from keyreeve.domain.errors import InvalidUsername, LastOwner, NotUserAdministrator, UserNotFound
from keyreeve.domain.role import GLOBAL_OWNER, GROUP_OWNER
from keyreeve.domain.subject import Subject
from keyreeve.domain.user import User
from keyreeve.services import roles
from keyreeve.storage.transaction import Snapshot, Transaction

EXTERNAL_ID_LIMIT = 255

PasswordHash = NewType("PasswordHash", str)
"""An Argon2id hash in its own notation; a plain password is none."""

# 46 MiB, one pass, one lane: the first choice of the OWASP password storage page.
HASHER = PasswordHasher(time_cost=1, memory_cost=47_104, parallelism=1)


def hashed(password: str) -> PasswordHash:
    """Return the hash of a new password. Slow by intent: call it before a transaction begins.

    Raises:
        WeakPassword: it is too short or too long.
    """
    user_rules.check_password(password)
    return PasswordHash(HASHER.hash(password))


def create(  # noqa: PLR0913 - each is a column
    t: Transaction,
    actor: Actor,
    *,
    username: str,
    first_name: str,
    last_name: str,
    password: PasswordHash | None = None,
    global_roles: Iterable[str] = (),
    external_id: str | None = None,
) -> User:
    """Make a user. His login may not equal another's, past or present, in any case.

    Raises:
        InvalidUsername: the login is no e-mail address that a digest can carry.
        InvalidName: a name or the external id is empty, too long or holds controls.
        UserAlreadyExists: the login or the external id is taken.
        InvalidRole: a role is no global role.
        RoleNotGrantable: a role is above the actor's own.
    """
    granted = frozenset(global_roles)
    for role in sorted(granted):
        roles.check_may_grant(t, actor, None, role)
    user = User(
        id=t.edge.new_id(),
        username=_checked_username(username),
        first_name=user_rules.check_name("firstName", first_name),
        last_name=user_rules.check_name("lastName", last_name),
        created=t.edge.now(),
        external_id=_checked_external_id(external_id),
        global_roles=granted,
    )
    if password is not None:
        _check_hash(password)
    t.users.add(user, password_hash=password)
    t.changed("user", user.id)
    told = {"username": user.username, "globalRoles": ", ".join(sorted(granted)) or None}
    t.record(actor, "user.create", user.id, user_id=user.id, details=told)
    return user


def find(s: Snapshot, name_or_id: str) -> User:
    """Return the user of this id, external id or login, exactly as it is or once was spelt.

    Raises:
        UserNotFound: there is none.
    """
    user = s.users.get(name_or_id) or s.users.by_name(name_or_id)
    if user is None:
        raise UserNotFound(name_or_id)
    return user


def seen(s: Snapshot, subject: Subject, user_id: str) -> User:
    """Return the user of this id or external id, as far as the subject may know of him.

    Raises:
        UserNotFound: there is none, or he shares no group with the subject, who has no global role.
    """
    user = s.users.get(user_id)
    if user is None or not _sees(s, subject, user):
        raise UserNotFound(user_id)
    return user


def rename(t: Transaction, actor: Actor, user: User, username: str) -> User:
    """Give a user another login. Keys go on under the login they were made for.

    Raises:
        InvalidUsername: it is no e-mail address that a digest can carry.
        UserAlreadyExists: it is or was another's, in any case.
    """
    current = find(t, user.id)
    if current.username == _checked_username(username):
        return current
    t.users.rename(user.id, username)
    t.changed("user", user.id)
    told = {"from": current.username, "to": username}
    t.record(actor, "user.rename", user.id, user_id=user.id, details=told)
    return replace(current, username=username)


def set_names(t: Transaction, actor: Actor, user: User, *, first_name: str, last_name: str) -> User:
    """Call a user otherwise. He may do that himself, and so may those who administer all users.

    Raises:
        NotUserAdministrator: the actor is neither.
        InvalidName: a name is empty, too long or holds controls.
    """
    current = find(t, user.id)
    if actor.user_id != user.id and not roles.administers_all(t, actor):
        raise NotUserAdministrator("name")
    named = replace(
        current,
        first_name=user_rules.check_name("firstName", first_name),
        last_name=user_rules.check_name("lastName", last_name),
    )
    if named == current:
        return current
    t.users.set_names(user.id, named.first_name, named.last_name)
    told = {"from": _full(current), "to": _full(named)}
    t.record(actor, "user.set_names", user.id, user_id=user.id, details=told)
    return named


def disable(t: Transaction, actor: Actor, user: User, *, force: bool = False) -> User:
    """Disable a user: his sessions end, and from now on none of his keys proves anything.

    Raises:
        LastOwner: a group or the installation would have no enabled Owner, and `force` is off.
    """
    current = find(t, user.id)
    if not current.enabled:
        return current
    if not force:
        _refuse_last_owner(t, current)
    t.users.set_enabled(user.id, enabled=False)
    t.sessions.remove_all(user.id)
    t.changed("user", user.id)
    t.record(actor, "user.disable", user.id, user_id=user.id, details={"force": force})
    return replace(current, enabled=False)


def enable(t: Transaction, actor: Actor, user: User) -> User:
    """Enable a user again, with the keys, roles and whitelist he had."""
    current = find(t, user.id)
    if current.enabled:
        return current
    t.users.set_enabled(user.id, enabled=True)
    t.changed("user", user.id)
    t.record(actor, "user.enable", user.id, user_id=user.id)
    return replace(current, enabled=True)


def set_password(t: Transaction, actor: Actor, user: User, password: PasswordHash) -> None:
    """Give a user another console password."""
    _check_hash(password)
    t.users.set_password_hash(user.id, password)
    t.record(actor, "user.set_password", user.id, user_id=user.id)


def _sees(s: Snapshot, subject: Subject, user: User) -> bool:
    if user.id == subject.user_id or subject.everywhere:
        return True
    return any(group.id in subject.memberships for group in s.groups.of_user(user.id))


def _full(user: User) -> str:
    return f"{user.first_name} {user.last_name}"


def _checked_username(text: str) -> str:
    """Accept a login in one composition of its accents: two would look alike and differ."""
    user_rules.check_username(text)
    if not unicodedata.is_normalized("NFC", text):
        raise InvalidUsername(text, "its accents must be composed (Unicode NFC)")
    return text


def _checked_external_id(text: str | None) -> str | None:
    if text is None:
        return None
    return user_rules.check_name("externalId", text, longest=EXTERNAL_ID_LIMIT)


def _check_hash(password: PasswordHash) -> None:
    """Let no plain password through to the database, whatever a caller hands in."""
    if not password.startswith("$argon2id$"):
        raise ValueError("hash a password with users.hashed before the transaction begins")


def _refuse_last_owner(t: Transaction, user: User) -> None:
    if GLOBAL_OWNER in user.global_roles and t.users.global_owners() == (user.id,):
        raise LastOwner(user.username, "the installation")
    for group in t.groups.of_user(user.id):
        if GROUP_OWNER in t.groups.roles(user.id, group.id):
            roles.check_owner_remains(t, user, group)
