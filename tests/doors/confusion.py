"""Path confusion: two users, two paths, and every way to write the one so that it looks the other.

The visitor may call `/pub`, what lies below, and any other name; the owner may call `/admin`
alone. So who was let through tells what the door judged: a visitor's target must not be `/admin`
for any reader, nor an owner's target `/pub`.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from doors import readers

VISITOR, OWNER = "visitor", "owner"
WHO = (VISITOR, OWNER)
HOST = b"api.example"


class Case(NamedTuple):
    """One way to write a path. `target` is filled in with the names of a door."""

    number: int
    target: str
    host: str = HOST.decode()

    def spelt(self, place: "Place") -> bytes:
        """Write the target for a door where the paths are called otherwise."""
        admin = place.admin
        return self.target.format(
            b=place.base,
            pub=place.pub,
            admin=admin,
            ADMIN=admin.upper(),
            escaped=f"%{ord(admin[0]):02x}{admin[1:]}",
            rest=admin[1:],
        ).encode("latin-1")


class Place(NamedTuple):
    """Where the two paths lie."""

    base: str = ""
    pub: str = "pub"
    admin: str = "admin"

    def name(self, who: str) -> bytes:
        """Return the name of the one path that he may call."""
        return (self.pub if who == VISITOR else self.admin).encode()

    def classes(self, target: bytes) -> frozenset[bytes | None]:
        """Return what readers take a target for."""
        base = self.base.encode()
        if base and target.startswith(base):
            target = target.removeprefix(base)
        return readers.classes(target, (self.pub.encode(), self.admin.encode()))


def _cases() -> Iterator[Case]:
    for number, targets in enumerate(_TARGETS, start=1):
        for target in targets.split():
            yield Case(number, target)
    for target in ("{b}/{admin}", "{b}/{pub}"):
        yield Case(25, target, host="api.example/{pub}?x=".format(pub="pub"))


_TARGETS = (
    "{b}//{admin}",
    "{b}/./{admin}",
    "{b}/{pub}/../{admin}",
    "{b}/{pub}/%2e%2e/{admin}",
    "{b}/{pub}%2f..%2f{admin}",
    "{b}/{pub}/..%2f{admin}",
    "{b}/{escaped}",
    "{b}/{admin};a=b",
    "{b}/{pub}/..;/{admin}",
    "{b}/{admin}%00",
    "{b}/{admin}%00/../{pub}",
    "{b}/{admin}#f",
    "{b}/{admin}%23",
    "{b}/{pub}?/../{admin}",
    "{b}/{ADMIN}",
    "{b}/{admin}/",
    "{b}/{admin}%20",
    "{b}/{admin}.",
    "{b}\\{admin} {b}/{pub}\\..\\{admin} {b}/%5c{admin} {b}/{pub}%5c..%5c{admin}",
    "http://{pub}{b}/{admin}",
    "{b}/{pub}/%252e%252e/{admin}",
    "{b}/%c0%ae{rest} {b}/%c0%ae%c0%ae/{admin}",
    "{b}/{admin}%0d%0aX:1 {b}/{admin}%09",
    "{b}/{pub}//..//{admin} {b}/{pub}/%2f{admin}",
)
CASES = tuple(_cases())


class Outcome(NamedTuple):
    """What became of one request."""

    status: int
    seen: bytes | None = None
    """The target as the upstream got it; None if it was not let through."""
    routed: bytes | None = None
    """Which of the two paths the upstream itself took it for, where it tells."""


Column = Mapping[tuple[Case, str], tuple[bytes, Outcome]]
"""What a door did: target and outcome of each case, for each caller."""


def mismatch(place: Place, who: str, outcome: Outcome) -> bool:
    """Tell whether anybody behind the door may take a target for another than the door did."""
    if outcome.seen is None:
        return not 300 <= outcome.status < 500 and outcome.status != 0
    mine = place.name(who)
    return not place.classes(outcome.seen) | {outcome.routed} <= {mine, None}


def table(place: Mapping[str, Place], columns: Mapping[str, Column]) -> str:
    """Write what became of every case at every door.

    The visitor's outcome, and the owner's if it is another: the status of a refusal, or else the
    path that the upstream read, and how it got it if not as it was sent.
    """
    rows = [["case", "target", *columns]]
    for case in CASES:
        shown = case.target.format(b="", **_NAMES)
        if case.host != HOST.decode():
            shown += f" Host: {case.host}"
        row = [str(case.number), shown]
        for name, column in columns.items():
            cells = dict.fromkeys(_cell(place[name], *column[case, who]) for who in WHO)
            row.append(" | ".join(cells))
        rows.append(row)
    return "".join(f"{line}\n" for line in _aligned(rows))


def _cell(place: Place, target: bytes, outcome: Outcome) -> str:
    """Say in a word what became of a request."""
    if outcome.seen is None:
        return str(outcome.status)
    named = {place.pub.encode(): "pub", place.admin.encode(): "admin"}
    read = "+".join(sorted(named[name] for name in place.classes(outcome.seen) if name))
    changed = "" if outcome.seen == target else f", as {outcome.seen.decode('latin-1')}"
    return read + changed


_NAMES = {
    "pub": "pub",
    "admin": "admin",
    "ADMIN": "ADMIN",
    "escaped": "%61dmin",
    "rest": "dmin",
}


def _aligned(rows: list[list[str]]) -> Iterable[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
