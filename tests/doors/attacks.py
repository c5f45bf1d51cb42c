"""Attacks on a digest, by name. Each is pure: from a scene to the bytes of its requests.

Unless the point of an attack is a wrong response, its response is right for what it says: nothing
is refused merely because the sum does not come out. Wherever more than one request is made, all
but the last are honest.
"""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from doors import wire
from doors.wire import Fields, Scene

REFUSED = frozenset({400, 401})
TOO_LARGE = frozenset({400, 401, 431})

Steps: TypeAlias = Callable[[Scene], list[bytes]]
"""The requests of an attack, each over a connection of its own."""


@dataclass(frozen=True)
class Attack:
    """One attack, and what it must be answered with."""

    steps: Steps
    expected: frozenset[int] = REFUSED


def _saying(changes: Callable[[Scene], Fields]) -> Attack:
    """Say something else, and sign it."""
    return Attack(lambda s: [s.request(s.signed(**changes(s)))])


def _altered(change: Callable[[str], str]) -> Attack:
    """Alter the honest Authorization value as a text."""
    return Attack(lambda s: [s.request(change(wire.written(s.signed())))])


def _without(name: str) -> Attack:
    """Leave a parameter out."""
    return Attack(lambda s: [s.request({k: v for k, v in s.signed().items() if k != name})])


def _twice(name: str) -> Attack:
    """Say a parameter twice, alike."""
    return Attack(
        lambda s: [s.request(f"{wire.written(s.signed())}, {wire.pair(name, s.signed()[name])}")]
    )


def _after(*honest: str, then: str) -> Attack:
    """Use these counts honestly, and then one more."""
    return Attack(lambda s: [s.request(s.signed(nc=nc)) for nc in (*honest, then)])


def _flipped(nonce: str, place: int) -> str:
    """Change one character of a nonce into another of its alphabet."""
    other = "A" if nonce[place] != "A" else "B"
    return nonce[:place] + other + nonce[place:][1:]


def _reissued(nonce: str, **parts: bytes) -> str:
    """Exchange what a nonce says of itself, and leave its seal."""
    sealed = base64.urlsafe_b64decode(nonce)
    said = {"generation": sealed[:8], "issued": sealed[8:14], "entropy": sealed[14:20]} | parts
    tag = said.pop("tag", sealed[20:])
    return base64.urlsafe_b64encode(b"".join(said.values()) + tag).decode()


def _later(nonce: str) -> bytes:
    issued = int.from_bytes(base64.urlsafe_b64decode(nonce)[8:14])
    return (issued + 1).to_bytes(6)


def _old_form(s: Scene) -> list[bytes]:
    """Answer as RFC 2069 did: without qop, nc and cnonce."""
    fields = s.signed()
    a1 = hashlib.md5(f"{s.user}:{s.realm}:{s.key}".encode()).hexdigest()
    a2 = hashlib.md5(f"{s.method}:{s.target}".encode()).hexdigest()
    fields["response"] = hashlib.md5(f"{a1}:{s.nonce}:{a2}".encode()).hexdigest()
    return [s.request({k: v for k, v in fields.items() if k not in {"qop", "nc", "cnonce"}})]


def _shifted_count(s: Scene) -> list[bytes]:
    """Move the border between nc and cnonce, over which the hash does not change."""
    honest = s.signed(nc="00000001", cnonce="00000002:x")
    moved = honest | {"nonce": f"{s.nonce}:00000001", "nc": "00000002", "cnonce": "x"}
    return [s.request(moved)]


def _shifted_name(s: Scene) -> list[bytes]:
    """Move the border between user name and realm, over which H(A1) does not change."""
    return [s.request(s.signed() | {"username": f"{s.user}:{s.realm}", "realm": ""})]


def _shifted_qop(s: Scene) -> list[bytes]:
    """Let qop be part of cnonce."""
    fields = s.signed()
    fields["cnonce"] += ":auth"
    return [s.request({k: v for k, v in fields.items() if k != "qop"})]


def _by(secret: Callable[[Scene], str], user: Callable[[Scene], str] = lambda s: s.user) -> Attack:
    """Sign with another secret, or as somebody else."""
    return Attack(lambda s: [s.request(s.signed(secret=secret(s), username=user(s)))])


def _hashed_name(s: Scene) -> list[bytes]:
    """Send the hash of the name, which was not offered (RFC 7616, section 3.4.4)."""
    name = hashlib.md5(f"{s.user}:{s.realm}".encode()).hexdigest()
    return [s.request(wire.written(s.signed() | {"username": name}) + ", userhash=true")]


def _starred_name(*, beside: bool) -> Attack:
    def steps(s: Scene) -> list[bytes]:
        fields = {k: v for k, v in s.signed().items() if beside or k != "username"}
        return [s.request(f"{wire.written(fields)}, username*=UTF-8''{s.user}")]

    return Attack(steps)


def _one_of_two(s: Scene, first: str, second: str) -> list[bytes]:
    """Sign one and send another one."""
    return [s.request(s.signed(uri=first), target=second)]


REPLAYS = {
    "the same header again": _after("00000001", then="00000001"),
    "the same count with another cnonce": Attack(
        lambda s: [s.request(s.signed()), s.request(s.signed(cnonce="other"))]
    ),
    "a lower count that was used": _after("00000005", "00000003", then="00000003"),
    "a highest count that was used": _after("00000003", "00000005", then="00000005"),
    "a count below the window": _after("00000001", "00001000", then="00000002"),
    "a count at the far end of the window": _after("00000001", "00000101", then="00000001"),
    "a used count spelt shorter": _after("00000001", then="1"),
    "a used count in capitals": _after("0000000a", then="0000000A"),
    "a raised count under the old response": Attack(
        lambda s: [s.request(s.signed()), s.request(s.signed() | {"nc": "00000002"})]
    ),
    "a new cnonce under the old response": Attack(
        lambda s: [s.request(s.signed()), s.request(s.signed() | {"cnonce": "other"})]
    ),
    "a captured header on another target": Attack(
        lambda s: [s.request(s.signed()), s.request(s.signed(), target=s.entry)]
    ),
    "a captured header under another method": Attack(
        lambda s: [s.request(s.signed()), s.request(s.signed(), method="DELETE")]
    ),
    "nothing, after an honest request": Attack(
        lambda s: [s.request(s.signed()), s.request(None, "Cookie: session=1; digest=1")]
    ),
}

COUNTS = {
    f"nc {name}": _saying(lambda _, nc=nc: {"nc": nc})
    for name, nc in {
        "zero": "00000000",
        "short zero": "0",
        "of nine digits": "100000000",
        "of nine digits with a zero": "000000001",
        "of sixteen digits": "ffffffffffffffff",
        "that is no hex": "zzzzzzzz",
        "negative": "-0000001",
        "with a plus": "+0000001",
        "with 0x": "0x000001",
        "with an underscore": "0000_001",
        "empty": '""',
        "with a space inside": '" 0000001"',
        "in full-width digits": '"\uff10\uff10\uff10\uff10\uff10\uff10\uff10\uff11"',
        "in Arabic digits": '"\u0660\u0660\u0660\u0661"',
        "a float": '"1.0"',
        "a list": '"00000001,00000002"',
    }.items()
}

NONCES = {
    "a nonce of another installation": _saying(lambda s: {"nonce": s.foreign_nonce}),
    "a nonce of the client's choice": _saying(lambda _: {"nonce": "abcdef"}),
    "an empty nonce": _saying(lambda _: {"nonce": ""}),
    "a nonce of zeros": _saying(lambda s: {"nonce": "A" * len(s.nonce)}),
    "a nonce flipped at its start": _saying(lambda s: {"nonce": _flipped(s.nonce, 0)}),
    "a nonce flipped in its time": _saying(lambda s: {"nonce": _flipped(s.nonce, 15)}),
    "a nonce flipped in its seal": _saying(lambda s: {"nonce": _flipped(s.nonce, -1)}),
    "a nonce of a later time": _saying(
        lambda s: {"nonce": _reissued(s.nonce, issued=_later(s.nonce))}
    ),
    "a nonce of another generation": _saying(
        lambda s: {"nonce": _reissued(s.nonce, generation=bytes(8))}
    ),
    "a nonce with an empty seal": _saying(lambda s: {"nonce": _reissued(s.nonce, tag=bytes(16))}),
    "a nonce without a seal": _saying(lambda s: {"nonce": _reissued(s.nonce, tag=b"")}),
    "a nonce that is cut": _saying(lambda s: {"nonce": s.nonce[:-1]}),
    "half a nonce": _saying(lambda s: {"nonce": s.nonce[: len(s.nonce) // 2]}),
    "a nonce with more behind it": _saying(lambda s: {"nonce": s.nonce + "A"}),
    "a nonce with padding": _saying(lambda s: {"nonce": s.nonce + "="}),
    "a nonce with a space": _saying(lambda s: {"nonce": s.nonce + " "}),
    "a nonce in other letters": _saying(lambda s: {"nonce": s.nonce.swapcase()}),
    "a nonce outside ASCII": _saying(lambda _: {"nonce": "\u00e9" * 48}),
    "a nonce in quotes": _saying(lambda s: {"nonce": f'"{s.nonce}"'}),
    "a nonce of 7000 characters": _saying(lambda _: {"nonce": "A" * 7000}),
}

ALGORITHMS = {
    f"algorithm {name}": _saying(lambda _, value=value: {"algorithm": value})
    for name, value in {
        "MD5-sess": "MD5-sess",
        "SHA-256-sess": "SHA-256-sess",
        "SHA-512-256": "SHA-512-256",
        "unknown": "MD4",
        "in mixed case": "mD5",
        "quoted, in mixed case": '"Md5"',
        "with a space": '"MD5 "',
        "empty": '""',
        "a list": '"MD5,SHA-256"',
    }.items()
} | {
    "an algorithm that is not offered": _saying(
        lambda s: {"algorithm": "SHA-256" if s.algorithm == "MD5" else "MD5"}
    ),
    "a response of another algorithm": Attack(
        lambda s: [
            s.request(
                s.signed(algorithm="SHA-256" if s.algorithm == "MD5" else "MD5")
                | {"algorithm": s.algorithm}
            )
        ]
    ),
}

QUALITIES = {
    "no qop, as in RFC 2069": Attack(_old_form),
    "no qop beside nc and cnonce": _without("qop"),
} | {
    f"qop {name}": _saying(lambda _, value=value: {"qop": value})
    for name, value in {
        "auth-int": "auth-int",
        "unknown": "auth-conf",
        "empty": '""',
        "in capitals": "AUTH",
        "a list": '"auth,auth-int"',
        "with a space": '"auth "',
    }.items()
}

TARGETS = {
    "uri of another path": Attack(lambda s: _one_of_two(s, "/api/public/v1.0/", s.target)),
    "uri that is a prefix": Attack(lambda s: _one_of_two(s, s.target[:-1], s.target)),
    "uri that goes on": Attack(lambda s: _one_of_two(s, s.target + "0", s.target)),
    "uri without the query": Attack(lambda s: _one_of_two(s, s.target.split("?")[0], s.target)),
    "uri with a query that was not sent": Attack(
        lambda s: _one_of_two(s, s.target, s.target.split("?")[0])
    ),
    "uri with an empty query": Attack(
        lambda s: _one_of_two(s, s.target.split("?")[0] + "?", s.target.split("?")[0])
    ),
    "an empty query that was not signed": Attack(
        lambda s: _one_of_two(s, s.target.split("?")[0], s.target.split("?")[0] + "?")
    ),
    "uri with its slash decoded": Attack(
        lambda s: _one_of_two(s, s.entry.replace("%2F", "/"), s.entry)
    ),
    "uri with its escape in small letters": Attack(
        lambda s: _one_of_two(s, s.entry.replace("%2F", "%2f"), s.entry)
    ),
    "uri escaped twice": Attack(lambda s: _one_of_two(s, s.entry.replace("%", "%25"), s.entry)),
    "uri in absolute form": Attack(
        lambda s: _one_of_two(s, f"http://{s.host}{s.target}", s.target)
    ),
    "uri in other letters": Attack(lambda s: _one_of_two(s, s.target.upper(), s.target)),
    "uri with a fragment": Attack(lambda s: _one_of_two(s, s.target + "#x", s.target)),
    "uri with a second slash": Attack(lambda s: _one_of_two(s, "/" + s.target, s.target)),
    "uri with a dot segment": Attack(lambda s: _one_of_two(s, "/." + s.target, s.target)),
    "uri with a space": Attack(lambda s: _one_of_two(s, s.target + " ", s.target)),
    "uri that is empty": Attack(lambda s: _one_of_two(s, "", s.target)),
    "uri that is a star": Attack(lambda s: _one_of_two(s, "*", s.target)),
}

METHODS = {
    f"{signed} signed, {sent} sent": Attack(
        lambda s, signed=signed, sent=sent: [s.request(s.signed(method=signed), method=sent)]
    )
    for signed, sent in [
        ("GET", "DELETE"),
        ("GET", "HEAD"),
        ("HEAD", "GET"),
        ("GET", "POST"),
        ("GET", "OPTIONS"),
        ("GET", "get"),
        ("get", "GET"),
        ("get", "get"),
        ("", "GET"),
    ]
} | {
    "GET signed, DELETE sent as if it were GET": Attack(
        lambda s: [
            s.request(
                s.signed(),
                "X-HTTP-Method-Override: GET",
                "X-Method-Override: GET",
                method="DELETE",
                target=s.target,
            )
        ]
    ),
    "DELETE signed, GET sent as if it were DELETE": Attack(
        lambda s: [
            s.request(
                s.signed(method="DELETE"),
                "X-HTTP-Method-Override: DELETE",
                "X-HTTP-Method: DELETE",
                "X-Original-Method: DELETE",
            )
        ]
    ),
}

NAMES = {
    "another realm": _saying(lambda _: {"realm": "Elsewhere"}),
    "the realm in other letters": _saying(lambda s: {"realm": s.realm.swapcase()}),
    "the realm with a space": _saying(lambda s: {"realm": s.realm + " "}),
    "an empty realm": _saying(lambda _: {"realm": ""}),
    "a hashed user name": Attack(_hashed_name),
    "userhash beside a plain name": _altered(lambda text: text + ", userhash=true"),
    "userhash=false": _altered(lambda text: text + ", userhash=false"),
    "an encoded user name": _starred_name(beside=False),
    "an encoded user name beside a plain one": _starred_name(beside=True),
    "the user name in capitals": _saying(lambda s: {"username": s.user.upper()}),
    "the user name with a space": _saying(lambda s: {"username": s.user + " "}),
    "the user name with a look-alike": _saying(
        lambda s: {"username": s.user.replace("a", "\u0430", 1)}
    ),
    "the user name with a NUL behind it": _altered(lambda text: text.replace('org"', 'org\x00"')),
    "an empty user name": _saying(lambda _: {"username": ""}),
    "a user name of 4000 characters": _saying(lambda _: {"username": "a" * 4000}),
    "a user name in broken UTF-8": _saying(lambda _: {"username": "\udcff\udcfe@example.org"}),
    "an unknown user": _saying(lambda _: {"username": "nobody@example.org"}),
    "the id of nobody's key": _saying(lambda _: {"username": "0" * 24}),
    "a border moved between name and realm": Attack(_shifted_name),
    "a border moved between nonce and count": Attack(_shifted_count),
    "a border moved between cnonce and qop": Attack(_shifted_qop),
}

RESPONSES = {
    "the key of another user": _by(lambda s: s.other_key),
    "one's own key for another user": _by(lambda s: s.key, lambda s: s.other_user),
    "another key under the id of a key": _by(lambda s: s.other_key, lambda s: s.key_id),
    "a disabled key": _by(lambda s: s.disabled_key),
    "the key of a disabled user": _by(lambda s: s.disabled_users_key, lambda s: s.disabled_user),
    "an empty key": _by(lambda _: ""),
    "a key that is cut": _by(lambda s: s.key[:-1]),
    "a key in capitals": _by(lambda s: s.key.upper()),
    "an empty cnonce": _saying(lambda _: {"cnonce": ""}),
} | {
    f"a response {name}": Attack(
        lambda s, change=change: [
            s.request(s.signed() | {"response": change(s.signed()["response"])})
        ]
    )
    for name, change in {
        "that is cut": lambda r: r[:-1],
        "of one character": lambda r: r[:1],
        "that is empty": lambda _: "",
        "that goes on": lambda r: r + "0",
        "twice over": lambda r: r + r,
        "in capitals": lambda r: f"F{r[1:].upper()}",
        "of zeros": lambda r: "0" * len(r),
        "with a space": lambda r: r[:-1] + " ",
        "with a wildcard": lambda r: r[:-1] + "%",
        "outside ASCII": lambda r: r[:-1] + "\u00e9",
        "with one digit wrong": lambda r: ("1" if r[0] == "0" else "0") + r[1:],
    }.items()
}

PARAMETERS = (
    {f"{name} missing": _without(name) for name in ("username", "realm", "nonce", "uri")}
    | {f"{name} missing": _without(name) for name in ("response", "nc", "cnonce")}
    | {
        f"{name} twice": _twice(name)
        for name in (
            "username",
            "realm",
            "nonce",
            "uri",
            "response",
            "nc",
            "cnonce",
            "qop",
            "algorithm",
        )
    }
    | {
        "username twice, the second another's": Attack(
            lambda s: [s.request(f'{wire.written(s.signed())}, username="{s.other_user}"')]
        ),
        "uri twice, in other letters": _altered(lambda text: text + ', URI="/"'),
        "33 parameters": _altered(lambda text: text + "".join(f", x{n}=1" for n in range(33))),
        "a value of 9000 characters": _altered(lambda text: f'{text}, x="{"a" * 9000}"'),
        "a value of 20000 characters": Attack(
            lambda s: [s.request(f'{wire.written(s.signed())}, x="{"a" * 20000}"')], TOO_LARGE
        ),
        "a quote that does not end": _altered(lambda text: text + ', x="a'),
        "an escape that does not end": _altered(lambda text: text + ', x="a\\'),
        "a quote in front": _altered(lambda text: text.replace("Digest ", 'Digest "')),
        "no comma": _altered(lambda text: text.replace(", ", " ")),
        "semicolons": _altered(lambda text: text.replace(", ", "; ")),
        "no equals sign": _altered(lambda text: text.replace("uri=", "uri")),
        "colons for equals signs": _altered(lambda text: text.replace("=", ":", 3)),
        "single quotes": _altered(lambda text: text.replace('"', "'")),
        "no quotes at all": _altered(lambda text: text.replace('"', "")),
        "a name without a value": _altered(lambda text: text + ", x"),
        "a value without a name": _altered(lambda text: text + ', ="x"'),
        "a name with a space": _altered(lambda text: text.replace("user", "user ")),
        "a control in a value": _altered(lambda text: text + ', x="\x01"'),
        "a NUL in a value": _altered(lambda text: text + ', x="\x00"'),
        "escapes of a URL": _altered(lambda text: text.replace('"', "%22")),
        "a second set of credentials": _altered(lambda text: f"{text}, {text}"),
        "parameters in a body": Attack(
            lambda s: [s.request("Digest", "Content-Length: 4", body="nc=1", method="POST")]
        ),
    }
)

DIGESTS: dict[str, Attack] = {
    **REPLAYS,
    **COUNTS,
    **NONCES,
    **ALGORITHMS,
    **QUALITIES,
    **TARGETS,
    **METHODS,
    **NAMES,
    **RESPONSES,
    **PARAMETERS,
}
