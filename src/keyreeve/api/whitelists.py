"""Whitelists: each user's own entries, under `/whitelist` and, its later name, `/accessList`."""

from collections.abc import Iterator
from functools import partial
from typing import ClassVar

from msgspec import UNSET, UnsetType

from keyreeve.api.attributes import Attributes
from keyreeve.api.call import Call
from keyreeve.api.refusals import (
    BothAttributesGiven,
    InvalidEntryAddress,
    MissingOneOfAttributes,
)
from keyreeve.api.representation import Document, Link, Nothing, Page, Reply, moment
from keyreeve.api.routes import Reading, Route, Writing
from keyreeve.domain.operation import Named, Operation
from keyreeve.domain.whitelist import WhitelistEntry
from keyreeve.protocol import address
from keyreeve.services import whitelists
from keyreeve.storage.transaction import Snapshot, Transaction

NAMES = {"whitelist": "whitelist", "accessList": "access_list"}
"""What the resource is called in paths, and what its operations are called then."""


class EntryDocument(Document, frozen=True):
    """One entry. `ipAddress` stands beside `cidrBlock` if the entry is a single address."""

    cidr_block: str
    created: str
    count: int
    links: list[Link]
    ip_address: str | UnsetType = UNSET
    comment: str | UnsetType = UNSET
    last_used: str | UnsetType = UNSET
    last_used_address: str | UnsetType = UNSET


class NewEntry(Attributes, frozen=True):
    """An entry to add: an address or a range, and why."""

    ip_address: str | UnsetType = UNSET
    cidr_block: str | UnsetType = UNSET
    comment: str = ""

    read_only: ClassVar[frozenset[str]] = frozenset(
        {"count", "created", "lastUsed", "lastUsedAddress", "links"}
    )


def list_entries(call: Call, s: Snapshot, *, name: str) -> Reply:
    """List the caller's entries."""
    user = call.user(s)
    entries = whitelists.list(s, call.records, user)
    some = entries[call.query.offset : call.query.offset + call.query.per_page]
    results = [_document(call, entry, name) for entry in some]
    return Reply(200, call.links.page(call.query, results, len(entries), "users", user.id, name))


def get(call: Call, s: Snapshot, *, name: str) -> Reply:
    """Read the entry that is exactly this address or range."""
    entry = whitelists.get(s, call.records, call.user(s), call.parameters["entry"])
    return Reply(200, _document(call, entry, name))


def add(call: Call, t: Transaction, *, name: str) -> Reply:
    """Add entries and answer with the whole list; known ones are left as they are."""
    user = call.user(t)
    whitelists.add(t, call.actor, user, [_wanted(entry) for entry in call.body])
    entries = whitelists.list(t, call.records, user)
    results = [_document(call, entry, name) for entry in entries]
    return Reply(201, call.links.whole(call.query, results, "users", user.id, name))


def remove(call: Call, t: Transaction) -> Reply:
    """Remove the entry that is exactly this address or range."""
    user = call.user(t)
    whitelists.remove(t, call.actor, user, call.parameters["entry"], caller=call.address)
    return Reply(200, Nothing())


def _wanted(entry: NewEntry) -> tuple[str, str]:
    """Check what a service cannot: that an address is given once, and under which attribute."""
    given = {"ipAddress": entry.ip_address, "cidrBlock": entry.cidr_block}
    texts = {name: text for name, text in given.items() if isinstance(text, str)}
    if not texts:
        raise MissingOneOfAttributes(*given)
    if len(texts) > 1:
        raise BothAttributesGiven(*given)
    [(attribute, text)] = texts.items()
    try:
        address.parse_network(text)
    except address.MalformedAddress as malformed:
        raise InvalidEntryAddress(attribute, text, str(malformed)) from None
    return text, entry.comment


def _document(call: Call, entry: WhitelistEntry, name: str) -> EntryDocument:
    text = str(entry.network)
    return EntryDocument(
        cidr_block=entry.network.cidr,
        created=moment(entry.created),
        count=entry.count,
        links=[call.links.own("users", entry.user_id, name, text)],
        ip_address=text if entry.network.is_single else UNSET,
        comment=entry.comment or UNSET,
        last_used=UNSET if entry.last_used is None else moment(entry.last_used),
        last_used_address=entry.last_used_address or UNSET,
    )


def _readings(name: str) -> Iterator[Route]:
    operation = partial(Operation, method="GET", user=Named("userId"), self_only=True)
    listing = operation(
        name=f"{NAMES[name]}.list",
        template=_LIST.format(name),
        summary="List your whitelist.",
        answers={200: _PAGE},
        errors=("USER_NOT_FOUND",),
    )
    getting = operation(
        name=f"{NAMES[name]}.get",
        template=_ENTRY.format(name),
        slash_in=_SLASHED,
        summary="Read the entry that is exactly this address or range.",
        answers={200: EntryDocument},
        errors=("USER_NOT_FOUND", "WHITELIST_NOT_FOUND", "INVALID_IP_ADDRESS_OR_CIDR_NOTATION"),
    )
    yield Reading(listing, partial(list_entries, name=name))
    yield Reading(getting, partial(get, name=name))


def _writings(name: str) -> Iterator[Route]:
    operation = partial(Operation, whitelisted=True, user=Named("userId"), self_only=True)
    adding = operation(
        name=f"{NAMES[name]}.add",
        method="POST",
        template=_LIST.format(name),
        summary="Add entries to your whitelist; known ones are left as they are.",
        body=list[NewEntry],
        answers={201: _PAGE},
        errors=(
            "BAD_WHITELIST_ADD_REQUEST",
            "INVALID_ATTRIBUTE",
            "INVALID_IP_ADDRESS_OR_CIDR_NOTATION",
            "MISSING_ONE_OF_ATTRIBUTES",
            "USER_NOT_FOUND",
            "WHITELIST_LIMIT_REACHED",
        ),
    )
    removing = operation(
        name=f"{NAMES[name]}.remove",
        method="DELETE",
        template=_ENTRY.format(name),
        slash_in=_SLASHED,
        summary="Remove the entry that is exactly this address or range.",
        answers={200: Nothing},
        errors=(
            "CANNOT_REMOVE_CALLER_FROM_WHITELIST",
            "INVALID_IP_ADDRESS_OR_CIDR_NOTATION",
            "USER_NOT_FOUND",
            "WHITELIST_NOT_FOUND",
        ),
    )
    yield Writing(adding, partial(add, name=name))
    yield Writing(removing, remove)


_PAGE = Page[EntryDocument]
_LIST = "/users/{{userId}}/{}"
_ENTRY = "/users/{{userId}}/{}/{{entry}}"
_SLASHED = frozenset({"entry"})

routes: tuple[Route, ...] = tuple(
    route for name in NAMES for route in (*_readings(name), *_writings(name))
)
