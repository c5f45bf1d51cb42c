"""What a gate signs, and that the check of the documentation takes this and nothing else."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from enforcement.gating import ADA, DECISION, HERE, KEY, Bench, gating, passed, said
from keyreeve.domain.decision import Deny, Reason
from keyreeve.enforcement.identity_token import IdentityTokens
from keyreeve.judge.call import Call

PAGE = Path(__file__).parents[2] / "docs" / "identity-token.md"
SECRET = "0123456789abcdef" * 2
AUDIENCE = "clusters.example.org"
CALL = Call("GET", "/a?b=%2F")


def tokens(
    *, secret: str = SECRET, audience: str = AUDIENCE, issuer: str = "Keyreeve",
    ago: timedelta = timedelta(),
) -> IdentityTokens:  # fmt: skip
    def now() -> datetime:
        return datetime.now(UTC) - ago

    return IdentityTokens(secret, issuer=issuer, audience=audience, now=now)


@pytest.fixture
def check() -> Any:
    """The function that the documentation gives to whoever checks a token, as it stands there."""
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    room: dict[str, Any] = {}
    exec(code, room)
    return lambda token, method="GET", target=CALL.target: room["caller"](
        token.decode(), SECRET.encode(), method, target
    )


def test_it_says_who_calls_and_what_was_judged(check: Any) -> None:
    signed = tokens().sign(said(group=HERE), CALL)
    claims = check(signed)
    assert claims["exp"] - claims["iat"] == 30
    del claims["exp"], claims["iat"]
    assert claims == {
        "iss": "Keyreeve",
        "aud": AUDIENCE,
        "jti": DECISION,
        "sub": ADA.user_id,
        "username": ADA.username,
        "key_id": KEY,
        "group": HERE.id,
        "roles": ["GROUP_OWNER", "GROUP_READ_ONLY"],
        "method": "GET",
        "target": CALL.target,
    }
    header = jwt.decode(signed, OctKey.import_key(SECRET)).header
    assert header == {"alg": "HS256", "typ": "JWT"}


@pytest.mark.parametrize(
    "other",
    [
        {"secret": "another key, which is long enough"},
        {"audience": "another.example.org"},
        {"issuer": "Another"},
        {"ago": timedelta(seconds=33)},
    ],
    ids=str,
)
def test_a_token_of_somebody_else_for_somebody_else_or_of_once_is_refused(
    check: Any, other: dict[str, Any]
) -> None:
    with pytest.raises(JoseError):
        check(tokens(**other).sign(said(), CALL))


@pytest.mark.parametrize(
    ("method", "target"), [("DELETE", CALL.target), ("GET", "/a"), ("GET", "/a?b=/")]
)
def test_a_token_for_another_request_is_refused(check: Any, method: str, target: str) -> None:
    with pytest.raises(ValueError, match="another request"):
        check(tokens().sign(said(), CALL), method, target)


def test_a_token_that_changes_something_is_good_once(check: Any) -> None:
    signed = tokens().sign(said(), Call("POST", "/a"))
    assert check(signed, "POST", "/a")["sub"] == ADA.user_id
    with pytest.raises(ValueError, match="used before"):
        check(signed, "POST", "/a")


def test_a_signature_by_no_algorithm_is_refused(check: Any) -> None:
    head, claims, signature = tokens().sign(said(), CALL).split(b".")
    for forged in (b"eyJhbGciOiJub25lIn0." + claims + b".", head + b"." + claims + b"."):
        with pytest.raises(JoseError):
            check(forged)
    with pytest.raises(JoseError):
        check(head + b"." + claims + b"." + signature[::-1])


def test_who_proved_nothing_has_no_subject(check: Any) -> None:
    denied = Deny(Reason.ROLE_MISSING)
    signed = tokens().sign(said(denied, subject=None, key_id=None, overlooked=True), CALL)
    assert "sub" not in jwt.decode(signed, OctKey.import_key(SECRET)).claims
    with pytest.raises(JoseError):
        check(signed)


def test_the_gate_adds_it_to_what_it_lets_through_and_to_nothing_else() -> None:
    judge = Bench(hit=said(), again=passed())
    with gating(judge, tokens=tokens()) as gate:
        for _ in range(3):
            answer = gate.ask()
            assert answer.status == 200
            assert answer.fields["keyreeve-decision"] == DECISION
            assert answer.fields["keyreeve-token"].count(".") == 2
    with gating(Bench(hit=said(Deny(Reason.ROLE_MISSING))), tokens=tokens()) as gate:
        assert "keyreeve-token" not in gate.ask().fields
    with gating(Bench(hit=said())) as gate:
        assert "keyreeve-token" not in gate.ask().fields


class Broken:
    def sign(self, *_: object) -> bytes:
        raise OSError


def test_who_cannot_be_signed_for_is_not_let_through() -> None:
    with gating(Bench(hit=said()), tokens=Broken()) as gate:
        assert gate.ask().document["errorCode"] == "UNEXPECTED_ERROR"
