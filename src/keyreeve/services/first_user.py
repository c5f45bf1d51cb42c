"""The first user, made over the API of an installation that has none."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from keyreeve.domain.api_key import ApiKey
from keyreeve.domain.audit import Actor
from keyreeve.domain.errors import UsersExist
from keyreeve.domain.role import GLOBAL_OWNER
from keyreeve.domain.user import User
from keyreeve.protocol.address import Address
from keyreeve.services import api_keys, users, whitelists
from keyreeve.services.users import PasswordHash
from keyreeve.storage.transaction import Snapshot, Transaction

ACTOR_NAME = "first user"
KEY_DESCRIPTION = "First key"
COMMENT = "First user"


@dataclass(frozen=True, slots=True)
class FirstUser:
    """The first user, and his key with its secret, which is nowhere else."""

    user: User
    key: ApiKey
    secret: str = field(repr=False)


def check_none(s: Snapshot) -> None:
    """Accept that the first user is still to be made.

    Raises:
        UsersExist: he was made, over this or in any other way.
    """
    if s.users.count():
        raise UsersExist


def create(  # noqa: PLR0913 - each is a column
    t: Transaction,
    *,
    username: str,
    first_name: str,
    last_name: str,
    password: PasswordHash,
    whitelist: Iterable[str],
    caller: Address | None,
) -> FirstUser:
    """Make the first user: a Global Owner with a key, and these entries on his whitelist.

    Raises:
        UsersExist: there is a user already.
        InvalidUsername, InvalidName: as for every user.
        InvalidAddress, WhitelistLimitReached: as for every whitelist.
    """
    check_none(t)
    actor = Actor(ACTOR_NAME, address=None if caller is None else str(caller))
    user = users.create(
        t,
        actor,
        username=username,
        first_name=first_name,
        last_name=last_name,
        password=password,
        global_roles=(GLOBAL_OWNER,),
    )
    key, secret = api_keys.generate(t, actor, user, KEY_DESCRIPTION)
    whitelists.add(t, actor, user, [(text, COMMENT) for text in whitelist])
    return FirstUser(user, key, secret)
