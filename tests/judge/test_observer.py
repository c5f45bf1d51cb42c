"""The observer lets every call through, and notes each that an ordinary judge would refuse."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from judge import court
from judge.court import CLI, ELSEWHERE, HOME, Court
from keyreeve.domain.decision import ALLOW, Allow, Challenge, Proof
from keyreeve.domain.throttle import Limit
from keyreeve.judge.call import Call
from keyreeve.judge.noting import Observing
from keyreeve.judge.throttle import Throttle, Throttled
from keyreeve.judge.verdict import Verdict
from keyreeve.protocol.target import NotCanonical
from keyreeve.services import api_keys, groups
from keyreeve.storage.database import Database
from keyreeve.storage.observations import Kind

OPTIONAL = Observing(everything=True)
REQUIRED = Observing(everything=True, keys_required=True)


@pytest.fixture
def hall(database: Database) -> Court:
    return court.opened(database, observing=OPTIONAL)


@pytest.fixture
def strict(database: Database) -> Court:
    """Where what carries no valid key is refused all the same."""
    return court.opened(database, observing=REQUIRED)


def observed(hall: Court) -> dict[Kind, int]:
    hall.recorder.flush()
    since = hall.database.edge.now() - timedelta(hours=1)
    found = hall.database.records.observations(since)
    return {kind: one.count for kind, one in found.items()}


def is_overlooked(verdict: Verdict) -> bool:
    return verdict.overlooked and verdict.decision is ALLOW


def unproven(hall: Court) -> list[tuple[str, Call]]:
    """Return calls without a valid key, and what is wrong with each."""
    signed = hall.signed()
    mistyped = replace(hall.key, secret="no")
    disabled = hall.another_key()
    with hall.database.transaction() as t:
        api_keys.set_enabled(t, CLI, hall.ada, disabled.id, enabled=False)
    hall.judged(signed)
    return [
        ("absent", signed._replace(authorization=None)),
        ("malformed", signed._replace(authorization=b"Basic YTpi")),
        ("malformed", signed._replace(authorization=b"Bearer eyJhbGciOi.J9.x", private=True)),
        ("bearer refused", hall.bearer(private=False)),
        ("realm foreign", hall.signed(realm="Elsewhere")),
        ("uri mismatch", hall.signed(uri="/other")),
        ("nonce foreign", hall.signed(nonce="nonsense")),
        ("nonce stale", hall.signed(nonce=hall.nonce(age=10**7))),
        ("replayed", signed),
        ("key unknown", hall.signed(key=mistyped)),
        ("user unknown", hall.signed(key=replace(hall.key, username="nobody@example.org"))),
        ("key disabled", hall.signed(key=disabled)),
    ]


class TestCallsWithoutAValidKey:
    def test_they_are_let_through_as_nobodys(self, hall: Court) -> None:
        for reason, call in unproven(hall):
            verdict = hall.judged(call)
            assert is_overlooked(verdict), reason
            assert (verdict.subject, verdict.key_id, verdict.group) == (None, None, None)
        found = observed(hall)
        assert {kind.reason for kind in found} == {reason for reason, _ in unproven(hall)}
        assert {(k.rule, k.operation, k.key_id) for k in found} == {("1", "read_group", "")}

    def test_where_keys_are_required_each_is_challenged(self, strict: Court) -> None:
        for reason, call in unproven(strict):
            verdict = strict.judged(call)
            assert isinstance(verdict.decision, Challenge), reason
            assert not verdict.overlooked
        assert observed(strict) == {}

    def test_a_stale_nonce_is_told_so(self, strict: Court) -> None:
        said = strict.decide(nonce=strict.nonce(age=10**7))
        assert said == Challenge(Proof.NONCE_STALE)

    def test_a_target_that_cannot_be_read_needs_a_key_as_well(self, strict: Court) -> None:
        for path in ("/a/../b", "//x", "/a%2Fb"):
            verdict = strict.judged(Call("GET", path, address=HOME))
            assert verdict.decision == Challenge(Proof.ABSENT)
            wrong = replace(strict.key, secret="no")
            verdict = strict.judged(strict.signed(target=path, key=wrong))
            assert verdict.decision == Challenge(Proof.KEY_UNKNOWN)

    def test_so_does_a_caller_who_failed_too_often(self, database: Database) -> None:
        hall = court.opened(database, observing=REQUIRED, throttle=throttle(database, failures=2))
        wrong = replace(hall.key, secret="no")
        for _ in range(5):
            assert hall.decide(key=wrong) == Challenge(Proof.KEY_UNKNOWN)


DENIED: list[tuple[str, Callable[[Court], Call]]] = [
    ("OPERATION_UNKNOWN", lambda hall: hall.signed(target="/nothing/17")),
    ("METHOD_NOT_ALLOWED", lambda hall: hall.signed("PUT")),
    ("GROUP_NOT_FOUND", lambda hall: hall.signed(target="/groups/nothing")),
    ("USER_NOT_FOUND", lambda hall: hall.signed(target="/users/nobody")),
    ("ADDRESS_NOT_LISTED", lambda hall: hall.signed("DELETE", address=ELSEWHERE)),
    ("ADDRESS_NOT_LISTED", lambda hall: hall.signed("DELETE", address=None)),
    ("TARGET_NOT_CANONICAL", lambda hall: hall.signed(target="/a/../b")),
    ("TARGET_NOT_CANONICAL", lambda hall: hall.signed(target="/groups/a%2Fb")),
]


class TestCallsWithAValidKey:
    @pytest.mark.parametrize(("reason", "made"), DENIED)
    @pytest.mark.parametrize("observing", [OPTIONAL, REQUIRED])
    def test_each_denial_is_overlooked_with_its_caller_known(
        self, database: Database, reason: str, made: Callable[[Court], Call], observing: Observing
    ) -> None:
        hall = court.opened(database, observing=observing)
        for _ in range(2):
            verdict = hall.judged(made(hall))
            assert is_overlooked(verdict)
            assert verdict.subject is not None
            assert verdict.key_id == hall.key.id
        ((kind, count),) = observed(hall).items()
        assert (kind.reason, kind.key_id, kind.user_id) == (reason, hall.key.id, hall.ada.id)
        assert count == 2

    def test_so_are_those_of_a_closed_group_and_of_a_lesser_role(self, hall: Court) -> None:
        bob = hall.another_key(hall.another_user("bob@example.org"))
        assert is_overlooked(hall.judged(hall.signed("DELETE", key=bob)))
        hall.change(groups.set_public_api, hall.group, enabled=False)
        assert is_overlooked(hall.judged(hall.signed()))
        assert {kind.rule for kind in observed(hall)} == {"5", "4"}

    def test_an_allow_is_an_allow(self, hall: Court) -> None:
        for call in (hall.signed(), hall.signed("DELETE"), hall.bearer()):
            verdict = hall.judged(call)
            assert (verdict.decision, verdict.overlooked) == (Allow(), False)
        nonce = hall.nonce()
        assert [hall.decide(nonce=nonce) for _ in range(4)] == [ALLOW] * 4
        assert observed(hall) == {}

    def test_a_path_that_is_not_read_is_told_without_what_varies(self, hall: Court) -> None:
        hall.judged(hall.signed(target="/nothing/17?a=b"))
        (kind,) = observed(hall)
        assert (kind.operation, kind.path) == ("", "/nothing/{id}")


def throttle(database: Database, *, failures: int = 0, calls: int = 0) -> Throttle:
    limits = {"failures": failures, "calls": calls}
    told: Any = {name: Limit(burst, 1) if burst else None for name, burst in limits.items()}
    return Throttle(database.edge.ticks, **told)


class TestThrottle:
    def test_a_key_that_calls_too_often_is_let_through(self, database: Database) -> None:
        hall = court.opened(database, observing=OPTIONAL, throttle=throttle(database, calls=2))
        nonce = hall.nonce()
        verdicts = [hall.judged(hall.signed(nonce=nonce)) for _ in range(6)]
        assert [verdict.overlooked for verdict in verdicts] == [False] * 2 + [True] * 4
        assert [verdict.calls_left for verdict in verdicts] == [1, 0, 0, 0, 0, 0]
        ((kind, count),) = observed(hall).items()
        assert (kind.rule, kind.reason, kind.key_id, count) == ("", "RATE_LIMITED", hall.key.id, 4)

    def test_an_address_that_failed_too_often_is_let_through(self, database: Database) -> None:
        limits = throttle(database, failures=2)
        hall = court.opened(database, observing=OPTIONAL, throttle=limits)
        wrong = replace(hall.key, secret="no")
        for _ in range(5):
            assert is_overlooked(hall.judged(hall.signed(key=wrong)))
        assert is_overlooked(hall.judged(hall.signed()))
        assert is_overlooked(hall.judged(hall.bearer()))
        assert not hall.judged(hall.signed(address=ELSEWHERE)).overlooked
        found = {(k.reason, k.key_id): count for k, count in observed(hall).items()}
        assert found == {("key unknown", ""): 5, ("RATE_LIMITED", hall.key.id): 2}

    def test_a_key_was_used_as_often_as_it_called(self, database: Database) -> None:
        hall = court.opened(database, observing=OPTIONAL, throttle=throttle(database, calls=2))
        for _ in range(5):
            hall.judged(hall.signed())
        hall.recorder.flush()
        assert hall.database.records.usage([hall.key.id])[hall.key.id].count == 5


class TestDoors:
    def test_what_they_would_refuse_by_themselves_is_noted_once(self, hall: Court) -> None:
        assert hall.judge.observing
        allowed = hall.judged(hall.signed("DELETE"))
        assert hall.judge.overlooks("TOO_EARLY", allowed)
        overlooked = hall.judged(hall.signed("DELETE", address=ELSEWHERE))
        assert hall.judge.overlooks("TOO_EARLY", overlooked)
        found = observed(hall)
        early = Kind(
            "", "TOO_EARLY", "DELETE", "drop_group", "", hall.key.id, hall.ada.id,
            hall.group.id, HOME,
        )  # fmt: skip
        assert found.pop(early) == 1
        assert [kind.rule for kind in found] == ["8"]

    def test_the_quick_way_is_not_theirs(self, hall: Court) -> None:
        nonce = hall.nonce()
        for _ in range(3):
            hall.judged(hall.signed(nonce=nonce))
        call = hall.signed(nonce=nonce)
        assert call.authorization is not None
        told = (call.method, call.target, call.authorization, call.address)
        assert hall.judge.let_through(*told) is None


class TestFailures:
    """What breaks is a denial, for whoever enforces and whoever observes alike."""

    @pytest.mark.parametrize("target", [None, "/a/../b"])
    def test_a_database_that_is_gone_lets_nobody_through(
        self, hall: Court, monkeypatch: pytest.MonkeyPatch, target: str | None
    ) -> None:
        def gone(*_: object) -> None:
            raise ConnectionError("gone")

        call = hall.signed(target=target)
        monkeypatch.setattr(Database, "snapshot", gone)
        with pytest.raises(ConnectionError):
            hall.judge.judge(call)


def test_a_judge_who_enforces_raises_all_of_this(database: Database) -> None:
    hall = court.opened(database, observing=Observing(), throttle=throttle(database, calls=1))
    with pytest.raises(NotCanonical):
        hall.judged(hall.signed(target="/a/../b"))
    hall.judged(hall.signed())
    with pytest.raises(Throttled):
        hall.judged(hall.signed())
