"""The users of a group: given exactly these roles, or taken out."""

from collections import Counter
from typing import ClassVar

from msgspec import UNSET, UnsetType

from keyreeve.api import users
from keyreeve.api.attributes import Attributes
from keyreeve.api.call import Call
from keyreeve.api.refusals import GroupMismatch, MemberNamedTwice, MissingAttribute
from keyreeve.api.representation import Nothing, Page, Reply
from keyreeve.api.routes import Route, Writing
from keyreeve.domain.errors import NamedUserUnknown
from keyreeve.domain.group import Group
from keyreeve.domain.operation import Named, Operation
from keyreeve.domain.role import Roles
from keyreeve.domain.user import User
from keyreeve.services import members
from keyreeve.storage.transaction import Transaction


class MemberRole(Attributes, frozen=True):
    """A role in the group that the path names; naming the group again changes nothing."""

    role_name: str
    group_id: str | UnsetType = UNSET


class GivenMember(Attributes, frozen=True):
    """A user, and all the roles he is to hold in the group."""

    id: str
    roles: list[MemberRole]

    read_only: ClassVar[frozenset[str]] = frozenset(
        {"username", "emailAddress", "firstName", "lastName", "links"}
    )


def assign(call: Call, t: Transaction) -> Reply:
    """Give users exactly these roles in a group, and answer with all its members."""
    group = call.group(t)
    wanted = [(_user(t, given), _roles(given, group)) for given in call.body]
    for user_id, times in Counter(user.id for user, _ in wanted).items():
        if times > 1:
            raise MemberNamedTwice(user_id)
    members.assign(t, call.actor, group, wanted)
    results = [
        users.document(call, t, member.user, users.listed(call.links, member.user))
        for member in t.groups.members(group.id)
    ]
    return Reply(200, call.links.whole(call.query, results, "groups", group.id, "users"))


def remove(call: Call, t: Transaction) -> Reply:
    """Take a user out of a group."""
    members.remove(t, call.actor, call.group(t), call.parameters["userId"])
    return Reply(200, Nothing())


def _user(t: Transaction, given: GivenMember) -> User:
    user = t.users.get(given.id)
    if user is None:
        raise NamedUserUnknown(given.id)
    return user


def _roles(given: GivenMember, group: Group) -> Roles:
    if not given.roles:
        raise MissingAttribute("roles")
    for one in given.roles:
        if one.group_id not in (UNSET, group.id, group.external_id):
            raise GroupMismatch(str(one.group_id), group.id)
    return frozenset(one.role_name for one in given.roles)


_GROUP = Named("groupId")
_ERRORS = (
    "CANNOT_DEMOTE_LAST_OWNER",
    "GROUP_NOT_FOUND",
    "GROUP_PUBLIC_API_DISABLED",
    "USER_UNAUTHORIZED",
)

routes: tuple[Route, ...] = (
    Writing(
        Operation(
            "group.assign_users",
            "POST",
            "/groups/{groupId}/users",
            whitelisted=True,
            group=_GROUP,
            summary="Give users exactly these roles in a group, and with them a place there.",
            body=list[GivenMember],
            answers={200: Page[users.UserDocument]},
            errors=(
                *_ERRORS,
                "GROUP_MISMATCH",
                "INVALID_ATTRIBUTE",
                "INVALID_USER",
                "MISSING_ATTRIBUTE",
                "UNSUPPORTED_ROLE",
            ),
        ),
        assign,
    ),
    Writing(
        Operation(
            "group.remove_user",
            "DELETE",
            "/groups/{groupId}/users/{userId}",
            whitelisted=True,
            group=_GROUP,
            summary="Take a user out of a group, with every role he has there.",
            answers={200: Nothing},
            errors=(*_ERRORS, "USER_NOT_IN_GROUP"),
        ),
        remove,
    ),
)
