"""Users, made and changed: by Owners, from their whitelisted addresses."""

from typing import ClassVar

from msgspec import UNSET, UnsetType

from keyreeve.api import given_roles
from keyreeve.api.attributes import Attributes
from keyreeve.api.call import Call
from keyreeve.api.given_roles import GivenRole
from keyreeve.api.refusals import EmailAddressDiffers, MissingOneOfAttributes
from keyreeve.api.representation import Reply
from keyreeve.api.routes import Route, Writing
from keyreeve.api.users import UserDocument, whole
from keyreeve.domain.operation import Operation
from keyreeve.services import members, users
from keyreeve.services.users import PasswordHash
from keyreeve.storage.transaction import Transaction


class NewUser(Attributes, frozen=True):
    """A user to make. Without a password he cannot sign in to the console until he has one."""

    username: str
    first_name: str
    last_name: str
    password: str | UnsetType = UNSET
    email_address: str | UnsetType = UNSET
    roles: list[GivenRole] | UnsetType = UNSET

    read_only: ClassVar[frozenset[str]] = frozenset({"id", "links"})


class UserChange(Attributes, frozen=True):
    """What can be changed of a user. The roles replace all that the caller may grant."""

    first_name: str | UnsetType = UNSET
    last_name: str | UnsetType = UNSET
    roles: list[GivenRole] | UnsetType = UNSET

    read_only: ClassVar[frozenset[str]] = frozenset(
        {"id", "username", "emailAddress", "password", "links"}
    )


def hash_password(call: Call) -> PasswordHash | None:
    """Hash the new password, before anybody has to wait for the transaction."""
    wanted: NewUser = call.body
    if isinstance(wanted.email_address, str) and wanted.email_address != wanted.username:
        raise EmailAddressDiffers(wanted.email_address, wanted.username)
    return users.hashed(wanted.password) if isinstance(wanted.password, str) else None


def create(call: Call, t: Transaction) -> Reply:
    """Make a user, with roles no higher than the caller's own."""
    wanted: NewUser = call.body
    user = users.create(
        t,
        call.actor,
        username=wanted.username,
        first_name=wanted.first_name,
        last_name=wanted.last_name,
        password=call.prepared,
    )
    roles = given_roles.held(wanted.roles or ())
    members.replace(t, call.actor, user, roles, seen_by=call.subject)
    return Reply(201, whole(call, t, users.find(t, user.id)))


def change(call: Call, t: Transaction) -> Reply:
    """Change the names of a user, or his roles wherever the caller administers."""
    wanted: UserChange = call.body
    if wanted.first_name is wanted.last_name is wanted.roles is UNSET:
        raise MissingOneOfAttributes("firstName, lastName", "roles")
    user = users.seen(t, call.subject, call.parameters["userId"])
    if wanted.first_name is not UNSET or wanted.last_name is not UNSET:
        user = users.set_names(
            t,
            call.actor,
            user,
            first_name=_or(wanted.first_name, user.first_name),
            last_name=_or(wanted.last_name, user.last_name),
        )
    if not isinstance(wanted.roles, UnsetType):
        roles = given_roles.held(wanted.roles)
        members.replace(t, call.actor, user, roles, seen_by=call.subject)
    return Reply(200, whole(call, t, users.find(t, user.id)))


def _or(given: str | UnsetType, known: str) -> str:
    return known if isinstance(given, UnsetType) else given


_ROLE_ERRORS = (
    "CANNOT_DEMOTE_LAST_OWNER",
    "GROUP_NOT_FOUND",
    "INVALID_ATTRIBUTE",
    "MISSING_ATTRIBUTE",
    "ROLE_NEEDS_GROUP_ID",
    "ROLE_NEEDS_NO_GROUP_ID",
    "UNSUPPORTED_ROLE",
    "USER_UNAUTHORIZED",
)

routes: tuple[Route, ...] = (
    Writing(
        Operation(
            "user.create",
            "POST",
            "/users",
            whitelisted=True,
            summary="Make a user, with roles no higher than your own.",
            body=NewUser,
            answers={201: UserDocument},
            errors=(
                *_ROLE_ERRORS,
                "INVALID_EMAIL_ADDRESS",
                "INVALID_USERNAME",
                "USER_ALREADY_EXISTS",
                "WEAK_PASSWORD",
            ),
        ),
        create,
        hash_password,
    ),
    Writing(
        Operation(
            "user.change",
            "PATCH",
            "/users/{userId}",
            whitelisted=True,
            summary="Change a user's names, or replace his roles wherever you administer.",
            body=UserChange,
            answers={200: UserDocument},
            errors=(*_ROLE_ERRORS, "MISSING_ONE_OF_ATTRIBUTES", "USER_NOT_FOUND"),
        ),
        change,
    ),
)
