"""Hops as they are kept."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyreeve.protocol import address, forwarded, hops
from keyreeve.protocol.forwarded import Hop, Rule, Source

TRUSTED = (address.parse_network("10.0.0.0/8"),)
WRITTEN = re.compile(r"(?:local socket|unknown|[0-9a-f.:]*)=[a-z_]+(?:;[0-9a-f.:]*=[a-z_]+)*")
LONGEST = hops.MOST * len(f"{'ffff:' * 8}={Rule.UNTRUSTED_PEER.name};")


def walked(source: Source, *lines: str, local: bool = False) -> tuple[Hop, ...]:
    peer = None if local else address.parse_address("10.0.0.1")
    return forwarded.walk(source, peer, lines, trusted=TRUSTED, local=local).hops


def kept(*given: Hop) -> list[tuple[str, Rule]]:
    return [tuple(hop) for hop in hops.read(hops.write(given))]


def test_what_is_kept_reads_as_it_was_walked() -> None:
    found = walked(Source.X_FORWARDED_FOR, "192.0.2.9, 203.0.113.9, 10.0.0.2")
    assert hops.write(found) == (
        "10.0.0.1=trusted;10.0.0.2=trusted;203.0.113.9=caller;192.0.2.9=ignored"
    )
    assert hops.read(hops.write(found)) == found


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("203.0.113.9:4711", "203.0.113.9"),
        ("2001:DB8::1", "2001:db8::1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ('"[2001:db8::1]:443"', "2001:db8::1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("_hidden", hops.NAMELESS),
        ("local socket", hops.NAMELESS),
        ("unknown", hops.NAMELESS),
        ("kr_0123456789abcdef", hops.NAMELESS),
        ("10.0.0.1=caller;10.0.0.2", hops.NAMELESS),
        ("", hops.NAMELESS),
    ],
)
def test_a_name_is_kept_as_the_address_it_is_or_not_at_all(name: str, shown: str) -> None:
    first = Hop("10.0.0.1", Rule.TRUSTED)
    assert kept(first, Hop(name, Rule.IGNORED))[1:] == [(shown, Rule.IGNORED)]


def test_what_is_not_an_address_by_its_grammar_is_not_kept_as_one() -> None:
    first = Hop("10.0.0.1", Rule.TRUSTED)
    assert kept(first, Hop("192.0.2.1:80", Rule.JUNK))[1:] == [(hops.NAMELESS, Rule.JUNK)]


def test_a_peer_without_an_address_keeps_the_word_we_have_for_it() -> None:
    found = walked(Source.X_REAL_IP, "192.0.2.1", local=True)
    assert kept(*found) == [("local socket", Rule.TRUSTED), ("192.0.2.1", Rule.SOLE)]
    nobody = forwarded.walk(Source.PEER, None, (), trusted=())
    assert kept(*nobody.hops) == [("unknown", Rule.PEER)]


def test_no_more_than_so_many_are_kept_the_nearest_of_them() -> None:
    found = walked(Source.X_FORWARDED_FOR, ", ".join(["192.0.2.9"] * forwarded.MOST))
    assert len(found) == hops.MOST + 1
    assert hops.read(hops.write(found)) == found[: hops.MOST]


@given(st.lists(st.builds(Hop, st.text(max_size=50), st.sampled_from(Rule)), max_size=40))
def test_nothing_that_a_caller_wrote_is_kept_but_addresses(found: list[Hop]) -> None:
    text = hops.write(found)
    assert not found or WRITTEN.fullmatch(text)
    assert len(text) <= LONGEST
    assert [hop.rule for hop in hops.read(text)] == [hop.rule for hop in found[: hops.MOST]]


@given(st.text())
def test_whatever_is_read_there_are_hops_or_none(text: str) -> None:
    assert all(hop.name and hop.rule in Rule for hop in hops.read(text))


def test_a_rule_of_a_later_version_is_left_out() -> None:
    assert kept() == []
    assert hops.read("10.0.0.1=trusted;10.0.0.2=teleported") == (Hop("10.0.0.1", Rule.TRUSTED),)
