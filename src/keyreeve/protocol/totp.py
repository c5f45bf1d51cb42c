"""Time-based one-time passwords (RFC 6238): six digits that change every thirty seconds."""

import hmac
from typing import Final

STEP_SECONDS: Final = 30
DIGITS: Final = 6


def step_at(time: float) -> int:
    """Return the number of the step in which a moment of Unix time lies."""
    return int(time // STEP_SECONDS)


def code(seed: bytes, step: int) -> str:
    """Compute the code of one step (RFC 6238, section 4; RFC 4226, section 5.3)."""
    digest = hmac.digest(seed, step.to_bytes(8), "sha1")
    offset = digest[-1] & 0xF
    number = int.from_bytes(digest[offset : offset + 4]) & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}}"


def accepted_step(seed: bytes, text: str, *, now: float, last_step: int) -> int | None:
    """Return the step that `text` is the code of, to be kept as the next `last_step`.

    This step and the one before are tried (RFC 6238, section 5.2), and a code works once: None
    if its step is no newer than `last_step`. All comparisons are made, whatever they find.
    """
    typed = text.encode("utf-8", "surrogatepass")
    this = step_at(now)
    found = None
    for step in (max(this - 1, 0), this):
        right = hmac.compare_digest(typed, code(seed, step).encode("ascii"))
        if right and step > last_step:
            found = step
    return found
