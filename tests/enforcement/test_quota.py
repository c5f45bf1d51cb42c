import pytest

from keyreeve.domain.throttle import Limit
from keyreeve.enforcement.quota import Quota


@pytest.mark.parametrize(
    ("left", "said"),
    [(999, b'"calls";r=999;t=1'), (500, b'"calls";r=500;t=3'), (0, b'"calls";r=0;t=5')],
)
def test_a_caller_is_told_what_is_left_and_when_all_is_back(left: int, said: bytes) -> None:
    fields = dict(Quota(Limit(burst=1000, per_second=200)).fields(left))
    assert fields == {b"ratelimit-policy": b'"calls";q=1000;w=5', b"ratelimit": said}
