import pytest

from keyreeve.domain.naming import LONGEST_FIELD
from keyreeve.judge.call import Call


@pytest.mark.parametrize(
    ("fields", "value"),
    [
        ([(b"x-group", b"a")], "a"),
        ([(b"host", b"h"), (b"X-Group", b"\xe9")], "\u00e9"),
        ([], ""),
        ([(b"x_group", b"a")], ""),
        ([(b"x-group", b"a"), (b"X-GROUP", b"a")], ""),
        ([(b"x-group", b"a" * LONGEST_FIELD)], "a" * LONGEST_FIELD),
        ([(b"x-group", b"a" * (LONGEST_FIELD + 1))], ""),
    ],
)
def test_a_field_counts_where_it_stands_exactly_once(
    fields: list[tuple[bytes, bytes]], value: str
) -> None:
    assert Call("GET", "/a", fields=fields).field("x-group") == value
