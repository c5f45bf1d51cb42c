import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyreeve.protocol import address, forwarded
from keyreeve.protocol.forwarded import Rule, Source

PROXY = "10.0.0.1"
STRANGER = "203.0.113.66"
CLIENT = "198.51.100.7"
TRUSTED = tuple(map(address.parse_network, ("10.0.0.0/8", "127.0.0.1", "fd00::/8")))
XFF, FWD, REAL = Source.X_FORWARDED_FOR, Source.FORWARDED, Source.X_REAL_IP


def walked(source: Source, *lines: str, peer: str | None = PROXY) -> forwarded.Walk:
    known = None if peer is None else address.parse_address(peer)
    return forwarded.walk(source, known, lines, trusted=TRUSTED)


def seen(source: Source, *lines: str, peer: str | None = PROXY) -> str | None:
    found = walked(source, *lines, peer=peer).address
    return None if found is None else str(found)


FOUND = {
    "one item": (XFF, ["198.51.100.7"], CLIENT),
    "what the client wrote further left means nothing": (XFF, ["1.2.3.4, 198.51.100.7"], CLIENT),
    "junk further left means nothing either": (XFF, ["<x>,,, 198.51.100.7"], CLIENT),
    "trusted proxies are walked past": (XFF, ["1.2.3.4, 198.51.100.7, 10.9.9.9, fd00::1"], CLIENT),
    "lines are joined in order": (XFF, ["1.2.3.4", "198.51.100.7, 10.2.2.2", "10.3.3.3"], CLIENT),
    "a port": (XFF, ["198.51.100.7:65535"], CLIENT),
    "IPv6": (XFF, ["2001:DB8::1"], "2001:db8::1"),
    "IPv6 in brackets": (XFF, ["[2001:db8::1]"], "2001:db8::1"),
    "IPv6 in brackets with a port": (XFF, ["[2001:db8::1]:443"], "2001:db8::1"),
    "mapped IPv6 is folded": (XFF, ["::ffff:198.51.100.7"], CLIENT),
    "a mapped proxy is a proxy": (XFF, ["198.51.100.7, ::ffff:10.0.0.9"], CLIENT),
    "spaces around items": (XFF, ["1.2.3.4 ,\t198.51.100.7 "], CLIENT),
    "only trusted proxies: the furthest of them": (XFF, ["10.0.0.9, 10.0.0.8"], "10.0.0.9"),
    "32 hops": (XFF, [", ".join([CLIENT] + ["10.0.0.9"] * 31)], CLIENT),
    "Forwarded": (FWD, ["for=198.51.100.7"], CLIENT),
    "Forwarded with more": (FWD, ['for=198.51.100.7;proto=http; by="10.0.0.1:80"'], CLIENT),
    "Forwarded in any case": (FWD, ["FOR=198.51.100.7"], CLIENT),
    "Forwarded quoted": (FWD, ['for="198.51.100.7:4711"'], CLIENT),
    "Forwarded IPv6": (FWD, ['for="[2001:db8:cafe::17]:4711"'], "2001:db8:cafe::17"),
    "Forwarded list": (FWD, ["for=1.2.3.4, for=198.51.100.7, for=10.0.0.2;host=a"], CLIENT),
    "Forwarded lines": (FWD, ["for=1.2.3.4", "for=198.51.100.7"], CLIENT),
    "a quoted comma": (FWD, ['for=1.2.3.4;host="a,b;c\\"", for=198.51.100.7'], CLIENT),
    "hidden names further left": (FWD, ["for=unknown, for=_x, for=198.51.100.7"], CLIENT),
    "X-Real-IP": (REAL, ["198.51.100.7"], CLIENT),
    "X-Real-IP of IPv6": (REAL, ["2001:db8::1"], "2001:db8::1"),
    "X-Real-IP is no list that is walked": (REAL, ["10.0.0.9"], "10.0.0.9"),
    "Envoy": (Source.X_ENVOY_EXTERNAL_ADDRESS, ["198.51.100.7"], CLIENT),
    "the peer, whatever stands there": (Source.PEER, ["198.51.100.7"], PROXY),
}


@pytest.mark.parametrize("name", FOUND)
def test_the_caller_is_found(name: str) -> None:
    source, lines, caller = FOUND[name]
    assert seen(source, *lines) == caller


UNKNOWN = {
    "no header": (XFF, []),
    "an empty header": (XFF, [""]),
    "an empty item last": (XFF, ["198.51.100.7,"]),
    "an empty item before trusted ones": (XFF, ["198.51.100.7,,10.0.0.9"]),
    "an empty line": (XFF, ["198.51.100.7", ""]),
    "a word": (XFF, ["unknown"]),
    "a hidden name": (XFF, ["_hidden"]),
    "a name behind trusted proxies": (XFF, ["198.51.100.7, evil.example, 10.0.0.9"]),
    "a zone": (XFF, ["fe80::1%eth0"]),
    "a zone in brackets": (XFF, ["[fe80::1%25eth0]"]),
    "octal": (XFF, ["0306.063.0144.07"]),
    "a leading zero": (XFF, ["198.51.100.07"]),
    "hexadecimal": (XFF, ["0xc6.0x33.0x64.0x7"]),
    "an integer": (XFF, ["3325256711"]),
    "three numbers": (XFF, ["198.51.100"]),
    "Unicode digits": (XFF, ["198.51.100.\u0667"]),
    "digits as their UTF-8 reads in latin-1": (XFF, ["198.51.100.\u00d9\u00a7"]),
    "full-width digits": (XFF, ["\uff11\uff19\uff18.51.100.7"]),
    "a no-break space": (XFF, ["\u00a0198.51.100.7"]),
    "a range": (XFF, ["198.51.100.0/24"]),
    "quotes": (XFF, ['"198.51.100.7"']),
    "IPv4 in brackets": (XFF, ["[198.51.100.7]"]),
    "port 0": (XFF, ["198.51.100.7:0"]),
    "a port too high": (XFF, ["198.51.100.7:65536"]),
    "a port of a million digits": (XFF, ["198.51.100.7:" + "1" * 4000]),
    "no port behind the colon": (XFF, ["198.51.100.7:"]),
    "a hidden port": (XFF, ["198.51.100.7:_http"]),
    "IPv4-compatible IPv6": (XFF, ["::198.51.100.7"]),
    "two addresses without a comma": (XFF, ["1.2.3.4 198.51.100.7"]),
    "a semicolon": (XFF, ["198.51.100.7;x"]),
    "33 hops": (XFF, [", ".join(["10.0.0.9"] * 32 + [CLIENT])]),
    "4 KiB": (XFF, ["1.2.3.4" + " " * 4096 + ", 198.51.100.7"]),
    "Forwarded: hidden": (FWD, ["for=_hidden"]),
    "Forwarded: unknown": (FWD, ["for=unknown"]),
    "Forwarded: nobody named": (FWD, ["for=1.2.3.4, proto=https"]),
    "Forwarded: named twice": (FWD, ["for=198.51.100.7;for=198.51.100.7"]),
    "Forwarded: an open quote swallows nothing": (FWD, ['for="1.2.3.4', "for=198.51.100.7"]),
    "Forwarded: nor one before quotes": (FWD, ['for=1.2.3.4;x="', 'for="[2001:db8::1]"']),
    "Forwarded: IPv6 without brackets": (FWD, ['for="2001:db8::1"']),
    "Forwarded: IPv6 without quotes": (FWD, ["for=[2001:db8::1]"]),
    "Forwarded: a port without quotes": (FWD, ["for=198.51.100.7:80"]),
    "Forwarded: escapes in an address": (FWD, ['for="198.51.100.\\7"']),
    "Forwarded: spaces around the sign": (FWD, ["for = 198.51.100.7"]),
    "Forwarded: an empty element": (FWD, ["for=198.51.100.7,"]),
    "Forwarded: an empty pair": (FWD, ["for=198.51.100.7;"]),
    "Forwarded: plain X-Forwarded-For": (FWD, ["198.51.100.7"]),
    "Forwarded: an apostrophe for a quote": (FWD, ["for='198.51.100.7'"]),
    "X-Real-IP twice": (REAL, ["198.51.100.7", "198.51.100.7"]),
    "X-Real-IP as a list": (REAL, ["1.2.3.4, 198.51.100.7"]),
    "X-Real-IP with a port": (REAL, ["198.51.100.7:80"]),
    "X-Real-IP empty": (REAL, [""]),
    "X-Real-IP missing": (REAL, []),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_junk_makes_the_caller_unknown(name: str) -> None:
    source, lines = UNKNOWN[name]
    assert seen(source, *lines) is None


@pytest.mark.parametrize("source", list(Source))
def test_a_stranger_speaks_for_nobody_but_himself(source: Source) -> None:
    walk = walked(source, CLIENT, peer=STRANGER)
    assert str(walk.address) == STRANGER
    assert len(walk.hops) == 1
    assert seen(source, CLIENT, peer=None) is None


def test_a_local_socket_speaks_for_others_and_has_no_address() -> None:
    found = forwarded.walk(XFF, None, [CLIENT], trusted=(), local=True)
    assert str(found.address) == CLIENT
    assert found.hops[0] == ("local socket", Rule.TRUSTED)
    assert forwarded.walk(XFF, None, [], trusted=(), local=True).address is None


def test_every_hop_is_told_with_the_rule_that_applied() -> None:
    assert walked(XFF, "1.1.1.1, 198.51.100.7, 10.9.9.9").hops == (
        ("10.0.0.1", Rule.TRUSTED),
        ("10.9.9.9", Rule.TRUSTED),
        ("198.51.100.7", Rule.CALLER),
        ("1.1.1.1", Rule.IGNORED),
    )
    assert walked(XFF, "10.9.9.9").hops[-1] == ("10.9.9.9", Rule.FURTHEST)
    assert walked(XFF, "x, 10.9.9.9").hops[-1] == ("x", Rule.JUNK)
    assert walked(XFF).hops == (("10.0.0.1", Rule.SILENT),)
    assert walked(REAL, CLIENT).hops[-1] == (CLIENT, Rule.SOLE)
    assert walked(XFF, CLIENT, peer=STRANGER).hops == ((STRANGER, Rule.UNTRUSTED_PEER),)
    assert walked(Source.PEER, CLIENT).hops == ((PROXY, Rule.PEER),)


@given(
    st.sampled_from(list(Source)), st.lists(st.text(st.characters(max_codepoint=255)), max_size=4)
)
def test_whatever_stands_there_ends_in_an_address_or_none(source: Source, lines: list[str]) -> None:
    walk = walked(source, *lines)
    assert walk.hops
    unknown = {Rule.JUNK, Rule.TOO_MANY, Rule.SILENT}
    assert (walk.address is None) == any(hop.rule in unknown for hop in walk.hops)


ADDRESSES = st.one_of(st.ip_addresses().map(str), st.sampled_from([PROXY, "10.0.0.9", "fd00::1"]))


@given(st.lists(st.text(st.characters(max_codepoint=255))), ADDRESSES)
def test_nobody_moves_the_address_from_the_left(written: list[str], client: str) -> None:
    try:
        caller = address.parse_address(client)
    except address.MalformedAddress:
        return
    if any(caller in network for network in TRUSTED):
        return
    for lines in ([*written, client], [", ".join([*written, client])]):
        assert walked(XFF, *lines).address in {caller, None}


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("198.51.100.7", CLIENT),
        ("198.51.100.7:80", CLIENT),
        ('"[2001:db8::1]:80"', "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("local socket", None),
        ("_hidden", None),
        ("198.51.100.7, 10.0.0.1", None),
    ],
)
def test_a_hop_is_named_by_an_address_or_by_something_else(name: str, found: str | None) -> None:
    known = forwarded.named(forwarded.Hop(name, Rule.IGNORED))
    assert known == (None if found is None else address.parse_address(found))
