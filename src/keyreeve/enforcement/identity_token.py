"""The identity token: tells the API behind a gate who calls and what was judged, under a signature.

A header can be forged by whoever reaches the API past its proxy; this one cannot.
"""

from collections.abc import Callable
from datetime import datetime

from joserfc import jwt
from joserfc.jwk import OctKey

from keyreeve.enforcement.gate_answers import roles_that_counted
from keyreeve.judge.call import Call
from keyreeve.judge.verdict import Verdict

LIFETIME_SECONDS = 30

_HEADER = {"alg": "HS256"}


class IdentityTokens:
    """Signs one token for each request that is let through (RFC 7519)."""

    def __init__(
        self, key: str, *, issuer: str, audience: str, now: Callable[[], datetime]
    ) -> None:
        self._key = OctKey.import_key(key.encode())
        self._always = {"iss": issuer, "aud": audience}
        self._now = now

    def sign(self, verdict: Verdict, call: Call) -> bytes:
        """Return the token of one verdict; whoever proved nothing has no `sub`."""
        issued = int(self._now().timestamp())
        claims = {
            **self._always,
            "iat": issued,
            "exp": issued + LIFETIME_SECONDS,
            "jti": verdict.decision_id,
            "method": call.method,
            "target": call.target,
            **_identity(verdict),
        }
        return jwt.encode(_HEADER, claims, self._key).encode("ascii")


def _identity(verdict: Verdict) -> dict[str, object]:
    """Return what there is to tell of the caller."""
    subject, group = verdict.subject, verdict.group
    if subject is None:
        return {}
    group_id = None if group is None else group.id
    told: dict[str, object] = {
        "sub": subject.user_id,
        "username": subject.username,
        "key_id": verdict.key_id,
        "roles": sorted(roles_that_counted(subject, group_id)),
    }
    return told if group_id is None else {**told, "group": group_id}
