"""What ASGI shows of a request that a server of ours would have refused."""

import logging
from typing import Any

import pytest

from keyreeve.enforcement import foreign
from keyreeve.enforcement.foreign import PathRewritten
from keyreeve.enforcement.incoming import Malformed
from keyreeve.protocol.target import NotCanonical


def scope(raw: bytes | None, path: str, **changes: Any) -> dict[str, Any]:
    shown = {} if raw is None else {"raw_path": raw}
    return {"path": path, "headers": [], "client": ("203.0.113.9", 4711)} | shown | changes


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        (None, "/a"),
        (b"", "/a"),
        (b"a", "a"),
        (b"*", "*"),
        (b"//a", "//a"),
        (b"http://h/a", "http://h/a"),
        (b"/a?b", "/a"),
    ],
)
def test_a_path_that_is_not_shown_as_it_was_sent_is_refused(raw: bytes | None, path: str) -> None:
    with pytest.raises(Malformed) as refused:
        foreign.check(scope(raw, path))
    assert refused.value.code == "TARGET_FORM_UNSUPPORTED"


@pytest.mark.parametrize("escape", [b"%2F", b"%2f"])
def test_an_escaped_slash_is_refused_unless_routes_are_found_by_the_raw_path(
    escape: bytes,
) -> None:
    asked = scope(b"/a" + escape + b"b", "/a/b")
    with pytest.raises(NotCanonical):
        foreign.check(asked)
    foreign.check(asked, raw_paths=True)


@pytest.mark.parametrize("raw", [b"/%zz", b"/%", b"/%ff", b"/%c0%ae", b"/\xe9"])
def test_what_nobody_can_read_is_not_canonical(raw: bytes) -> None:
    with pytest.raises(NotCanonical):
        foreign.check(scope(raw, "/?"))


@pytest.mark.parametrize(
    ("raw", "path", "root"),
    [
        (b"/a/b", "/a/b", ""),
        (b"/%C3%A9%20x", "/é x", ""),
        (b"/m/a", "/m/a", "/m"),
        (b"/m/a", "/a", "/m"),
    ],
)
def test_the_path_that_is_routed_on_is_the_one_that_was_asked_for(
    raw: bytes, path: str, root: str
) -> None:
    foreign.check(scope(raw, path, root_path=root))


@pytest.mark.parametrize(
    ("path", "root"), [("/admin", ""), ("/pub/", ""), ("/PUB", ""), ("/admin", "/pub")]
)
def test_a_path_that_somebody_rewrote_is_refused(path: str, root: str) -> None:
    with pytest.raises(PathRewritten):
        foreign.check(scope(b"/pub", path, root_path=root))


def peer(client: Any, *forwarded: bytes, name: bytes = b"x-forwarded-for") -> Any:
    asked = scope(b"/a", "/a", client=client, headers=[(name, value) for value in forwarded])
    foreign.check(asked)
    return asked["keyreeve.peer"]


def test_a_peer_is_who_is_connected() -> None:
    assert peer(("203.0.113.9", 4711)) == "203.0.113.9"
    assert peer(None) is None
    assert peer(["2001:db8::1", 4711], b"203.0.113.9, 2001:db8::1") == "2001:db8::1"


@pytest.mark.parametrize(
    ("client", "forwarded"),
    [
        (("198.51.100.7", 0), b"198.51.100.7"),
        (("198.51.100.7", None), b"198.51.100.7"),
        (("198.51.100.7", 4711), b"192.0.2.1, 198.51.100.7:4711"),
        (("2001:db8::1", 4711), b"[2001:db8::1]:4711"),
        # uvicorn takes these for spaces, and cuts them off.
        (("198.51.100.7", 4711), b"\xa0198.51.100.7:4711"),
        (("198.51.100.7", 4711), b"192.0.2.1,\x85198.51.100.7:4711"),
        (("2001:db8::1", 4711), b"\x1f[2001:db8::1]:4711"),
    ],
)
def test_one_whose_address_was_taken_from_a_header_is_nobody(
    client: Any, forwarded: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    foreign._warn_of_header.cache_clear()
    with caplog.at_level(logging.WARNING, "keyreeve.guard"):
        assert peer(client, forwarded) is None
        assert peer(client, forwarded) is None
    assert len(caplog.records) == 1, "once is enough: it is so with every request"


@pytest.mark.parametrize("port", [b"4711", b" 4711", b"04711", b"4_711", b"+4711", "٤٧١١".encode()])
def test_nor_is_one_whose_port_was_taken_from_another_header(port: bytes) -> None:
    named = [(b"x-forwarded-for", b"198.51.100.7"), (b"x-forwarded-port", port)]
    asked = scope(b"/a", "/a", client=("198.51.100.7", 4711), headers=named)
    foreign.check(asked)
    assert asked["keyreeve.peer"] is None


@pytest.mark.parametrize(
    "named",
    [
        [(b"x-forwarded-port", b"4711")],
        [(b"x-forwarded-for", b"198.51.100.7"), (b"x-forwarded-port", b"443")],
        [(b"x-forwarded-for", b"192.0.2.1"), (b"x-forwarded-port", b"4711")],
    ],
)
def test_a_proxy_may_say_which_port_it_listens_on(named: list[tuple[bytes, bytes]]) -> None:
    asked = scope(b"/a", "/a", client=("198.51.100.7", 4711), headers=named)
    foreign.check(asked)
    assert asked["keyreeve.peer"] == "198.51.100.7"


def test_a_target_of_our_own_protocol_gets_what_stands_before_a_mount() -> None:
    asked = scope(b"/m/a", "/m/a", root_path="/m") | {"keyreeve.target": b"/a?"}
    foreign.check(asked)
    assert asked["keyreeve.target"] == b"/m/a?"
