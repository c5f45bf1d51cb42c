"""Proposals: commands after which calls that were observed would not be refused."""

import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from keyreeve.domain import role as roles
from keyreeve.domain.operation import ANY_ROLE, Operation
from keyreeve.domain.role import GROUP_OWNER, GROUP_READ_ONLY
from keyreeve.services.observing import Refused
from keyreeve.storage.transaction import Snapshot

ANYBODY = "EMAIL"
"""Stands in a command for a user whom nobody knows yet."""
ANYWHERE = "NAME_OR_ID"
"""Stands in a command for a group that the calls do not name."""

BY_HAND: Mapping[str, str] = {
    "RATE_LIMITED": "Raise KEYREEVE_CALLS_BURST or KEYREEVE_CALLS_PER_SECOND, or have its caller "
    "slow down; an address that fails to prove itself must be mended there.",
    "TARGET_NOT_CANONICAL": "Have the client write the path in the one canonical way: two readers "
    "may take it for two paths.",
    "TOO_EARLY": "Have the proxy pass on no early data for whitelisted operations.",
    "WEBSOCKET_NOT_DECLARED": "Mark the operation with x-keyreeve-websocket: true.",
}
"""What no command mends, by reason."""


class Proposal(NamedTuple):
    """One thing to do, and what it would open: nothing is done by itself."""

    rule: str
    advice: str
    command: str | None
    opens: str | None
    calls: int
    """How many of the calls it is about."""
    drastic: bool = False
    """Whether it gives away more than these calls need."""


def propose(s: Snapshot, found: Iterable[Refused]) -> tuple[Proposal, ...]:
    """Return what could be done for the callers of these, what concerns most calls first."""
    operations = {operation.name: operation for operation in s.catalogue.operations()}
    proposals: dict[tuple[str, str], Proposal] = {}
    for one in found:
        make = _BY_RULE.get(one.kind.rule, _by_hand)
        for new in make(s, one, operations.get(one.kind.operation)):
            key = (new.advice, new.command or "")
            known = proposals.get(key)
            calls = new.calls + (0 if known is None else known.calls)
            proposals[key] = new._replace(calls=calls)
    return tuple(sorted(proposals.values(), key=lambda p: (-p.calls, p.command or p.advice)))


def _key(s: Snapshot, one: Refused, _: Operation | None) -> Iterator[Proposal]:
    """Rule 1: whoever calls from there has no key, or a wrong one."""
    address, name = one.kind.address, one.observation.username
    if one.kind.reason == "nonce stale":
        return  # Told so, every client signs again.
    claimed = None if name is None else s.users.by_name(name)
    owner = ANYBODY if claimed is None else claimed.username
    where = "an unknown address" if address is None else str(address)
    command = _command("key generate", owner, "--description", f"calls from {where}")
    advice = f"Give whoever calls from {where} a key, unless he signs once he gets a 401."
    opens = "to whoever is given the key, all that its owner may do"
    yield Proposal("1", advice, command, opens, one.observation.count)


def _member(s: Snapshot, one: Refused, _: Operation | None) -> Iterator[Proposal]:
    """Rule 3: a stranger to the group, or a group that nobody made."""
    if one.group is None:
        advice = "Calls name a group that is not there. Create it under that name or external id."
        command = _command("group create", "NAME", "--external-id", "ID")
        yield Proposal("3", advice, command, "nothing yet: it has no member", one.observation.count)
    elif one.user is not None and not s.groups.roles(one.user.id, one.group.id):
        yield from _grant(one, GROUP_READ_ONLY)


def _public_api(_: Snapshot, one: Refused, __: Operation | None) -> Iterator[Proposal]:
    """Rule 4: the group's public API is off."""
    if one.group is not None and one.group.public_api_enabled:
        return
    name = ANYWHERE if one.group is None else one.group.id
    advice = f"Open the public API of {_group(one)}."
    opens = "the group to the keys of all its members, as far as their roles go"
    command = _command("group set", name, "--public-api", "on")
    yield Proposal("4", advice, command, opens, one.observation.count)


def _role(s: Snapshot, one: Refused, operation: Operation | None) -> Iterator[Proposal]:
    """Rule 5: no role there permits the operation; the least that does is proposed."""
    if operation is None or one.user is None:
        return
    wanted = operation.roles
    least = GROUP_READ_ONLY if wanted == ANY_ROLE else roles.least_first(wanted)[0]
    if one.group is None or not operation.permits(s.groups.roles(one.user.id, one.group.id)):
        yield from _grant(one, least)


def _owner(s: Snapshot, one: Refused, _: Operation | None) -> Iterator[Proposal]:
    """Rule 6: a whitelisted operation is for Owners."""
    group, user = one.group, one.user
    if user is None or (group and GROUP_OWNER in s.groups.roles(user.id, group.id)):
        return
    yield from _grant(one, GROUP_OWNER)


def _entry(s: Snapshot, one: Refused, _: Operation | None) -> Iterator[Proposal]:
    """Rules 7 and 8: an Owner called from an address that is not on his whitelist."""
    address, user = one.kind.address, one.user
    if address is None or user is None:
        return
    if any(address in entry.network for entry in s.whitelists.entries(user.id)):
        return
    advice = f"Put {address} on the whitelist of {user.username}, if that is really his."
    opens = f"whitelisted operations to the keys of {user.username}, from {address}"
    command = _command("whitelist add", user.username, str(address))
    yield Proposal(one.kind.rule, advice, command, opens, one.observation.count)


def _by_hand(_: Snapshot, one: Refused, __: Operation | None) -> Iterator[Proposal]:
    advice = BY_HAND.get(one.kind.reason)
    if advice is not None:
        yield Proposal("", advice, None, None, one.observation.count)


def _grant(one: Refused, role: str) -> Iterator[Proposal]:
    if one.user is None:
        return
    name = ANYWHERE if one.group is None else one.group.id
    advice = f"Give {one.user.username} the role {role} in {_group(one)}."
    drastic = role == GROUP_OWNER
    opens = f"all that {role} may do there"
    if drastic:
        opens = "EVERYTHING there: an Owner may grant roles and call whitelisted operations"
    command = _command("role grant", one.user.username, name, role)
    yield Proposal(one.kind.rule, advice, command, opens, one.observation.count, drastic)


def _group(one: Refused) -> str:
    return "one of his groups" if one.group is None else f"the group {one.group.name}"


def _command(verb: str, *words: str) -> str:
    """Write a command whose words a shell takes as they are, whoever chose them."""
    return f"keyreeve {verb} {' '.join(map(shlex.quote, words))}"


_Make = Callable[[Snapshot, Refused, Operation | None], Iterator[Proposal]]
_BY_RULE: Mapping[str, _Make] = {
    "1": _key,
    "3": _member,
    "4": _public_api,
    "5": _role,
    "6": _owner,
    "7": _entry,
    "8": _entry,
}
