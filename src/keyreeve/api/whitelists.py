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


def remove(call: Call, t: Transaction, *, name: str) -> Reply:  # noqa: ARG001  as its siblings
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


def _routes(name: str) -> Iterator[Route]:
    whole, one = f"/users/{{userId}}/{name}", f"/users/{{userId}}/{name}/{{entry}}"
    word, own = NAMES[name], Named("userId")
    page, slash = Page[EntryDocument], frozenset({"entry"})
    yield Reading(
        Operation(
            f"{word}.list",
            "GET",
            whole,
            user=own,
            self_only=True,
            summary="List your whitelist.",
            answers={200: page},
            errors=("USER_NOT_FOUND",),
        ),
        partial(list_entries, name=name),
    )
    yield Reading(
        Operation(
            f"{word}.get",
            "GET",
            one,
            user=own,
            self_only=True,
            slash_in=slash,
            summary="Read the entry that is exactly this address or range.",
            answers={200: EntryDocument},
            errors=("USER_NOT_FOUND", "WHITELIST_NOT_FOUND", "INVALID_IP_ADDRESS_OR_CIDR_NOTATION"),
        ),
        partial(get, name=name),
    )
    yield Writing(
        Operation(
            f"{word}.add",
            "POST",
            whole,
            whitelisted=True,
            user=own,
            self_only=True,
            summary="Add entries to your whitelist; known ones are left as they are.",
            body=list[NewEntry],
            answers={201: page},
            errors=("BAD_WHITELIST_ADD_REQUEST", "WHITELIST_LIMIT_REACHED", "INVALID_ATTRIBUTE"),
        ),
        partial(add, name=name),
    )
    yield Writing(
        Operation(
            f"{word}.remove",
            "DELETE",
            one,
            whitelisted=True,
            user=own,
            self_only=True,
            slash_in=slash,
            summary="Remove the entry that is exactly this address or range.",
            answers={200: Nothing},
            errors=("WHITELIST_NOT_FOUND", "CANNOT_REMOVE_CALLER_FROM_WHITELIST"),
        ),
        partial(remove, name=name),
    )


routes: tuple[Route, ...] = tuple(route for name in NAMES for route in _routes(name))
