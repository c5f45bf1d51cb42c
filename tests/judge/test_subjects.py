"""The memory of subjects: bounded, and quick to forget."""

import pytest

import made
from keyreeve.domain.decision import NamedUser
from keyreeve.domain.subject import GroupState, Subject
from keyreeve.judge import subjects
from keyreeve.judge.subjects import Missed, Subjects
from keyreeve.storage.subjects import Change, StoredSubject

ADA, BOB = "a" * 24, "b" * 24
ENGINES = GroupState("e" * 24, public_api_enabled=True)


@pytest.fixture
def memory() -> Subjects:
    return Subjects()


def stored(user_id: str = ADA, *group_ids: str) -> StoredSubject:
    subject = made.subject({group_id: ["GROUP_OWNER"] for group_id in group_ids})
    return StoredSubject(
        Subject(user_id, "ada@example.org", subject.memberships), enabled=True, credentials=()
    )


def holds(memory: Subjects, credential: str | bytes) -> bool:
    try:
        memory.subject(credential)
    except Missed:
        return False
    return True


def test_what_was_never_kept_is_missed(memory: Subjects) -> None:
    for look in (
        lambda: memory.subject("ada"),
        lambda: memory.subject(b"digest"),
        lambda: memory.group("id", "x"),
        lambda: memory.user("name", "x"),
    ):
        with pytest.raises(Missed):
            look()


def test_what_was_kept_is_found_by_its_own_kind_of_name(memory: Subjects) -> None:
    memory.keep_subject("ada", stored())
    memory.keep_subject("nobody", None)
    memory.keep_group("id", "ext", ENGINES)
    memory.keep_group("name", "ghost", None)
    memory.keep_user("name", "bob", NamedUser(BOB))

    assert memory.subject("ada") == stored()
    assert memory.subject("nobody") is None
    assert memory.group("id", "ext") == ENGINES
    assert memory.group("name", "ghost") is None
    assert memory.user("name", "bob") == NamedUser(BOB)
    with pytest.raises(Missed):
        memory.group("name", "ext")
    with pytest.raises(Missed):
        memory.subject(b"ada")


def test_a_name_too_long_for_anybody_needs_no_look(memory: Subjects) -> None:
    assert memory.subject("n" * 255) is None


def test_a_change_of_a_user_drops_him_under_all_his_names_and_nobody_else(
    memory: Subjects,
) -> None:
    for credential in ("ada", "key-id", b"bearer"):
        memory.keep_subject(credential, stored(ADA))
    memory.keep_subject("bob", stored(BOB))

    memory.move_on([Change(7, "user", ADA)], 7)

    assert [holds(memory, c) for c in ("ada", "key-id", b"bearer", "bob")] == [False] * 3 + [True]
    assert memory.applied == 7


def test_any_change_of_a_user_drops_who_was_unknown(memory: Subjects) -> None:
    memory.keep_subject("newcomer", None)
    memory.keep_user("name", "newcomer", None)

    memory.move_on([Change(7, "user", BOB)], 7)

    assert not holds(memory, "newcomer")
    with pytest.raises(Missed):
        memory.user("name", "newcomer")


def test_a_change_of_a_group_drops_its_members_and_what_groups_are_called(
    memory: Subjects,
) -> None:
    memory.keep_subject("ada", stored(ADA, ENGINES.id, "other"))
    memory.keep_subject("bob", stored(BOB, "other"))
    memory.keep_group("id", ENGINES.id, ENGINES)
    memory.keep_user("id", ADA, NamedUser(ADA, frozenset({ENGINES.id})))

    memory.move_on([Change(7, "group", ENGINES.id)], 7)

    assert not holds(memory, "ada")
    assert holds(memory, "bob")
    with pytest.raises(Missed):
        memory.group("id", ENGINES.id)
    with pytest.raises(Missed):
        memory.user("id", ADA)


def test_an_empty_change_drops_nothing(memory: Subjects) -> None:
    memory.keep_subject("ada", stored())

    memory.move_on([], 9)

    assert holds(memory, "ada")
    assert memory.applied == 9


def test_everything_is_dropped_if_the_changes_are_not_known(memory: Subjects) -> None:
    memory.keep_subject("ada", stored(ADA, ENGINES.id))
    memory.keep_subject("nobody", None)
    memory.keep_group("id", ENGINES.id, ENGINES)
    memory.keep_user("id", ADA, NamedUser(ADA))

    memory.move_on(None, 9)

    assert not holds(memory, "ada")
    assert not holds(memory, "nobody")
    with pytest.raises(Missed):
        memory.group("id", ENGINES.id)
    with pytest.raises(Missed):
        memory.user("id", ADA)
    memory.keep_subject("ada", stored(ADA, ENGINES.id))
    memory.move_on([Change(10, "user", ADA)], 10)
    assert memory._size == 0


def test_the_memory_is_bounded_by_bytes_and_keeps_what_is_used() -> None:
    memory = Subjects(limit=100_000)
    memory.keep_subject("regular", stored())
    for number in range(1000):
        assert memory.subject("regular") is not None
        memory.keep_subject(f"visitor {number}", stored(f"{number:024d}"))

    assert holds(memory, "regular")
    assert not holds(memory, "visitor 0")
    assert holds(memory, "visitor 999")
    assert memory._size <= 100_000
    assert 20 < len(memory._known) < 500
    assert set(memory._of_user) == {
        known.stored.subject.user_id for known in memory._known.values()
    }


def test_a_subject_with_more_to_it_weighs_more() -> None:
    light, heavy = Subjects(), Subjects()
    light.keep_subject("ada", stored())
    heavy.keep_subject("ada", stored(ADA, *map(str, range(20))))

    assert 300 < light._size < heavy._size - 20 * 300


def test_the_unknown_are_bounded_too(memory: Subjects, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subjects, "UNKNOWN", 50)
    monkeypatch.setattr(subjects, "NAMED", 50)
    for number in range(1000):
        memory.keep_subject(f"guess {number}", None)
        memory.keep_group("name", f"guess {number}", None)
        memory.keep_user("name", f"guess {number}", None)

    assert holds(memory, "guess 999")
    assert len(memory._unknown) <= 50
    assert len(memory._groups) <= 50
    assert len(memory._users) <= 50


def test_long_names_of_nobody_are_not_kept(memory: Subjects) -> None:
    long = "x" * (subjects.LONGEST + 1)
    memory.keep_group("name", long, None)
    memory.keep_user("id", long, None)
    for look in (lambda: memory.group("name", long), lambda: memory.user("id", long)):
        with pytest.raises(Missed):
            look()
    memory.keep_group("name", long, ENGINES)
    assert memory.group("name", long) == ENGINES
