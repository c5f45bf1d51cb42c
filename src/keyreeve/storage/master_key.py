"""The master key: a file outside the database, holding a ring of versions."""

import base64
import binascii
import os
import re
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from keyreeve.storage import files
from keyreeve.storage.errors import StartRefused

KEY_BYTES = 32
FIRST = 1
LONGEST_FILE = 64 * 1024

_TITLE = "keyreeve master key"
_PREAMBLE = f"""\
# {_TITLE}
# Whoever holds this file and the database can call as anybody. Keep it, and keep it apart from
# backups of the database. Without it the database cannot be opened. Never change or remove a line.
"""
_LINE = re.compile(r"([1-9][0-9]{0,8}):([A-Za-z0-9_-]{43})")


@dataclass(frozen=True, slots=True, repr=False)
class Ring:
    """All versions of one master key. The newest seals; older ones still open."""

    keys: Mapping[int, bytes]

    @property
    def newest(self) -> int:
        """The version that was added last."""
        return max(self.keys)

    def __repr__(self) -> str:
        """Show which versions there are, and nothing of them."""
        return f"Ring(versions={sorted(self.keys)})"

    def grown(self, entropy: Callable[[int], bytes]) -> "Ring":
        """Return the ring with one more version."""
        return Ring(MappingProxyType({**self.keys, self.newest + 1: entropy(KEY_BYTES)}))


def new(entropy: Callable[[int], bytes]) -> Ring:
    """Return a ring of one fresh version."""
    return Ring(MappingProxyType({FIRST: entropy(KEY_BYTES)}))


def create(path: Path, entropy: Callable[[int], bytes]) -> Ring:
    """Make a master key file; the folder must be there, the file must not.

    Raises:
        StartRefused: naming the file.
    """
    ring = new(entropy)
    with files.refusing(path):
        files.create(path, format(ring))
        files.sync_folder(path.parent)
    return ring


def write(path: Path, ring: Ring) -> None:
    """Put a grown ring in the place of the old one.

    Raises:
        StartRefused: the file or its folder is read-only.
    """
    with files.refusing(path):
        files.replace(path, format(ring))


def read(path: Path) -> Ring:
    """Read a master key file.

    Raises:
        StartRefused: it is missing, open to others, or no master key.
    """
    with files.refusing(path), path.open("rb") as file:
        _check_mode(path, os.fstat(file.fileno()).st_mode)
        content = file.read(LONGEST_FILE + 1)
    return parse(path, content)


def format(ring: Ring) -> bytes:
    """Write a ring as the text of its file."""
    lines = (f"{version}:{_text(key)}\n" for version, key in sorted(ring.keys.items()))
    return (_PREAMBLE + "".join(lines)).encode()


def parse(path: Path, content: bytes) -> Ring:
    """Read the text of a master key file; no message ever repeats a line of it.

    Raises:
        StartRefused: it is no master key.
    """
    keys: dict[int, bytes] = {}
    for number, line in enumerate(content[:LONGEST_FILE].decode("latin-1").splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line.strip())
        if match is None or int(match[1]) in keys:
            raise StartRefused(path, f"line {number} is no version of a master key")
        keys[int(match[1])] = _key(path, number, match[2])
    if not keys or len(content) > LONGEST_FILE:
        raise StartRefused(path, "it holds no master key")
    return Ring(MappingProxyType(dict(sorted(keys.items()))))


def _check_mode(path: Path, mode: int) -> None:
    # A group may read it: so do containers hand secrets to a service that is not root.
    if stat.S_ISREG(mode) and mode & (stat.S_IRWXO | stat.S_IWGRP):
        raise StartRefused(path, "others can read or change the master key; set its mode to 0600")


def _key(path: Path, number: int, text: str) -> bytes:
    try:
        key = base64.b64decode(text + "=", altchars=b"-_", validate=True)
    except binascii.Error:
        raise StartRefused(path, f"line {number} is no version of a master key") from None
    if _text(key) != text:
        raise StartRefused(path, f"line {number} is no version of a master key")
    return key


def _text(key: bytes) -> str:
    return base64.urlsafe_b64encode(key).decode().rstrip("=")
