"""HTTP spoken byte by byte: digests by hand, raw requests, and what comes back."""

import hashlib
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass

QUIET_SECONDS = 0.5
"""After this long without a byte nothing more is expected on a connection left open."""
TIMEOUT_SECONDS = 15.0
UNQUOTED = ("nc", "qop", "algorithm")
CNONCE = "MzI5YmM3OWQzNzdjYTNi"

_HASHES = {"MD5": "md5", "SHA-256": "sha256", "SHA-512-256": "sha512_256"}
_CHALLENGE = re.compile(
    rb'www-authenticate: Digest realm="([^"]*)".*? nonce="([^"]*)"', re.IGNORECASE
)
_LENGTH = re.compile(rb"content-length: *([0-9]+)", re.IGNORECASE)

Fields = dict[str, str]


@dataclass(frozen=True)
class Scene:
    """What an attacker may know: one user and key, one fresh challenge, and what lies about."""

    user: str
    key: str
    realm: str
    nonce: str
    algorithm: str
    method: str
    target: str
    host: str
    entry: str
    """A target with an escaped slash in it."""
    key_id: str
    disabled_key: str
    other_user: str
    other_key: str
    disabled_user: str
    disabled_users_key: str
    foreign_nonce: str
    """Made like ours, for this very ledger, but sealed by another installation."""

    def signed(
        self, *, secret: str | None = None, method: str | None = None, **said: str
    ) -> Fields:
        """Return the parameters of a digest that is right for whatever is said in it."""
        fields = {
            "username": self.user,
            "realm": self.realm,
            "nonce": self.nonce,
            "uri": self.target,
            "cnonce": CNONCE,
            "nc": "00000001",
            "qop": "auth",
            "algorithm": self.algorithm,
        } | said
        a2 = f"{self.method if method is None else method}:{fields['uri']}"
        key = self.key if secret is None else secret
        return fields | {"response": respond(fields, key, a2)} | said

    def request(
        self,
        authorization: Fields | str | None,
        *further: str,
        method: str | None = None,
        target: str | None = None,
        version: str = "HTTP/1.1",
        host: str | None = None,
        body: str = "",
        close: bool = True,
    ) -> bytes:
        """Return a request as it goes over the wire; `further` are whole lines of fields."""
        lines = [f"{method or self.method} {target or self.target} {version}"]
        if host != "":
            lines.append(f"Host: {host or self.host}")
        if authorization is not None:
            text = authorization if isinstance(authorization, str) else written(authorization)
            lines.append(f"Authorization: {text}")
        lines += further
        if close:
            lines.append("Connection: close")
        return encoded("\r\n".join([*lines, "", body]))


def respond(fields: Mapping[str, str], secret: str, a2: str) -> str:
    """Compute the response by RFC 7616, section 3.4.1, for any algorithm there ever was."""
    name, sess = fields["algorithm"], ""
    if name.lower().endswith("-sess"):
        name, sess = name[:-5], ":{nonce}:{cnonce}".format(**fields)
    name = _HASHES.get(name.upper(), "md5")

    def hashed(text: str) -> str:
        return hashlib.new(name, encoded(text)).hexdigest()

    ha1 = hashed(f"{fields['username']}:{fields['realm']}:{secret}")
    if sess:
        ha1 = hashed(ha1 + sess)
    if fields["qop"] == "auth-int":
        a2 += ":" + hashed("")
    middle = "{nonce}:{nc}:{cnonce}:{qop}".format(**fields)
    return hashed(f"{ha1}:{middle}:{hashed(a2)}")


def written(fields: Mapping[str, str], scheme: str = "Digest") -> str:
    """Write an Authorization value."""
    return f"{scheme} " + ", ".join(pair(name, value) for name, value in fields.items())


def pair(name: str, value: str) -> str:
    """Write one parameter as clients do."""
    if name in UNQUOTED:
        return f"{name}={value}"
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'{name}="{escaped}"'


def encoded(text: str) -> bytes:
    """Encode text whose lone surrogates stand for raw bytes."""
    return text.encode("utf-8", "surrogateescape")


def challenge(port: int, target: str) -> tuple[str, str]:
    """Ask for a challenge; return its realm and nonce."""
    asked = f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode()
    found = _CHALLENGE.search(exchange(port, asked))
    assert found
    return found[1].decode(), found[2].decode()


def exchange(port: int, data: bytes) -> bytes:
    """Send bytes over a connection of their own and return everything that comes back."""
    with socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_SECONDS) as connection:
        connection.sendall(data)
        received = bytearray()
        try:
            while chunk := connection.recv(65536):
                received += chunk
                connection.settimeout(QUIET_SECONDS)
        except TimeoutError:
            if not received:
                raise
    return bytes(received)


def statuses(received: bytes) -> list[int]:
    """Return the status of every answer in a stream. An answer to HEAD may only be the last."""
    found = []
    while received:
        head, _, received = received.partition(b"\r\n\r\n")
        found.append(int(head.split(b" ", 2)[1]))
        length = _LENGTH.search(head)
        received = received[int(length[1]) :] if length else received
    return found
