import logging

import pytest

from keyreeve.enforcement import callers
from keyreeve.enforcement.callers import WARN_EVERY, Callers
from keyreeve.protocol import address
from keyreeve.protocol.forwarded import Source

TRUSTED = (address.parse_network("10.0.0.0/8"),)


class Ticks:
    def __init__(self) -> None:
        self.now = 1_000_000

    def __call__(self) -> int:
        return self.now


def test_a_trusted_peer_speaks_for_others() -> None:
    asking = Callers(Source.X_FORWARDED_FOR, TRUSTED)
    assert str(asking.walk("10.0.0.1", (b"1.2.3.4", b"198.51.100.7")).address) == "198.51.100.7"
    assert asking.walk("10.0.0.1", (b"\xff",)).address is None
    assert str(asking.walk("203.0.113.9", (b"198.51.100.7",)).address) == "203.0.113.9"
    assert asking.walk(None, (b"198.51.100.7",)).address is None


def test_a_socket_file_is_trusted_where_it_is_said_to_be() -> None:
    asking = Callers(Source.X_REAL_IP, local=True)
    assert asking.trusts(None)
    assert str(asking.walk(None, (b"198.51.100.7",)).address) == "198.51.100.7"


@pytest.mark.parametrize("host", ["testclient", "", "fe80::1%eth0", "10.0.0.01", None])
def test_a_peer_without_an_address_is_nobody(host: str | None) -> None:
    assert Callers().walk(host, ()).address is None
    assert not Callers(Source.X_REAL_IP, TRUSTED).trusts(host)


def test_long_headers_are_not_remembered() -> None:
    asking = Callers(Source.X_FORWARDED_FOR, TRUSTED)
    line = b"1.2.3.4," * 20 + b" " * 400 + b"198.51.100.7"
    for _ in range(2):
        assert str(asking.walk("10.0.0.1", (line,)).address) == "198.51.100.7"
    assert asking._walk.cache_info().currsize == 0


def test_a_header_that_is_not_believed_is_warned_of_once_a_minute(
    caplog: pytest.LogCaptureFixture,
) -> None:
    ticks = Ticks()
    asking = Callers(Source.X_FORWARDED_FOR, TRUSTED, ticks=ticks)
    with caplog.at_level(logging.WARNING, "keyreeve.callers"):
        asking.notice("10.0.0.1")
        assert not caplog.records
        for _ in range(3):
            asking.notice("203.0.113.9")
        assert [r.getMessage() for r in caplog.records] == [
            "a forwarding header was ignored: 203.0.113.9 is no trusted proxy"
        ]
        ticks.now += WARN_EVERY
        asking.notice(None)
        assert [r.getMessage() for r in caplog.records[1:]] == [
            "a forwarding header was ignored: a peer without an address is no trusted proxy"
        ]


def test_loopback_is_this_very_host() -> None:
    assert callers.is_loopback(address.parse_address("127.8.8.8"))
    assert callers.is_loopback(address.parse_address("::1"))
    assert not callers.is_loopback(address.parse_address("10.0.0.1"))
    assert not callers.is_loopback(None)
