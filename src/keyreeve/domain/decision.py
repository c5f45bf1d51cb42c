"""The rule: one pure function says yes, or the first no and which rule said it."""

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple, TypeAlias

from keyreeve.domain.operation import Operation
from keyreeve.domain.role import GROUP_OWNER, Roles
from keyreeve.domain.subject import GroupState, Subject
from keyreeve.protocol.address import Address


class Proof(Enum):
    """What the credentials of a request turned out to be. Recorded, never told to the caller."""

    HOLDS = "holds"
    ABSENT = "absent"
    MALFORMED = "malformed"
    REALM_FOREIGN = "realm foreign"
    ALGORITHM_NOT_OFFERED = "algorithm not offered"
    URI_MISMATCH = "uri mismatch"
    NONCE_FOREIGN = "nonce foreign"
    NONCE_STALE = "nonce stale"
    REPLAYED = "replayed"
    USER_UNKNOWN = "user unknown"
    USER_DISABLED = "user disabled"
    KEY_UNKNOWN = "key unknown"
    KEY_DISABLED = "key disabled"
    BEARER_REFUSED = "bearer refused"

    def __init__(self, text: str) -> None:
        self.holds = text == "holds"
        """Whether a live key of a live user proved the request."""


class Reason(Enum):
    """Why a proven caller is denied: the rule's number and the code its caller reads."""

    OPERATION_UNKNOWN = ("2", "RESOURCE_NOT_FOUND")
    METHOD_NOT_ALLOWED = ("2", "METHOD_NOT_ALLOWED")
    GROUP_NOT_FOUND = ("3", "GROUP_NOT_FOUND")
    USER_NOT_FOUND = ("3b", "USER_NOT_FOUND")
    GROUP_PUBLIC_API_DISABLED = ("4", "GROUP_PUBLIC_API_DISABLED")
    ROLE_MISSING = ("5", "USER_UNAUTHORIZED")
    OWNER_REQUIRED = ("6", "USER_UNAUTHORIZED")
    WHITELIST_EMPTY = ("7", "RESOURCE_REQUIRES_WHITELIST")
    ADDRESS_NOT_LISTED = ("8", "IP_ADDRESS_NOT_ON_WHITELIST")

    def __init__(self, rule: str, code: str) -> None:
        self.rule = rule
        self.code = code


@dataclass(frozen=True, slots=True)
class Allow:
    """Every question was answered yes."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """Rule 1 said no: prove yourself. The proof is recorded; the caller learns only `stale`."""

    proof: Proof

    @property
    def stale(self) -> bool:
        """Tell whether the digest was right and only the nonce too old (RFC 7616, section 3.3)."""
        return self.proof is Proof.NONCE_STALE


@dataclass(frozen=True, slots=True)
class Deny:
    """A later rule said no."""

    reason: Reason


Decision: TypeAlias = Allow | Challenge | Deny

ALLOW = Allow()


@dataclass(frozen=True, slots=True)
class NamedUser:
    """The user that a path names, and the groups he is in."""

    id: str
    groups: frozenset[str] = frozenset()


class AccessRequest(NamedTuple):
    """One request, as values: what was proven, what is called, what it names, and from where."""

    proof: Proof
    operation: Operation | None = None
    path_known: bool = False
    """Whether another method is known under this path; read only without an operation."""
    group: GroupState | None = None
    """The group that the call names, where it exists; None if it names none."""
    user: NamedUser | None = None
    address: Address | None = None
    """None: unknown, and so on no whitelist."""


def decide(subject: Subject | None, request: AccessRequest) -> Decision:
    """Judge one request: who, whether, what, from where. The first no wins (design, section 2)."""
    if not request.proof.holds or subject is None:
        return Challenge(request.proof)
    operation = request.operation
    if operation is None:
        return Deny(Reason.METHOD_NOT_ALLOWED if request.path_known else Reason.OPERATION_UNKNOWN)
    group = request.group
    if operation.group is not None and not _may_see_group(subject, group):
        return Deny(Reason.GROUP_NOT_FOUND)
    if operation.user is not None and not _may_see_user(subject, operation, request.user):
        return Deny(Reason.USER_NOT_FOUND)
    if operation.group is None or group is None:
        return _in_some_group(subject, operation, request.address)
    return _in_named_group(subject, operation, group, request.address)


def _may_see_group(subject: Subject, group: GroupState | None) -> bool:
    """Rule 3: a member, or one with a global role. Others learn not even whether it exists."""
    return group is not None and (group.id in subject.memberships or bool(subject.everywhere))


def _may_see_user(subject: Subject, operation: Operation, user: NamedUser | None) -> bool:
    """Rule 3b: himself; or, to read a user, one who shares a group or any with a global role."""
    if user is None:
        return False
    if user.id == subject.user_id:
        return True
    if operation.self_only or not operation.reads:
        return False
    return bool(subject.everywhere) or not user.groups.isdisjoint(subject.memberships)


def _in_named_group(
    subject: Subject, operation: Operation, group: GroupState, address: Address | None
) -> Decision:
    """Rules 4 to 8 in the one group that the call names."""
    if not group.public_api_enabled:
        return Deny(Reason.GROUP_PUBLIC_API_DISABLED)
    roles = subject.roles_in(group.id)
    if not operation.permits(roles):
        return Deny(Reason.ROLE_MISSING)
    if operation.whitelisted and GROUP_OWNER not in roles:
        return Deny(Reason.OWNER_REQUIRED)
    return _from_address(subject, operation, address)


def _in_some_group(subject: Subject, operation: Operation, address: Address | None) -> Decision:
    """Rules 4 to 8 where no group is named: one and the same place must satisfy 4 to 6."""
    places: list[Roles] = [
        m.roles for m in subject.memberships.values() if m.group.public_api_enabled
    ]
    if subject.everywhere:
        places.append(subject.everywhere)
    if not places:
        return Deny(Reason.GROUP_PUBLIC_API_DISABLED)
    places = [roles for roles in places if operation.permits(roles)]
    if not places:
        return Deny(Reason.ROLE_MISSING)
    if operation.whitelisted and not any(GROUP_OWNER in roles for roles in places):
        return Deny(Reason.OWNER_REQUIRED)
    return _from_address(subject, operation, address)


def _from_address(subject: Subject, operation: Operation, address: Address | None) -> Decision:
    """Rules 7 and 8: a whitelisted operation needs an entry, and the caller's address on it."""
    if not operation.whitelisted:
        return ALLOW
    if not subject.whitelist:
        return Deny(Reason.WHITELIST_EMPTY)
    if not subject.whitelist.admits(address):
        return Deny(Reason.ADDRESS_NOT_LISTED)
    return ALLOW
