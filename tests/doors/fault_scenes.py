"""What is asked of a door while something fails: calls that may pass, and calls that may not."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from doors.fault_doors import HANDSHAKE
from judge import court
from judge.court import ELSEWHERE, OWNER, Court
from keyreeve.app.edge import real
from keyreeve.domain.edge import Edge
from keyreeve.domain.operation import Named, Operation
from keyreeve.domain.throttle import Limit
from keyreeve.judge.call import Call
from keyreeve.judge.judge import Judge
from keyreeve.judge.noting import Observing
from keyreeve.judge.throttle import Throttle
from keyreeve.services import api_keys, catalogue, groups
from keyreeve.settings import Settings
from keyreeve.storage.database import Database

BURST = Limit(1_000_000, 1_000_000)
FAR = 1 << 62


@dataclass(frozen=True)
class Scene:
    """One kind of call, and what is true before it."""

    name: str
    call: Callable[[], Call]
    allowed: bool = True
    cold: bool = False
    """Whether the judge remembers nothing."""
    own: bool = False
    """Whether he has a catalogue of his own, as in front of our own API."""
    limited: bool = False
    """Whether calls are counted, and somebody else has to wait."""
    observing: Observing | None = None
    """What is overlooked."""
    anyone: bool = False
    """Whether it may be somebody without a key."""
    guard_only: bool = False
    """Whether only an application can be called so."""
    signed: bool = False
    """Whether the gate signs who is let through."""
    before: Callable[[], Any] = lambda: None
    """What happens before each call."""
    between: Callable[[], Any] | None = None
    """What happens between a first call and the one that is looked at."""


@dataclass
class Stage:
    """A court, and clocks that may run ahead."""

    court: Court
    later: list[int]

    def judge(self, scene: Scene) -> Judge:
        throttle = None
        if scene.limited:
            throttle = Throttle(self.court.database.edge.ticks, failures=BURST, calls=BURST)
            throttle.barred["somebody else"] = FAR
        return court.judge_of(
            self.court.database,
            ledger=self.court.ledger,
            recorder=self.court.recorder,
            operations=court.OPERATIONS if scene.own else None,
            throttle=throttle,
            observing=scene.observing,
        )

    def scenes(self) -> tuple[Scene, ...]:
        return (*self._allowed(), *self._own(), *self._observed(), *self._denied())

    def _allowed(self) -> Iterator[Scene]:
        here = self.court
        yield Scene("digest, cold", here.signed, cold=True)
        yield Scene("digest", here.signed)
        yield Scene("digest, signed", here.signed, signed=True)
        nonce = here.nonce()
        yield Scene("digest, same nonce", lambda: here.signed(nonce=nonce), limited=True)
        yield Scene("bearer, cold", here.bearer, cold=True)
        yield Scene("bearer", here.bearer, limited=True)
        yield Scene("after a change", here.signed, before=self._change)
        yield Scene("whitelisted", lambda: here.signed("DELETE"))
        named = ((b"x-group", here.group.id.encode()),)
        yield Scene("group in a header", lambda: here.signed(target="/h", fields=named))
        yield Scene("group fixed", lambda: here.signed(target="/f"), cold=True)
        shaking = {"fields": (HANDSHAKE,)}
        for cold in (True, False):
            call = _Signing(here, "/ws", shaking)
            yield Scene(f"websocket, {cold=}", call, cold=cold, guard_only=True)
        yield Scene("no group", lambda: here.signed(target="/p"), limited=True)

    def _own(self) -> Iterator[Scene]:
        here = self.court
        users = f"/users/byName/{here.ada.username}"
        bob = here.another_user("bob@example.org")
        for cold in (True, False):
            for target in (
                f"/groups/byName/{here.group.name}", users, f"/users/{bob.id}",
            ):  # fmt: skip
                name = f"own API, {target[:14]}, {cold=}"
                call = _Signing(here, target)
                yield Scene(name, call, cold=cold, own=True, guard_only=True)

    def _observed(self) -> Iterator[Scene]:
        here = self.court
        with_keys, without = Observing(True, keys_required=True), Observing(everything=True)
        for cold in (True, False):
            yield Scene(
                f"observed, {cold=}", lambda: here.signed("DELETE", address=ELSEWHERE), cold=cold,
                observing=with_keys, limited=True,
            )  # fmt: skip
        yield Scene("observed, allowed", here.signed, observing=with_keys)
        yield Scene(
            "observed, no proof", lambda: Call("GET", here.path(), None, court.HOME),
            observing=without, anyone=True,
        )  # fmt: skip
        yield Scene(
            "observed, no key", lambda: Call("GET", here.path(), None, court.HOME),
            observing=with_keys, allowed=False,
        )  # fmt: skip

    def _denied(self) -> Iterator[Scene]:
        here = self.court
        stranger = court.Key(here.ada.username, "kr_wrong", "")
        closed = here.change(groups.create, name="closed", owner=here.ada)
        replayed = here.signed(nonce=here.nonce())
        here.judged(replayed)
        yield Scene("no proof", lambda: Call("GET", here.path(), None, court.HOME), allowed=False)
        yield Scene("wrong key", lambda: here.signed(key=stranger), allowed=False, limited=True)
        yield Scene("replayed", lambda: replayed, allowed=False)
        undeclared = _Signing(here, "/p", {"fields": (HANDSHAKE,)})
        yield Scene("websocket, not declared", undeclared, allowed=False, guard_only=True)
        yield Scene("old nonce", lambda: here.signed(nonce=here.nonce(age=400_000)), allowed=False)
        yield Scene("unknown operation", lambda: here.signed(target="/x"), allowed=False)
        for cold in (True, False):
            yield Scene(
                f"not on the list, {cold=}",
                lambda: here.signed("DELETE", address=ELSEWHERE), allowed=False, cold=cold,
            )  # fmt: skip
            yield Scene(
                f"closed, {cold=}", _Signing(here, f"/groups/{closed.id}"), allowed=False,
                cold=cold,
            )  # fmt: skip
        yield Scene("no such group", lambda: here.signed(target="/groups/x"), allowed=False)
        if here.database.shared_counter:
            yield Scene(
                "counter ahead", here.signed, before=self._run_ahead, between=self._wait,
            )  # fmt: skip

    @contextmanager
    def disabled_key(self) -> Iterator[None]:
        here = self.court
        for enabled in (False, True):
            here.change(api_keys.set_enabled, here.ada, here.key.id, enabled=enabled)
            if not enabled:
                yield

    def _change(self) -> None:
        with self.court.database.transaction() as transaction:
            transaction.changed("group", self.court.group.id)

    def _run_ahead(self) -> None:
        """Leave the counter as a writer does who dies before his commit."""
        shared: Any = self.court.database._epoch_file
        shared.raise_to(shared.read() + 1)

    def _wait(self) -> None:
        self.later[0] += 2_000


@dataclass(frozen=True)
class _Signing:
    """Signs calls of one target."""

    court: Court
    target: str
    told: Mapping[str, Any] = field(default_factory=dict)

    def __call__(self) -> Call:
        return self.court.signed(target=self.target, **self.told)


@contextmanager
def stage(settings: Settings) -> Iterator[Stage]:
    """Found a court, import a catalogue, and open nothing to the outside."""
    later = [0]
    edge = Edge(now=real().now, ticks=lambda: real().ticks() + later[0], entropy=os.urandom)
    database = Database.open(settings, edge, upgrade=True)
    try:
        here = court.opened(database, operations=None)
        here.change(catalogue.replace, _operations(here.group.id))
        yield Stage(here, later)
    finally:
        database.close()


def _operations(group_id: str) -> tuple[Operation, ...]:
    return (
        Operation("read", "GET", "/groups/{g}", group=Named("g")),
        Operation("drop", "DELETE", "/groups/{g}", OWNER, whitelisted=True, group=Named("g")),
        Operation("header", "GET", "/h", group=Named("x-group", source="header")),
        Operation("fixed", "GET", "/f", group=Named(group_id, source="fixed")),
        Operation("plain", "GET", "/p"),
        Operation("socket", "GET", "/ws", websocket=True),
    )
