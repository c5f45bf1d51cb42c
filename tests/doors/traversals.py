"""Twenty thousand ways to write a path that leads elsewhere than it seems, and some honest ones."""

from collections.abc import Sequence
from random import Random

COUNT = 20_000
SEED = 2026
HONEST = 4
"""One path in so many is an honest one, so that doors which refuse everything are found out."""

_SLASHES = (
    "/", "/", "/", "//", "/./", "\\", "%2f", "%2F", "%5c", "%5C", "%252f", "%255c", "%c0%af",
    "%e0%80%af", "%f0%80%80%af", "%c1%9c", "/;/", ";/", "/;a=b/", "%2f%2f", "/%2f", "%ef%bc%8f",
    "%e2%88%95", "%u2215", "/%00/", "%00/", "/%20/", "%0a/", "%09/", "/%0d%0a", "?/", "#/",
    "%3f/", "%23/", "%3b/", "/\x00", "\\/", "/\\",
)  # fmt: skip
_DOTS = (
    "..", "..", "..", ".", "%2e%2e", "%2E%2E", ".%2e", "%2e.", "%2e", "%252e%252e", "%252e.",
    "%25252e%25252e", "%c0%ae%c0%ae", "%c0%2e%c0%2e", "%e0%80%ae%e0%80%ae", "%c0%ae", "..;",
    "..;a=b", ".;", "%2e%2e;", "..%3b", "..%3ba=b", "..%00", "%00..", "..%20", "%20..", "..%09",
    "...", "....", "..%0a", "..%5c", "..%2f", "%2f..", "..%c2%a0", "..%ef%bc%8e",
    "%ef%bc%8e%ef%bc%8e", "%e2%80%a5", "..%u002e", "%uff0e%uff0e", "..%ff", "..:", "..%3f", "..%23",
    "..\x00", ".\\.", "%2e%5c", "..%85", "..%c2%85",
)  # fmt: skip
_TAILS = (
    "", "", "", "", "/", "//", "/.", "/..", "?x=1", "?", "?/../{admin}", "?/{admin}", "#f", "%23",
    "%23f", "%3f", "%3Fx=1", "%3b", ";", ";a=b", ";/", ".json", ".", "..", "%20", "%00", "%00.html",
    "%0d%0aX:1", "%09", "%0a", "%2e", "%2f", "%5c", "\\", "\x00", "%c0%80", "%", "%2", "%zz",
    "%e2%80%ae", "~", "*", "%2f..%2f{admin}", "/%2e%2e/{admin}", "/..;/{admin}", "%7f", "@h/",
)  # fmt: skip
_HONEST = (
    "/{pub}", "/{pub}/", "/{pub}?x={word}", "/{pub}/{word}", "/{pub}/{word}/",
    "/{pub}/{word}%20{word}", "/{pub}/{word}%2F{word}", "/{pub}/%C3%A9{word}", "/{pub}/..{word}",
    "/{pub}/{word}.", "/{pub}/{word};a={word}", "/{pub}/{word}@{word}:80", "/{admin}?x={word}",
    "/{admin}/?{word}", "/{admin}?/../{pub}/{word}", "/{pub}/{word}?/../x",
)  # fmt: skip
_LETTERS = "bcefghijklmnopqrstvwxyz0123456789"


def corpus(pub: str = "pub", admin: str = "admin", *, count: int = COUNT) -> list[bytes]:
    """Return that many different targets, always the same ones for the same names."""
    random = Random(SEED)
    found: dict[str, None] = {}
    while len(found) < count:
        made = _honest(random) if random.randrange(HONEST) == 0 else _crooked(random, pub, admin)
        found[made.replace("{pub}", pub).replace("{admin}", admin)] = None
    return [text.encode("latin-1") for text in found]


def sample(targets: Sequence[bytes], count: int) -> list[bytes]:
    """Return some of them, spread over all."""
    return list(targets[:: len(targets) // count][:count])


def _honest(random: Random) -> str:
    text = random.choice(_HONEST)
    while "{word}" in text:
        text = text.replace("{word}", "".join(random.choices(_LETTERS, k=4)), 1)
    return text


def _crooked(random: Random, pub: str, admin: str) -> str:
    """Go some way up and down from a path or from the root, and end at one of the names.

    Every second path has one trick only: another one might be what it is refused for.
    """
    climbs = random.choice((0, 1, 1, 1, 2, 3))
    pieces = [random.choice(("/{pub}", "/{pub}/x", "/{pub}/x/y", "", "", "/{admin}", "/x"))]
    for _ in range(climbs):
        pieces += [random.choice(_SLASHES), random.choice(_DOTS)]
    name = random.choice((admin, admin, admin, pub))
    pieces += [random.choice(_SLASHES), _spelt(name, random), random.choice(_TAILS)]
    if random.random() < 0.5:
        plain = [pieces[0], *["/", ".."] * climbs, "/", name, ""]
        at = random.randrange(1, len(pieces))
        pieces = [*plain[:at], pieces[at], *plain[at + 1 :]]
    return "".join(pieces)


def _spelt(name: str, random: Random) -> str:
    """Write a name as it is, or in a way that some server takes for the same."""
    at = random.randrange(len(name))
    before, letter, after = name[:at], name[at], name[at + 1 :]
    code = f"{ord(letter):02x}"
    return random.choice((
        name, name, name,
        before + letter.upper() + after,
        name.upper(),
        f"{before}%{code}{after}",
        f"{before}%{code.upper()}{after}",
        f"{before}%25{code}{after}",
        f"{before}%c1%{code}{after}",
        f"{before}%u00{code}{after}",
        "".join(f"%{ord(each):02x}" for each in name),
        before + chr(ord(letter)) + "%00" + after,
        f"%c0%ae{name}",
        f"{name};{before}",
    ))  # fmt: skip
