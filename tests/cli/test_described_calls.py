"""How a command line describes a call, and from where it comes."""

import pytest

from keyreeve.cli import described_calls
from keyreeve.cli.described_calls import (
    InvalidHeader,
    InvalidMethod,
    InvalidPeer,
    TargetNotCanonical,
)
from keyreeve.domain.errors import InvalidAddress, Refusal


@pytest.fixture(autouse=True)
def proxied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEYREEVE_TRUSTED_PROXIES", "10.0.0.0/8")
    monkeypatch.setenv("KEYREEVE_CLIENT_ADDRESS_HEADER", "x-forwarded-for")


@pytest.mark.parametrize(
    ("described", "refusal"),
    [
        (("G T", "/", None, ()), InvalidMethod),
        (("GET", "//", None, ()), TargetNotCanonical),
        (("GET", "/", "here", ()), InvalidAddress),
        (("GET", "/", None, ("x",)), InvalidHeader),
    ],
)
def test_each_part_has_its_own_refusal(
    described: tuple[str, str, str | None, tuple[str, ...]], refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        described_calls.describe(*described)


def test_the_settings_in_force_say_who_is_believed() -> None:
    found = described_calls.origin("10.0.0.1", ["x-forwarded-for: 192.0.2.1"], None)
    assert str(found.walk.address) == "192.0.2.1"
    assert (found.source, found.trusted) == ("x-forwarded-for", ("10.0.0.0/8",))
    found = described_calls.origin("192.0.2.9", ["X-Forwarded-For: 192.0.2.1"], None)
    assert str(found.walk.address) == "192.0.2.9"


def test_a_preset_says_which_header_is_read() -> None:
    sent = ["X-Forwarded-For: 192.0.2.1", "X-Real-IP: 192.0.2.2"]
    for peer in ("10.0.0.1", "unix"):
        found = described_calls.origin(peer, sent, "nginx")
        assert (str(found.walk.address), found.source) == ("192.0.2.2", "x-real-ip")


def test_only_gates_listen_on_socket_files() -> None:
    with pytest.raises(InvalidPeer):
        described_calls.origin("unix", [], None)
