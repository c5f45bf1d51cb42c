from datetime import UTC, datetime, timedelta

from keyreeve.storage.database import Database
from storage.people import user

NOW = datetime(2026, 1, 2, 3, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
LINK, COOKIE = b"l" * 32, b"c" * 32


def test_a_link_turns_into_one_cookie(database: Database) -> None:
    with database.transaction() as t:
        t.setup_links.replace(LINK, LATER)
        assert not t.setup_links.holds(COOKIE, NOW)
        assert t.setup_links.exchange(LINK, COOKIE, NOW)
        assert not t.setup_links.exchange(LINK, b"x" * 32, NOW)
        assert t.setup_links.holds(COOKIE, NOW)
        assert not t.setup_links.holds(COOKIE, LATER)
        assert not t.setup_links.spend(COOKIE, LATER)
        assert t.setup_links.spend(COOKIE, NOW)
        assert not t.setup_links.spend(COOKIE, NOW)


def test_a_new_link_ends_the_old_one_and_its_cookie(database: Database) -> None:
    with database.transaction() as t:
        t.setup_links.replace(LINK, LATER)
        t.setup_links.exchange(LINK, COOKIE, NOW)
        t.setup_links.replace(b"n" * 32, LATER)
        assert not t.setup_links.holds(COOKIE, NOW)
        t.setup_links.forget()
        assert not t.setup_links.exchange(b"n" * 32, COOKIE, NOW)


def test_any_user_is_seen(database: Database) -> None:
    with database.transaction() as t:
        assert not t.setup_links.any_user()
        t.users.add(user(1))
        assert t.setup_links.any_user()
