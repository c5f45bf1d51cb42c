"""Whitelists: each user's own list of where whitelisted operations may be called from."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from keyreeve.domain import whitelist as whitelist_rules
from keyreeve.domain.audit import Actor
from keyreeve.domain.errors import (
    CallerOnEntry,
    InvalidAddress,
    WhitelistEntryNotFound,
    WhitelistLimitReached,
)
from keyreeve.domain.user import User
from keyreeve.domain.whitelist import Whitelist, WhitelistEntry
from keyreeve.protocol import address
from keyreeve.protocol.address import Address, Network
from keyreeve.services import usage
from keyreeve.storage.records import Records
from keyreeve.storage.transaction import Snapshot, Transaction


def add(
    t: Transaction, actor: Actor, user: User, wanted: Iterable[tuple[str, str]]
) -> tuple[WhitelistEntry, ...]:
    """Add entries, each with its comment, and return the whole list. Known ones stay as they are.

    Raises:
        InvalidAddress: one is no address or CIDR range; nothing is added.
        InvalidComment: one comment is too long or holds controls; nothing is added.
        WhitelistLimitReached: there would be too many; nothing is added.
    """
    comments: dict[Network, str] = {}
    for text, comment in wanted:
        comments.setdefault(_network(text), whitelist_rules.check_comment(comment))
    known = t.whitelists.entries(user.id)
    new = [network for network in comments if network not in {e.network for e in known}]
    if not new:
        return known
    if len(known) + len(new) > whitelist_rules.LIMIT:
        raise WhitelistLimitReached(whitelist_rules.LIMIT)
    for network in new:
        t.whitelists.add(
            WhitelistEntry(t.edge.new_id(), user.id, network, t.edge.now(), comments[network])
        )
    _tell(t, actor, "whitelist.add", user, new)
    return t.whitelists.entries(user.id)


def remove(t: Transaction, actor: Actor, user: User, text: str, *, caller: Address | None) -> None:
    """Remove the entry that is exactly this network.

    Raises:
        InvalidAddress: it is no address or CIDR range.
        WhitelistEntryNotFound: it is not on the list.
        CallerOnEntry: it is what lets `caller` in, and no other entry would.
    """
    network = _network(text)
    entries = t.whitelists.entries(user.id)
    rest = [entry for entry in entries if entry.network != network]
    if len(rest) == len(entries):
        raise WhitelistEntryNotFound(text, user.username)
    if _admits(entries, caller) and not _admits(rest, caller):
        raise CallerOnEntry(text, str(caller))
    t.whitelists.remove(user.id, network)
    _tell(t, actor, "whitelist.remove", user, [network])


def list(s: Snapshot, records: Records, user: User) -> tuple[WhitelistEntry, ...]:  # noqa: A001 - the verb
    """Return the whitelist of a user, oldest entry first, each entry with its use."""
    return _used(records, s.whitelists.entries(user.id))


def get(s: Snapshot, records: Records, user: User, text: str) -> WhitelistEntry:
    """Return the entry that is exactly this network, with its use.

    Raises:
        InvalidAddress: it is no address or CIDR range.
        WhitelistEntryNotFound: it is not on the list.
    """
    entry = s.whitelists.get(user.id, _network(text))
    if entry is None:
        raise WhitelistEntryNotFound(text, user.username)
    return _used(records, (entry,))[0]


def _network(text: str) -> Network:
    try:
        return address.parse_network(text)
    except address.MalformedAddress as malformed:
        raise InvalidAddress(text, str(malformed)) from None


def _admits(entries: Sequence[WhitelistEntry], caller: Address | None) -> bool:
    return Whitelist({entry.network: entry.id for entry in entries}).admits(caller)


def _used(records: Records, entries: tuple[WhitelistEntry, ...]) -> tuple[WhitelistEntry, ...]:
    uses = usage.known(records, [entry.id for entry in entries])
    return tuple(
        replace(
            entry,
            count=uses[entry.id].count,
            last_used=uses[entry.id].last_used,
            last_used_address=uses[entry.id].last_used_address,
        )
        if entry.id in uses
        else entry
        for entry in entries
    )


def _tell(
    t: Transaction, actor: Actor, action: str, user: User, networks: Iterable[Network]
) -> None:
    t.changed("user", user.id)
    told = {"entries": ", ".join(map(str, networks))}
    t.record(actor, action, user.id, user_id=user.id, details=told)
