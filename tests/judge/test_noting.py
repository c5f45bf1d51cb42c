"""What is noted of decisions, and what is overlooked where only some groups are observed."""

from datetime import timedelta
from typing import Any

import pytest

from judge import court
from judge.court import CLI, ELSEWHERE, HOME, Court
from keyreeve.domain.decision import ALLOW, Allow, Challenge, Deny, Reason
from keyreeve.judge.noting import Observing
from keyreeve.judge.verdict import Verdict
from keyreeve.protocol.forwarded import Hop, Rule
from keyreeve.services import groups, roles, users
from keyreeve.storage.database import Database
from keyreeve.storage.observations import Kind, Observation

GROUPS = Observing()
"""What a door goes by that enforces, but in observed groups."""


@pytest.fixture
def hall(database: Database) -> Court:
    """The judge of a door in front of another API; his group is observed."""
    hall = court.opened(database, observing=GROUPS)
    hall.change(groups.set_mode, hall.group, observed=True)
    return hall


def observed(hall: Court) -> dict[Kind, Observation]:
    hall.recorder.flush()
    return dict(hall.database.records.observations(hall.database.edge.now() - timedelta(hours=1)))


def denied(hall: Court) -> int:
    """Return how many denials stand on record."""
    hall.recorder.flush()
    usage = hall.database.records.usage([hall.key.id])
    total = usage[hall.key.id].count if usage else 0
    return total - sum(o.count for o in observed(hall).values())


def is_overlooked(verdict: Verdict) -> bool:
    return verdict.overlooked and verdict.decision is ALLOW


def test_denials_and_whitelisted_allows_are_kept_with_their_hops(database: Database) -> None:
    hall = court.opened(database)
    hops = (Hop("10.0.0.1", Rule.TRUSTED), Hop(str(HOME), Rule.CALLER))
    target = hall.path()
    verdicts = [
        hall.judged(hall.signed("DELETE", target, hops=hops)),
        hall.judged(hall.signed("DELETE", target, hops=hops, address=ELSEWHERE)),
        hall.judged(hall.signed("GET", target, hops=hops)),
    ]
    assert [type(said.decision) for said in verdicts] == [Allow, Deny, Allow]
    hall.recorder.flush()
    kept = [database.records.decision(said.decision_id) for said in verdicts]
    assert [found.hops for found in kept if found] == [
        f"10.0.0.1=trusted;{HOME}=caller", f"10.0.0.1=trusted;{HOME}=caller", "",
    ]  # fmt: skip


class TestAnObservedGroup:
    def test_every_denial_from_rule_3_on_is_overlooked_and_counted(self, hall: Court) -> None:
        bob = hall.another_user("bob@example.org")
        reader, stranger = (
            hall.another_key(bob),
            hall.another_key(hall.another_user("e@x.org", role=None)),
        )
        cases: list[tuple[str, dict[str, Any]]] = [
            ("GROUP_NOT_FOUND", {"key": stranger}),
            ("ROLE_MISSING", {"key": reader, "method": "POST", "target": hall.path("/jobs")}),
            ("ROLE_MISSING", {"key": reader, "method": "DELETE"}),
            ("ADDRESS_NOT_LISTED", {"method": "DELETE", "address": ELSEWHERE}),
        ]
        for reason, call in cases:
            verdict = hall.judged(hall.signed(**call))
            assert is_overlooked(verdict), reason
            assert verdict.subject is not None
            assert verdict.group is not None
        found = observed(hall)
        assert [kind.reason for kind in sorted(found)] == [
            "GROUP_NOT_FOUND", "ROLE_MISSING", "ROLE_MISSING", "ADDRESS_NOT_LISTED",
        ]  # fmt: skip
        assert {kind.group_id for kind in found} == {hall.group.id}
        (eight,) = [kind for kind in found if kind.rule == "8"]
        assert eight == Kind(
            "8", "ADDRESS_NOT_LISTED", "DELETE", "drop_group", "", hall.key.id, hall.ada.id,
            hall.group.id, ELSEWHERE,
        )  # fmt: skip

    def test_a_closed_public_api_is_overlooked(self, hall: Court) -> None:
        hall.change(groups.set_public_api, hall.group, enabled=False)
        verdict = hall.judged(hall.signed())
        assert is_overlooked(verdict)
        assert hall.database.records.decision(verdict.decision_id) is None
        hall.recorder.flush()
        record = hall.database.records.decision(verdict.decision_id)
        assert record is not None
        assert (record.outcome, record.rule) == ("overlooked", "4")

    def test_what_is_overlooked_again_and_again_is_one_count(self, hall: Court) -> None:
        for _ in range(5):
            assert is_overlooked(hall.judged(hall.signed("DELETE", address=ELSEWHERE)))
        assert [o.count for o in observed(hall).values()] == [5]
        assert denied(hall) == 0

    def test_a_call_without_a_valid_key_is_challenged(self, hall: Court) -> None:
        verdict = hall.judged(hall.signed()._replace(authorization=None))
        assert isinstance(verdict.decision, Challenge)
        assert not verdict.overlooked
        assert observed(hall) == {}

    def test_unknown_operations_and_other_groups_are_denied(self, hall: Court) -> None:
        other = hall.change(groups.create, name="Other", owner=None, public_api_enabled=True)
        for call in (
            hall.signed(target=hall.path("/nothing")),
            hall.signed("PUT"),
            hall.signed(target=f"/groups/{other.id}"),
            hall.signed(target="/groups/nothing"),
        ):
            verdict = hall.judged(call)
            assert isinstance(verdict.decision, Deny)
            assert not verdict.overlooked
        assert (observed(hall), denied(hall)) == ({}, 4)

    def test_an_operation_that_names_no_group_is_of_none(self, hall: Court) -> None:
        hall.change(groups.set_public_api, hall.group, enabled=False)
        assert hall.decide(target="/") == Deny(Reason.GROUP_PUBLIC_API_DISABLED)

    def test_it_holds_from_the_next_decision_on_and_ends_with_the_next(self, hall: Court) -> None:
        other = court.judge_of(hall.database, ledger=hall.ledger, observing=GROUPS)
        for mode in (True, False, True):
            hall.change(groups.set_mode, hall.group, observed=mode)
            for judge in (hall.judge, other):
                call = hall.signed("DELETE", address=ELSEWHERE)
                verdict = judge.hit(call) or judge.judge(call)
                assert verdict.overlooked is mode
                assert isinstance(verdict.decision, Deny) is not mode

    def test_what_is_overlooked_is_not_learned(self, hall: Court) -> None:
        """The short way must not let through unnoted what was only overlooked."""
        hall.change(groups.set_public_api, hall.group, enabled=False)
        nonce = hall.nonce()
        for _ in range(4):
            assert is_overlooked(hall.judged(hall.signed(nonce=nonce)))
        assert [o.count for o in observed(hall).values()] == [4]

    def test_an_allow_is_no_observation(self, hall: Court) -> None:
        verdict = hall.judged(hall.signed("DELETE", address=HOME))
        assert (verdict.decision, verdict.overlooked) == (ALLOW, False)
        assert observed(hall) == {}


class TestAJudgeWhoIsToldNothing:
    """Such a one sits before Keyreeve's own API."""

    def test_he_overlooks_nothing_whatever_a_group_says(self, database: Database) -> None:
        hall = court.opened(database)
        hall.change(groups.set_mode, hall.group, observed=True)
        assert hall.decide("DELETE", address=ELSEWHERE) == Deny(Reason.ADDRESS_NOT_LISTED)
        assert observed(hall) == {}

    def test_doors_may_not_overlook_anything_either(self, database: Database) -> None:
        hall = court.opened(database, observing=GROUPS)
        assert not hall.judge.observing
        assert not hall.judge.overlooks("TOO_EARLY", hall.judged(hall.signed()))


def test_a_group_role_given_meanwhile_is_no_observation_any_more(hall: Court) -> None:
    eve = hall.change(users.create, username="eve@example.org", first_name="E", last_name="E")
    key = hall.another_key(eve)
    assert is_overlooked(hall.judged(hall.signed(key=key)))
    with hall.database.transaction() as t:
        roles.grant(t, CLI, eve, hall.group, "GROUP_READ_ONLY")
    verdict = hall.judged(hall.signed(key=key))
    assert (verdict.decision, verdict.overlooked) == (ALLOW, False)
