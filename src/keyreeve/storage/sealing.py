"""What is sealed, and under which key: one subkey a purpose, each value bound to its row."""

import hmac
import threading
from collections.abc import Callable
from typing import Literal, TypeAlias, TypedDict, Unpack

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from keyreeve.storage.errors import SealBroken
from keyreeve.storage.master_key import Ring

Field: TypeAlias = Literal["purpose", "table", "key_id", "name", "algorithm", "realm"]

NONCE_BYTES = 12
VERSION_BYTES = 4

_BOUND: tuple[Field, ...] = ("purpose", "table", "key_id", "name", "algorithm", "realm")
_SUBKEY_BYTES = 32
_LENGTH_BYTES = 4
_HEADER_BYTES = VERSION_BYTES + NONCE_BYTES
_DECOY_BYTES = NONCE_BYTES + 32 + 16
"""A nonce, the hex digits of an MD5 and a tag."""


class Row(TypedDict):
    """What a sealed value belongs to."""

    purpose: str
    table: str
    key_id: str
    name: str
    algorithm: str
    realm: str


class Secrets:
    """The keys of one installation, derived from its master key. Shows nothing of them.

    `version` seals. `base` is the version behind all that cannot be sealed anew: the pepper of
    bearer digests, the key of nonces, the chain of audit events, decision ids. `reload` reads the
    ring again when another process has rotated it.
    """

    def __init__(
        self,
        ring: Ring,
        *,
        version: int,
        base: int,
        entropy: Callable[[int], bytes],
        reload: Callable[[], Ring],
    ) -> None:
        self._ring = ring
        self._entropy = entropy
        self._reload = reload
        self._lock = threading.Lock()
        self._ciphers: dict[tuple[int, str], AESGCM] = {}
        self.version = version
        self.base = base
        self._pepper = subkey(ring, base, "pepper")
        self.nonce_key = subkey(ring, base, "nonce")
        self.audit_key = subkey(ring, base, "audit")
        self.decision_key = subkey(ring, base, "decision")
        self.recovery_key = subkey(ring, base, "recovery")

    def __repr__(self) -> str:
        """Show nothing of the keys."""
        return f"Secrets(version={self.version})"

    def adopt(self, version: int) -> None:
        """Seal under this version from now on: the database has gone over to it."""
        if version != self.version:
            self._key(version)
            self.version = version

    def bearer_digest(self, secret: str) -> bytes:
        """Return what finds a bearer key without telling it."""
        return hmac.digest(self._pepper, secret.encode(), "sha256")

    def seal(self, plaintext: bytes, **row: Unpack[Row]) -> bytes:
        """Encrypt a value that opens only for this very row (AES-256-GCM, RFC 5116)."""
        nonce = self._entropy(NONCE_BYTES)
        header = self.version.to_bytes(VERSION_BYTES) + nonce
        cipher = self._cipher(self.version, row["purpose"])
        return header + cipher.encrypt(nonce, plaintext, _bound(header, row))

    def unseal(self, sealed: bytes, **row: Unpack[Row]) -> bytes:
        """Open a sealed value.

        Raises:
            SealBroken: it was altered, belongs to another row, or its version is gone.
        """
        nonce, ciphertext = sealed[VERSION_BYTES:_HEADER_BYTES], sealed[_HEADER_BYTES:]
        try:
            cipher = self._cipher(version_of(sealed), row["purpose"])
            return cipher.decrypt(nonce, ciphertext, _bound(sealed, row))
        except (InvalidTag, ValueError):
            told = f"{row['table']} {row['key_id']}: the sealed value does not open"
            raise SealBroken(told) from None

    def decoy(self) -> bytes:
        """Return what looks like a sealed H(A1), takes as long to open, and never opens."""
        return self.version.to_bytes(VERSION_BYTES) + bytes(_DECOY_BYTES)

    def _cipher(self, version: int, purpose: str) -> AESGCM:
        cipher = self._ciphers.get((version, purpose))
        if cipher is None:
            self._key(version)
            cipher = AESGCM(subkey(self._ring, version, f"seal {purpose}"))
            self._ciphers[version, purpose] = cipher
        return cipher

    def _key(self, version: int) -> None:
        with self._lock:
            if version not in self._ring.keys:
                self._ring = self._reload()
        if version not in self._ring.keys:
            raise SealBroken(f"the master key has no version {version}")


def subkey(ring: Ring, version: int, purpose: str) -> bytes:
    """Derive the key of one purpose (HKDF, RFC 5869)."""
    info = f"keyreeve {purpose}".encode()
    hkdf = HKDF(algorithm=SHA256(), length=_SUBKEY_BYTES, salt=None, info=info)
    return hkdf.derive(ring.keys[version])


def check_value(ring: Ring, *, version: int, base: int) -> bytes:
    """Return what tells, without the keys, whether a ring is the one of a database."""
    key = subkey(ring, version, "check")
    return hmac.digest(key, subkey(ring, base, "check of the base"), "sha256")


def version_of(sealed: bytes) -> int:
    """Return the version of the master key under which a value was sealed."""
    return int.from_bytes(sealed[:VERSION_BYTES])


def _bound(sealed: bytes, row: Row) -> bytes:
    """Join what a value is bound to, so that no two rows look alike."""
    parts = [sealed[:VERSION_BYTES], *(row[field].encode() for field in _BOUND)]
    return b"".join(len(part).to_bytes(_LENGTH_BYTES) + part for part in parts)
