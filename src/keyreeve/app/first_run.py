"""The first run: a link for whoever starts an installation that has no users yet."""

from keyreeve.app import edge
from keyreeve.services import setup
from keyreeve.settings import Settings
from keyreeve.storage.database import Database


def link(settings: Settings, url: str) -> str | None:
    """Return where the first account is made, once and within an hour; None if there is one.

    A link that was printed before dies.
    """
    database = Database.open(settings, edge.real())
    try:
        with database.transaction() as t:
            if not setup.is_open(t):
                return None
            return f"{(settings.public_url or url).rstrip('/')}/setup?token={setup.link(t)}"
    finally:
        database.close()
