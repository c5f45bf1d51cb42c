import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyreeve.api import strict_json
from keyreeve.api.refusals import InvalidJson

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)  # fmt: skip


@given(PLAIN)
def test_what_json_writes_is_read(value: object) -> None:
    assert strict_json.loads(json.dumps(value).encode()) == value


@given(st.binary(max_size=100) | st.text(alphabet='[]{}",:0123456789eE.-\\u dtfns').map(str.encode))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    try:
        strict_json.loads(raw)
    except InvalidJson:
        return
    json.loads(raw.decode())


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a": 1, "a": 1}', b'[{"a": {"b": 1, "b": 2}}]', b'{"a": 1, "\\u0061": 2}',
        b'{"\\ud800": 1, "\\ud800": 2}',
    ],
)  # fmt: skip
def test_a_name_given_twice_is_refused(raw: bytes) -> None:
    with pytest.raises(InvalidJson, match="twice"):
        strict_json.loads(raw)


def test_names_given_twice_far_apart_are_found_quickly() -> None:
    members = [f'"{number}": 1' for number in range(60_000)]
    with pytest.raises(InvalidJson, match="59999 is given twice"):
        strict_json.loads(("{" + ",".join([*members, members[-1]]) + "}").encode())


@pytest.mark.parametrize("raw", [b"NaN", b"Infinity", b"-Infinity", b"1e400", b"-1e400"])
def test_what_is_no_number_is_refused(raw: bytes) -> None:
    for text in (raw, b"[" + raw + b"]", b'{"a": ' + raw + b"}"):
        with pytest.raises(InvalidJson):
            strict_json.loads(text)


@pytest.mark.parametrize("raw", [b'"\\ud800"', b'["\\udc00x"]', b'{"\\ud800": 1}'])
def test_half_a_character_is_refused(raw: bytes) -> None:
    with pytest.raises(InvalidJson, match="surrogate"):
        strict_json.loads(raw)


def test_thirty_two_levels_are_read_and_no_more() -> None:
    deepest = b"[" * 32 + b"]" * 32
    assert strict_json.loads(deepest)
    for levels in (33, 900, 200_000):
        with pytest.raises(InvalidJson, match="levels"):
            strict_json.loads(b"[" * levels + b"]" * levels)
        with pytest.raises(InvalidJson, match="levels"):
            strict_json.loads(b'{"a":' * levels + b"1" + b"}" * levels)
