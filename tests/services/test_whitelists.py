from datetime import timedelta

import pytest

from keyreeve.domain.edge import Edge
from keyreeve.domain.errors import (
    CallerOnEntry,
    InvalidAddress,
    InvalidComment,
    WhitelistEntryNotFound,
    WhitelistLimitReached,
)
from keyreeve.domain.whitelist import LIMIT
from keyreeve.protocol import address
from keyreeve.services import whitelists
from keyreeve.storage.database import Database
from keyreeve.storage.records import AccessRecord, Batch
from services.people import CLI, changed, made, told

CALLER = address.parse_address("192.0.2.7")


class TestAdd:
    def test_an_entry_has_one_spelling(self, database: Database) -> None:
        with database.transaction() as t:
            ada = made(t)
            whitelists.add(t, CLI, ada, [("192.0.2.7/32", " home "), ("2001:DB8::/32", "")])
            entries = whitelists.add(t, CLI, ada, [("192.0.2.7", "again"), ("2001:db8::/32", "")])
        assert {(str(e.network), e.comment) for e in entries} == {
            ("192.0.2.7", "home"),
            ("2001:db8::/32", ""),
        }

    @pytest.mark.parametrize(
        "text",
        ["010.0.0.1", "10.0.0.0/255.0.0.0", "10.0.0.1/8", "true", "fe80::1%eth0", "", "10.0.0",
         "10.0.0.0/33", " 10.0.0.1"],
    )  # fmt: skip
    def test_one_bad_address_and_nothing_is_added(self, database: Database, text: str) -> None:
        with database.transaction() as t:
            ada = made(t)
            with pytest.raises(InvalidAddress):
                whitelists.add(t, CLI, ada, [("192.0.2.1", ""), (text, "")])
            assert t.whitelists.entries(ada.id) == ()

    def test_host_bits_are_refused_with_the_range_that_may_be_meant(
        self, database: Database
    ) -> None:
        with database.transaction() as t:
            ada = made(t)
            with pytest.raises(InvalidAddress, match=r"10\.0\.0\.0/8"):
                whitelists.add(t, CLI, ada, [("10.0.0.1/8", "")])

    @pytest.mark.parametrize("comment", ["x" * 256, "a\nb"])
    def test_a_bad_comment_is_refused(self, database: Database, comment: str) -> None:
        with database.transaction() as t:
            ada = made(t)
            with pytest.raises(InvalidComment):
                whitelists.add(t, CLI, ada, [("192.0.2.1", comment)])

    def test_a_full_list_takes_known_entries_only(self, database: Database) -> None:
        many = [(f"10.0.{number}.0/24", "") for number in range(LIMIT)]
        with database.transaction() as t:
            ada = made(t)
            assert len(whitelists.add(t, CLI, ada, many)) == LIMIT
            assert len(whitelists.add(t, CLI, ada, many[:3])) == LIMIT
            with pytest.raises(WhitelistLimitReached):
                whitelists.add(t, CLI, ada, [("192.0.2.1", "")])


class TestRemove:
    def test_an_entry_goes_by_exactly_its_network(self, database: Database) -> None:
        with database.transaction() as t:
            ada = made(t)
            whitelists.add(t, CLI, ada, [("192.0.2.0/24", ""), ("192.0.2.7", "")])
            with pytest.raises(WhitelistEntryNotFound):
                whitelists.remove(t, CLI, ada, "192.0.2.8", caller=None)
            whitelists.remove(t, CLI, ada, "192.0.2.7/32", caller=None)
            assert [str(e.network) for e in t.whitelists.entries(ada.id)] == ["192.0.2.0/24"]

    @pytest.mark.parametrize(
        ("others", "kept"),
        [
            ([], True),
            (["198.51.100.0/24"], True),
            (["192.0.2.0/24"], False),
            (["0.0.0.0/0"], False),
        ],
    )
    def test_nobody_removes_what_lets_him_in(
        self, database: Database, others: list[str], kept: bool
    ) -> None:
        with database.transaction() as t:
            ada = made(t)
            whitelists.add(t, CLI, ada, [(text, "") for text in ("192.0.2.7", *others)])
            if kept:
                with pytest.raises(CallerOnEntry, match=r"192\.0\.2\.7"):
                    whitelists.remove(t, CLI, ada, "192.0.2.7", caller=CALLER)
            else:
                whitelists.remove(t, CLI, ada, "192.0.2.7", caller=CALLER)
            assert len(t.whitelists.entries(ada.id)) == len(others) + kept

    def test_who_is_on_no_entry_loses_none(self, database: Database) -> None:
        with database.transaction() as t:
            ada = made(t)
            whitelists.add(t, CLI, ada, [("198.51.100.1", "")])
            whitelists.remove(t, CLI, ada, "198.51.100.1", caller=CALLER)
            assert t.whitelists.entries(ada.id) == ()

    def test_an_unrestricted_list_lets_in_ipv6_callers(self, database: Database) -> None:
        with database.transaction() as t:
            ada = made(t)
            whitelists.add(t, CLI, ada, [("0.0.0.0/0", "")])
            with pytest.raises(CallerOnEntry):
                whitelists.remove(
                    t, CLI, ada, "0.0.0.0/0", caller=address.parse_address("2001:db8::1")
                )


class TestOwner:
    """Every verb on an entry asks whose list it is on."""

    def test_no_user_reaches_the_list_of_another(self, database: Database) -> None:
        with database.transaction() as t:
            ada, eve = made(t), made(t, "eve")
            entries = whitelists.add(t, CLI, ada, [("192.0.2.7", "")])
            with pytest.raises(WhitelistEntryNotFound):
                whitelists.remove(t, CLI, eve, "192.0.2.7", caller=None)
            with pytest.raises(WhitelistEntryNotFound):
                whitelists.get(t, database.records, eve, "192.0.2.7")
            assert whitelists.list(t, database.records, eve) == ()
            whitelists.add(t, CLI, eve, [("192.0.2.7", "hers")])
            whitelists.remove(t, CLI, eve, "192.0.2.7", caller=None)
            assert whitelists.list(t, database.records, ada) == entries


def test_an_entry_tells_how_often_it_let_its_owner_through(database: Database, edge: Edge) -> None:
    with database.transaction() as t:
        ada = made(t)
        whitelists.add(t, CLI, ada, [("192.0.2.7", ""), ("198.51.100.0/24", "")])
        used = t.whitelists.get(ada.id, address.parse_network("192.0.2.7"))
        assert used is not None
    moment = edge.now() + timedelta(seconds=2)
    row = AccessRecord(
        "d1", moment, "whitelist.add", "POST", "/", "allow", address=CALLER, entry_ids=(used.id,)
    )
    database.records.write(Batch(rows=[row]))
    with database.snapshot() as s:
        found = whitelists.get(s, database.records, ada, "192.0.2.7/32")
        assert (found.count, found.last_used, found.last_used_address) == (1, moment, str(CALLER))
        assert [e.count for e in whitelists.list(s, database.records, ada) if e.count] == [1]


def test_each_use_leaves_one_event_and_tells_the_judge(database: Database) -> None:
    with database.transaction() as t:
        ada = made(t)
    epoch = database.counter()
    for _ in range(2):
        with database.transaction() as t:
            whitelists.add(t, CLI, ada, [("192.0.2.7", "home"), ("10.0.0.0/8", "")])
    assert database.counter() == epoch + 1
    assert changed(database, epoch) == {("user", ada.id)}
    with database.transaction() as t:
        whitelists.remove(t, CLI, ada, "10.0.0.0/8", caller=CALLER)
        add, remove = told(t)[-2:]
    assert (add.action, add.details) == ("whitelist.add", {"entries": "192.0.2.7, 10.0.0.0/8"})
    assert (remove.action, remove.details) == ("whitelist.remove", {"entries": "10.0.0.0/8"})
    assert changed(database, epoch + 1) == {("user", ada.id)}
