"""Hops as they are kept: addresses and a word for each rule, and nothing that a caller wrote."""

from collections.abc import Sequence

from keyreeve.protocol import forwarded
from keyreeve.protocol.forwarded import Hop, Rule

MOST = 32
"""Hops kept of one call, from the nearest on."""
NAMELESS = "no address"
"""Stands for whatever else a header named."""

_BETWEEN, _IS = ";", "="
_OUR_WORDS = frozenset({forwarded.LOCAL, forwarded.UNKNOWN})
_WORDS = {rule: rule.name.lower() for rule in Rule}
_RULES = {word: rule for rule, word in _WORDS.items()}


def write(hops: Sequence[Hop]) -> str:
    """Return hops in few characters, with addresses in their one spelling."""
    return _BETWEEN.join(
        f"{_name(hop, is_peer=place == 0)}{_IS}{_WORDS[hop.rule]}"
        for place, hop in enumerate(hops[:MOST])
    )


def read(text: str) -> tuple[Hop, ...]:
    """Read hops back; one whose rule is not known here, by a later version's word, is left out."""
    found = []
    for item in text.split(_BETWEEN):
        name, _, word = item.partition(_IS)
        if word in _RULES:
            found.append(Hop(name or NAMELESS, _RULES[word]))
    return tuple(found)


def _name(hop: Hop, *, is_peer: bool) -> str:
    """Return an address, or the word that we ourselves have for a peer without one."""
    if is_peer and hop.name in _OUR_WORDS:
        return hop.name
    found = None if hop.rule is Rule.JUNK else forwarded.named(hop)
    return "" if found is None else str(found)
