"""Signing in: tries are counted before a password is hashed, by address and never by name alone."""

import hashlib
import math
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from argon2.exceptions import InvalidHashError, VerificationError

from keyreeve.domain.errors import SignInThrottled
from keyreeve.domain.user import PASSWORD_LONGEST, User
from keyreeve.services import users
from keyreeve.storage.transaction import Snapshot, Transaction


@dataclass(frozen=True, slots=True)
class Limit:
    """How many tries may come at once, and how long until one more may."""

    burst: int
    interval: timedelta


FOR_NAME_AT_ADDRESS = Limit(5, timedelta(seconds=30))
FOR_ADDRESS = Limit(30, timedelta(seconds=5))


def admit(t: Transaction, username: str, address: str | None) -> None:
    """Count one try to sign in. Commit it before the password is looked at.

    A name alone is never throttled: whoever knows it could keep its owner out.

    Raises:
        SignInThrottled: too many tries; nothing was counted.
    """
    now = t.edge.now()
    t.throttles.forget_past(now)
    arrivals = []
    for digest, limit in _watched(username, address):
        arrival = max(t.throttles.arrival(digest, now), now) + limit.interval
        wait = arrival - now - limit.interval * limit.burst
        if wait > timedelta():
            raise SignInThrottled(math.ceil(wait.total_seconds()))
        arrivals.append((digest, arrival))
    for digest, arrival in arrivals:
        t.throttles.set(digest, arrival)


def stored_hash(s: Snapshot, username: str) -> tuple[User | None, str]:
    """Return who has this login now, and the hash to compare with: a dummy for nobody."""
    user = s.users.by_name(username)
    if user is None or not user.enabled or user.username != username:
        return None, _nobodys()
    return user, s.users.password_hash(user.id) or _nobodys()


def matches(hash_: str, password: str) -> bool:
    """Tell whether this is the password. Slow by intent: call it outside of any transaction."""
    # A longer one was never accepted, and would only cost time.
    try:
        return (
            len(password) <= PASSWORD_LONGEST
            and users.HASHER.verify(hash_, password)
            and hash_ != _nobodys()
        )
    except (VerificationError, InvalidHashError):
        return False


def succeeded(t: Transaction, username: str, address: str | None) -> None:
    """Forget the wrong tries for this name from this address."""
    digest, _ = _watched(username, address)[0]
    t.throttles.forget(digest)


@cache
def _nobodys() -> str:
    """Return what is verified in place of a hash that a user does not have: as slow as his."""
    return users.HASHER.hash("nobody's password")


def _watched(username: str, address: str | None) -> tuple[tuple[bytes, Limit], ...]:
    """Return what is counted, always in the same order: locks are then taken in one order."""
    named = f"sign-in name\0{address}\0{username.casefold()}"
    return (
        (hashlib.sha256(named.encode()).digest(), FOR_NAME_AT_ADDRESS),
        (hashlib.sha256(f"sign-in address\0{address}".encode()).digest(), FOR_ADDRESS),
    )
