"""Groups, made, renamed and removed. Their public API is opened and closed in the console only."""

from typing import ClassVar

from msgspec import UNSET, UnsetType

from keyreeve.api.attributes import Attributes
from keyreeve.api.call import Call
from keyreeve.api.groups import GroupDocument, whole
from keyreeve.api.refusals import OrganizationNotFound
from keyreeve.api.representation import Nothing, Reply
from keyreeve.api.routes import Route, Writing
from keyreeve.domain.operation import Named, Operation
from keyreeve.services import groups, users
from keyreeve.storage.transaction import Transaction

_READ_ONLY = frozenset({"id", "created", "clusterCount", "publicApiEnabled", "links"})


class NewGroup(Attributes, frozen=True):
    """A group to make. There is one organization, so naming it changes nothing."""

    name: str
    org_id: str | UnsetType = UNSET

    read_only: ClassVar[frozenset[str]] = _READ_ONLY


class GroupChange(Attributes, frozen=True):
    """What can be changed of a group."""

    name: str

    read_only: ClassVar[frozenset[str]] = _READ_ONLY | {"orgId"}


def create(call: Call, t: Transaction) -> Reply:
    """Make a group that the caller owns, with its public API open."""
    wanted: NewGroup = call.body
    groups.check_may_create(call.subject, anyone=call.anyone_makes_groups)
    if wanted.org_id not in (UNSET, call.installation.org_id):
        raise OrganizationNotFound(str(wanted.org_id))
    owner = users.find(t, call.subject.user_id)
    group = groups.create(t, call.actor, name=wanted.name, owner=owner, public_api_enabled=True)
    return Reply(201, whole(call, group))


def change(call: Call, t: Transaction) -> Reply:
    """Rename a group."""
    wanted: GroupChange = call.body
    return Reply(200, whole(call, groups.rename(t, call.actor, call.group(t), wanted.name)))


def delete(call: Call, t: Transaction) -> Reply:
    """Remove a group for good."""
    groups.remove(t, call.actor, call.group(t))
    return Reply(200, Nothing())


_GROUP = Named("groupId")
_ERRORS = ("GROUP_NOT_FOUND", "GROUP_PUBLIC_API_DISABLED", "USER_UNAUTHORIZED")

routes: tuple[Route, ...] = (
    Writing(
        Operation(
            "group.create",
            "POST",
            "/groups",
            summary="Make a group that you own.",
            body=NewGroup,
            answers={201: GroupDocument},
            errors=(
                "GROUP_ALREADY_EXISTS",
                "INVALID_ATTRIBUTE",
                "ORG_NOT_FOUND",
                "USER_UNAUTHORIZED",
            ),
        ),
        create,
    ),
    Writing(
        Operation(
            "group.change",
            "PATCH",
            "/groups/{groupId}",
            whitelisted=True,
            group=_GROUP,
            summary="Rename a group.",
            body=GroupChange,
            answers={200: GroupDocument},
            errors=(*_ERRORS, "GROUP_ALREADY_EXISTS", "INVALID_ATTRIBUTE"),
        ),
        change,
    ),
    Writing(
        Operation(
            "group.delete",
            "DELETE",
            "/groups/{groupId}",
            whitelisted=True,
            group=_GROUP,
            summary="Remove a group for good; its members lose their places in it.",
            answers={200: Nothing},
            errors=_ERRORS,
        ),
        delete,
    ),
)
