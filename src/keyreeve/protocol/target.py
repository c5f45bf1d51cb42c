"""Request targets: refused unless canonical, never repaired, so that all readers see one path."""

import re
from collections.abc import Iterable
from typing import NamedTuple

_PLAIN = r"[A-Za-z0-9\-._~!$&'()*+,;=:@]"
# Some servers cut a segment at `;`, some cut spaces off its end, before they look for dots.
_DOTS = r"(?!\.\.?(?:[;/?]|%2[Ff]|%3[Bb]|%20|\Z))"
_SLASH = rf"%2[Ff]{_DOTS}"
_ESCAPE = (
    r"%(?:2[0-46-9A-Ca-c]|3[A-Fa-f]|40|5[BDEbde]|60|7[BCDbcd]"  # what is neither plain nor barred
    r"|[89A-Fa-f][0-9A-Fa-f])"  # UTF-8, looked at afterwards
)
_SEGMENT = rf"{_DOTS}(?:{_PLAIN}++|{_SLASH}|{_ESCAPE})++"
_QUERY = r"(?:\?[!-\"$-~]*+)?+"
_UNMARKED = rf"{_DOTS}{_PLAIN.replace(';', '')}++"
_COMMON = re.compile(rf"(?=/)(?:/{_UNMARKED})*+/?+{_QUERY}")
_TARGET = re.compile(rf"(?=/)(?:/{_SEGMENT})*+/?+{_QUERY}")
_BEYOND_ASCII = re.compile(r"%[89A-Fa-f]")
_CONTROL = re.compile(r"[\x80-\x9f]")


_new = tuple.__new__  # half the cost of calling Target


class NotCanonical(ValueError):
    """The target can be read in more than one way, or in none."""


class Target(NamedTuple):
    """A canonical target: its path cut at `/`, escapes kept, and its query."""

    raw: str
    segments: tuple[str, ...]
    """The last one is empty if the path ends in a slash."""
    query: str | None
    """None without a `?`."""
    slashes: bool
    """Whether `%2F` stands in the path; only the catalogue knows where it may."""
    plain: bool = False
    """Whether the path is known to hold neither an escape nor a `;`."""


def parse(raw: bytes | str) -> Target:
    """Read the target of a request in origin form (RFC 9112, section 3.2.1).

    Raises:
        NotCanonical: it is no such target, holds an empty or a dot segment, or escapes what needs
            no escape or must not be said at all (RFC 3986, sections 3.3 and 6.2.2).
    """
    text = raw if isinstance(raw, str) else raw.decode("latin-1")
    common = _COMMON.fullmatch(text)
    if common is None and _TARGET.fullmatch(text) is None:
        raise NotCanonical("the target is not canonical")
    path, mark, query = text.partition("?")
    slashes = common is None and _check_escapes(path)
    segments = tuple(path[1:].split("/"))
    return _new(Target, (text, segments, query if mark else None, slashes, common is not None))


def plain(literals: Iterable[str | None]) -> re.Pattern[str]:
    """Return what matches the plain targets of one path, each of which is canonical.

    A group stands for each segment that is None. Plain is a path without an escape or a `;`.
    """
    segments = [f"({_UNMARKED})" if text is None else re.escape(text) for text in literals]
    return re.compile(rf"(?=/){''.join(f'/{segment}' for segment in segments)}/?+{_QUERY}")


def unescape(segment: str) -> str:
    """Decode the escapes of one segment of a canonical target, once."""
    if "%" not in segment:
        return segment
    first, *rest = segment.split("%")
    escaped = b"".join(bytes.fromhex(part[:2]) + part[2:].encode() for part in rest)
    return first + escaped.decode()


def _check_escapes(path: str) -> bool:
    """Tell whether `%2F` is among the escapes.

    Raises:
        NotCanonical: they are no UTF-8 (RFC 3629) or hold a control beyond ASCII.
    """
    if _BEYOND_ASCII.search(path):
        try:
            text = unescape(path)
        except UnicodeDecodeError:
            raise NotCanonical("the escapes are not UTF-8") from None
        if _CONTROL.search(text):
            raise NotCanonical("a control may not be escaped")
    return "%2F" in path or "%2f" in path
