from keyreeve.domain.whitelist import WhitelistEntry
from keyreeve.protocol import address
from keyreeve.storage.database import Database
from storage.people import NOW, id_of, user

HOME = address.parse_network("192.0.2.7")
RANGE = address.parse_network("2001:db8::/32")


def entry(number: int, owner: int, network: address.Network) -> WhitelistEntry:
    return WhitelistEntry(id_of(number), id_of(owner), network, NOW, f"entry {number}")


def test_an_entry_comes_back_as_it_was_kept(database: Database) -> None:
    kept = (entry(10, 1, HOME), entry(11, 1, RANGE))
    with database.transaction() as t:
        t.users.add(user(1))
        for one in kept:
            t.whitelists.add(one)
    with database.snapshot() as s:
        assert s.whitelists.entries(id_of(1)) == kept
        assert s.whitelists.get(id_of(1), RANGE) == kept[1]


def test_a_list_is_its_owners_alone(database: Database) -> None:
    with database.transaction() as t:
        t.users.add(user(1))
        t.users.add(user(2))
        t.whitelists.add(entry(10, 1, HOME))
        t.whitelists.add(entry(11, 2, HOME))
        assert t.whitelists.get(id_of(1), RANGE) is None
        assert not t.whitelists.remove(id_of(3), HOME)
        assert t.whitelists.remove(id_of(2), HOME)
        assert not t.whitelists.remove(id_of(2), HOME)
        assert t.whitelists.get(id_of(2), HOME) is None
        assert t.whitelists.entries(id_of(1)) == (entry(10, 1, HOME),)
