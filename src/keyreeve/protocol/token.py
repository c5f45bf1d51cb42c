"""The spelling of an API key: recognisable to scanners, and checkable without a look-up."""

import re
import zlib
from typing import Final

PREFIX: Final = "kr_"
ENTROPY_BYTES: Final = 20

_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SECRET_LENGTH: Final = 27
_CHECKSUM_LENGTH: Final = 6
_SHOWN: Final = 4
_LIKE_A_KEY = re.compile(rf"{PREFIX[:-1]}(?:{PREFIX[-1]}|%5[Ff])[0-9A-Za-z]{{20,}}")
"""What is long enough to give a key away, with an escaped underscore too, as in a URL."""
_SPELLING = re.compile(rf"{PREFIX}[0-9A-Za-z]{{{_SECRET_LENGTH + _CHECKSUM_LENGTH}}}")


def format(entropy: bytes) -> str:
    """Spell 20 unguessable bytes as an API key.

    Raises:
        ValueError: there are more or fewer.
    """
    if len(entropy) != ENTROPY_BYTES:
        raise ValueError(f"an API key is made of {ENTROPY_BYTES} bytes")
    secret = PREFIX + _base62(int.from_bytes(entropy), _SECRET_LENGTH)
    return secret + _checksum(secret)


def is_well_formed(text: str) -> bool:
    """Tell whether `text` can be an API key: prefix, length, digits and checksum are right."""
    if not _SPELLING.fullmatch(text):
        return False
    return text[-_CHECKSUM_LENGTH:] == _checksum(text[:-_CHECKSUM_LENGTH])


def redact(text: str) -> str:
    """Return what may be shown of an API key ever after: its last four characters."""
    return f"{PREFIX}********{text[-_SHOWN:]}"


def redact_within(text: str) -> str:
    """Return a text with whatever looks like an API key redacted, wherever it stands."""
    if PREFIX[:-1] not in text:
        return text
    return _LIKE_A_KEY.sub(lambda found: redact(found[0]), text)


def _checksum(text: str) -> str:
    """Spell the CRC-32 of what stands before it."""
    return _base62(zlib.crc32(text.encode("ascii")), _CHECKSUM_LENGTH)


def _base62(number: int, length: int) -> str:
    """Spell a number in base 62, padded with zeros."""
    digits = []
    for _ in range(length):
        number, digit = divmod(number, len(_DIGITS))
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))
