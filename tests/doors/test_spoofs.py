"""Nobody passes for another: every way to try, through every way in."""

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from doors import spoofs, wire
from doors.installation import BASE, Installation
from doors.spoofs import HEADERS, LISTED, PROXY, SPOOFS, STRANGER, TOPOLOGIES, Spoof


@dataclass
class House:
    """An installation, served once for each source of addresses."""

    ports: dict[str, int]
    target: str
    key: str

    def answer(self, source: str, peer: str, lines: list[str]) -> tuple[int, dict[str, str]]:
        """Call the whitelisted operation; return status and, from a denial, what it tells."""
        body = '[{"ipAddress": "192.0.2.9"}]'
        head = [
            f"POST {self.target} HTTP/1.1",
            "Host: 127.0.0.1",
            f"Authorization: Bearer {self.key}",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
            "Connection: close",
            *lines,
        ]
        data = "\r\n".join([*head, "", body]).encode()
        received = spoofs.exchange(self.ports[source], data, peer)
        told = re.search(rb"\r\n\r\n({.*})", received, re.DOTALL)
        return wire.statuses(received)[0], json.loads(told[1]) if told else {}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    installation = Installation(tmp_path_factory.mktemp("house"))
    user = installation.run("user", "create", "ada@example.org")["id"]
    installation.run("group", "create", "g", "--owner", "ada@example.org", "--public-api", "on")
    key = installation.run("key", "generate", "ada@example.org", "--description", "k")["key"]
    installation.run("whitelist", "add", "ada@example.org", LISTED)
    with ExitStack() as stack:
        ports = {}
        for source in HEADERS:
            more = {"KEYREEVE_CLIENT_ADDRESS_HEADER": source}
            if source != "peer":
                more["KEYREEVE_TRUSTED_PROXIES"] = spoofs.TRUSTED
            ports[source] = stack.enter_context(installation.serving(**more)).port
        yield House(ports, f"{BASE}/users/{user}/whitelist", key)


@pytest.mark.parametrize("topology", TOPOLOGIES)
@pytest.mark.parametrize("source", HEADERS)
@pytest.mark.parametrize("spoof", SPOOFS, ids=lambda spoof: spoof.name)
def test_no_header_field_makes_a_stranger_another(
    house: House, spoof: Spoof, source: str, topology: str
) -> None:
    peer, passed = spoofs.chain(topology, source, STRANGER)
    status, told = house.answer(source, peer, passed(list(spoof.lines)))
    assert status in {400, 401, 403}
    if status == 403:
        seen = PROXY if source == "peer" and topology != "direct" else STRANGER
        assert told["errorCode"] == "IP_ADDRESS_NOT_ON_WHITELIST"
        assert told["address"] in {seen, "unknown"}


@pytest.mark.parametrize("topology", TOPOLOGIES)
@pytest.mark.parametrize("source", [source for source in HEADERS if source != "peer"])
def test_who_is_listed_passes_all_the_same(house: House, source: str, topology: str) -> None:
    peer, passed = spoofs.chain(topology, source, LISTED)
    assert house.answer(source, peer, passed([]))[0] == 201


def test_the_log_tells_of_a_header_that_was_not_believed(installation: Installation) -> None:
    installation.run("group", "create", "g")
    with installation.serving() as server:
        lines = ("Host: a", "X-Forwarded-For: 1.2.3.4", "Connection: close", "", "")
        request = "\r\n".join([f"GET {BASE} HTTP/1.1", *lines])
        for _ in range(2):
            spoofs.exchange(server.port, request.encode(), STRANGER)
    log = server.log.read_text().splitlines()
    (warning,) = [line for line in log if "forwarding header" in line]
    assert STRANGER in warning
