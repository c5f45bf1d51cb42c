"""What the page of explanations is made of."""

from keyreeve.console import explained
from keyreeve.console.explained import HopRow
from keyreeve.protocol.forwarded import Hop, Rule


def test_a_hop_is_shown_with_what_its_rule_says() -> None:
    hops = (Hop("10.0.0.1", Rule.TRUSTED), Hop("192.0.2.1", Rule.CALLER))
    assert explained.hop_rows(hops) == (
        HopRow("10.0.0.1", Rule.TRUSTED.value),
        HopRow("192.0.2.1", Rule.CALLER.value),
    )
