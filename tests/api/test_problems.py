import importlib
import json
import pkgutil

import pytest

import keyreeve
from keyreeve.api import problems
from keyreeve.api.application import operations
from keyreeve.api.query import Style
from keyreeve.domain.catalogue import Match
from keyreeve.domain.decision import ALLOW, Deny, Reason
from keyreeve.domain.errors import LastOwner, Refusal, UserNotFound, WhitelistEntryNotFound
from keyreeve.domain.operation import Named, Operation
from keyreeve.judge import denial
from keyreeve.judge.verdict import Verdict
from keyreeve.protocol import address

REACHABLE = ("keyreeve.domain", "keyreeve.services", "keyreeve.api")
"""Rooms whose refusals a caller of the API can meet."""
GROUP_OPERATION = Operation("x", "GET", "/groups/{g}", group=Named("g"))
SCOPE = {"raw_path": b"/groups/1", "query_string": b""}


def refusals() -> set[type[Refusal]]:
    for module in pkgutil.walk_packages(keyreeve.__path__, "keyreeve."):
        if module.name.startswith(REACHABLE):
            importlib.import_module(module.name)
    found, left = set(), [Refusal]
    while left:
        kinds = left.pop().__subclasses__()
        found |= {kind for kind in kinds if kind.__module__.startswith(REACHABLE)}
        left += kinds
    return found


class TestTheTable:
    def test_every_refusal_has_a_status(self) -> None:
        assert {refusal.code for refusal in refusals()} <= set(problems.STATUS)

    def test_every_denial_has_a_status_and_a_sentence(self) -> None:
        assert {reason.code for reason in Reason} <= set(problems.STATUS)
        assert set(denial.SENTENCES) == set(Reason)

    def test_every_error_that_an_operation_names_is_in_it(self) -> None:
        assert {code for operation in operations for code in operation.errors} <= set(
            problems.STATUS
        )

    def test_it_holds_nothing_that_nobody_says(self) -> None:
        said = {refusal.code for refusal in refusals()} | {reason.code for reason in Reason}
        assert set(problems.STATUS) == said

    def test_no_status_asks_for_proof(self) -> None:
        assert 401 not in problems.STATUS.values()


def verdict(reason: Reason, **told: object) -> Verdict:
    match = Match(GROUP_OPERATION, {"g": "{path}"})
    return Verdict(Deny(reason), **({"match": match, "decision_id": "d" * 24} | told))  # type: ignore[arg-type]


class TestRender:
    @pytest.mark.parametrize(
        ("reason", "status"),
        [
            (Reason.OPERATION_UNKNOWN, 404), (Reason.METHOD_NOT_ALLOWED, 405),
            (Reason.GROUP_NOT_FOUND, 404), (Reason.USER_NOT_FOUND, 404),
            (Reason.GROUP_PUBLIC_API_DISABLED, 403), (Reason.ROLE_MISSING, 403),
            (Reason.OWNER_REQUIRED, 403), (Reason.WHITELIST_EMPTY, 403),
            (Reason.ADDRESS_NOT_LISTED, 403),
        ],
    )  # fmt: skip
    def test_a_denial_has_its_status(self, reason: Reason, status: int) -> None:
        got, headers, body = problems.render(verdict(reason), dict(SCOPE))
        document = json.loads(body)
        assert (got, document["error"], document["errorCode"]) == (status, status, reason.code)
        assert {"detail", "error", "errorCode", "parameters", "reason"} <= set(document)
        assert b"www-authenticate" not in dict(headers)

    @pytest.mark.parametrize("reason", [r for r in Reason if problems.STATUS[r.code] == 403])
    def test_a_403_names_the_address_the_rule_and_the_decision(self, reason: Reason) -> None:
        seen = address.parse_address("203.0.113.9")
        document = json.loads(problems.render(verdict(reason, address=seen), dict(SCOPE))[2])
        assert document["parameters"] == ["203.0.113.9"]
        assert document["address"] == "203.0.113.9"
        assert document["rule"] == reason.rule
        assert document["decision"] == "d" * 24

    def test_an_unknown_address_is_called_so(self) -> None:
        document = json.loads(problems.render(verdict(Reason.WHITELIST_EMPTY), dict(SCOPE))[2])
        assert document["address"] == "unknown"

    def test_braces_in_a_path_are_only_text(self) -> None:
        document = json.loads(problems.render(verdict(Reason.GROUP_NOT_FOUND), dict(SCOPE))[2])
        assert document["detail"] == "No group {path} exists."

    def test_405_says_what_is_allowed(self) -> None:
        denied = verdict(Reason.METHOD_NOT_ALLOWED, match=None, allowed_methods=("GET", "HEAD"))
        status, headers, _ = problems.render(denied, dict(SCOPE))
        assert (status, dict(headers)[b"allow"]) == (405, b"GET, HEAD")

    def test_an_envelope_holds_errors_too(self) -> None:
        scope = SCOPE | {"query_string": b"envelope=true"}
        document = json.loads(problems.render(verdict(Reason.ROLE_MISSING), scope)[2])
        assert document["status"] == 403
        assert document["content"]["errorCode"] == "USER_UNAUTHORIZED"

    def test_what_is_no_denial_is_not_rendered(self) -> None:
        with pytest.raises(TypeError):
            problems.render(Verdict(ALLOW), dict(SCOPE))


def test_a_refusal_is_said_with_its_parameters() -> None:
    refusal = WhitelistEntryNotFound("192.0.2.1", "ada@example.org")
    status, _, body = problems.answer(refusal, Style())
    assert status == 404
    assert json.loads(body) == {
        "detail": "No entry 192.0.2.1 is on the whitelist of ada@example.org.",
        "error": 404,
        "errorCode": "WHITELIST_NOT_FOUND",
        "parameters": ["192.0.2.1", "ada@example.org"],
        "reason": "Not Found",
    }


def test_a_refused_403_names_the_address_and_the_decision_that_let_it_through() -> None:
    allowed = Verdict(ALLOW, address=address.parse_address("203.0.113.9"), decision_id="d" * 24)
    document = json.loads(problems.answer(LastOwner("ada", "a group"), Style(), allowed)[2])
    assert (document["address"], document["decision"]) == ("203.0.113.9", "d" * 24)
    assert "rule" not in document
    assert "decision" not in json.loads(problems.answer(UserNotFound("x"), Style(), allowed)[2])
