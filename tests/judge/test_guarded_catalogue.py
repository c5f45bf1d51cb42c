"""A judge without a catalogue of its own goes by the one in the database, as of each decision."""

import pytest

from judge import court
from judge.court import CLI, ELSEWHERE, OWNER, Court
from keyreeve.domain.decision import ALLOW, Allow, Deny, Reason
from keyreeve.domain.naming import LONGEST_FIELD
from keyreeve.domain.operation import Named, Operation
from keyreeve.protocol.target import NotCanonical
from keyreeve.services import catalogue, groups, roles
from keyreeve.storage.database import Database

READ = Operation("read", "GET", "/groups/{g}", group=Named("g"))
WHITELISTED = Operation("read", "GET", "/groups/{g}", group=Named("g"), whitelisted=True)
SLASHED = Operation("file", "GET", "/files/{f}", slash_in=frozenset({"f"}))
PLAIN = Operation("file", "GET", "/files/{f}")
HEADER = Operation("header", "GET", "/h", OWNER, group=Named("x-group", source="header"))


@pytest.fixture
def house(database: Database) -> Court:
    return court.opened(database, operations=None)


def test_nothing_is_known_before_an_import(house: Court) -> None:
    assert house.decide() == Deny(Reason.OPERATION_UNKNOWN)


def test_every_decision_sees_the_last_import(house: Court) -> None:
    """Acknowledged, then in force: the very next decision, from memory or not."""
    for operations, decision in (
        ([READ], ALLOW),
        ([WHITELISTED], Deny(Reason.ADDRESS_NOT_LISTED)),
        ([READ], ALLOW),
        ([PLAIN], Deny(Reason.OPERATION_UNKNOWN)),
    ):
        house.change(catalogue.replace, operations)
        for _ in range(3):
            assert house.decide(address=ELSEWHERE) == decision


def test_what_is_remembered_needs_no_database(house: Court) -> None:
    house.change(catalogue.replace, [READ])
    house.decide()
    verdict = house.judge.hit(house.signed())
    if house.database.shared_counter:
        assert verdict is not None
        assert verdict.decision == ALLOW
        house.change(catalogue.replace, [WHITELISTED])
        assert house.judge.hit(house.signed()) is None


def test_another_judge_sees_it_too(house: Court) -> None:
    other = court.judge_of(house.database, ledger=house.ledger, operations=None)
    house.change(catalogue.replace, [READ])
    assert isinstance(other.judge(house.signed()).decision, Allow)
    house.change(catalogue.replace, [PLAIN])
    assert other.judge(house.signed()).decision == Deny(Reason.OPERATION_UNKNOWN)


def test_where_slashes_may_stand_is_as_fresh(house: Court) -> None:
    house.change(catalogue.replace, [SLASHED])
    assert house.decide(target="/files/a%2Fb") == ALLOW
    house.change(catalogue.replace, [PLAIN])
    with pytest.raises(NotCanonical):
        house.decide(target="/files/a%2Fb")
    house.change(catalogue.replace, [SLASHED])
    assert house.decide(target="/files/a%2Fb") == ALLOW


class TestGroupInAHeader:
    def test_one_value_names_it(self, house: Court) -> None:
        house.change(catalogue.replace, [HEADER])
        mine = (b"X-Group", house.group.id.encode())
        assert house.decide(target="/h", fields=[mine, (b"x-other", b"1")]) == ALLOW

    def test_an_external_id_does_as_well(self, house: Court) -> None:
        house.change(catalogue.replace, [HEADER])
        with house.database.transaction() as t:
            groups.create(
                t, CLI, name="other", owner=house.ada, public_api_enabled=True, external_id="p-1"
            )
        assert house.decide(target="/h", fields=[(b"x-group", b"p-1")]) == ALLOW

    def test_anything_else_names_no_group(self, house: Court) -> None:
        house.change(catalogue.replace, [HEADER])
        mine = (b"x-group", house.group.id.encode())
        for fields in (
            [], [(b"x-group", b"")], [mine, mine], [(b"x_group", mine[1])], [(b"x-group", b"no")],
            [(b"x-group", b"a" * (LONGEST_FIELD + 1))], [(b"x-group", mine[1] + b" ")],
        ):  # fmt: skip
            denied = Deny(Reason.GROUP_NOT_FOUND)
            assert house.decide(target="/h", fields=fields) == denied


def test_a_fixed_group_is_named_by_the_catalogue(house: Court) -> None:
    for name, decision in (
        (house.group.id, ALLOW),
        ("f" * 24, Deny(Reason.GROUP_NOT_FOUND)),
    ):
        fixed = Operation("fixed", "GET", "/status", group=Named(name, source="fixed"))
        house.change(catalogue.replace, [fixed])
        assert house.decide(target="/status") == decision


def test_a_role_that_only_the_catalogue_names_permits(house: Court) -> None:
    deploy = Operation("d", "GET", "/d/{g}", frozenset({"GROUP_DEPLOYER"}), group=Named("g"))
    house.change(catalogue.replace, [deploy])
    target = f"/d/{house.group.id}"
    assert house.decide(target=target) == Deny(Reason.ROLE_MISSING)
    house.change(roles.grant, house.ada, house.group, "GROUP_DEPLOYER")
    assert house.decide(target=target) == ALLOW
