"""The first run: one link, for whoever reads the log, makes the first Global Owner and a group."""

from datetime import timedelta

from keyreeve.domain.audit import Actor
from keyreeve.domain.edge import Edge
from keyreeve.domain.errors import SetupOver
from keyreeve.domain.role import GLOBAL_OWNER
from keyreeve.domain.user import User
from keyreeve.services import groups, sessions, users
from keyreeve.services.users import PasswordHash
from keyreeve.storage.transaction import Snapshot, Transaction

LIFETIME = timedelta(hours=1)
ACTOR = Actor("setup")
FIRST_GROUP = "First group"


def is_open(s: Snapshot) -> bool:
    """Tell whether no user exists yet. The first one ends the first run, however made."""
    return not s.setup_links.any_user()


def link(t: Transaction) -> str:
    """Return the secret of a new link, good for one use within an hour; an older one dies.

    Raises:
        SetupOver: a user exists.
    """
    if not is_open(t):
        raise SetupOver
    token = sessions.new_token(t.edge)
    t.setup_links.replace(sessions.digest(token), t.edge.now() + LIFETIME)
    return token


def exchange(t: Transaction, token: str) -> str | None:
    """Turn the secret of the link into that of a cookie; None if it does not hold (any more)."""
    if not is_open(t):
        return None
    cookie = sessions.new_token(t.edge)
    done = t.setup_links.exchange(sessions.digest(token), sessions.digest(cookie), t.edge.now())
    return cookie if done else None


def find(s: Snapshot, cookie: str, edge: Edge) -> bool:
    """Tell whether this cookie may still make the first user."""
    return is_open(s) and s.setup_links.holds(sessions.digest(cookie), edge.now())


def complete(  # noqa: PLR0913 - each is a column
    t: Transaction,
    cookie: str,
    *,
    username: str,
    first_name: str,
    last_name: str,
    password: PasswordHash,
) -> User:
    """Make the first user, a Global Owner, and a group that he owns.

    Raises:
        SetupOver: the cookie does not hold, or a user exists.
        InvalidUsername, InvalidName: as for every user; nothing is spent then.
    """
    if not is_open(t) or not t.setup_links.spend(sessions.digest(cookie), t.edge.now()):
        raise SetupOver
    user = users.create(
        t,
        ACTOR,
        username=username,
        first_name=first_name,
        last_name=last_name,
        password=password,
        global_roles=(GLOBAL_OWNER,),
    )
    groups.create(t, ACTOR, name=FIRST_GROUP, owner=user)
    return user
