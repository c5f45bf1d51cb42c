import json
from dataclasses import replace

import pytest

from enforcement.gating import ADA, DECISION, HERE, KEY, said
from keyreeve.domain.decision import ALLOW, Deny, Reason
from keyreeve.enforcement import answers, gate_answers
from keyreeve.enforcement.gate_answers import Identities
from keyreeve.protocol import address
from made import GROUP_ID, USER_ID, subject


def parsed(answer: bytes) -> tuple[int, dict[str, list[str]], bytes]:
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *lines = head.decode("ascii").split("\r\n")
    fields: dict[str, list[str]] = {}
    for line in lines:
        name, _, value = line.partition(": ")
        fields.setdefault(name, []).append(value)
    return int(status.split()[1]), fields, body


IDENTITY = ("User", "User-Id", "Key-Id", "Group", "Roles", "Decision")


class TestAllow:
    def test_it_names_the_caller_and_has_no_body(self) -> None:
        status, fields, body = parsed(Identities().allow(said(group=HERE), keep=True))
        assert (status, body) == (200, b"")
        assert fields["Content-Length"] == ["0"]
        assert [fields[f"Keyreeve-{name}"] for name in IDENTITY] == [
            ["ada@example.org"], [USER_ID], [KEY], [GROUP_ID], ["GROUP_OWNER,GROUP_READ_ONLY"],
            [DECISION],
        ]  # fmt: skip
        assert "Connection" not in fields

    def test_every_field_is_there_even_if_there_is_nothing_to_say(self) -> None:
        nobody = subject()
        status, fields, _ = parsed(
            Identities().allow(said(subject=nobody, key_id=None), keep=False)
        )
        assert status == 200
        assert fields["Keyreeve-Group"] == fields["Keyreeve-Key-Id"] == [""]
        assert fields["Keyreeve-Roles"] == [""]
        assert fields["Connection"] == ["close"]

    def test_without_a_group_the_roles_are_those_held_everywhere(self) -> None:
        _, fields, _ = parsed(Identities().allow(said(), keep=True))
        assert fields["Keyreeve-Roles"] == ["GROUP_READ_ONLY"]

    @pytest.mark.parametrize(
        ("name", "field"),
        [
            ("jos\u00e9@example.org", "jos%C3%A9@example.org"),
            ("a\r\nKeyreeve-Roles: x@b", "a%0D%0AKeyreeve-Roles:%20x@b"),
            ("a\x00b\x7f", "a%00b%7F"),
            ("100%@b", "100%25@b"),
            ("\u2028", "%E2%80%A8"),
        ],
    )
    def test_what_a_field_cannot_carry_is_escaped(self, name: str, field: str) -> None:
        odd = replace(ADA, username=name)
        _, fields, _ = parsed(Identities().allow(said(subject=odd), keep=True))
        assert fields["Keyreeve-User"] == [field]

    def test_two_callers_are_never_taken_for_each_other(self) -> None:
        identities = Identities()
        for number in range(gate_answers.REMEMBERED + 10):
            one = replace(ADA, username=f"u{number}")
            assert f"Keyreeve-User: u{number}\r\n".encode() in identities.allow(
                said(subject=one), keep=True
            )

    def test_nobody_is_not_let_through(self) -> None:
        with pytest.raises(LookupError):
            Identities().allow(said(subject=None), keep=True)


class TestChallenge:
    def test_it_tells_nothing_but_the_challenges(self) -> None:
        answer = gate_answers.challenge(("Digest a", "Digest b"), keep=True, head=False)
        status, fields, body = parsed(answer)
        assert (status, body) == (401, answers.UNAUTHORIZED_BODY)
        assert fields["WWW-Authenticate"] == ["Digest a", "Digest b"]
        assert fields["Content-Length"] == [str(len(body))]
        assert not [name for name in fields if name.startswith("Keyreeve")]

    def test_to_head_it_has_no_body(self) -> None:
        status, fields, body = parsed(gate_answers.challenge(("x",), keep=False, head=True))
        assert (status, body, fields["Connection"]) == (401, b"", ["close"])


class TestDeny:
    @pytest.mark.parametrize("reason", list(Reason))
    def test_every_reason_is_a_403_and_its_body_a_field_too(self, reason: Reason) -> None:
        verdict = said(Deny(reason), address=address.parse_address("192.0.2.9"))
        status, fields, body = parsed(gate_answers.deny(verdict, "/a?b", keep=True, head=False))
        document = json.loads(body)
        assert (status, document["error"], document["reason"]) == (403, 403, "Forbidden")
        assert fields["Keyreeve-Denial"] == [body.decode()]
        assert fields["Keyreeve-Decision"] == [document["decision"]] == [DECISION]
        assert document["rule"] == reason.rule
        assert document["address"] == "192.0.2.9"
        unknown = reason is Reason.OPERATION_UNKNOWN
        assert document["errorCode"] == ("OPERATION_UNKNOWN" if unknown else reason.code)
        assert "WWW-Authenticate" not in fields

    def test_it_stays_one_short_line_of_ascii(self) -> None:
        path = "/" + "\x7f\r\n\u00e9\u2028" * 1000
        verdict = said(Deny(Reason.OPERATION_UNKNOWN), match=None)
        _, fields, body = parsed(gate_answers.deny(verdict, path, keep=True, head=False))
        (line,) = fields["Keyreeve-Denial"]
        assert line.isascii()
        assert line.isprintable()
        assert len(line) < 4096
        assert json.loads(line) == json.loads(body)
        assert json.loads(line)["address"] == "unknown"

    def test_to_head_the_field_says_it_alone(self) -> None:
        verdict = said(Deny(Reason.ROLE_MISSING))
        _, fields, body = parsed(gate_answers.deny(verdict, "/a", keep=False, head=True))
        assert (body, fields["Connection"]) == (b"", ["close"])
        assert json.loads(fields["Keyreeve-Denial"][0])["errorCode"] == "USER_UNAUTHORIZED"

    def test_what_is_allowed_cannot_be_denied(self) -> None:
        with pytest.raises(TypeError):
            gate_answers.deny(said(ALLOW), "/a", keep=True, head=False)


class TestProblem:
    @pytest.mark.parametrize("code", gate_answers.PROBLEMS)
    def test_every_problem_is_a_403(self, code: str) -> None:
        answer = gate_answers.problem(code, "X-Real-IP", keep=True, head=False)
        status, fields, body = parsed(answer)
        document = json.loads(body)
        assert (status, document["error"], document["errorCode"]) == (403, 403, code)
        assert fields["Keyreeve-Denial"] == [body.decode()]

    def test_too_many_requests_are_told_as_such_beside_the_status(self) -> None:
        status, fields, body = parsed(gate_answers.throttled(7, keep=True, head=False))
        assert status == 403
        assert (fields["Keyreeve-Status"], fields["Retry-After"]) == (["429"], ["7"])
        assert "7 seconds" in json.loads(body)["detail"]
