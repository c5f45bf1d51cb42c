"""Which group and which user a call names."""

import pytest

from keyreeve.domain import naming
from keyreeve.domain.catalogue import Match
from keyreeve.domain.decision import NamedUser
from keyreeve.domain.naming import LONGEST_FIELD, By
from keyreeve.domain.operation import Named, Operation
from keyreeve.domain.subject import GroupState, Membership, Subject

OWN = GroupState("a" * 24, public_api_enabled=True)
OTHER = GroupState("b" * 24, public_api_enabled=False)
ADA = Subject("1" * 24, "ada@example.org", {OWN.id: Membership(OWN, frozenset())})
BOB = NamedUser("2" * 24, frozenset({OTHER.id}))


class Directory:
    """Knows one group and one user, each by id and by name; asked of anything else it says so."""

    def group(self, by: By, value: str) -> GroupState | None:
        return {("id", OTHER.id): OTHER, ("name", "other"): OTHER, ("id", "p-1"): OTHER}.get(
            (by, value)
        )

    def user(self, by: By, value: str) -> NamedUser | None:
        return {("id", BOB.id): BOB, ("name", "bob@example.org"): BOB}.get((by, value))


def group(named: Named | None, **said: str) -> GroupState | None:
    match = Match(Operation("o", "GET", "/", group=named), {"g": said.get("path", "")})
    return naming.group(match, ADA, lambda name: said.get(name, ""), Directory())


def user(named: Named | None, value: str = "") -> NamedUser | None:
    return naming.user(
        Match(Operation("o", "GET", "/", user=named), {"u": value}), ADA, Directory()
    )


@pytest.mark.parametrize(
    ("named", "said", "found"),
    [
        (None, {"path": OWN.id}, None),
        (Named("g"), {"path": OWN.id}, OWN),
        (Named("g"), {"path": OTHER.id}, OTHER),
        (Named("g"), {"path": "p-1"}, OTHER),
        (Named("g"), {"path": "other"}, None),
        (Named("g", "name"), {"path": "other"}, OTHER),
        (Named("g", "name"), {"path": OWN.id}, None),
        (Named("x", source="header"), {"x": OWN.id}, OWN),
        (Named("x", source="header"), {"x": OTHER.id, "path": OWN.id}, OTHER),
        (Named("x", source="header"), {}, None),
        (Named(OWN.id, source="fixed"), {}, OWN),
        (Named("p-1", source="fixed"), {}, OTHER),
    ],
)
def test_a_group_is_named_where_the_operation_says(
    named: Named | None, said: dict[str, str], found: GroupState | None
) -> None:
    assert group(named, **said) == found


@pytest.mark.parametrize(
    ("named", "value", "found"),
    [
        (None, BOB.id, None),
        (Named("u"), BOB.id, BOB),
        (Named("u"), "bob@example.org", None),
        (Named("u", "name"), "bob@example.org", BOB),
        (Named("u"), ADA.user_id, NamedUser(ADA.user_id, frozenset({OWN.id}))),
        (Named("u", "name"), ADA.username, NamedUser(ADA.user_id, frozenset({OWN.id}))),
        (Named("u"), ADA.username, None),
    ],
)
def test_a_user_is_named_by_the_path_and_oneself_is_known(
    named: Named | None, value: str, found: NamedUser | None
) -> None:
    assert user(named, value) == found


@pytest.mark.parametrize(
    ("fields", "value"),
    [
        ([], ""),
        ([(b"X-Group", b"a")], "a"),
        ([(b"x-group", b"a"), (b"x-group", b"a")], ""),
        ([(b"x-group", b"a" * LONGEST_FIELD)], "a" * LONGEST_FIELD),
        ([(b"x-group", b"a" * (LONGEST_FIELD + 1))], ""),
        ([(b"x-group", b"\xff")], "\xff"),
        ([(b"x-group", b"a"), (b"x-groups", b"b"), (b"group", b"c")], "a"),
        ([(b"x-group", b"a"), (b"X_Group", b"b")], ""),
        ([(b"x.group", b"b"), (b"x-group", b"a")], ""),
        ([(b"x_group", b"a")], ""),
    ],
)
def test_a_field_counts_if_it_stands_there_once(
    fields: list[tuple[bytes, bytes]], value: str
) -> None:
    assert naming.field(fields, "x-group") == value
