"""Nobody passes for another at the doors of other APIs: the middleware, and the gate."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack

import pytest

from doors import gates, guarded_apis, spoofs
from doors.confusion import VISITOR
from doors.houses import TRAVELLER, House
from doors.spoofing import PREAMBLES, REFUSED, Told, honoured, request, send
from doors.spoofs import (
    FURTHER_PROXY,
    HEADERS,
    LISTED,
    OVERRIDES,
    PROXY,
    SPOOFS,
    STRANGER,
    TOPOLOGIES,
    TRUSTED,
    Override,
)
from keyreeve.enforcement.gate_presets import PRESETS


@pytest.fixture(scope="module")
def inside(guarded_house: House) -> Iterator[dict[str, int]]:
    """uvicorn with the middleware, for each source of addresses."""
    with ExitStack() as stack:
        yield {
            source: stack.enter_context(guarded_apis.uvicorn(
                guarded_house.installation, app="doors.guarded_app:app",
                KEYREEVE_CLIENT_ADDRESS_HEADER=source,
                **({} if source == "peer" else {"KEYREEVE_TRUSTED_PROXIES": TRUSTED}),
            ))
            for source in HEADERS
        }  # fmt: skip


class TestTheMiddleware:
    @pytest.mark.parametrize("topology", [*TOPOLOGIES, "this host"])
    @pytest.mark.parametrize("source", HEADERS)
    def test_no_spoof_is_honoured(
        self, guarded_house: House, inside: dict[str, int], source: str, topology: str
    ) -> None:
        peer, passed = spoofs.chain(topology, source, STRANGER)

        def ask(lines: list[str]) -> Told:
            data = request(guarded_house.keys[TRAVELLER], *passed(lines))
            return send(inside[source], data, peer)

        seen = STRANGER if source != "peer" and topology != "this host" else peer
        # On this host uvicorn believes X-Forwarded-For by itself: then the caller is unknown.
        assert honoured(ask, seen, fewest=10 if topology == "this host" else 15) == []

    @pytest.mark.parametrize("topology", TOPOLOGIES)
    @pytest.mark.parametrize("source", [source for source in HEADERS if source != "peer"])
    def test_who_is_listed_passes(
        self, guarded_house: House, inside: dict[str, int], source: str, topology: str
    ) -> None:
        peer, passed = spoofs.chain(topology, source, LISTED)
        data = request(guarded_house.keys[TRAVELLER], *passed([]))
        assert send(inside[source], data, peer).status == 200

    @pytest.mark.parametrize("preamble", PREAMBLES, ids=["v1", "v2 LOCAL", "v2 PROXY"])
    def test_nobody_tells_the_caller_before_the_request(
        self, guarded_house: House, inside: dict[str, int], preamble: bytes
    ) -> None:
        data = preamble + request(guarded_house.keys[TRAVELLER])
        assert send(inside["peer"], data, STRANGER).status == 400

    @pytest.mark.parametrize("override", OVERRIDES)
    def test_no_field_makes_another_request_of_one(
        self, guarded_house: House, inside: dict[str, int], override: Override
    ) -> None:
        line = f"{override.method} {override.path} HTTP/1.1"
        data = request(guarded_house.keys[VISITOR], *override.lines, line=line)
        assert send(inside["peer"], data, STRANGER).is_denied()


@pytest.fixture(scope="module")
def asked(guarded_house: House) -> Iterator[dict[str, int]]:
    """A gate of each preset that trusts two proxies."""
    trusting = {"KEYREEVE_TRUSTED_PROXIES": TRUSTED}
    ways = {name: gates.gate(guarded_house.installation, name, **trusting) for name in PRESETS}
    with ExitStack() as stack:
        yield {name: stack.enter_context(way).port for name, way in ways.items()}


def question(
    key: str, preset: str, lines: Sequence[str], hops: Sequence[str], *, careless: bool = False,
    method: str = "GET", path: str = "/admin",
) -> bytes:  # fmt: skip
    """Write what a proxy asks: its facts, and besides all that the client sent by other names.

    A careless one leaves what the client sent by the same names, too.
    """
    known = PRESETS[preset]
    address = hops[0]
    if known.address == b"x-forwarded-for":
        (*_, line) = spoofs.proxied("X-Forwarded-For", *hops)(list(lines))
        address = line.partition(": ")[2]
    said = {known.method: method, known.target: path, known.address: address}
    ours = {name.decode(): value for name, value in said.items() if name}
    theirs = [line for line in lines if careless or line.partition(":")[0].lower() not in ours]
    line = f"{method} {path} HTTP/1.1" if known.target is None else "GET /decision HTTP/1.1"
    return request(key, *theirs, *(f"{name}: {value}" for name, value in ours.items()), line=line)


class TestTheGate:
    @pytest.mark.parametrize("hops", [(STRANGER,), (STRANGER, FURTHER_PROXY)], ids=["one", "two"])
    @pytest.mark.parametrize("careless", [False, True], ids=["", "careless"])
    @pytest.mark.parametrize("preset", PRESETS)
    def test_no_spoof_is_honoured_that_a_proxy_lets_through(
        self, guarded_house: House, asked: dict[str, int], preset: str, hops: tuple[str, ...],
        careless: bool,
    ) -> None:  # fmt: skip
        def ask(lines: list[str]) -> Told:
            key = guarded_house.keys[TRAVELLER]
            data = question(key, preset, lines, hops, careless=careless)
            return send(asked[preset], data, PROXY)

        assert honoured(ask, STRANGER, fewest=5 if careless else 15) == []

    @pytest.mark.parametrize("preset", PRESETS)
    def test_nobody_is_believed_who_is_no_proxy(
        self, guarded_house: House, asked: dict[str, int], preset: str
    ) -> None:
        def ask(lines: list[str]) -> Told:
            data = question(guarded_house.keys[TRAVELLER], preset, lines, (LISTED,))
            return send(asked[preset], data, STRANGER)

        assert {ask(list(spoof.lines)).document.get("errorCode") for spoof in SPOOFS} <= {
            "PEER_NOT_TRUSTED", "REQUEST_MALFORMED",
        }  # fmt: skip

    @pytest.mark.parametrize("override", OVERRIDES)
    @pytest.mark.parametrize("preset", PRESETS)
    def test_no_field_makes_another_request_of_one(
        self, guarded_house: House, asked: dict[str, int], preset: str, override: Override
    ) -> None:
        key = guarded_house.keys[VISITOR]
        data = question(
            key, preset, override.lines, (STRANGER,), method=override.method, path=override.path
        )
        assert send(asked[preset], data, PROXY).is_denied()

    @pytest.mark.parametrize("hops", [(LISTED,), (LISTED, FURTHER_PROXY)], ids=["one", "two"])
    @pytest.mark.parametrize("preset", PRESETS)
    def test_who_is_listed_passes(
        self, guarded_house: House, asked: dict[str, int], preset: str, hops: tuple[str, ...]
    ) -> None:
        data = question(guarded_house.keys[TRAVELLER], preset, [], hops)
        assert send(asked[preset], data, PROXY).status == 200

    @pytest.mark.parametrize("preamble", PREAMBLES, ids=["v1", "v2 LOCAL", "v2 PROXY"])
    def test_nobody_tells_the_caller_before_the_question(
        self, guarded_house: House, asked: dict[str, int], preamble: bytes
    ) -> None:
        data = preamble + question(guarded_house.keys[TRAVELLER], "nginx", [], (STRANGER,))
        assert send(asked["nginx"], data, PROXY).status in REFUSED
