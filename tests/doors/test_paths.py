"""No path is judged as one and read as another: 24 cases and 20 000 traversals at every door."""

import itertools
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from doors import confusion, doorways, gates, path_table, proxies, readers, traversals, wire
from doors.confusion import OWNER, VISITOR, WHO, Place
from doors.doorways import Door
from doors.houses import CATALOGUE, House
from doors.installation import free_port
from doors.path_table import DOORS
from doors.streams import Received
from doors.upstream import Seen, upstream
from keyreeve.domain import openapi
from keyreeve.domain.catalogue import Catalogue, Match
from keyreeve.protocol import target
from keyreeve.protocol.target import NotCanonical

NAMES = (b"pub", b"admin")
CORPUS = traversals.corpus()
THOROUGH = ("serve", "uvicorn", "gate")
SAMPLE = 2_000
"""Targets of the corpus that the suite sends through all other doors; `make hunt` sends all."""
FEWEST = 100
"""So many of them must get through: a door that refuses everything would make no mistake."""

RULES = {
    "dot segments": rb"(?<=/)\.\.?(?=/)",
    "escaped dots": rb"%2[Ee]",
    "dots before a semicolon": rb"(?<=/)\.\.?(?=;)",
    "dots before a space": rb"(?<=/)\.\.?(?=%20)",
    "escaped slashes": rb"%2[Ff]",
    "backslashes": rb"\\",
    "escaped backslashes": rb"%5[Cc]",
    "escaped percent signs": rb"%25",
    "overlong UTF-8": rb"%c0%ae|%e0%80%a[ef]|%c0%af|%f0%80%80%af",
    "escaped NUL": rb"%00",
}
"""Of the canonical form, the rules without which a path would lead elsewhere in this very API."""

each_door = pytest.mark.parametrize("name", DOORS)
each_caller = pytest.mark.parametrize("who", WHO)


@pytest.fixture(scope="module")
def doors(guarded_house: House) -> Iterator[dict[str, Door]]:
    with path_table.opened(guarded_house) as found:
        yield found


def test_the_table_is_as_written(doors: dict[str, Door]) -> None:
    assert path_table.table(doors) == path_table.FILE.read_text("utf-8")


@each_door
def test_no_case_is_read_otherwise_than_judged(doors: dict[str, Door], name: str) -> None:
    door = doors[name]
    column = door.column()
    assert len({case.number for case, _ in column}) == 25
    assert [
        (case, who, outcome)
        for (case, who), (_, outcome) in column.items()
        if confusion.mismatch(door.place, who, outcome)
    ] == []


@each_caller
@each_door
def test_no_traversal_is_read_otherwise_than_judged(
    doors: dict[str, Door], name: str, who: str
) -> None:
    targets = corpus(doors[name].place)
    if name not in THOROUGH:
        targets = traversals.sample(targets, SAMPLE)
    passed, astray = doors[name].astray(who, targets)
    assert astray == []
    assert passed > FEWEST


@pytest.mark.hunt
@each_caller
@pytest.mark.parametrize("name", [name for name in DOORS if name not in THOROUGH])
def test_no_traversal_at_all_is_read_otherwise(doors: dict[str, Door], name: str, who: str) -> None:
    passed, astray = doors[name].astray(who, CORPUS)
    assert astray == []
    assert passed > FEWEST


@each_door
def test_what_is_signed_for_one_path_is_good_for_no_other_spelling(
    doors: dict[str, Door], guarded_house: House, name: str
) -> None:
    door = doors[name]
    signed = f"{door.place.base}/{door.place.admin}".encode()
    (challenge,) = door.answers("Bearer none", [signed])
    assert challenge.status == 401
    sign = signing(challenge, signed.decode(), guarded_house.keys[OWNER])
    for asked in [signed, *(case.spelt(door.place) for case in confusion.CASES)]:
        (answer,) = door.answers(sign(), [asked])
        seen = door.reading(asked, answer).seen
        assert seen == signed or (seen is None and asked != signed)


def test_our_reading_refuses_just_what_may_be_read_in_several_ways() -> None:
    assert [path for path in CORPUS if accepted(path) != readers.canonical(path)] == []


def test_nobody_reads_a_traversal_otherwise_than_the_catalogue() -> None:
    judged = judge_all(lambda path: path)
    assert misread(judged) == []
    counts = {name: list(judged.values()).count(name) for name in NAMES}
    assert min(counts.values()) > 1000


def test_the_short_way_takes_no_traversal_for_another_operation() -> None:
    catalogue = Catalogue(openapi.read(CATALOGUE).operations)
    taken = 0
    for operation in catalogue.operations:
        sample = target.parse(operation.template.replace("{", "").replace("}", ""))
        way = catalogue.way(operation, sample)
        for path in filter(way.fullmatch, map(decoded, CORPUS)) if way else ():
            found = catalogue.find("GET", target.parse(path))
            assert isinstance(found, Match)
            assert found.operation is operation
            taken += 1
    assert taken > 1000


@pytest.mark.parametrize("rule", RULES)
def test_a_judge_without_one_of_the_rules_is_found_out(rule: str) -> None:
    harmless = re.compile(RULES[rule])
    assert misread(judge_all(lambda path: harmless.sub(b"x", path)))


def test_a_gate_that_looks_at_the_start_of_a_path_is_found_out(guarded_house: House) -> None:
    def by_prefix(seen: Seen) -> bytes:
        target = seen.values("x-original-uri")[0]
        return b"HTTP/1.1 %b\r\nContent-Length: 0\r\n\r\n" % (
            b"200 OK" if target.startswith("/pub") else b"403 Forbidden"
        )

    with (
        upstream() as behind,
        upstream(by_prefix) as weak,
        proxies.proxy("nginx", guarded_house.installation, gate=weak, upstream=behind) as running,
    ):
        door = Door(
            "weak", running.port, guarded_house.keys, Place(), doorways.plain, doorways.echoed
        )
        assert {3, 4, 5, 6, 9, 21, 24} <= cases_misread(door)


def test_a_proxy_that_rewrites_the_path_is_found_out(guarded_house: House, tmp_path: Path) -> None:
    with upstream() as behind, gates.gate(guarded_house.installation) as gate:
        port = free_port()
        guarded_house.installation.run(
            "recipe", "nginx", "--upstream", behind.url, "--gate", gate.listen,
            "--listen", f"127.0.0.1:{port}", "--output", str(tmp_path),
        )  # fmt: skip
        written = tmp_path / "nginx.conf"
        ours = "proxy_pass http://keyreeve_api;"
        text = written.read_text()
        assert text.count(ours) == 1
        written.write_text(text.replace(ours, f"rewrite ^/pub/(.*)$ /$1 break; {ours}"))
        with proxies.started("nginx", tmp_path, port):
            door = Door("weak", port, guarded_house.keys, Place(), doorways.plain, doorways.echoed)
            assert cases_misread(door) == {24}
            assert door.astray(VISITOR, traversals.sample(CORPUS, SAMPLE))[1]


def corpus(place: Place) -> list[bytes]:
    """Return the corpus for a door where the paths are called otherwise."""
    base = place.base.encode()
    return [base + path for path in traversals.corpus(place.pub, place.admin)] if base else CORPUS


def signing(challenge: Received, uri: str, key: str) -> Callable[[], str]:
    """Return what signs the same path again and again, by the nonce of a challenge."""
    header = challenge.value("www-authenticate") or ""
    told = dict(re.findall(r'(realm|nonce)="([^"]*)"', header))
    counts = itertools.count(1)

    def sign() -> str:
        fields = told | {"username": "owner@example.org", "uri": uri, "cnonce": wire.CNONCE}
        fields |= {"nc": f"{next(counts):08x}", "qop": "auth", "algorithm": "MD5"}
        return wire.written(fields | {"response": wire.respond(fields, key, f"GET:{uri}")})

    return sign


def cases_misread(door: Door) -> set[int]:
    """Return the numbers of the cases that somebody behind the door reads otherwise than it."""
    return {
        case.number
        for (case, who), (_, outcome) in door.column().items()
        if confusion.mismatch(door.place, who, outcome)
    }


def decoded(path: bytes) -> str:
    return path.decode("latin-1")


def accepted(path: bytes) -> bool:
    try:
        target.parse(path)
    except NotCanonical:
        return False
    return True


def judge_all(blind: Callable[[bytes], bytes]) -> dict[bytes, bytes | None]:
    """Return which of the two each path of the corpus is judged as; None if it is refused.

    `blind` is what the judge makes of a path before he looks at it.
    """
    catalogue = Catalogue(openapi.read(CATALOGUE).operations)
    return {path: judge(catalogue, blind(path)) for path in CORPUS}


def judge(catalogue: Catalogue, path: bytes) -> bytes | None:
    try:
        found = catalogue.find("GET", target.parse(path))
    except NotCanonical:
        return None
    if not isinstance(found, Match):
        return None
    return b"admin" if found.operation.template == "/admin" else b"pub"


def misread(judged: dict[bytes, bytes | None]) -> list[bytes]:
    """Return the paths of which some reader thinks otherwise."""
    return [
        path
        for path, name in judged.items()
        if name and not readers.classes(path, NAMES) <= {name, None}
    ]
