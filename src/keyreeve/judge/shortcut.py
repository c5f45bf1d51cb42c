"""The short way: a client that goes on as it began is let through without starting anew.

A client that uses a nonce again repeats user name, realm and nonce byte for byte. So the start of
a field that was right is remembered with what it stands for, and with what its user was then
allowed. Of the next call that starts alike only the rest is read: its digest must be right and its
count unused, as ever, and the very same question must have been allowed before.

Nothing is decided here. A start is remembered as of one epoch, and as long as nothing changes the
same question has the same answer; whitelisted operations, where the address counts, every denial
and whatever looks different go the long way.
"""

import hmac
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from keyreeve.domain.catalogue import Catalogue, Match
from keyreeve.domain.decision import ALLOW
from keyreeve.domain.edge import ID_BYTES
from keyreeve.domain.operation import Operation
from keyreeve.domain.subject import GroupState, Subject
from keyreeve.judge.call import Call
from keyreeve.judge.ledger import Claim, Ledger
from keyreeve.judge.proving import Proven
from keyreeve.judge.recorder import Recorder
from keyreeve.judge.throttle import Throttle
from keyreeve.judge.verdict import Verdict
from keyreeve.protocol import digest, layouts, target
from keyreeve.protocol.address import Address
from keyreeve.protocol.layouts import Tail
from keyreeve.storage.subjects import Credential

ENTRIES = 16_384
"""Starts remembered; a full memory begins anew."""
LONGEST = 1024
"""Characters of a start: no client needs more, and its memory is for all."""
WAYS = 8
"""Operations remembered of each, by method."""
ALLOWED = 64
"""Groups remembered of each operation."""

_K = TypeVar("_K")
_V = TypeVar("_V")

_URI, _BEFORE_URI = 'uri="', len('uri="')
_NEW = Claim.NEW
_NO_METHODS: tuple[str, ...] = ()
_new = tuple.__new__  # half the cost of calling a named tuple


@dataclass(slots=True, eq=False)
class Grant:
    """What the rule allowed to one client: one operation in one group, as of one epoch."""

    subject: Subject
    key_id: str
    operation: Operation
    names: tuple[str, ...]
    """The parameters of its path."""
    group: GroupState | None
    note: bytes = b""
    """Whatever the door that asks always says of it. Nobody else looks at it."""


class Passed(NamedTuple):
    """One call that was let through."""

    grant: Grant
    values: tuple[str, ...]
    """What stood in the path for each of the names."""
    decision_id: str
    calls_left: int


class Shortcut:
    """A bounded memory of clients that proved themselves and were allowed what they asked."""

    def __init__(
        self, ledger: Ledger, recorder: Recorder, throttle: Throttle, ids: Iterator[int]
    ) -> None:
        self._claim = ledger.claim
        self._note_allow = recorder.note_allow
        self._called = throttle.called
        self._barred = throttle.barred
        self._ids = ids
        self._known: dict[str, _Known] = {}

    def let_through(
        self, method: str, aim: str, header: bytes | None, address: Address | None, epoch: int
    ) -> Passed | None:
        """Let a call through as one like it was before at this epoch; None leaves it to the rule.

        Written out in one piece, since most of its time would go by in calls of its parts.

        Raises:
            Throttled: the key has to wait.
        """
        if header is None or self._barred:
            return None
        text = header.decode("latin-1")
        at = text.find(_URI)
        known = self._known.get(text[:at])
        if known is None or known.epoch != epoch:
            return None
        for way in known.ways.get(method, ()):
            if found := way.matched(aim):
                break
        else:
            return None
        values = found.groups()
        named_at = way.group_at
        grant = way.allowed.get(None if named_at is None else values[named_at])
        if grant is None:
            return None
        nc = known.proven(method, aim, text, at + _BEFORE_URI)
        key_id = known.key_id
        if nc is None or self._claim(known.nonce, None, nc, key_id) is not _NEW:
            return None
        id_ = next(self._ids).to_bytes(ID_BYTES).hex()
        left = self._called(key_id)
        self._note_allow(key_id, way.name, address, id_)
        return _new(Passed, (grant, values, id_, left))

    def take(self, call: Call, epoch: int) -> Verdict | None:
        """Let a call through in the same way, and say all there is to say about it.

        Raises:
            Throttled: the key has to wait.
        """
        method, aim, header, address, _, _, _ = call
        passed = self.let_through(method, aim, header, address, epoch)
        if passed is None:
            return None
        grant, values, id_, left = passed
        parameters = dict(zip(grant.names, values))  # noqa: B905 - the pattern has as many groups
        match = _new(Match, (grant.operation, parameters))
        subject, key_id, group = grant.subject, grant.key_id, grant.group
        told = (ALLOW, match, _NO_METHODS, subject, key_id, group, None, address, id_, left, False)
        return _new(Verdict, told)

    def learn(
        self, call: Call, verdict: Verdict, proven: Proven, catalogue: Catalogue, epoch: int
    ) -> None:
        """Remember a call that was allowed, if calls like it may be let through unasked."""
        credentials, key, match, subject = proven.digest, proven.key, verdict.match, proven.subject
        if credentials is None or key is None or match is None or subject is None:
            return
        if verdict.decision is not ALLOW or not _is_learnable(match.operation):
            return
        pattern = catalogue.way(match.operation, target.parse(call.target))
        text = (call.authorization or b"").decode("latin-1")
        at = text.find(_URI)
        tail = layouts.tail(text, at + _BEFORE_URI + len(call.target), key.algorithm)
        if pattern is None or tail is None or at > LONGEST:
            return
        known = self._known.get(text[:at])
        if known is None or known.epoch != epoch:
            known = _Known(subject, key, credentials.nonce, tail=tail, epoch=epoch)
            _bounded(self._known, ENTRIES)[text[:at]] = known
        known.allow(call.method, match, pattern, verdict.group)


class _Known:
    """Whose fields start so, as of one epoch. Shows nothing of the key."""

    __slots__ = (
        "_begun",
        "_hash",
        "_places",
        "_tail",
        "epoch",
        "key_id",
        "nonce",
        "subject",
        "ways",
    )

    def __init__(
        self, subject: Subject, key: Credential, nonce: str, *, tail: Tail, epoch: int
    ) -> None:
        self.subject = subject
        self.key_id = key.key_id
        self.nonce = nonce
        self.epoch = epoch
        self.ways: dict[str, tuple[_Way, ...]] = {}
        """By method, the latest first."""
        self._hash = digest.HASHES[key.algorithm]
        self._begun = self._hash(f"{key.ha1}:{nonce}:".encode())
        self._tail = tail.pattern.match
        self._places = tail.places

    def proven(self, method: str, aim: str, text: str, at: int) -> int | None:
        """Return the count of a digest that is right (RFC 7616, section 3.4.1), or None."""
        tail = self._tail(text, at + len(aim))
        if tail is None or not text.startswith(aim, at):
            return None
        nc, cnonce, response = tail.group(*self._places)
        ha2 = self._hash(f"{method}:{aim}".encode()).hexdigest()
        right = self._begun.copy()
        right.update(f"{nc}:{cnonce}:auth:{ha2}".encode())
        return int(nc, 16) if hmac.compare_digest(right.hexdigest(), response) else None

    def allow(
        self, method: str, match: Match, pattern: re.Pattern[str], group: GroupState | None
    ) -> None:
        """Remember that one question was answered yes."""
        ways = self.ways.get(method, ())
        way = next((way for way in ways if way.pattern is pattern), None)
        if way is None:
            way = _Way(match, pattern)
            self.ways[method] = (way, *ways[: WAYS - 1])
        named = match.operation.group
        value = None if named is None else match.parameters[named.parameter]
        grant = Grant(self.subject, self.key_id, match.operation, way.names, group)
        _bounded(way.allowed, ALLOWED)[value] = grant


class _Way:
    """One operation as targets name it, and the groups in which it was allowed."""

    __slots__ = ("allowed", "group_at", "matched", "name", "names", "pattern")

    def __init__(self, match: Match, pattern: re.Pattern[str]) -> None:
        self.name = match.operation.name
        self.names = tuple(match.parameters)
        self.pattern = pattern
        self.matched = pattern.fullmatch
        named = match.operation.group
        self.group_at = None if named is None else self.names.index(named.parameter)
        self.allowed: dict[str | None, Grant] = {}


def _is_learnable(operation: Operation) -> bool:
    """Tell whether path and epoch alone say what is asked: no address, no other user, no header."""
    in_path = operation.group is None or operation.group.source == "path"
    return in_path and operation.user is None and not operation.whitelisted


def _bounded(memory: dict[_K, _V], limit: int) -> dict[_K, _V]:
    """Return a memory with room for one more; a full one begins anew."""
    if len(memory) >= limit:
        memory.clear()
    return memory
