"""Every way in to one guarded API, asked alike: `serve`, middleware, gate, and the four proxies."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from doors import confusion, gates, guarded_apis, proxies, streams
from doors.confusion import HOST, OWNER, VISITOR, WHO, Column, Outcome, Place
from doors.houses import House
from doors.installation import BASE
from doors.streams import Received
from doors.upstream import Upstream

START_SECONDS = 30
Asking = Callable[[str, bytes, bytes], bytes]
"""Returns the bytes of a request, by credentials, target and host."""
Reading = Callable[[bytes, Received], Outcome]
"""Returns what became of a request, by its target and the answer."""


@dataclass
class Door:
    """One way in."""

    name: str
    port: int
    keys: dict[str, str]
    place: Place
    asking: Asking
    reading: Reading
    ahead: int = 16
    """Requests sent at a time. A bare uvicorn answers a malformed one before those before it."""

    def ask(self, who: str, targets: Sequence[bytes], *, host: bytes = HOST) -> list[Outcome]:
        """Ask for every target with the key of one of the two users."""
        answers = self.answers(f"Bearer {self.keys[who]}", targets, host=host)
        return [self.reading(*pair) for pair in zip(targets, answers, strict=True)]

    def answers(
        self, credentials: str, targets: Sequence[bytes], *, host: bytes = HOST
    ) -> list[Received]:
        """Ask for every target with these credentials; return what is said."""
        requests = [self.asking(credentials, target, host) for target in targets]
        return streams.ask(self.port, requests, ahead=self.ahead)

    def column(self) -> Column:
        """Ask for every case, each on a connection of its own."""
        return {
            (case, who): (target, self.ask(who, [target], host=case.host.encode())[0])
            for case in confusion.CASES
            for who in WHO
            for target in [case.spelt(self.place)]
        }

    def astray(self, who: str, targets: Sequence[bytes]) -> tuple[int, list[tuple[bytes, Outcome]]]:
        """Ask for all targets; return how many got through, and those that somebody may misread."""
        outcomes = self.ask(who, targets)
        passed = sum(outcome.seen is not None for outcome in outcomes)
        pairs = zip(targets, outcomes, strict=True)
        return passed, [pair for pair in pairs if confusion.mismatch(self.place, who, pair[1])]


def plain(credentials: str, target: bytes, host: bytes) -> bytes:
    """Write a request as it is."""
    line = b"GET %b HTTP/1.1\r\nHost: %b\r\n" % (target, host)
    return line + b"Authorization: %b\r\n\r\n" % credentials.encode()


def asked_by_nginx(credentials: str, target: bytes, host: bytes) -> bytes:
    """Write the question of a proxy that passes a target on as it is."""
    facts = b"X-Original-Method: GET\r\nX-Original-URI: %b\r\nX-Real-IP: 127.0.0.1\r\n" % target
    return plain(credentials, b"/decision", host).removesuffix(b"\r\n") + facts + b"\r\n"


def asked_by_envoy(credentials: str, target: bytes, host: bytes) -> bytes:
    """Write the same where the request line is the fact."""
    fact = b"X-Envoy-External-Address: 127.0.0.1\r\n"
    return plain(credentials, target, host).removesuffix(b"\r\n") + fact + b"\r\n"


def decided(target: bytes, answer: Received) -> Outcome:
    """Read the answer of a gate: what it lets through comes to the upstream as it is."""
    return Outcome(answer.status, target if answer.status == 200 else None)


def echoed(_: bytes, answer: Received) -> Outcome:
    """Read the answer of the upstream behind a proxy, or the proxy's own."""
    document = _document(answer)
    if "line" not in document:
        return Outcome(answer.status)
    target = document["line"].split(" ", 1)[1].rpartition(" ")[0].encode("latin-1")
    return Outcome(answer.status, target)


def routed(_: bytes, answer: Received) -> Outcome:
    """Read the answer of the application inside of the middleware, or the middleware's own."""
    if answer.value("reached") is None:
        return Outcome(answer.status)
    document = _document(answer)
    name = document["routed"]
    return Outcome(answer.status, document["target"].encode("latin-1"), name and name.encode())


def served(target: bytes, answer: Received) -> Outcome:
    """Read the answer of our own API, which shows one of the users."""
    if answer.status != 200:
        return Outcome(answer.status)
    return Outcome(answer.status, target, _document(answer)["id"].encode())


@contextmanager
def serve(house: House) -> Iterator[Door]:
    """Open our own API: two users who share no group, each of whom may read himself alone."""
    place = Place(f"{BASE}/users", house.ids[VISITOR], house.ids[OWNER])
    with house.installation.serving() as server:
        yield Door("serve", server.port, house.keys, place, plain, served)


@contextmanager
def middleware(house: House, http: str = "httptools") -> Iterator[Door]:
    """Open an application inside of the middleware, served by uvicorn."""
    options = ("--http", http, "--no-access-log", "--no-server-header")
    with guarded_apis.uvicorn(house.installation, *options, app="doors.guarded_app:app") as port:
        yield Door(f"uvicorn, {http}", port, house.keys, Place(), plain, routed, ahead=1)


@contextmanager
def gate(house: House, preset: str = "nginx") -> Iterator[Door]:
    """Open the gate as a proxy sees it."""
    asking = asked_by_envoy if preset == "envoy" else asked_by_nginx
    with gates.gate(house.installation, preset) as running:
        yield Door(f"gate for {preset}", running.port, house.keys, Place(), asking, decided)


@contextmanager
def proxied(house: House, name: str, upstream: Upstream) -> Iterator[Door]:
    """Open a proxy that asks the gate, by our recipe."""
    with proxies.guarded(name, house.installation, upstream=upstream) as running:
        yield Door(name, running.port, house.keys, Place(), plain, echoed)


def _document(answer: Received) -> dict[str, Any]:
    try:
        found = json.loads(answer.body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
