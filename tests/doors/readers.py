"""How upstreams read a path: strictly, or in one of the lenient ways that servers are known for.

Every step below is what some server does to a path before it looks for the handler. All their
combinations are readers; where one of them comes to `/admin` by a target that was let through as
`/pub`, the door was walked around.
"""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from urllib.parse import unquote_to_bytes, urlsplit

_UNRESERVED = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"

Step = Callable[[bytes], bytes]

_OVERLONG = re.compile(
    rb"[\xc0\xc1]([\x80-\xbf])|\xe0[\x80-\x81]([\x80-\xbf])|\xf0\x80[\x80-\x81]([\x80-\xbf])"
)
_PARAMETERS = re.compile(rb";[^/]*")
_SLASHES = re.compile(rb"//+")
_ENDS = re.compile(rb"(?<=[^./])[. \t\x00]+(?=/|\Z)|(?<=[^ \t\x00])[ \t\x00]+(?=/|\Z)")
_BRACKETED = re.compile(rb"[A-Za-z][A-Za-z0-9+.-]*://")


def classes(target: bytes, names: tuple[bytes, ...]) -> frozenset[bytes | None]:
    """Return what the readers take this target for: some of the names, or None of them."""
    return frozenset(_named(path, names) for path in _paths(target))


def canonical(target: bytes) -> bool:
    """Tell whether all readers agree on a target, by walking along it."""
    path, _, query = target.partition(b"?")
    segments = path.split(b"/")
    if segments[0] or len(segments) < 2 or b"" in segments[1:-1]:
        return False
    if not all(0x21 <= byte <= 0x7E and byte != 0x23 for byte in query):
        return False
    return all(_plain(segment) for segment in segments)


def _plain(segment: bytes) -> bool:
    """Tell whether a segment is one thing, decoded or not."""
    decoded = bytearray()
    while segment:
        byte, segment = segment[0], segment[1:]
        if byte == 0x25:
            if not re.match(rb"[0-9A-Fa-f]{2}", segment):
                return False
            byte, segment = int(segment[:2], 16), segment[2:]
            if byte in _UNRESERVED or byte in b"%\\\x7f" or byte < 0x20:
                return False
        elif byte not in _UNRESERVED + b"!$&'()*+,;=:@":
            return False
        decoded.append(byte)
    try:
        text = decoded.decode()
    except UnicodeDecodeError:
        return False
    if any(0x80 <= ord(letter) < 0xA0 for letter in text):
        return False
    return not any(re.match(r"\.\.?(?:[; ]|\Z)", piece) for piece in text.split("/"))


def _named(path: bytes, names: tuple[bytes, ...]) -> bytes | None:
    """Return the name whose part of the tree a path lies in."""
    first = path[1:].partition(b"/")[0]
    return first if path[:1] == b"/" and first in names else None


@lru_cache(4096)
def _paths(target: bytes) -> frozenset[bytes]:
    """Return every path that a reader may come to."""
    if _BRACKETED.match(target):
        target = urlsplit(target)._replace(scheme=b"", netloc=b"").geturl() or b"/"
    # A fragment is never sent. So some cut one off, and some see a letter like any other.
    path = target.partition(b"?")[0]
    return frozenset(read for decoded in _decoded(path) for read in _read(decoded))


def _decoded(path: bytes) -> Iterator[bytes]:
    """Decode it never, once, twice; and some take overlong sequences for what they mean."""
    for _ in range(3):
        yield path
        yield _OVERLONG.sub(_shortest, path)
        path = unquote_to_bytes(path)


def _shortest(match: re.Match[bytes]) -> bytes:
    """Return what an overlong sequence of UTF-8 stands for."""
    lead, last = match[0][-2], match[0][-1]
    return bytes([(lead & 3) << 6 | last & 0x3F]) if lead & 3 < 2 else match[0]


def _read(path: bytes) -> set[bytes]:
    """Take each of the steps or leave it; the order is that of most servers."""
    found = {path}
    for step in _STEPS:
        found |= {step(each) for each in found}
    return found


def without_dots(path: bytes) -> bytes:
    """Remove dot segments (RFC 3986, section 5.2.4)."""
    if path[:1] != b"/":
        return path
    kept: list[bytes] = []
    segments = path[1:].split(b"/")
    for segment in segments:
        if segment == b"..":
            kept = kept[:-1]
        elif segment != b".":
            kept.append(segment)
    if segments[-1] in {b".", b".."}:
        kept.append(b"")
    return b"/" + b"/".join(kept)


_STEPS: tuple[Step, ...] = (
    lambda path: re.split(rb"[?#]", path, maxsplit=1)[0],
    lambda path: path.partition(b"\x00")[0],
    lambda path: path.replace(b"\\", b"/"),
    lambda path: _PARAMETERS.sub(b"", path),
    lambda path: _ENDS.sub(b"", path),
    lambda path: _SLASHES.sub(b"/", path),
    without_dots,
    bytes.lower,
)
