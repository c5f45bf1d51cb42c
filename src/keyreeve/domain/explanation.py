"""Explanations: what the rule says of a call that somebody describes, and every step to it.

Nothing is called and nothing proven here; all the rest is the judge's own: the same catalogue, the
same naming, the same `decide()`.
"""

import re
from collections.abc import Iterable
from functools import partial
from typing import Literal, NamedTuple, TypeAlias

from keyreeve.domain import decision, naming, trace
from keyreeve.domain.catalogue import Catalogue, Known, Match
from keyreeve.domain.decision import AccessRequest, Decision, NamedUser, Proof
from keyreeve.domain.naming import Directory
from keyreeve.domain.operation import Operation
from keyreeve.domain.subject import GroupState, Subject
from keyreeve.domain.trace import Step
from keyreeve.protocol import address as addresses
from keyreeve.protocol import target
from keyreeve.protocol.address import Address, MalformedAddress
from keyreeve.protocol.target import NotCanonical, Target

Part: TypeAlias = Literal["method", "path", "address", "header"]

_CANONICAL = (
    "a path starts with one slash, holds no empty, . or .. segment, and escapes only what must be"
)
_METHOD = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,32}")
_HEADER = re.compile(r"([!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}):[ \t]*([ -~\xa0-\xff\t]*)")


class Indescribable(ValueError):
    """No door would take such a call to the rule; says which part of it is wrong, and why."""

    def __init__(self, part: Part, value: str, reason: str) -> None:
        super().__init__(f"{part} {value!r}: {reason}")
        self.part: Part = part
        self.value = value
        self.reason = reason


class Described(NamedTuple):
    """A call that was not made: what a door would read of it, but for credentials."""

    method: str
    target: Target
    address: Address | None = None
    """None: unknown, and so on no whitelist."""
    fields: tuple[tuple[bytes, bytes], ...] = ()
    """Header fields, for operations that name their group in one."""


class Explanation(NamedTuple):
    """What would be decided, what about, and the trace of it."""

    decision: Decision
    steps: tuple[Step, ...]
    operation: Operation | None = None
    """None: unknown."""
    methods: tuple[str, ...] = ()
    """The methods known under the path, where the one called is not."""
    group: GroupState | None = None
    """The group that the call names, where there is one."""
    user: NamedUser | None = None
    """The user that the path names, where there is one."""


def describe(
    method: str, path: str, address: str | None = None, headers: Iterable[str] = ()
) -> Described:
    """Read a call as doors read it. Headers are written `NAME: VALUE`.

    Raises:
        Indescribable: a part of it is none.
    """
    if not _METHOD.fullmatch(method):
        raise Indescribable("method", method, "a method is one word, such as GET")
    try:
        aim = target.parse(path)
    except NotCanonical:
        raise Indescribable("path", path, _CANONICAL) from None
    caller = None if address is None else _address(address)
    return Described(method, aim, caller, tuple(map(_field, headers)))


def explain(
    subject: Subject | None,
    proof: Proof,
    call: Described,
    catalogue: Catalogue,
    directory: Directory,
) -> Explanation:
    """Say what would be decided of a call by this subject, if this were his proof.

    Raises:
        Indescribable: `%2F` stands in the path where the operation allows none.
    """
    try:
        found = catalogue.find(call.method, call.target)
    except NotCanonical as failure:
        raise Indescribable("path", call.target.raw, str(failure)) from None
    methods = found.methods if isinstance(found, Known) else ()
    operation = group = user = None
    if isinstance(found, Match):
        operation = found.operation
        if subject is not None and proof.holds:
            field = partial(naming.field, call.fields)
            group = naming.group(found, subject, field, directory)
            user = naming.user(found, subject, directory)
    asked = AccessRequest(proof, operation, bool(methods), group, user, call.address)
    said = decision.decide(subject, asked)
    return Explanation(said, trace.trace(operation, said), operation, methods, group, user)


def _address(text: str) -> Address:
    try:
        return addresses.parse_address(text)
    except MalformedAddress as malformed:
        raise Indescribable("address", text, str(malformed)) from None


def _field(text: str) -> tuple[bytes, bytes]:
    match = _HEADER.fullmatch(text)
    if match is None:
        raise Indescribable("header", text, "a header is written NAME: VALUE")
    return match[1].encode(), match[2].rstrip(" \t").encode("latin-1")
