"""The gate: a door for proxies that ask about every request before they pass it on.

It believes what its preset names, of trusted proxies alone, and says 200, 401 or 403. Whatever is
missing, malformed or breaks is a 403.
"""

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from functools import lru_cache
from typing import Protocol

from keyreeve.domain.decision import Allow, Challenge
from keyreeve.enforcement import callers, gate_answers
from keyreeve.enforcement.callers import REMEMBERED_BYTES, Callers
from keyreeve.enforcement.gate_complaints import Complaints
from keyreeve.enforcement.gate_layouts import METHOD, TARGET, Layouts
from keyreeve.enforcement.gate_outbox import Outbox
from keyreeve.enforcement.gate_presets import Preset
from keyreeve.enforcement.gate_question import AUTHORIZATION, Refused
from keyreeve.judge.call import Call
from keyreeve.judge.judge import Judge
from keyreeve.judge.throttle import Throttled
from keyreeve.judge.verdict import Verdict
from keyreeve.protocol.address import Address
from keyreeve.protocol.forwarded import Hop
from keyreeve.protocol.target import NotCanonical
from keyreeve.storage.errors import DatabaseLost

EARLY_DATA = b"early-data"
REMEMBERED = 4096
"""Callers whose address was read before."""

_METHODS = {
    method.encode(): method
    for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
}
_METHOD = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,32}")

_new = tuple.__new__  # half the cost of calling a named tuple
_log = logging.getLogger("keyreeve.gate")


class Connection(Protocol):
    """What a gate does to its connections."""

    def grow_older(self) -> None:
        """Note that a second has passed; end what takes too long."""

    def close_when_idle(self) -> None:
        """Close at once, unless a request is on its way."""

    def abort(self) -> None:
        """Close at once."""


class Tokens(Protocol):
    """What signs who was let through."""

    def sign(self, verdict: Verdict, call: Call) -> bytes:
        """Return a token of one verdict."""


class Gate:
    """What all connections of one process share.

    `wait` is where decisions that must ask the database are made; `asking` knows which peers are
    trusted, and reads the caller's address from the field of the preset. `tokens` signs who was let
    through, where the API behind the proxy is to be sure of it.
    """

    def __init__(  # noqa: PLR0913 - each by its name
        self,
        judge: Judge,
        preset: Preset,
        asking: Callers,
        *,
        wait: Executor,
        https: bool,
        tokens: Tokens | None = None,
    ) -> None:
        self.judge = judge
        self.preset = preset
        self.wait = wait
        self.draining = False
        self.connections: set[Connection] = set()
        self.strangers: set[Connection] = set()
        """Those of them whose peer is not trusted."""
        self.outbox = Outbox()
        self.complaints = Complaints(preset.name)
        self.trusts: Callable[[str | None], bool] = asking.trusts
        named = (preset.method, preset.target, preset.address, AUTHORIZATION, EARLY_DATA)
        self.wanted = frozenset(name for name in named if name is not None)
        self._names = preset.method, preset.target, preset.address
        by_line = (preset.method or METHOD, preset.target or TARGET)
        self.layouts = Layouts((*by_line, preset.address, AUTHORIZATION))
        self._asking = asking
        self._https = https
        self._caller = lru_cache(REMEMBERED)(self._looked_up)
        self._identities = gate_answers.Identities()
        self._tokens = tokens

    def read(
        self,
        facts: Mapping[bytes, bytes],
        fields: Sequence[tuple[bytes, bytes]],
        line: tuple[bytes, bytes],
        peer: str | None,
    ) -> Call:
        """Return what a trusted proxy asks about.

        `facts` are the fields that are always wanted, `fields` all the others, and `line` is
        method and target of its own request.

        Raises:
            Refused: a fact is missing or malformed.
        """
        by_method, by_target, by_address = self._names
        method = facts.get(by_method) if by_method else line[0]
        target = facts.get(by_target) if by_target else line[1]
        address = facts.get(by_address)
        if not (method and target and address):
            missing = self._missing(facts)
            self.complaints.missing(missing)
            raise Refused("FACT_MISSING", missing)
        text = _METHODS.get(method)
        if text is None:
            if not _METHOD.fullmatch(method):
                raise Refused("FACT_MALFORMED", _shown(by_method))
            text = method.decode()
        look_up = self._caller if len(address) <= REMEMBERED_BYTES else self._looked_up
        caller, private, hops = look_up(peer, address)
        aim, authorization = target.decode("latin-1"), facts.get(AUTHORIZATION)
        return _new(Call, (text, aim, authorization, caller, private, fields, hops))

    def say_again(self, told: tuple[bytes, ...], peer: str | None, *, keep: bool) -> bytes | None:
        """Answer who goes on as before and is let through; None: he must be judged in full.

        `told` is what `layouts` read.
        """
        method, target, address, authorization = told
        text = _METHODS.get(method)
        if self._tokens is not None or text is None:
            return None
        if not target or not 0 < len(address) <= REMEMBERED_BYTES:
            return None
        caller, _, _ = self._caller(peer, address)
        aim = target.decode("latin-1")
        passed = self.judge.let_through(text, aim, authorization, caller)
        return None if passed is None else gate_answers.again(passed, keep=keep)

    def said(self, verdict: Verdict, call: Call, *, early: bool, keep: bool, head: bool) -> bytes:
        """Say what was decided."""
        decision = verdict.decision
        if isinstance(decision, Allow) or verdict.overlooked:
            # Early data can be sent again by whoever recorded it (RFC 8470).
            whitelisted = verdict.match is not None and verdict.match.operation.whitelisted
            if early and whitelisted and not self.judge.overlooks("TOO_EARLY", verdict):
                return gate_answers.problem("TOO_EARLY", keep=keep, head=head)
            token = b"" if self._tokens is None else self._tokens.sign(verdict, call)
            return self._identities.allow(verdict, keep=keep, token=token)
        if isinstance(decision, Challenge):
            values = self.judge.challenges(decision.stale)
            return gate_answers.challenge(values, keep=keep, head=head)
        return gate_answers.deny(verdict, call.target, keep=keep, head=head)

    def failed(self, error: BaseException, *, keep: bool, head: bool) -> bytes:
        """Say that there is no decision: whatever broke on the way to it is a denial."""
        if isinstance(error, Refused):
            return gate_answers.problem(error.code, *error.parameters, keep=keep, head=head)
        if isinstance(error, NotCanonical):
            return gate_answers.problem("TARGET_NOT_CANONICAL", keep=keep, head=head)
        if isinstance(error, Throttled):
            return gate_answers.throttled(error.seconds, keep=keep, head=head)
        if isinstance(error, DatabaseLost):
            # A trace for every call would bury what the watch says.
            _log.error("the database is gone, so denied: %s", error)
        else:
            _log.error("no decision, so denied", exc_info=error)
        return gate_answers.problem("UNEXPECTED_ERROR", keep=keep, head=head)

    def sweep(self) -> None:
        """Let a second pass for every connection."""
        self.outbox.empty()
        self.layouts.grow_older()
        self.complaints.grow_older()
        for connection in tuple(self.connections):
            connection.grow_older()

    def drain(self) -> None:
        """Close connections as soon as they are answered; those that wait for nothing at once."""
        self.outbox.empty()
        self.draining = True
        for connection in tuple(self.connections):
            connection.close_when_idle()

    def abort(self) -> None:
        """Close every connection, answered or not."""
        self.outbox.empty()
        for connection in tuple(self.connections):
            connection.abort()

    def _looked_up(self, peer: str | None, field: bytes) -> tuple[Address, bool, tuple[Hop, ...]]:
        """Return who calls, whether nobody can have listened to him, and how he was found."""
        address, hops = self._asking.walk(peer, (field,))
        if address is None:
            raise Refused("FACT_MALFORMED", _shown(self.preset.address))
        return address, self._https or callers.is_loopback(address), hops

    def _missing(self, facts: Mapping[bytes, bytes]) -> str:
        """Name the first fact that is not there."""
        return next(_shown(name) for name in self._names if name and not facts.get(name))


def _shown(name: bytes | None) -> str:
    """Return a field as it is usually spelt."""
    if name is None:
        return "the request line"
    return name.decode().title().replace("-Ip", "-IP").replace("-Uri", "-URI")
