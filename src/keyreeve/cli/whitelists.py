"""`keyreeve whitelist`: the addresses from which a user may call whitelisted operations."""

from keyreeve.cli import documents
from keyreeve.cli.answers import Answer, results
from keyreeve.cli.installations import actor, changing, opened
from keyreeve.cli.words import Email, Network
from keyreeve.protocol import address
from keyreeve.services import users, whitelists

OPEN = "From any address whitelisted operations are now open to this user's keys."


def add(email: Email, address_or_cidr: Network, /, *, comment: str = "") -> Answer:
    """Add an address or range to a user's whitelist; one already there stays as it is.

    Parameters
    ----------
    comment
        What the address is for.
    """
    with changing() as t:
        user = users.find(t, email)
        entries = whitelists.add(t, actor(), user, [(address_or_cidr, comment)])
    network = address.parse_network(address_or_cidr)
    sentence = f"{network} is on the whitelist of {user.username}."
    if network == address.UNRESTRICTED:
        sentence = f"{sentence} {OPEN}"
    return Answer(results(map(documents.entry, entries)), sentence)


def remove(email: Email, address_or_cidr: Network, /) -> Answer:
    """Remove an entry from a user's whitelist."""
    with changing() as t:
        user = users.find(t, email)
        whitelists.remove(t, actor(), user, address_or_cidr, caller=None)
    entry = str(address.parse_network(address_or_cidr))
    document = {"username": user.username, "entry": entry, "listed": False}
    return Answer(document, f"{entry} is off the whitelist of {user.username}.")


def list_(email: Email, /) -> Answer:
    """List a user's whitelist, with the use of each entry."""
    with opened() as database, database.snapshot() as s:
        found = whitelists.list(s, database.records, users.find(s, email))
    return Answer(results(map(documents.entry, found)), documents.entries(found))
