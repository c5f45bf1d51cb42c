"""Whitelists: merged ranges against the plainest reading of the same entries."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import made
from keyreeve.domain.errors import InvalidComment
from keyreeve.domain.whitelist import COMMENT_LIMIT, Whitelist, check_comment
from keyreeve.protocol import address
from keyreeve.protocol.address import UNRESTRICTED, Address, Network


@st.composite
def networks(draw: st.DrawFn) -> Network:
    """Return networks close together, so that they nest and touch."""
    size = draw(st.sampled_from([4, 16]))
    prefix = draw(st.integers(size * 8 - 10, size * 8) | st.just(0))
    hosts = (1 << size * 8 - prefix) - 1
    first = draw(st.integers(0, 1023)) & ~hosts
    return Network(first.to_bytes(size), (first | hosts).to_bytes(size), prefix)


callers = st.builds(
    lambda size, number: Address(number.to_bytes(size)),
    st.sampled_from([4, 16]),
    st.integers(0, 1100),
)


@given(st.lists(networks(), max_size=40), callers)
def test_a_whitelist_admits_whom_one_of_its_entries_admits(
    listed: list[Network], caller: Address
) -> None:
    whitelist = Whitelist({network: network.cidr for network in listed})
    covering = {n.cidr for n in listed if n == UNRESTRICTED or caller in n}
    assert whitelist.admits(caller) == bool(covering)
    assert set(whitelist.covering(caller)) == covering
    assert bool(whitelist) == bool(listed)


@pytest.mark.parametrize(
    ("listed", "caller", "admitted"),
    [
        ((), "192.0.2.1", False),
        (("192.0.2.1",), "192.0.2.1", True),
        (("192.0.2.1",), "192.0.2.2", False),
        (("192.0.2.0/24",), "192.0.2.0", True),
        (("192.0.2.0/24",), "192.0.2.255", True),
        (("192.0.2.0/24",), "192.0.1.255", False),
        (("192.0.2.0/24",), "192.0.3.0", False),
        (("192.0.2.0/25", "192.0.2.128/25"), "192.0.2.128", True),
        (("10.0.0.0/8", "10.1.0.0/16"), "10.2.0.0", True),
        (("::ffff:10.0.0.0/104",), "10.1.2.3", True),
        (("10.0.0.0/8",), "::ffff:10.1.2.3", True),
        (("0.0.0.0/0",), "192.0.2.1", True),
        (("0.0.0.0/0",), "2001:db8::1", True),
        (("::/0",), "2001:db8::1", True),
        (("::/0",), "192.0.2.1", False),
        (("0.0.0.0/1", "128.0.0.0/1"), "2001:db8::1", False),
    ],
)
def test_a_whitelist_admits(listed: tuple[str, ...], caller: str, admitted: bool) -> None:
    whitelist = made.whitelist(*listed)
    assert whitelist.admits(address.parse_address(caller)) == admitted
    assert bool(whitelist.covering(address.parse_address(caller))) == admitted


def test_an_unknown_address_is_on_no_list() -> None:
    assert not made.whitelist("0.0.0.0/0", "::/0").admits(None)


def test_a_whitelist_is_a_value() -> None:
    one, same = made.whitelist("10.0.0.0/8", "::1"), made.whitelist("::1", "10.0.0.0/8")
    assert one == same
    assert hash(one) == hash(same)
    assert one != made.whitelist("10.0.0.0/8")
    assert one != "10.0.0.0/8"
    assert repr(made.whitelist("10.0.0.0/8", "::1")) == "Whitelist(10.0.0.0/8, ::1)"


def test_a_comment_may_be_empty_and_is_trimmed() -> None:
    assert check_comment("") == check_comment("  ") == ""
    assert check_comment(" the office ") == "the office"
    assert check_comment("x" * COMMENT_LIMIT)


@pytest.mark.parametrize("text", ["x" * (COMMENT_LIMIT + 1), "a\nb", "\x00", "\u2028x\u2028y"])
def test_a_comment_that_cannot_be_shown_is_refused(text: str) -> None:
    with pytest.raises(InvalidComment):
        check_comment(text)
