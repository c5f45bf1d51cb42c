"""The short way: taken by who goes on as he began, and by nobody else."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as bounds
from hypothesis import strategies as st

from judge import court
from judge.court import Court
from keyreeve.domain.decision import Allow, Challenge, Deny, Reason
from keyreeve.domain.throttle import Limit
from keyreeve.judge import shortcut
from keyreeve.judge.call import Call
from keyreeve.judge.throttle import Throttle
from keyreeve.judge.verdict import Verdict
from keyreeve.services import api_keys, groups, roles, users, whitelists
from keyreeve.storage.database import Database


@pytest.fixture
def engine() -> str:
    """PostgreSQL has no counter in memory, so nothing is decided from memory there."""
    return "sqlite"


@pytest.fixture
def hall(database: Database) -> Court:
    return court.opened(database, algorithms=("MD5", "SHA-256"))


def short(hall: Court, call: Call) -> Verdict | None:
    """Take the short way alone."""
    return hall.judge._shortcut.take(call, hall.database.counter())


def learnt(hall: Court, *, algorithm: str = "MD5") -> str:
    """Let Ada use a nonce twice; return it."""
    nonce = hall.nonce()
    for _ in range(2):
        assert hall.decide(nonce=nonce, algorithm=algorithm) == Allow()
    return nonce


def without_id(verdict: Verdict | None) -> Verdict | None:
    return None if verdict is None else verdict._replace(decision_id="")


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
def test_the_third_use_of_a_nonce_takes_the_short_way(hall: Court, algorithm: str) -> None:
    nonce = hall.nonce()
    for _ in range(2):
        call = hall.signed(nonce=nonce, algorithm=algorithm)
        assert short(hall, call) is None
        long = hall.judged(call)
    again = short(hall, hall.signed(nonce=nonce, algorithm=algorithm))
    assert without_id(again) == without_id(long)
    assert again is not None
    assert again.decision_id != long.decision_id


def test_a_replay_is_no_less_one(hall: Court) -> None:
    nonce = learnt(hall)
    call = hall.signed(nonce=nonce)
    assert short(hall, call) is not None
    assert short(hall, call) is None
    assert isinstance(hall.judged(call).decision, Challenge)


def test_what_was_used_the_long_way_is_used(hall: Court) -> None:
    nonce = learnt(hall)
    call = hall.signed(nonce=nonce, nc="00000009")
    with hall.judge._freshness.snapshot(hall.database.counter()) as view:
        assert hall.judge._decide(call, view, view.applied).decision == Allow()
    assert short(hall, call) is None


@pytest.mark.parametrize(
    "change",
    [
        lambda c: c._replace(method="HEAD"),
        lambda c: c._replace(target=c.target + "?page=2"),
        lambda c: c._replace(target=c.target[:-1]),
        lambda c: c._replace(authorization=c.authorization + b", qop=auth"),
        lambda c: c._replace(authorization=c.authorization.replace(b"qop=auth", b"qop=auth-int")),
        lambda c: c._replace(authorization=c.authorization.replace(b"MD5", b"SHA-256")),
        lambda c: c._replace(authorization=None),
    ],
)
def test_whatever_looks_different_is_not_taken(hall: Court, change: object) -> None:
    nonce = learnt(hall)
    assert callable(change)
    call = change(hall.signed(nonce=nonce))
    assert short(hall, call) is None
    assert not isinstance(hall.judged(call).decision, Allow)


def test_another_layout_is_left_to_the_tokenizer(hall: Court) -> None:
    nonce = learnt(hall)
    call = hall.signed(nonce=nonce)
    header = (call.authorization or b"").replace(b"cnonce=", b"Cnonce=") + b" "
    assert short(hall, call._replace(authorization=header)) is None
    assert hall.judged(call._replace(authorization=header)).decision == Allow()


@bounds(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_one_byte_changed_anywhere_is_never_allowed(hall: Court, data: st.DataObject) -> None:
    nonce = learnt(hall)
    call = hall.signed(nonce=nonce)
    header = bytearray(call.authorization or b"")
    place = data.draw(st.integers(len("Digest "), len(header) - 1))
    header[place] ^= data.draw(st.integers(1, 255))
    changed = call._replace(authorization=bytes(header))
    assert short(hall, changed) is None


def test_every_change_ends_what_was_learnt(hall: Court) -> None:
    keys = (users.disable, hall.ada, {"force": True}), (users.enable, hall.ada, {})
    for service, user, words in keys:
        nonce = learnt(hall) if service is users.disable else ""
        call = hall.signed(nonce=nonce or None)
        hall.change(service, user, **words)
        assert short(hall, call) is None
        assert isinstance(hall.judged(call).decision, Challenge if nonce else Allow)


def test_a_deleted_key_a_lost_role_and_a_closed_group_are_seen(hall: Court) -> None:
    grace = hall.another_user("grace@example.org", role="GROUP_OWNER")
    hall.change(roles.grant, hall.ada, hall.group, "GROUP_READ_ONLY")
    nonce = learnt(hall)
    hall.change(groups.set_public_api, hall.group, enabled=False)
    denied = hall.judged(hall.signed(nonce=nonce)).decision
    assert denied == Deny(Reason.GROUP_PUBLIC_API_DISABLED)
    hall.change(groups.set_public_api, hall.group, enabled=True)
    nonce = learnt(hall)
    for role in ("GROUP_OWNER", "GROUP_READ_ONLY"):
        hall.change(roles.revoke, hall.ada, hall.group, role)
    assert hall.judged(hall.signed(nonce=nonce)).decision == Deny(Reason.GROUP_NOT_FOUND)
    hall.change(roles.grant, hall.ada, hall.group, "GROUP_READ_ONLY")
    nonce = learnt(hall)
    hall.change(api_keys.delete, hall.ada, hall.key.id)
    assert isinstance(hall.judged(hall.signed(nonce=nonce)).decision, Challenge)
    assert grace.enabled


def test_whitelisted_operations_are_asked_every_time(hall: Court) -> None:
    nonce = hall.nonce()
    for _ in range(4):
        call = hall.signed("DELETE", nonce=nonce)
        assert short(hall, call) is None
        assert hall.judged(call).decision == Allow()
    far = hall.signed("DELETE", nonce=nonce, address=court.ELSEWHERE)
    assert hall.judged(far).decision == Deny(Reason.ADDRESS_NOT_LISTED)
    hall.change(whitelists.remove, hall.ada, str(court.HOME), caller=None)


def test_another_question_is_asked_of_the_rule(hall: Court) -> None:
    nonce = learnt(hall)
    other = hall.change(groups.create, name="Other", owner=None, public_api_enabled=True)
    nonce = learnt(hall)
    for target in (f"/groups/{other.id}", "/nowhere", "/users/" + hall.ada.id):
        call = hall.signed(target=target, nonce=nonce)
        assert short(hall, call) is None
    denied = hall.judged(hall.signed(target=f"/groups/{other.id}", nonce=nonce))
    assert denied.decision == Deny(Reason.GROUP_NOT_FOUND)
    # What was denied is not learnt either.
    assert short(hall, hall.signed(target=f"/groups/{other.id}", nonce=nonce)) is None


def test_nobody_takes_it_while_somebody_has_to_wait(database: Database) -> None:
    throttle = Throttle(database.edge.ticks, failures=Limit(1, 1), calls=Limit(100, 1))
    hall = court.opened(database, throttle=throttle)
    nonce = learnt(hall)
    assert short(hall, hall.signed(nonce=nonce)) is not None
    throttle.barred["somebody"] = database.edge.ticks() + 1000
    assert short(hall, hall.signed(nonce=nonce)) is None


def test_every_way_counts_the_calls_of_a_key(database: Database) -> None:
    throttle = Throttle(database.edge.ticks, calls=Limit(100, 1))
    hall = court.opened(database, throttle=throttle)
    nonce = learnt(hall)
    verdict = short(hall, hall.signed(nonce=nonce))
    assert verdict is not None
    assert verdict.calls_left == 97


def test_the_memory_is_bounded(hall: Court, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shortcut, "ENTRIES", 3)
    for _ in range(8):
        learnt(hall)
    assert len(hall.judge._shortcut._known) <= 3


def test_a_start_that_is_too_long_is_not_learnt(
    hall: Court, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shortcut, "LONGEST", 50)
    nonce = learnt(hall)
    assert short(hall, hall.signed(nonce=nonce)) is None
    assert hall.decide(nonce=nonce) == Allow()


def test_nothing_of_a_key_is_shown(hall: Court) -> None:
    learnt(hall)
    (known,) = hall.judge._shortcut._known.values()
    assert "0x" in repr(known)
    assert replace(hall.key, secret="x").username in known.subject.username
