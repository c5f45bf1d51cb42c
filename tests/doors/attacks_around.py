"""Attacks around the digest: other schemes, other fields, and HTTP that is read in two ways."""

from base64 import b64encode
from collections.abc import Callable

from doors import wire
from doors.attacks import Attack
from doors.wire import Scene
from keyreeve.protocol import token


def _sent(value: Callable[[Scene], str | None], *further: str) -> Attack:
    """Send this as Authorization."""
    return Attack(lambda s: [s.request(value(s), *further)])


def _honest(s: Scene) -> str:
    return wire.written(s.signed())


def _beside(*lines: Callable[[Scene], str]) -> Attack:
    """Send further lines beside an honest Authorization."""
    return Attack(lambda s: [s.request(_honest(s), *(line(s) for line in lines))])


def _instead(*lines: Callable[[Scene], str]) -> Attack:
    """Send other lines in the place of Authorization."""
    return Attack(lambda s: [s.request(None, *(line(s) for line in lines))])


def _rewritten(change: Callable[[bytes], bytes]) -> Attack:
    """Alter the bytes of an honest request."""
    return Attack(lambda s: [change(s.request(_honest(s)))])


def _to(target: Callable[[Scene], str], *, method: str = "GET") -> Attack:
    """Call a target that has another spelling, rightly signed."""
    return Attack(
        lambda s: [
            s.request(s.signed(uri=target(s), method=method), target=target(s), method=method)
        ]
    )


def _spliced(old: str, new: str) -> Attack:
    """Call the usual target with a part of it spelt otherwise."""
    return _to(lambda s: s.target.replace(old, new, 1))


def _hidden(*lines: str, before: str = "", method: str = "POST") -> Attack:
    """Hide an honest request in the body of one that proves nothing."""

    def steps(s: Scene) -> list[bytes]:
        inner = s.request(_honest(s)).decode()
        body = before + inner
        fields = [line.replace("LENGTH", str(len(body))) for line in lines]
        return [s.request(None, *fields, method=method, body=body, close=False)]

    return Attack(steps)


SCHEMES = {
    "no Authorization": _sent(lambda _: None),
    "an empty Authorization": _sent(lambda _: ""),
    "the scheme alone": _sent(lambda _: "Digest"),
    "the scheme and commas": _sent(lambda _: "Digest ,,,,"),
    "the scheme and noise": _sent(lambda _: "Digest " + "\u00ff" * 50),
    "the scheme run into its parameters": _sent(lambda s: _honest(s).replace(" ", "", 1)),
    "the scheme and a tab": _sent(lambda s: _honest(s).replace(" ", "\t", 1)),
    "another scheme with these parameters": _sent(lambda s: "Digest2" + _honest(s)[6:]),
    "no scheme": _sent(lambda s: _honest(s).removeprefix("Digest ")),
    "Basic": _sent(lambda s: "Basic " + b64encode(f"{s.user}:{s.key}".encode()).decode()),
    "Negotiate": _sent(lambda _: "Negotiate YII="),
    "Mutual with a digest": _sent(lambda s: "Mutual" + _honest(s)[6:]),
}

BEARERS = {
    f"Bearer with {name}": _sent(lambda s, value=value: f"Bearer {value(s)}")
    for name, value in {
        "a wrong checksum": lambda s: s.key[:-1] + ("0" if s.key[-1] != "0" else "1"),
        "an unknown key": lambda _: token.format(bytes(range(20))),
        "a key that is cut": lambda s: s.key[:-6],
        "a key that goes on": lambda s: s.key + "0",
        "a key twice": lambda s: f"{s.key},{s.key}",
        "a key in capitals": lambda s: s.key.upper(),
        "a key without its prefix": lambda s: s.key.removeprefix("kr_"),
        "a key in quotes": lambda s: f'"{s.key}"',
        "a key and a digest": lambda s: f"{s.key}, {_honest(s)}",
        "two spaces": lambda s: f" {s.key}",
        "a disabled key": lambda s: s.disabled_key,
        "the key of a disabled user": lambda s: s.disabled_users_key,
        "the id of a key": lambda s: s.key_id,
        "nothing": lambda _: "",
    }.items()
} | {
    "a key in the query": Attack(
        lambda s: [s.request(None, target=f"{s.target}&access_token={s.key}")]
    ),
    "a key in X-API-Key": _instead(lambda s: f"X-API-Key: {s.key}"),
    "a key without a scheme": _sent(lambda s: s.key),
    "a key under Token": _sent(lambda s: f"Token {s.key}"),
}

FIELDS = {
    "two Authorization fields, alike": _beside(lambda s: f"Authorization: {_honest(s)}"),
    "two Authorization fields, the first for nothing": Attack(
        lambda s: [s.request("Basic eA==", f"Authorization: {_honest(s)}")]
    ),
    "two Authorization fields, in other letters": _beside(lambda _: "aUTHORIZATION: Basic eA=="),
    "a Bearer key beside a digest": _beside(lambda s: f"Authorization: Bearer {s.key}"),
    "an Authorization field that is empty beside another": _beside(lambda _: "Authorization:"),
    "two Host fields": _beside(lambda s: f"Host: {s.host}"),
    "two Host fields that differ": _beside(lambda _: "Host: elsewhere.example"),
    "no Host field": Attack(lambda s: [s.request(_honest(s), host="")]),
    "a Host with a path": Attack(lambda s: [s.request(_honest(s), host=f"{s.host}/pub?x=")]),
    "a Host with a user": Attack(lambda s: [s.request(_honest(s), host=f"u@{s.host}")]),
    "Proxy-Authorization": _instead(lambda s: f"Proxy-Authorization: {_honest(s)}"),
    "X-Authorization": _instead(lambda s: f"X-Authorization: {_honest(s)}"),
    "an underscore in the name": _instead(lambda s: f"Authorization_: {_honest(s)}"),
    "a dot in the name": _instead(lambda s: f"Author.ization: {_honest(s)}"),
    "a space behind the name": _instead(lambda s: f"Authorization : {_honest(s)}"),
    "a tab behind the name": _instead(lambda s: f"Authorization\t: {_honest(s)}"),
    "a space before the name": _instead(lambda s: f" Authorization: {_honest(s)}"),
    "a name that somebody else proved": _instead(
        lambda s: f"X-User-Id: {s.user}",
        lambda s: f"Remote-User: {s.user}",
        lambda s: f"X-Forwarded-User: {s.user}",
    ),
    "a cookie": _instead(lambda s: f"Cookie: session={s.key}; user={s.user}"),
}

SMUGGLED = {
    "a folded Authorization": _sent(lambda s: _honest(s).replace(", ", ",\r\n ", 1)),
    "an Authorization folded by a tab": _sent(lambda s: _honest(s).replace(", ", ",\r\n\t", 1)),
    "an Authorization that begins on the next line": _sent(lambda s: "\r\n " + _honest(s)),
    "a NUL in Authorization": _sent(lambda s: _honest(s).replace("realm", "\x00realm")),
    "a bare CR in Authorization": _sent(lambda s: _honest(s).replace(", realm", ",\rrealm")),
    "a bare LF in Authorization": _sent(lambda s: _honest(s).replace(", realm", ",\nrealm")),
    "a line broken inside a value": _sent(
        lambda s: _honest(s).replace('username="', 'username="x\r\nX-Injected: "')
    ),
    "lines ended by LF": _rewritten(lambda raw: raw.replace(b"\r\n", b"\n")),
    "lines ended by CR": _rewritten(lambda raw: raw.replace(b"\r\n", b"\r")),
    "a NUL in the name of a field": _beside(lambda _: "X-\x00: 1"),
    "a Content-Length beside chunks": _beside(
        lambda _: "Content-Length: 4", lambda _: "Transfer-Encoding: chunked"
    ),
    "two Content-Lengths": _beside(lambda _: "Content-Length: 0", lambda _: "Content-Length: 1"),
    "a Content-Length with a plus": _beside(lambda _: "Content-Length: +0"),
    "a negative Content-Length": _beside(lambda _: "Content-Length: -1"),
    "a coding that is almost chunked": _beside(lambda _: "Transfer-Encoding: xchunked"),
    "two codings": _beside(lambda _: "Transfer-Encoding: chunked, identity"),
    "HTTP/1.2": Attack(lambda s: [s.request(_honest(s), version="HTTP/1.2")]),
    "HTTP/2.0 in clear": Attack(lambda s: [s.request(_honest(s), version="HTTP/2.0")]),
    "no version": Attack(lambda s: [s.request(_honest(s)).replace(b" HTTP/1.1", b"", 1)]),
    "an honest request in a body": _hidden("Content-Length: LENGTH"),
    "an honest request in the body of a GET": _hidden("Content-Length: LENGTH", method="GET"),
    "an honest request behind a last chunk": _hidden(
        "Content-Length: LENGTH", "Transfer-Encoding: chunked", before="0\r\n\r\n"
    ),
    "an honest request behind a length of two kinds": _hidden(
        "Content-Length: LENGTH", "Content-Length: 0"
    ),
    "an honest request behind an odd coding": _hidden(
        "Content-Length: LENGTH", "Transfer-Encoding: chunked ", before="0\r\n\r\n"
    ),
    "an Authorization in a trailer": Attack(
        lambda s: [
            s.request(
                None,
                "Transfer-Encoding: chunked",
                "Trailer: Authorization",
                method="POST",
                body=f"0\r\nAuthorization: {_honest(s)}\r\n\r\n",
            )
        ]
    ),
}

SPELLINGS = {
    "a dot segment": _spliced("/groups", "/./groups"),
    "a dot segment that climbs": _spliced("/groups", "/users/../groups"),
    "an escaped dot segment": _spliced("/groups", "/users/%2e%2e/groups"),
    "an escaped dot and slash": _spliced("/groups", "/users%2f..%2fgroups"),
    "two slashes in front": _spliced("/api", "//api"),
    "two slashes": _spliced("/groups", "//groups"),
    "an escape of a letter": _spliced("groups", "%67roups"),
    "an escape that is escaped": _spliced("groups", "%2567roups"),
    "an escaped slash": _spliced("/groups", "/users%2Fgroups"),
    "an escape that is none": _spliced("groups", "groups%zz"),
    "an escape that is cut": _spliced("groups?", "groups%2?"),
    "an escaped NUL": _spliced("groups", "groups%00"),
    "an escaped line end": _spliced("groups", "groups%0d%0aX:1"),
    "an overlong escape": _spliced("groups", "%c1%a7roups"),
    "an overlong dot": _spliced("/groups", "/%c0%ae%c0%ae/groups"),
    "a backslash": _spliced("/groups", "\\groups"),
    "an escaped backslash": _spliced("/groups", "%5cgroups"),
    "a fragment": _to(lambda s: s.target + "#x"),
    "a letter outside ASCII": _spliced("groups", "gr\u00f6ups"),
    "an absolute target": _to(lambda s: f"http://{s.host}{s.target}"),
    "an absolute target elsewhere": _to(lambda s: f"http://elsewhere.example{s.target}"),
    "a star": _to(lambda _: "*", method="OPTIONS"),
    "an authority": _to(lambda s: s.host, method="CONNECT"),
    "no slash in front": _to(lambda s: s.target[1:]),
    "a tab in the target": _spliced("?", "\t?"),
}

AROUND = SCHEMES | BEARERS | FIELDS | SMUGGLED | SPELLINGS
