"""Proving: every way in which the credentials of a call can fail, and none in which they should."""

from dataclasses import replace
from typing import Any

import pytest

from judge import court
from judge.court import ELSEWHERE, HOME, Court, Key
from keyreeve.domain.decision import Allow, Challenge, Deny, Proof, Reason
from keyreeve.judge.call import Call
from keyreeve.protocol import digest, token
from keyreeve.services import api_keys, users
from keyreeve.storage.database import Database


@pytest.fixture
def hall(database: Database) -> Court:
    return court.opened(database)


class TestProof:
    def test_a_right_digest_holds_under_the_login_and_under_the_id_of_the_key(
        self, hall: Court
    ) -> None:
        assert hall.decide() == Allow()
        assert hall.decide(key=hall.key.by_id()) == Allow()

    @pytest.mark.parametrize("algorithm", digest.ALGORITHMS)
    def test_both_algorithms_hold_where_both_are_offered(self, hall: Court, algorithm: str) -> None:
        hall.judge = court.judge_of(hall.database, ledger=hall.ledger, algorithms=digest.ALGORITHMS)

        assert hall.decide(algorithm=algorithm) == Allow()

    def test_an_algorithm_that_is_not_offered_fails(self, hall: Court) -> None:
        assert hall.decide(algorithm="SHA-256") == Challenge(Proof.ALGORITHM_NOT_OFFERED)

    def test_no_credentials_prove_nothing(self, hall: Court) -> None:
        call = Call("GET", hall.path())

        assert hall.judged(call).decision == Challenge(Proof.ABSENT)

    @pytest.mark.parametrize(
        "header", [b"", b"Basic YTpi", b"Digest", b"Digest username=", b"\xff\xfe", b"Bearer"]
    )
    def test_a_malformed_header_fails(self, hall: Court, header: bytes) -> None:
        call = Call("GET", hall.path(), header)

        assert hall.judged(call).decision == Challenge(Proof.MALFORMED)

    @pytest.mark.parametrize("realm", ["keyreeve", "Keyreeve ", "", "Other"])
    def test_another_realm_fails(self, hall: Court, realm: str) -> None:
        assert hall.decide(realm=realm) == Challenge(Proof.REALM_FOREIGN)

    def test_a_uri_other_than_the_target_fails_though_the_digest_is_right(
        self, hall: Court
    ) -> None:
        target = hall.path("?pretty=true")
        for uri in (hall.path(), hall.path("?pretty"), "/", "http://localhost" + target, "*"):
            decision = hall.decide(target=target, uri=uri)
            assert decision == Challenge(Proof.URI_MISMATCH), uri

    @pytest.mark.parametrize("signed", ["POST", "get", "Get", "HEAD"])
    def test_a_digest_over_another_method_fails(self, hall: Court, signed: str) -> None:
        assert hall.decide(signed_method=signed) == Challenge(Proof.KEY_UNKNOWN)

    def test_head_is_hashed_as_head_and_judged_as_get(self, hall: Court) -> None:
        assert hall.decide("HEAD") == Allow()
        assert hall.decide("HEAD", signed_method="GET") == Challenge(Proof.KEY_UNKNOWN)

    @pytest.mark.parametrize("touch", [lambda n: n[::-1], lambda n: n[:-1], lambda n: n + "A"])
    def test_a_nonce_that_is_not_ours_fails_though_the_digest_is_right(
        self, hall: Court, touch: Any
    ) -> None:
        decision = hall.decide(nonce=touch(hall.nonce()))

        assert decision == Challenge(Proof.NONCE_FOREIGN)

    @pytest.mark.parametrize("flip", range(0, 48, 5))
    def test_a_nonce_with_any_letter_changed_is_foreign(self, hall: Court, flip: int) -> None:
        text = hall.nonce()
        changed = text[:flip] + ("A" if text[flip] != "A" else "B") + text[flip + 1 :]

        assert hall.decide(nonce=changed) == Challenge(Proof.NONCE_FOREIGN)

    def test_a_right_digest_on_an_old_nonce_is_stale(self, hall: Court) -> None:
        decision = hall.decide(nonce=hall.nonce(age=court.NONCE_SECONDS * 1000))

        assert decision == Challenge(Proof.NONCE_STALE)
        assert decision.stale
        assert hall.decide(nonce=hall.nonce(age=court.NONCE_SECONDS * 1000 - 1)) == Allow()

    def test_a_right_digest_on_a_nonce_of_another_generation_is_stale(self, hall: Court) -> None:
        decision = hall.decide(nonce=hall.nonce(generation=b"formerly"))

        assert decision == Challenge(Proof.NONCE_STALE)

    def test_a_wrong_digest_on_an_old_nonce_is_not_told_to_be_stale(self, hall: Court) -> None:
        wrong = replace(hall.key, secret="kr_wrong")
        for nonce in (hall.nonce(age=10**6), hall.nonce(generation=b"formerly")):
            assert hall.decide(nonce=nonce, key=wrong) == Challenge(Proof.KEY_UNKNOWN)

    def test_a_nonce_in_use_grows_old_too(self, hall: Court) -> None:
        nonce = hall.nonce(age=court.NONCE_SECONDS * 1000 - 1)
        assert hall.decide(nonce=nonce) == Allow()
        later = replace(hall.database.edge, ticks=lambda: hall.database.edge.ticks() + 1)
        hall.ledger._ticks = later.ticks  # type: ignore[attr-defined]

        assert hall.decide(nonce=nonce) == Challenge(Proof.NONCE_STALE)

    def test_a_replay_is_refused_and_is_not_stale(self, hall: Court) -> None:
        call = hall.signed()
        assert hall.judged(call).decision == Allow()

        for _ in range(3):
            decision = hall.judged(call).decision
            assert decision == Challenge(Proof.REPLAYED)
            assert not decision.stale

    def test_a_replay_is_refused_under_another_spelling_of_its_count(self, hall: Court) -> None:
        nonce = hall.nonce()
        assert hall.decide(nonce=nonce, nc="1") == Allow()

        assert hall.decide(nonce=nonce, nc="00000001") == Challenge(Proof.REPLAYED)
        assert hall.decide(nonce=nonce, nc="0a") == Allow()
        assert hall.decide(nonce=nonce, nc="A") == Challenge(Proof.REPLAYED)

    def test_a_replay_is_refused_by_another_judge_with_the_same_ledger(self, hall: Court) -> None:
        call = hall.signed()
        other = court.judge_of(hall.database, ledger=hall.ledger)
        assert other.judge(call).decision == Allow()

        assert hall.judged(call).decision == Challenge(Proof.REPLAYED)

    def test_a_replay_is_stale_to_a_judge_with_another_ledger(self, hall: Court) -> None:
        call = hall.signed()
        assert hall.judged(call).decision == Allow()

        other = court.judge_of(hall.database)
        assert other.judge(call).decision == Challenge(Proof.NONCE_STALE)

    def test_only_a_right_digest_moves_a_count(self, hall: Court) -> None:
        nonce = hall.nonce()
        wrong = replace(hall.key, secret="kr_wrong")
        for nc in ("00000001", "ffffffff"):
            assert hall.decide(nonce=nonce, nc=nc, key=wrong) == Challenge(Proof.KEY_UNKNOWN)
        assert hall.decide(nonce=nonce, nc="00000001") == Allow()
        assert hall.decide(nonce=nonce, nc="ffffffff", key=wrong) == Challenge(Proof.KEY_UNKNOWN)

        assert hall.decide(nonce=nonce, nc="00000002") == Allow()

    def test_a_denial_has_used_its_count(self, hall: Court) -> None:
        call = hall.signed("DELETE", address=ELSEWHERE)
        assert hall.judged(call).decision == Deny(Reason.ADDRESS_NOT_LISTED)

        moved = call._replace(address=HOME)
        assert hall.judged(moved).decision == Challenge(Proof.REPLAYED)

    def test_an_unknown_user_fails(self, hall: Court) -> None:
        nobody = Key("nobody@example.org", hall.key.secret)

        assert hall.decide(key=nobody) == Challenge(Proof.USER_UNKNOWN)
        assert hall.decide(key=Key("n" * 5000, "s")) == Challenge(Proof.USER_UNKNOWN)

    @pytest.mark.parametrize("spelling", [str.upper, str.title, lambda name: name + " "])
    def test_a_name_is_spelt_exactly(self, hall: Court, spelling: Any) -> None:
        other = replace(hall.key, username=spelling(hall.key.username))

        assert hall.decide(key=other) == Challenge(Proof.USER_UNKNOWN)

    def test_a_wrong_key_fails(self, hall: Court) -> None:
        assert hall.decide(key=replace(hall.key, secret="kr_wrong")) == Challenge(Proof.KEY_UNKNOWN)

    def test_the_key_of_another_user_fails(self, hall: Court) -> None:
        bob = hall.another_user("bob@example.org")
        mixed = replace(hall.key, secret=hall.another_key(bob).secret)

        assert hall.decide(key=mixed) == Challenge(Proof.KEY_UNKNOWN)

    def test_a_disabled_key_fails_and_is_never_told_to_be_stale(self, hall: Court) -> None:
        hall.change(api_keys.set_enabled, hall.ada, hall.key.id, enabled=False)

        assert hall.decide() == Challenge(Proof.KEY_DISABLED)
        assert hall.decide(nonce=hall.nonce(age=10**6)) == Challenge(Proof.KEY_DISABLED)
        assert hall.judged(hall.bearer()).decision == Challenge(Proof.KEY_DISABLED)

    def test_a_disabled_user_fails_and_is_never_told_to_be_stale(self, hall: Court) -> None:
        hall.change(users.disable, hall.ada, force=True)

        assert hall.decide() == Challenge(Proof.USER_DISABLED)
        assert hall.decide(nonce=hall.nonce(age=10**6)) == Challenge(Proof.USER_DISABLED)
        assert hall.decide(key=replace(hall.key, secret="no")) == Challenge(Proof.KEY_UNKNOWN)
        assert hall.judged(hall.bearer()).decision == Challenge(Proof.USER_DISABLED)

    def test_any_of_ten_keys_holds_at_first_and_at_later_uses_of_a_nonce(self, hall: Court) -> None:
        keys = [hall.key, *(hall.another_key() for _ in range(9))]
        nonce = hall.nonce()

        for _ in range(2):
            assert {hall.decide(nonce=nonce, key=key) for key in keys} == {Allow()}
        assert {hall.judged(hall.signed(key=key)).key_id for key in keys} == {k.id for k in keys}

    def test_a_nonce_may_serve_two_users(self, hall: Court) -> None:
        bob = hall.another_key(hall.another_user("bob@example.org"))
        nonce = hall.nonce()

        assert hall.decide(nonce=nonce) == Allow()
        assert hall.decide(nonce=nonce, key=bob) == Allow()

    def test_a_failure_tells_no_subject_and_no_key(self, hall: Court) -> None:
        call = hall.signed()
        hall.judged(call)

        verdict = hall.judged(call)

        assert (verdict.subject, verdict.key_id, verdict.group) == (None, None, None)


class TestSameWork:
    """Whoever there is or is not, as many digests are computed before the answer is no."""

    @pytest.fixture
    def computed(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        done: list[str] = []
        respond = digest.respond

        def counted(credentials: digest.Credentials, *, ha1: str, ha2: str) -> str:
            done.append(ha1)
            return respond(credentials, ha1=ha1, ha2=ha2)

        monkeypatch.setattr(digest, "respond", counted)
        return done

    @pytest.mark.parametrize(("used", "digests"), [(False, 10), (True, 11)])
    def test_each_refusal_costs_the_same_digests(
        self, hall: Court, computed: list[str], used: bool, digests: int
    ) -> None:
        bob = hall.another_user("bob@example.org")
        bobs, adas = hall.another_key(bob), hall.another_key()
        hall.change(api_keys.set_enabled, hall.ada, adas.id, enabled=False)
        hall.change(users.disable, bob)
        nonce = hall.nonce()
        if used:
            hall.decide(nonce=nonce)
        wrong = replace(hall.key, secret="kr_wrong")
        for key in (wrong, wrong.by_id(), adas, bobs, Key("nobody@example.org", "s")):
            hall.decide(nonce=nonce, key=key)
            call = hall.signed(nonce=nonce, key=key)
            computed.clear()

            assert isinstance(hall.judged(call).decision, Challenge)
            assert len(computed) == digests


class TestBearer:
    def test_a_key_holds_as_it_is_where_nobody_can_listen(self, hall: Court) -> None:
        assert hall.judged(hall.bearer()).decision == Allow()
        assert hall.judged(hall.bearer()).key_id == hall.key.id
        spelt = hall.bearer()._replace(authorization=f"bEARER {hall.key.secret}".encode())
        assert hall.judged(spelt).decision == Allow()

    def test_it_is_refused_where_somebody_can(self, hall: Court) -> None:
        refused = Challenge(Proof.BEARER_REFUSED)

        assert hall.judged(hall.bearer(private=False)).decision == refused

    def test_it_is_refused_where_the_setting_is_off(self, hall: Court) -> None:
        hall.judge = court.judge_of(hall.database, bearer=False)

        assert hall.judged(hall.bearer()).decision == Challenge(Proof.BEARER_REFUSED)

    def test_an_unknown_key_fails(self, hall: Court) -> None:
        unknown = replace(hall.key, secret="kr_" + "0" * 27 + "0" * 6)
        other = replace(hall.key, secret=token.format(bytes(20)))

        assert hall.judged(hall.bearer(unknown)).decision == Challenge(Proof.MALFORMED)
        assert hall.judged(hall.bearer(other)).decision == Challenge(Proof.KEY_UNKNOWN)
