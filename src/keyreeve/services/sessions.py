"""Console sessions: begun by a password, verified by a second factor, ended by their user."""

import hashlib
from base64 import urlsafe_b64encode
from dataclasses import replace
from datetime import timedelta

from keyreeve.domain.audit import Actor
from keyreeve.domain.edge import Edge
from keyreeve.domain.session import Session
from keyreeve.domain.user import User
from keyreeve.storage.transaction import Snapshot, Transaction

TOKEN_BYTES = 32
SEEN_EVERY = timedelta(minutes=1)
BROWSER_LIMIT = 100


def begin(  # noqa: PLR0913 - each is a column
    t: Transaction,
    actor: Actor,
    user: User,
    *,
    address: str | None,
    browser: str,
    verified: bool,
) -> tuple[Session, str]:
    """Begin a session; return it with the secret for the browser, which is kept nowhere."""
    now = t.edge.now()
    t.sessions.remove_old(now)
    session = Session(
        id=t.edge.new_id(),
        user_id=user.id,
        started=now,
        last_seen=now,
        verified=verified,
        address=address,
        browser=browser[:BROWSER_LIMIT],
    )
    token = new_token(t.edge)
    t.sessions.add(session, digest(token))
    if verified:
        t.record(actor, "session.begin", session.id, user_id=user.id)
    return session, token


def find(s: Snapshot, token: str, edge: Edge) -> tuple[Session, User] | None:
    """Return the session of this secret and whose it is; None if it is over, or he is disabled."""
    session = s.sessions.by_token(digest(token))
    if session is None or session.is_over(edge.now()):
        return None
    user = s.users.get(session.user_id)
    return (session, user) if user is not None and user.enabled else None


def seen(t: Transaction, session: Session, address: str | None) -> None:
    """Note that a session is in use. Writes at most once a minute, and no audit event."""
    now = t.edge.now()
    if now - session.last_seen >= SEEN_EVERY or address != session.address:
        t.sessions.seen(session.id, now, address)


def rotate(t: Transaction, session: Session) -> tuple[Session, str]:
    """Give a session a new secret; the old one opens nothing any more."""
    token = new_token(t.edge)
    t.sessions.change(session.id, digest(token), verified=session.verified)
    return session, token


def verify(t: Transaction, actor: Actor, session: Session) -> tuple[Session, str]:
    """Let a session in whose second factor was shown, under a new secret."""
    token = new_token(t.edge)
    t.sessions.change(session.id, digest(token), verified=True)
    t.record(actor, "session.begin", session.id, user_id=session.user_id)
    return replace(session, verified=True), token


def end(t: Transaction, actor: Actor, user: User, session_id: str) -> bool:
    """End one session of a user; tell whether there was one."""
    ended = t.sessions.remove(user.id, session_id)
    if ended:
        t.record(actor, "session.end", session_id, user_id=user.id)
    return ended


def end_all(t: Transaction, actor: Actor, user: User, *, but: Session | None = None) -> int:
    """End all sessions of a user, but perhaps the one he is in; return how many."""
    ended = t.sessions.remove_all(user.id, but=None if but is None else but.id)
    if ended:
        details: dict[str, str | bool | int | None] = {"count": ended}
        t.record(actor, "session.end_all", user.id, user_id=user.id, details=details)
    return ended


def list(s: Snapshot, user: User, edge: Edge) -> tuple[Session, ...]:  # noqa: A001 - called as sessions.list
    """Return the sessions in which a user is signed in, the last used first."""
    now = edge.now()
    return tuple(one for one in s.sessions.list(user.id) if one.verified and not one.is_over(now))


def new_token(edge: Edge) -> str:
    """Return a secret for a browser: 256 bits, fit for a cookie or an address."""
    return urlsafe_b64encode(edge.entropy(TOKEN_BYTES)).rstrip(b"=").decode("ascii")


def digest(token: str) -> bytes:
    """Return what is kept of such a secret. Nobody guesses 256 bits, so no slow hash is needed."""
    return hashlib.sha256(token.encode()).digest()
