"""Words for what has a constant name elsewhere: roles and refusals, said to people."""

from collections.abc import Iterable

from keyreeve.domain.errors import Refusal

_ROLES = {"OWNER": "Owner", "USER_ADMIN": "User Admin", "READ_ONLY": "Read Only"}


def roles(held: Iterable[str]) -> tuple[str, ...]:
    """Return role names as people read them, the highest first."""
    names = [name.removeprefix("GROUP_") for name in held]
    known = [_ROLES[name] for name in _ROLES if name in names]
    return (*known, *sorted(name.replace("_", " ").title() for name in names if name not in _ROLES))


def sentence(refusal: Refusal) -> str:
    """Return what a refusal says, beginning as a sentence does."""
    text = str(refusal)
    return text[:1].upper() + text[1:]


def reason(refusal: Refusal) -> str:
    """Return the last parameter of a refusal, which is its reason, as a sentence.

    The field it stands under says what it is about.
    """
    text = str(refusal.parameters[-1])
    return f"{text[:1].upper()}{text[1:]}."


def covered(prefix: int, bits: int) -> str:
    """Return how many addresses a range covers; nothing for one."""
    free = bits - prefix
    if free == 0:
        return ""
    return f"{2**free:,} addresses" if free <= 32 else f"2^{free} addresses"  # noqa: PLR2004
