from typing import Any

import pytest

from keyreeve.enforcement import incoming
from keyreeve.protocol import address
from keyreeve.protocol.forwarded import Hop, Rule


def scope(**changes: Any) -> dict[str, Any]:
    return {
        "method": "GET",
        "http_version": "1.1",
        "headers": [(b"host", b"a")],
        "raw_path": b"/a%2Fb",
        "query_string": b"",
        "client": ("203.0.113.9", 1),
    } | changes


@pytest.mark.parametrize(
    ("peer", "seen"),
    [
        (("203.0.113.9", 1), "203.0.113.9"),
        (("::ffff:203.0.113.9", 1), "203.0.113.9"),
        (("2001:db8::1", 1, 0, 0), "2001:db8::1"),
        (("2001:DB8:0:0::1", 1), "2001:db8::1"),
        (("fe80::1%eth0", 1), None),
        (("testclient", 1), None),
        (("", 0), None),
        (None, None),
    ],
)
def test_the_address_is_the_peers_or_unknown(peer: Any, seen: str | None) -> None:
    call = incoming.read(scope(client=peer), https=False)
    assert call.address == (address.parse_address(seen) if seen else None)


def test_whoever_looked_before_may_say_that_the_peer_is_unknown() -> None:
    call = incoming.read(scope() | {"keyreeve.peer": None}, https=False)
    assert call.address is None


def test_a_handshake_is_a_get() -> None:
    assert incoming.read(scope(type="websocket", method="CONNECT"), https=False).method == "GET"


def test_each_hop_is_handed_on_to_the_judge_and_to_the_application() -> None:
    asked = scope()
    call = incoming.read(asked, https=False)
    assert call.hops == asked["keyreeve.hops"] == (Hop("203.0.113.9", Rule.PEER),)


def test_no_header_moves_the_address() -> None:
    spoofs = [
        (name, b"198.51.100.7")
        for name in (
            b"x-forwarded-for",
            b"x-real-ip",
            b"forwarded",
            b"true-client-ip",
            b"client-ip",
        )
    ]
    call = incoming.read(scope(headers=[(b"host", b"a"), *spoofs]), https=False)
    assert str(call.address) == "203.0.113.9"


@pytest.mark.parametrize(
    ("https", "peer", "private"),
    [
        (False, "203.0.113.9", False), (True, "203.0.113.9", True), (False, "127.0.0.1", True),
        (False, "127.8.8.8", True), (False, "::1", True), (False, "::ffff:127.0.0.1", True),
        (False, "10.0.0.1", False), (False, "localhost", False),
    ],
)  # fmt: skip
def test_private_is_https_or_this_very_host(https: bool, peer: str, private: bool) -> None:
    assert incoming.read(scope(client=(peer, 1)), https=https).private is private


def test_the_target_is_what_the_client_signed() -> None:
    assert incoming.read(scope(), https=False).target == "/a%2Fb"
    assert incoming.read(scope(query_string=b"c=d"), https=False).target == "/a%2Fb?c=d"
    signed = scope(**{"keyreeve.target": b"/x?"})
    assert incoming.read(signed, https=False).target == "/x?"


@pytest.mark.parametrize(
    "host", [b"a", b"a.example:8080", b"[2001:db8::1]:80", b"127.0.0.1", b"", b"a_b", b"xn--a"]
)
def test_a_host_may_be_any_host(host: bytes) -> None:
    assert incoming.read(scope(headers=[(b"host", host)]), https=False).method == "GET"


@pytest.mark.parametrize(
    "host",
    [b"a/b", b"a?b", b"a#b", b"a@b", b"a b", b"a\tb", b"http://a", b"a\\b", b"[::1", b"\xff"],
)
def test_what_is_more_or_less_than_a_host_is_refused(host: bytes) -> None:
    with pytest.raises(incoming.Malformed) as refused:
        incoming.read(scope(headers=[(b"host", host)]), https=False)
    assert refused.value.code == "HOST_INVALID"


def test_http_1_0_needs_no_host() -> None:
    assert incoming.read(scope(headers=[], http_version="1.0"), https=False).method == "GET"


def test_the_one_authorization_is_handed_on_as_it_is() -> None:
    headers = [(b"host", b"a"), (b"authorization", b"Digest \xff")]
    assert incoming.read(scope(headers=headers), https=False).authorization == b"Digest \xff"
    assert incoming.read(scope(), https=False).authorization is None
