"""Users: read by id or by name."""

from msgspec import UNSET, UnsetType

from keyreeve.api.call import Call
from keyreeve.api.links import Links
from keyreeve.api.representation import Document, Link, Reply
from keyreeve.api.routes import Reading, Route
from keyreeve.domain.operation import Named, Operation
from keyreeve.domain.user import User
from keyreeve.services import roles
from keyreeve.services.roles import HeldRole
from keyreeve.storage.transaction import Snapshot


class HeldRoleDocument(Document, frozen=True):
    """A role, and the group it was given in; a global role has none."""

    role_name: str
    group_id: str | UnsetType = UNSET


class UserDocument(Document, frozen=True):
    """A user. No key, and nothing else secret, is ever part of it."""

    id: str
    username: str
    email_address: str
    first_name: str
    last_name: str
    roles: list[HeldRoleDocument]
    links: list[Link]


def get(call: Call, s: Snapshot) -> Reply:
    """Read one user: oneself, or one who shares a group."""
    return Reply(200, whole(call, s, call.user(s)))


def document(call: Call, s: Snapshot, user: User, links: list[Link]) -> UserDocument:
    """Describe a user, with those of his roles that the caller may see."""
    return UserDocument(
        id=user.id,
        username=user.username,
        email_address=user.username,
        first_name=user.first_name,
        last_name=user.last_name,
        roles=held_roles(call, s, user),
        links=links,
    )


def held_roles(call: Call, s: Snapshot, user: User) -> list[HeldRoleDocument]:
    """Name those roles of a user that the caller may see."""
    return [_role(held) for held in roles.held(s, user, seen_by=call.subject)]


def whole(call: Call, s: Snapshot, user: User) -> UserDocument:
    """Describe a user where he stands alone."""
    return document(call, s, user, all_links(call.links, user))


def all_links(links: Links, user: User) -> list[Link]:
    """Return the links of a user where he stands alone."""
    return [
        *listed(links, user),
        links.to("accessList", "users", user.id, "accessList"),
        links.to("apiKeys", "users", user.id, "apiKeys"),
        links.to("events", "users", user.id, "events"),
    ]


def listed(links: Links, user: User) -> list[Link]:
    """Return the links of a user inside a list."""
    return [
        links.own("users", user.id),
        links.to("whitelist", "users", user.id, "whitelist"),
    ]


def _role(held: HeldRole) -> HeldRoleDocument:
    return HeldRoleDocument(held.role, held.group_id or UNSET)


routes: tuple[Route, ...] = (
    Reading(
        Operation(
            "user.get",
            "GET",
            "/users/{userId}",
            user=Named("userId"),
            summary="Read one user: yourself, or one who shares a group with you.",
            answers={200: UserDocument},
            errors=("USER_NOT_FOUND",),
        ),
        get,
    ),
    Reading(
        Operation(
            "user.get_by_name",
            "GET",
            "/users/byName/{username}",
            user=Named("username", by="name"),
            slash_in=frozenset({"username"}),
            summary="Read one user by his login.",
            answers={200: UserDocument},
            errors=("USER_NOT_FOUND",),
        ),
        get,
    ),
)
