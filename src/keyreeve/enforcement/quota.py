"""Quota: tells a proven caller how often his key may still call.

The fields of draft-ietf-httpapi-ratelimit-headers-11: `q` calls within `w` seconds, `r` of them
left, all of them again after `t` seconds.
"""

from keyreeve.domain.throttle import Limit
from keyreeve.enforcement.answers import Headers

_POLICY = b"ratelimit-policy"
_LEFT = b"ratelimit"


class Quota:
    """Writes the fields of one limit."""

    def __init__(self, limit: Limit) -> None:
        self._limit = limit
        self._policy = (_POLICY, f'"calls";q={limit.burst};w={limit.window}'.encode())

    def fields(self, left: int) -> Headers:
        """Return the header fields for a key with so many calls left."""
        used = self._limit.burst - left
        again = -(-used // self._limit.per_second)
        return [self._policy, (_LEFT, b'"calls";r=%d;t=%d' % (left, again))]
