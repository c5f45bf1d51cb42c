"""Ways to slip an identity of one's own past a proxy, and what an application would believe."""

import re
from typing import NamedTuple

from doors.upstream import Seen

NAMES = ("User", "User-Id", "Key-Id", "Group", "Roles", "Decision", "Token")
LIE = "root"


class Variant(NamedTuple):
    """Lines of a request; or its body in chunks, with trailers."""

    name: str
    lines: tuple[str, ...]
    trailers: tuple[str, ...] = ()

    @property
    def body(self) -> str:
        if not self.trailers:
            return ""
        return "\r\n".join(["3", "abc", "0", *self.trailers, "", ""])


def _spelt() -> list[Variant]:
    """Write every name in each of the ways that some application takes for the same."""
    ours = [f"Keyreeve-{name}" for name in NAMES]
    spellings = [
        spelling
        for name in ours
        for dashed in (name, name.lower(), name.upper(), name.swapcase())
        for spelling in dict.fromkeys((dashed, dashed.replace("-", "_"), dashed.replace("-", ".")))
    ]
    mixed = ["Keyreeve_User-Id", "Keyreeve-User_Id", "Keyreeve.User_Id", "Keyreeve-User.Id"]
    odd = [f"Keyreeve{sign}User" for sign in ("--", "__", "~", "+", "!", "'", "*", "|", "%2D")]
    return [Variant(name, (f"{name}: {LIE}",)) for name in [*spellings, *mixed, *odd]]


_ALL = ", ".join(f"Keyreeve-{name}" for name in NAMES)
_USER = f"Keyreeve-User: {LIE}"
_OTHERS = (
    Variant("twice", (_USER, _USER)),
    Variant("three times, in other cases", (
        _USER, f"keyreeve-user: {LIE}", f"KEYREEVE-USER: {LIE}",
    )),
    Variant("with its aliases", (f"Keyreeve_User: {LIE}", _USER, f"Keyreeve.User: {LIE}")),
    Variant("fifty times", (_USER,) * 50),
    Variant("all at once", tuple(f"Keyreeve-{name}: {LIE}" for name in NAMES)),
    Variant("a space before the colon", (f"Keyreeve-User : {LIE}",)),
    Variant("a tab before the colon", (f"Keyreeve-User\t: {LIE}",)),
    Variant("a space before the name", (f" Keyreeve-User: {LIE}",)),
    Variant("a space in the name", (f"Keyreeve User: {LIE}",)),
    Variant("folded", (f"Keyreeve-User: a\r\n {LIE}",)),
    Variant("folded into another", (f"X-Other: a\r\n Keyreeve-User: {LIE}",)),
    Variant("behind a bare CR", (f"X-Other: a\rKeyreeve-User: {LIE}",)),
    Variant("behind a bare LF", (f"X-Other: a\nKeyreeve-User: {LIE}",)),
    Variant("NUL in the name", (f"Keyreeve-User\x00: {LIE}",)),
    Variant("NUL in the value", (f"Keyreeve-User: {LIE}\x00",)),
    Variant("a vertical tab in the name", (f"Keyreeve-User\x0b: {LIE}",)),
    Variant("a wide hyphen", (f"Keyreeve\N{NON-BREAKING HYPHEN}User: {LIE}",)),
    Variant("a soft hyphen", (f"Keyreeve\N{SOFT HYPHEN}User: {LIE}",)),
    Variant("empty", ("Keyreeve-User:",)),
    Variant("blank", ("Keyreeve-User:  \t ",)),
    Variant("empty, then not", ("Keyreeve-User:", _USER)),
    Variant("a list", (f"Keyreeve-User: {LIE}, {LIE}",)),
    Variant("quoted", (f'Keyreeve-User: "{LIE}"',)),
    Variant("beyond ASCII", (f"Keyreeve-User: {LIE}\N{COMBINING ACUTE ACCENT}",)),
    Variant("four thousand signs", (f"Keyreeve-User: {LIE * 1000}",)),
    Variant("a long name", (f"Keyreeve-User{'-x' * 1000}: {LIE}",)),
    Variant("to be dropped", (f"Connection: close, {_ALL}",)),
    Variant("to be dropped, in lower case", (f"Connection: {_ALL.lower()}",)),
    Variant("to be dropped, by an alias", ("Connection: Keyreeve_User, Keyreeve.User-Id",)),
    Variant("to be dropped, and sent", (f"Connection: {_ALL}", _USER)),
    Variant("to be dropped twice", ("Connection: Keyreeve-User", "Connection: Keyreeve-Roles")),
    Variant("to be dropped by the old name", (f"Proxy-Connection: {_ALL}", f"Keep-Alive: {_ALL}")),
    Variant("as CGI names it", (f"HTTP_KEYREEVE_USER: {LIE}", f"Http-Keyreeve-User: {LIE}")),
    Variant("an answer of the gate", ("Keyreeve-Status: 429", "Keyreeve-Denial: {}", _USER)),
    Variant("a trailer", ("Transfer-Encoding: chunked", "Trailer: Keyreeve-User"), (_USER,)),
    Variant("trailers unannounced", (
        "Transfer-Encoding: chunked", "TE: trailers",
    ), (_USER, f"keyreeve_roles: {LIE}")),
)  # fmt: skip
VARIANTS = (*_spelt(), *_OTHERS)


def believed(seen: Seen) -> dict[str, list[str]]:
    """Return what an application might hear of who calls, however freely it reads names.

    It takes any sign for a hyphen, any case, and a field that is empty for one that is missing.
    """
    found: dict[str, list[str]] = {}
    for name, value in seen.fields:
        plain = re.sub(rb"[^a-z0-9]", b"-", name.strip().lower()).decode()
        told = value.strip().decode("latin-1")
        if plain in _OURS and told:
            found.setdefault(plain, []).append(told)
    return found


_OURS = {f"keyreeve-{name.lower()}" for name in NAMES}
