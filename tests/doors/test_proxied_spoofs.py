"""Nobody passes for another behind the four proxies, be it before the gate or before the API."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest

from doors import gates, proxies, spoofs, upstream
from doors.confusion import VISITOR
from doors.gates import RunningGate
from doors.houses import TRAVELLER, House
from doors.identities import LIE, VARIANTS, Variant, believed
from doors.installation import free_port
from doors.proxies import PROXIES, RunningProxy
from doors.spoofing import HERE, PREAMBLES, REFUSED, Told, honoured, request, send
from doors.spoofs import (
    FURTHER_PROXY,
    LISTED,
    OVERRIDES,
    PROXY,
    SPOOFS,
    STRANGER,
    TOPOLOGIES,
    TRUSTED,
    Override,
    Spoof,
)
from doors.upstream import Seen, Upstream

LINE = "GET /pub HTTP/1.1"


class Behind(NamedTuple):
    """One proxy by itself, and one that trusts those in front of it; one gate, one upstream."""

    alone: RunningProxy
    trusting: RunningProxy
    gate: RunningGate
    upstream: Upstream

    def ask(self, topology: str, caller: str, key: str, lines: list[str]) -> Told:
        """Send a request as it comes through the proxies in front, or comes by itself."""
        # Traefik believes what those in front say in X-Real-IP, as its recipe tells.
        header = "x-real-ip" if self.alone.name == "traefik" else "x-forwarded-for"
        peer, passed = spoofs.chain(topology, header, caller)
        running = self.alone if topology == "direct" else self.trusting
        return send(running.port, request(key, *passed(lines)), peer)


@pytest.fixture(scope="module")
def behind(guarded_house: House) -> Iterator[dict[str, Behind]]:
    with ExitStack() as stack:
        yield {name: opened(stack, guarded_house, name) for name in PROXIES}


def opened(stack: ExitStack, house: House, name: str) -> Behind:
    trusted = f"{HERE},{TRUSTED}"
    gate = stack.enter_context(
        gates.gate(house.installation, name, KEYREEVE_TRUSTED_PROXIES=trusted)
    )
    options = [word for proxy in (PROXY, FURTHER_PROXY) for word in ("--trusted-proxy", proxy)]
    api = stack.enter_context(upstream.upstream())
    alone, trusting = (
        stack.enter_context(proxies.proxy(name, house.installation, *more, gate=gate, upstream=api))
        for more in ((), options)
    )
    return Behind(alone, trusting, gate, api)


@pytest.mark.parametrize("name", PROXIES)
class TestTheProxies:
    @pytest.mark.parametrize("topology", TOPOLOGIES)
    def test_no_spoof_is_honoured(
        self, guarded_house: House, behind: dict[str, Behind], name: str, topology: str
    ) -> None:
        scene = behind[name]
        scene.upstream.forget()
        key = guarded_house.keys[TRAVELLER]
        asking = partial(scene.ask, topology, STRANGER, key)
        assert honoured(asking, STRANGER) == []
        assert scene.upstream.seen == []

    def test_no_number_of_hops_hides_the_caller(
        self, guarded_house: House, behind: dict[str, Behind], name: str
    ) -> None:
        key = guarded_house.keys[TRAVELLER]
        for hops in range(17, 24):
            lines = [f"X-Forwarded-For: {', '.join([LISTED] * hops)}"]
            for split in (lines, [f"X-Forwarded-For: {LISTED}"] * hops):
                assert not behind[name].ask("one proxy", STRANGER, key, split).honours(STRANGER)

    @pytest.mark.parametrize("topology", TOPOLOGIES)
    def test_who_is_listed_passes_and_the_upstream_learns_his_address(
        self, guarded_house: House, behind: dict[str, Behind], name: str, topology: str
    ) -> None:
        scene = behind[name]
        scene.upstream.forget()
        assert scene.ask(topology, LISTED, guarded_house.keys[TRAVELLER], []).status == 200
        (seen,) = scene.upstream.seen
        assert seen.values("X-Real-IP") == [LISTED]

    @pytest.mark.parametrize("preamble", PREAMBLES, ids=["v1", "v2 LOCAL", "v2 PROXY"])
    def test_nobody_tells_the_caller_before_the_request(
        self, guarded_house: House, behind: dict[str, Behind], name: str, preamble: bytes
    ) -> None:
        data = preamble + request(guarded_house.keys[TRAVELLER])
        assert send(behind[name].alone.port, data, STRANGER).status in REFUSED

    @pytest.mark.parametrize("override", OVERRIDES)
    def test_no_field_makes_another_request_of_one(
        self, guarded_house: House, behind: dict[str, Behind], name: str, override: Override
    ) -> None:
        lines = ("Content-Length: 0", *override.lines)
        line = f"{override.method} {override.path} HTTP/1.1"
        data = request(guarded_house.keys[VISITOR], *lines, line=line)
        assert send(behind[name].alone.port, data, STRANGER).is_denied()

    @pytest.mark.parametrize("spoof", SPOOFS, ids=lambda spoof: spoof.name)
    def test_the_upstream_is_told_of_no_other_caller_route_or_method(
        self, guarded_house: House, behind: dict[str, Behind], name: str, spoof: Spoof
    ) -> None:
        scene = behind[name]
        scene.upstream.forget()
        data = request(guarded_house.keys[VISITOR], *spoof.lines, line=LINE)
        answer = send(scene.alone.port, data, STRANGER)
        assert answer.status in REFUSED | {200}
        for seen in scene.upstream.seen:
            assert seen.line.startswith(b"GET /pub HTTP/1.")
            assert misleading(seen) == []

    @pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: ascii(variant.name))
    def test_the_upstream_hears_from_the_gate_alone_who_calls(
        self, guarded_house: House, behind: dict[str, Behind], name: str, variant: Variant
    ) -> None:
        answer, heard = identity(guarded_house, behind[name].alone, behind[name].upstream, variant)
        assert answer.status in REFUSED | {200}
        assert heard in ([], [ours(guarded_house)])


def test_most_variants_reach_the_upstream_and_there_are_enough(
    guarded_house: House, behind: dict[str, Behind]
) -> None:
    assert len(VARIANTS) == len({variant.name for variant in VARIANTS}) >= 60
    for scene in behind.values():
        tried = [identity(guarded_house, scene.alone, scene.upstream, one) for one in VARIANTS]
        assert sum(bool(heard) for _, heard in tried) > 60


def test_a_proxy_that_trusts_everybody_is_found_out(
    guarded_house: House, behind: dict[str, Behind]
) -> None:
    with proxies.proxy(
        "nginx", guarded_house.installation, "--trusted-proxy", "127.0.0.0/8",
        gate=behind["nginx"].gate, upstream=behind["nginx"].upstream,
    ) as careless:  # fmt: skip
        scene = behind["nginx"]._replace(alone=careless)
        key = guarded_house.keys[TRAVELLER]
        names = honoured(partial(scene.ask, "direct", STRANGER, key), STRANGER, fewest=0)
    assert {"1 one address", "15 33 hops"} <= set(names)


def test_a_proxy_that_leaves_what_clients_say_is_found_out(
    guarded_house: House, behind: dict[str, Behind], tmp_path: Path
) -> None:
    scene, port = behind["nginx"], free_port()
    text = (scene.alone.folder / "nginx.conf").read_text()
    careless = re.sub(r"proxy_set_header Keyreeve-.*;|large_client_header_buffers .*;", "", text)
    careless = careless.replace("underscores_in_headers off", "underscores_in_headers on")
    careless = careless.replace(f":{scene.alone.port}", f":{port}")
    (tmp_path / "nginx.conf").write_text(careless)
    with proxies.started("nginx", tmp_path, port) as running:
        heard = {
            variant.name: identity(guarded_house, running, scene.upstream, variant)[1]
            for variant in VARIANTS
        }
    fooled = {name for name, said in heard.items() if said and LIE in str(said)}
    assert {"Keyreeve-User", "KEYREEVE_ROLES", "twice", "all at once"} <= fooled


def identity(
    house: House, proxy: RunningProxy, api: Upstream, variant: Variant
) -> tuple[Told, list[dict[str, list[str]]]]:
    """Send one variant with the visitor's key; return what the upstream might believe, if asked."""
    api.forget()
    data = request(house.keys[VISITOR], *variant.lines, line=LINE, body=variant.body)
    answer = send(proxy.port, data, STRANGER)
    heard = [believed(seen) for seen in api.seen]
    for said in heard:
        for decision in said.get("keyreeve-decision", []):
            assert re.fullmatch("[0-9a-f]{24}|root", decision)
        if said.get("keyreeve-decision") not in (None, [LIE]):
            said["keyreeve-decision"] = ["one"]
    return answer, heard


def ours(house: House) -> dict[str, list[str]]:
    """Return what the gate says of the visitor; he has no role everywhere."""
    return {
        "keyreeve-user": ["visitor@example.org"],
        "keyreeve-user-id": [house.ids[VISITOR]],
        "keyreeve-key-id": [house.key_ids[VISITOR]],
        "keyreeve-decision": ["one"],
    }


def misleading(seen: Seen) -> list[tuple[bytes, bytes]]:
    """Return what a spoof left for an upstream that believes it."""
    return [
        (name, value)
        for name, value in seen.fields
        if LISTED.encode() in value
        or value.strip() in {b"/livez", b"root", b"GET"}
        or b"method" in name.lower()
    ]
