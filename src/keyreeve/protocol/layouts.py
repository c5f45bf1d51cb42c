"""The Authorization fields of known clients, read in one match at a fraction of the cost.

Whatever differs from them is left to the tokenizer of `parameters`, which alone says what is
right; both agree on every field that is read here.
"""

import re
from typing import Final, NamedTuple

# Possessive, like the tokenizer. Printable ASCII without quotes needs no unescaping.
_TEXT = r'"([ !#-\[\]-~]*+)"'
_CNONCE = r'"([ !#-\[\]-~]++)"'
_RESPONSE = r'"([0-9a-f]++)"'
_NC = r"(?!0{8})([0-9A-Fa-f]{8})"
_ALGORITHM = "(MD5|SHA-256)"

_NAMED = f"username={_TEXT}, realm={_TEXT}, nonce={_TEXT}, uri={_TEXT}"
_CURL = f"cnonce={_CNONCE}, nc={_NC}, qop=auth, response={_RESPONSE}, algorithm={_ALGORITHM}"
_OTHERS = (  # requests quotes both, urllib and Go only the algorithm, aiohttp and httpx2 neither
    f'response={_RESPONSE}, algorithm=("?){_ALGORITHM}\\10, qop=("?)auth\\12, nc={_NC}, '
    f"cnonce={_CNONCE}"
)
_BROWSERS = f"algorithm={_ALGORITHM}, response={_RESPONSE}, qop=auth, nc={_NC}, cnonce={_CNONCE}"
_FIELD = re.compile(f"Digest {_NAMED}, (?:{_CURL}|{_OTHERS}|{_BROWSERS})")

# Where each value stands: username, realm, nonce, uri, response, nc, cnonce and algorithm.
# By the last group that matched, which tells the layout.
_PLACES: Final = {
    8: (1, 2, 3, 4, 7, 6, 5, 8),
    14: (1, 2, 3, 4, 9, 13, 14, 11),
    18: (1, 2, 3, 4, 16, 17, 18, 15),
}


class Tail(NamedTuple):
    """How a known client goes on after the value of `uri`."""

    pattern: re.Pattern[str]
    places: tuple[int, int, int]
    """Where nc, cnonce and response stand."""


def read(header: bytes) -> tuple[str, ...] | None:
    """Return the values in the order of `digest.Credentials`; None for any other layout."""
    match = _FIELD.fullmatch(header.decode("latin-1"))
    if match is None or match.lastindex is None:
        return None
    return match.group(*_PLACES[match.lastindex])


def tail(text: str, at: int, algorithm: str) -> Tail | None:
    """Return how a field goes on, from the quote behind its `uri` to its end; None: unknown."""
    return next((tail for tail in _TAILS[algorithm] if tail.pattern.match(text, at)), None)


def _tails(algorithm: str, digits: int) -> tuple[Tail, ...]:
    response = f'response="([0-9a-f]{{{digits}}})"'
    curl = f"cnonce={_CNONCE}, nc={_NC}, qop=auth, {response}, algorithm={algorithm}"
    others = (
        f"{response}, algorithm={quote}{algorithm}{quote}, qop={qop}, nc={_NC}, cnonce={_CNONCE}"
        for quote in ("", '"')
        for qop in ("auth", '"auth"')
    )
    browsers = f"algorithm={algorithm}, {response}, qop=auth, nc={_NC}, cnonce={_CNONCE}"
    return (
        Tail(re.compile(f'", {curl}\\Z'), (2, 1, 3)),
        Tail(re.compile(f'", {browsers}\\Z'), (2, 3, 1)),
        *(Tail(re.compile(f'", {other}\\Z'), (2, 3, 1)) for other in others),
    )


_TAILS = {"MD5": _tails("MD5", 32), "SHA-256": _tails("SHA-256", 64)}
