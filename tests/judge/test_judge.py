"""The judge: every way in which credentials fail, what the path names, and what is remembered."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from judge import court
from judge.court import ELSEWHERE, HOME, Court, Key
from keyreeve.domain.decision import Allow, Challenge, Deny, Proof, Reason
from keyreeve.judge.call import Call
from keyreeve.protocol import digest
from keyreeve.protocol.target import NotCanonical
from keyreeve.services import groups, roles, users
from keyreeve.storage.database import Database

UNKNOWN_ID = "f" * 24


@pytest.fixture
def hall(database: Database) -> Court:
    return court.opened(database)


class TestWhatThePathNames:
    def test_an_unknown_operation_and_another_method(self, hall: Court) -> None:
        assert hall.decide(target="/nowhere") == Deny(Reason.OPERATION_UNKNOWN)
        verdict = hall.judged(hall.signed("PUT"))
        assert verdict.decision == Deny(Reason.METHOD_NOT_ALLOWED)
        assert verdict.allowed_methods == ("DELETE", "GET", "HEAD")

    def test_a_stranger_cannot_tell_a_group_that_exists_from_one_that_does_not(
        self, hall: Court
    ) -> None:
        bob = hall.another_key(hall.another_user("bob@example.org", role=None))

        for target in (
            hall.path(),
            f"/groups/{UNKNOWN_ID}",
            "/groups/byName/Engines",
            "/groups/byName/Nobody",
        ):
            assert hall.decide(target=target, key=bob) == Deny(Reason.GROUP_NOT_FOUND), target

    def test_a_group_is_found_by_id_by_external_id_and_by_name(self, hall: Court) -> None:
        other = hall.change(
            groups.create, name="Other", owner=hall.ada, public_api_enabled=True, external_id="ext"
        )
        for target in (
            f"/groups/{other.id}",
            "/groups/ext",
            "/groups/byName/Other",
        ):
            verdict = hall.judged(hall.signed(target=target))
            assert verdict.decision == Allow(), target
            assert verdict.group is not None
            assert verdict.group.id == other.id

    def test_a_global_role_sees_every_group(self, hall: Court) -> None:
        root = hall.change(
            users.create,
            username="root@example.org",
            first_name="R",
            last_name="R",
            global_roles=["GLOBAL_READ_ONLY"],
        )
        key = hall.another_key(root)

        assert hall.decide(key=key) == Allow()
        assert hall.decide("DELETE", key=key) == Deny(Reason.ROLE_MISSING)
        unknown = hall.decide(target=f"/groups/{UNKNOWN_ID}", key=key)
        assert unknown == Deny(Reason.GROUP_NOT_FOUND)

    def test_users_are_found_by_id_and_name_if_they_share_a_group(self, hall: Court) -> None:
        bob = hall.another_user("bob@example.org")
        eve = hall.another_user("eve@example.org", role=None)
        for target in (
            f"/users/{hall.ada.id}",
            "/users/byName/ada@example.org",
            f"/users/{bob.id}",
            "/users/byName/bob@example.org",
        ):
            verdict = hall.judged(hall.signed(target=target))
            assert verdict.decision == Allow(), target
            assert verdict.user is not None
        for target in (f"/users/{eve.id}", "/users/byName/eve@example.org", "/users/nobody"):
            assert hall.decide(target=target) == Deny(Reason.USER_NOT_FOUND), target

    def test_keys_are_ones_own(self, hall: Court) -> None:
        bob = hall.another_user("bob@example.org")

        assert hall.decide(target=f"/users/{hall.ada.id}/keys") == Allow()
        assert hall.decide(target=f"/users/{bob.id}/keys") == Deny(Reason.USER_NOT_FOUND)

    def test_nobody_is_looked_up_before_the_caller_is_proven(self, hall: Court) -> None:
        call = hall.signed(target="/groups/byName/Engines", key=replace(hall.key, secret="no"))
        hall.judged(call)

        with _statements() as asked:
            hall.judged(call)
        assert asked == [] or not hall.database.shared_counter

    @pytest.mark.parametrize("target", ["//", "/a/../b", "/%41", "/a%2Fb", "a", ""])
    def test_a_target_that_is_not_canonical_is_not_judged(self, hall: Court, target: str) -> None:
        call = Call("GET", target)

        with pytest.raises(NotCanonical):
            hall.judge.judge(call)
        if hall.database.shared_counter:
            with pytest.raises(NotCanonical):
                hall.judge.hit(call)


class TestMemory:
    def test_what_was_decided_before_is_decided_without_a_query(self, hall: Court) -> None:
        bob = hall.another_user("bob@example.org")
        targets = (hall.path(), "/groups/byName/Engines", f"/users/{bob.id}")
        for target in targets:
            hall.decide(target=target)
        hall.judged(hall.bearer())

        with _statements() as asked:
            for target in targets:
                assert hall.decide(target=target) == Allow()
            assert hall.judged(hall.bearer()).decision == Allow()

        assert len(asked) == (0 if hall.database.shared_counter else 4)

    def test_an_unknown_name_is_remembered_too(self, hall: Court) -> None:
        nobody = Key("nobody@example.org", "secret")
        hall.decide(key=nobody)

        with _statements() as asked:
            hall.decide(key=nobody)
        assert len(asked) == (0 if hall.database.shared_counter else 1)

        hall.change(users.create, username=nobody.username, first_name="N", last_name="N")
        assert hall.decide(key=nobody) == Challenge(Proof.KEY_UNKNOWN)

    def test_where_the_counter_is_not_shared_nothing_is_decided_without_asking(
        self, hall: Court
    ) -> None:
        hall.decide()

        assert (hall.judge.hit(hall.signed()) is None) is not hall.database.shared_counter

    def test_a_miss_uses_nothing_up(self, hall: Court) -> None:
        call = hall.signed(target="/groups/byName/Engines")
        hall.decide()

        assert hall.judge.hit(call) is None
        assert hall.judge.judge(call).decision == Allow()

    def test_decision_ids_are_24_hex_digits_and_differ(self, hall: Court) -> None:
        other = court.judge_of(hall.database, ledger=hall.ledger)
        ids = [judge.judge(hall.signed()).decision_id for judge in (hall.judge, other) * 5]

        assert len(set(ids)) == 10
        assert all(len(bytes.fromhex(id_)) == 12 for id_ in ids)

    def test_challenges_offer_each_algorithm_with_a_nonce_of_ours(self, hall: Court) -> None:
        hall.judge = court.judge_of(hall.database, ledger=hall.ledger, algorithms=digest.ALGORITHMS)
        first, second = hall.judge.challenges(stale=True)
        nonce = first.partition('nonce="')[2].partition('"')[0]

        assert first == (
            f'Digest realm="Keyreeve", domain="", nonce="{nonce}", algorithm=MD5, qop="auth", '
            "stale=true"
        )
        assert second == first.replace("=MD5", "=SHA-256")
        assert hall.decide(nonce=nonce) == Allow()


class TestRecords:
    def test_a_plain_allow_is_counted_for_its_key(self, hall: Court) -> None:
        for _ in range(3):
            hall.decide()
        hall.recorder.flush()

        usage = hall.database.records.usage([hall.key.id])[hall.key.id]
        assert (usage.count, usage.last_used_address) == (3, str(HOME))

    def test_a_denial_is_kept_with_its_reason(self, hall: Court) -> None:
        verdict = hall.judged(hall.signed("DELETE", address=ELSEWHERE))
        hall.recorder.flush()

        kept = hall.database.records.decision(verdict.decision_id)
        assert kept is not None
        assert (kept.outcome, kept.reason, kept.rule) == ("deny", "ADDRESS_NOT_LISTED", "8")
        assert (kept.operation, kept.method, kept.target) == ("drop_group", "DELETE", hall.path())
        assert (kept.key_id, kept.user_id, kept.username) == (
            hall.key.id,
            hall.ada.id,
            hall.ada.username,
        )
        assert (kept.group_id, kept.address) == (hall.group.id, ELSEWHERE)

    def test_a_denial_of_what_is_unknown_is_kept_too(self, hall: Court) -> None:
        verdict = hall.judged(hall.signed(target="/nowhere"))
        hall.recorder.flush()

        kept = hall.database.records.decision(verdict.decision_id)
        assert kept is not None
        assert (kept.reason, kept.rule, kept.operation) == ("OPERATION_UNKNOWN", "2", "")

    def test_a_whitelisted_allow_is_kept_with_the_entries_that_let_it_in(self, hall: Court) -> None:
        verdict = hall.judged(hall.signed("DELETE"))
        hall.recorder.flush()

        kept = hall.database.records.decision(verdict.decision_id)
        assert kept is not None
        assert kept.outcome == "allow"
        (entry_id,) = kept.entry_ids
        assert hall.database.records.usage([entry_id])[entry_id].count == 1

    def test_a_failed_proof_is_counted_and_nothing_else(self, hall: Court) -> None:
        verdict = hall.judged(hall.signed(key=replace(hall.key, secret="no")))
        hall.recorder.flush()

        assert hall.database.records.decision(verdict.decision_id) is None
        assert not hall.database.records.usage([hall.key.id])


def test_a_role_that_was_lowered_permits_less_at_once(hall: Court) -> None:
    assert hall.decide("POST", hall.path("/jobs")) == Allow()
    hall.another_user("bob@example.org", role="GROUP_OWNER")
    hall.change(roles.grant, hall.ada, hall.group, "GROUP_READ_ONLY")

    hall.change(roles.revoke, hall.ada, hall.group, "GROUP_OWNER")

    assert hall.decide("POST", hall.path("/jobs")) == Deny(Reason.ROLE_MISSING)
    assert hall.decide() == Allow()


@contextmanager
def _statements() -> Iterator[list[str]]:
    """Collect the statements that are sent to any database meanwhile."""
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        asked.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)
