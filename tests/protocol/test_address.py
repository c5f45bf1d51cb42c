"""Addresses and networks: one spelling, one value."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyreeve.protocol import address
from keyreeve.protocol.address import Address, MalformedAddress, Network

ADDRESSES = {
    "1.2.3.4": "1.2.3.4",
    "0.0.0.0": "0.0.0.0",
    "255.255.255.255": "255.255.255.255",
    "::": "::",
    "::1": "::1",
    "2001:db8::1": "2001:db8::1",
    "2001:DB8:0:0:0:0:0:1": "2001:db8::1",
    "2001:0db8::0001": "2001:db8::1",
    "2001:db8:0:1:1:1:1:1": "2001:db8:0:1:1:1:1:1",
    "2001:0:0:1:0:0:0:1": "2001:0:0:1::1",
    "::ffff:1.2.3.4": "1.2.3.4",
    "::FFFF:1.2.3.4": "1.2.3.4",
    "0:0:0:0:0:ffff:102:304": "1.2.3.4",
    "64:ff9b::1.2.3.4": "64:ff9b::102:304",
    "2002:102:304::": "2002:102:304::",
    "2001::1": "2001::1",
    "fe80::1": "fe80::1",
    "::ffff:0:1.2.3.4": "::ffff:0:102:304",
}
NO_ADDRESSES = {
    "it is empty": [""],
    "it is too long": ["1" * 65, "::" + "0" * 63, " " * 65],
    "only ASCII characters may stand in it": [
        "\u0661.2.3.4",
        "\uff11.2.3.4",
        "1\u30022.3.4",
        "\u00b9.2.3.4",
        "2001:db8::\u0661",
        "1.2.3.4\u2028",
    ],
    "no space may stand in it": [" 1.2.3.4", "1.2.3.4 ", "1. 2.3.4", "1.2.3.4\n", "::1\n", "\t::1"],
    "no zone may stand in it": [
        "fe80::1%eth0",
        "fe80::1%1",
        "::1%",
        "1.2.3.4%eth0",
        "::ffff:1.2.3.4%1",
    ],
    "a mere number is not taken for an address": ["0", "1", "127001", "3232235521", "0177"],
    "its numbers have no leading zeros": [
        "010.0.0.1",
        "10.00.0.1",
        "10.0.0.01",
        "08.0.0.1",
        "001.2.3.4",
        "::ffff:1.2.3.04",
        "::ffff:010.0.0.1",
    ],
    "IPv4-compatible IPv6 addresses are deprecated": ["::1.2.3.4", "::102:304", "::2", "::ffff"],
    "it is no IP address": [
        "256.1.1.1",
        "1.2.3.999",
        "1.2.3",
        "1.2",
        "127.1",
        "1.2.3.4.5",
        "1.2.3.4.",
        ".1.2.3.4",
        "1..2.3",
        "0x7f.0.0.1",
        "0x7f000001",
        "+1.2.3.4",
        "-1.2.3.4",
        "1.2.3.1e1",
        "1.2.3.4:80",
        "[::1]",
        "[::1]:80",
        ":::",
        ":",
        "1::2::3",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "1:2:3:4:5:6:7:8::9",
        ":1:2:3:4:5:6:7:8",
        "12345::",
        "g::",
        "::1.2.3",
        "::1.2.3.4.5",
        "::256.1.1.1",
        "::1.2.3.4:5",
        "1.2.3.4::",
        "true",
        "localhost",
        "example.org",
        "null",
        "unknown",
        "_hidden",
        "1.2.3.4,5.6.7.8",
        "1.2.3.4\x00",
    ],
}
NETWORKS = {
    "10.0.0.0/8": ("10.0.0.0/8", "10.0.0.0/8"),
    "1.2.3.4": ("1.2.3.4", "1.2.3.4/32"),
    "1.2.3.4/32": ("1.2.3.4", "1.2.3.4/32"),
    "0.0.0.0/0": ("0.0.0.0/0", "0.0.0.0/0"),
    "128.0.0.0/1": ("128.0.0.0/1", "128.0.0.0/1"),
    "::/0": ("::/0", "::/0"),
    "::1": ("::1", "::1/128"),
    "::1/128": ("::1", "::1/128"),
    "::/127": ("::/127", "::/127"),
    "2001:DB8::/32": ("2001:db8::/32", "2001:db8::/32"),
    "64:ff9b::/96": ("64:ff9b::/96", "64:ff9b::/96"),
    "::ffff:10.0.0.0/104": ("10.0.0.0/8", "10.0.0.0/8"),
    "::ffff:0:0/96": ("0.0.0.0/0", "0.0.0.0/0"),
    "::ffff:1.2.3.4": ("1.2.3.4", "1.2.3.4/32"),
    "::ffff:1.2.3.4/128": ("1.2.3.4", "1.2.3.4/32"),
}
NO_NETWORKS = {
    "10.0.0.1/8": "10.0.0.0/8",
    "1.2.3.4/0": "0.0.0.0/0",
    "192.0.2.129/25": "192.0.2.128/25",
    "2001:db8::1/64": "2001:db8::/64",
    "::ffff:10.0.0.1/104": "10.0.0.0/8",
    "::ffff:10.0.0.0/95": "::fffe:0:0/95",
    "10.0.0.0/33": None,
    "10.0.0.0/08": None,
    "10.0.0.0/00": None,
    "10.0.0.0/-1": None,
    "10.0.0.0/+8": None,
    "10.0.0.0/ 8": None,
    "10.0.0.0/8 ": None,
    "10.0.0.0/8\n": None,
    "10.0.0.0/": None,
    "10.0.0.0//8": None,
    "10.0.0.0/8/8": None,
    "10.0.0.0/8.0": None,
    "10.0.0.0/0x8": None,
    "10.0.0.0/\u0668": None,
    "10.0.0.0/1e1": None,
    "10.0.0.0/255.0.0.0": None,
    "10.0.0.0/0.255.255.255": None,
    "10.0.0.0/99999999999999999999": None,
    "2001:db8::/129": None,
    "/8": None,
    "/": None,
    "10/8": None,
    "010.0.0.0/8": None,
    "fe80::%eth0/64": None,
    "fe80::/64%eth0": None,
    "::1.2.3.0/120": None,
    "::/96": None,
    "10.0.0.0-10.0.0.9": None,
    "10.0.0.*": None,
}


@pytest.mark.parametrize("text", ADDRESSES, ids=ascii)
def test_an_address_is_read_and_spelt_canonically(text: str) -> None:
    assert str(address.parse_address(text)) == ADDRESSES[text]


@pytest.mark.parametrize(
    ("reason", "text"),
    [(reason, text) for reason, texts in NO_ADDRESSES.items() for text in texts],
    ids=ascii,
)
def test_any_other_spelling_is_refused_with_the_reason(reason: str, text: str) -> None:
    for parse in (address.parse_address, address.parse_network):
        with pytest.raises(MalformedAddress) as refused:
            parse(text)
        assert refused.value.reason == reason
        assert refused.value.suggestion is None


@pytest.mark.parametrize("text", NETWORKS)
def test_a_network_is_read_and_spelt_canonically(text: str) -> None:
    network = address.parse_network(text)
    assert (str(network), network.cidr) == NETWORKS[text]
    assert network.is_single == ("/" not in str(network))


@pytest.mark.parametrize("text", NO_NETWORKS, ids=ascii)
def test_a_range_that_is_none_is_refused_and_corrected_where_it_can_be(text: str) -> None:
    with pytest.raises(MalformedAddress) as refused:
        address.parse_network(text)
    assert refused.value.suggestion == NO_NETWORKS[text]
    assert refused.value.suggestion is None or refused.value.suggestion in str(refused.value)


def test_a_prefix_behind_an_address_is_no_address() -> None:
    with pytest.raises(MalformedAddress):
        address.parse_address("1.2.3.4/32")


def test_unrestricted_is_what_its_users_write() -> None:
    assert address.parse_network("0.0.0.0/0") == address.UNRESTRICTED


def test_families_never_mix() -> None:
    assert Address(bytes(16)) not in address.UNRESTRICTED
    assert Address(bytes(4)) not in address.parse_network("::/0")


@pytest.mark.parametrize("size", [0, 3, 5, 15, 17])
def test_an_address_of_another_size_is_none(size: int) -> None:
    with pytest.raises(MalformedAddress):
        Address(bytes(size))


packed = st.binary(min_size=4, max_size=4) | st.binary(min_size=16, max_size=16)


@st.composite
def networks(draw: st.DrawFn) -> Network:
    first = Address(draw(packed)).packed
    prefix = draw(st.integers(0, len(first) * 8))
    whole = ipaddress.ip_network((first, prefix), strict=False)
    try:
        return address.parse_network(str(whole))
    except MalformedAddress:
        return address.UNRESTRICTED


@given(packed)
def test_an_address_is_read_back(raw: bytes) -> None:
    written = Address(raw)
    compatible = len(raw) == 16 and raw[:12] == bytes(12) and raw > bytes(15) + b"\x01"
    if not compatible:
        assert address.parse_address(str(written)) == written


@given(networks())
def test_a_network_is_read_back(network: Network) -> None:
    assert address.parse_network(str(network)) == network
    assert address.parse_network(network.cidr) == network


@given(networks(), packed)
def test_a_network_holds_what_the_standard_library_says(network: Network, raw: bytes) -> None:
    caller = Address(raw)
    theirs = ipaddress.ip_network(network.cidr)
    assert (caller in network) == (ipaddress.ip_address(caller.packed) in theirs)
    for end in map(Address, (network.first, network.last)):
        assert end in network or len(end.packed) < len(network.first)  # the end is IPv4 in IPv6


spellings = (
    st.text("0123456789abcdefABCDEF:./%x ", max_size=45)
    | st.lists(st.integers(0, 300).map(str), min_size=3, max_size=5).map(".".join)
    | st.ip_addresses().map(str)
    | st.ip_addresses(v=6).map(lambda ip: ip.exploded)
    | st.ip_addresses(v=4).map("::ffff:{}".format)
    | st.text(max_size=10)
)


@given(spellings)
def test_an_address_is_none_of_which_the_standard_library_thinks_otherwise(text: str) -> None:
    theirs = _theirs(text)
    try:
        ours = address.parse_address(text)
    except MalformedAddress:
        deprecated = theirs.startswith(bytes(12)) and theirs > bytes(15) + b"\x01"
        assert not theirs or "%" in text or deprecated
        return
    mapped = theirs.startswith(bytes(10) + b"\xff\xff")
    assert ours.packed == (theirs[12:] if mapped else theirs)


@given(spellings, st.integers(0, 130).map(str) | st.text("0123456789./ ", max_size=4))
def test_a_range_is_none_of_which_the_standard_library_thinks_otherwise(
    text: str, prefix: str
) -> None:
    try:
        ours = address.parse_network(f"{text}/{prefix}")
    except MalformedAddress:
        return
    theirs = ipaddress.ip_network(f"{text}/{prefix}")
    last = theirs.broadcast_address.packed
    assert ours.last == last[-len(ours.last) :]
    assert ours.prefix == theirs.prefixlen - (len(last) - len(ours.last)) * 8


@pytest.mark.parametrize(
    ("text", "site"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::1", "::"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("64:ff9b::1.2.3.4", "64:ff9b::"),
    ],
)
def test_the_site_of_an_address_is_one_subscribers(text: str, site: str) -> None:
    found = address.parse_address(text).site
    assert str(found) == site
    assert address.parse_address(site) == found == found.site
    assert found.is_v6 == (":" in text)


def _theirs(text: str) -> bytes:
    try:
        return ipaddress.ip_address(text).packed
    except ValueError:
        return b""
