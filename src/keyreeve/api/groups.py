"""Groups: which there are, and who is in them."""

from keyreeve.api import users
from keyreeve.api.call import Call
from keyreeve.api.representation import Document, Link, Page, Reply, moment
from keyreeve.api.routes import Reading, Route
from keyreeve.domain.group import Group
from keyreeve.domain.operation import Named, Operation
from keyreeve.services import groups
from keyreeve.storage.transaction import Snapshot


class GroupDocument(Document, frozen=True):
    """A group. Old clients insist on every one of these attributes."""

    id: str
    name: str
    org_id: str
    created: str
    cluster_count: int
    public_api_enabled: bool
    links: list[Link]


def list_visible(call: Call, s: Snapshot) -> Reply:
    """List the caller's groups; one with a global role sees all."""
    some, total = groups.visible(
        s, call.subject, offset=call.query.offset, limit=call.query.per_page
    )
    results = [_document(call, group, [call.links.own("groups", group.id)]) for group in some]
    return Reply(200, call.links.page(call.query, results, total, "groups"))


def get(call: Call, s: Snapshot) -> Reply:
    """Read one group."""
    return Reply(200, whole(call, call.group(s)))


def whole(call: Call, group: Group) -> GroupDocument:
    """Describe a group where it stands alone."""
    links = [
        call.links.own("groups", group.id),
        call.links.to("users", "groups", group.id, "users"),
        call.links.to("events", "groups", group.id, "events"),
        call.links.to("operations", "groups", group.id, "operations"),
    ]
    return _document(call, group, links)


def list_users(call: Call, s: Snapshot) -> Reply:
    """List the members of a group with their roles."""
    group = call.group(s)
    some, total = groups.members(s, group, offset=call.query.offset, limit=call.query.per_page)
    results = [
        users.document(call, s, member.user, users.listed(call.links, member.user))
        for member in some
    ]
    return Reply(200, call.links.page(call.query, results, total, "groups", group.id, "users"))


def _document(call: Call, group: Group, links: list[Link]) -> GroupDocument:
    return GroupDocument(
        id=group.id,
        name=group.name,
        org_id=call.installation.org_id,
        created=moment(group.created),
        cluster_count=0,
        public_api_enabled=group.public_api_enabled,
        links=links,
    )


_ERRORS = ("GROUP_NOT_FOUND", "GROUP_PUBLIC_API_DISABLED", "USER_UNAUTHORIZED")

routes: tuple[Route, ...] = (
    Reading(
        Operation(
            "group.list",
            "GET",
            "/groups",
            summary="List your groups.",
            answers={200: Page[GroupDocument]},
        ),
        list_visible,
    ),
    Reading(
        Operation(
            "group.get",
            "GET",
            "/groups/{groupId}",
            group=Named("groupId"),
            summary="Read one group.",
            answers={200: GroupDocument},
            errors=_ERRORS,
        ),
        get,
    ),
    Reading(
        Operation(
            "group.get_by_name",
            "GET",
            "/groups/byName/{groupName}",
            group=Named("groupName", by="name"),
            slash_in=frozenset({"groupName"}),
            summary="Read one group by its name.",
            answers={200: GroupDocument},
            errors=_ERRORS,
        ),
        get,
    ),
    Reading(
        Operation(
            "group.list_users",
            "GET",
            "/groups/{groupId}/users",
            group=Named("groupId"),
            summary="List the members of a group, with their roles.",
            answers={200: Page[users.UserDocument]},
            errors=_ERRORS,
        ),
        list_users,
    ),
)
