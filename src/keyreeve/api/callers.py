"""The caller, as he is told about himself: user, key, roles, and the address that we saw."""

from collections.abc import Iterable

from msgspec import UNSET, UnsetType

from keyreeve.api.call import Call
from keyreeve.api.representation import Document, Link, Reply
from keyreeve.api.routes import Reading, Route
from keyreeve.api.users import HeldRoleDocument, held_roles
from keyreeve.domain.operation import Operation
from keyreeve.protocol.forwarded import Hop
from keyreeve.services import users
from keyreeve.storage.transaction import Snapshot


class CallingUser(Document, frozen=True):
    """Who calls."""

    id: str
    username: str


class CallingKey(Document, frozen=True):
    """The key that proved the call; it holds the roles of its owner."""

    id: str
    public_key: str
    roles: list[HeldRoleDocument]


class HopDocument(Document, frozen=True):
    """One host between the caller and us, and what was made of it."""

    name: str
    rule: str


class Caller(Document, frozen=True):
    """Who calls, with which key and roles, and from where; an unknown address is left out."""

    user: CallingUser
    api_key: CallingKey
    roles: list[HeldRoleDocument]
    hops: list[HopDocument]
    links: list[Link]
    address: str | UnsetType = UNSET


def get(call: Call, s: Snapshot) -> Reply:
    """Tell the caller who he is to us, and how his address was found."""
    own = key(call, s)
    links = [call.links.own("whoami"), call.links.to("user", "users", call.subject.user_id)]
    found = Caller(user(call), own, own.roles, hop_documents(call.hops), links, address(call))
    return Reply(200, found)


def user(call: Call) -> CallingUser:
    """Name the user who calls."""
    return CallingUser(call.subject.user_id, call.subject.username)


def key(call: Call, s: Snapshot) -> CallingKey:
    """Name the key that proved the call, with what it may."""
    roles = held_roles(call, s, users.find(s, call.subject.user_id))
    return CallingKey(call.key_id, call.key_id, roles)


def hop_documents(hops: Iterable[Hop]) -> list[HopDocument]:
    """Tell how an address was found, from the nearest host to the furthest."""
    return [HopDocument(hop.name, hop.rule.value) for hop in hops]


def address(call: Call) -> str | UnsetType:
    """Name the address that we saw, if one is known."""
    return UNSET if call.address is None else str(call.address)


routes: tuple[Route, ...] = (
    Reading(
        Operation(
            "caller.get",
            "GET",
            "/whoami",
            summary="Who you are: user, key, roles, and the address that is seen of you.",
            answers={200: Caller},
        ),
        get,
    ),
)
