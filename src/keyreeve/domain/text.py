"""What people write: names, descriptions, comments."""

import re

# Lone surrogates come from command lines that are not UTF-8; no digest and no database takes them.
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def fault(text: str, *, longest: int, may_be_empty: bool = False) -> str | None:
    """Say what keeps `text` from being kept, or None if nothing does."""
    if not text and not may_be_empty:
        return "it is empty"
    if len(text) > longest:
        return f"at most {longest} characters"
    if _UNPRINTABLE.search(text):
        return "no control characters may stand in it"
    return None
