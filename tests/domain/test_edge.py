"""The edge of the world: ids out of entropy."""

from datetime import UTC, datetime

from keyreeve.domain.edge import Edge


def test_an_id_is_24_hex_digits_of_the_entropy_handed_in() -> None:
    edge = Edge(lambda: datetime.now(UTC), lambda: 0, lambda size: bytes(range(size)))
    assert edge.new_id() == "000102030405060708090a0b"
