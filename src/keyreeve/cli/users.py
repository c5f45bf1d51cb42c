"""`keyreeve user`: users and their state."""

from typing import Annotated

from cyclopts import Parameter

from keyreeve.cli import documents, words
from keyreeve.cli.answers import Answer, results
from keyreeve.cli.installations import actor, changing, looking
from keyreeve.cli.words import Email, PasswordStdin
from keyreeve.domain.errors import LastOwner, Refusal
from keyreeve.domain.user import User
from keyreeve.services import second_factors, users


class LastOwnerStays(Refusal):
    """Nobody else would be Owner, and the command did not say that this is meant."""

    code = LastOwner.code
    sentence = f"{LastOwner.sentence} With --force he is disabled all the same."


ExtraRoles = Annotated[
    list[str] | None,
    Parameter(negative=(), help="A global role, such as GLOBAL_OWNER; may be repeated."),
]


def create(
    email: Annotated[str, Parameter(name="EMAIL", help="The login: an e-mail address.")],
    /,
    *,
    first_name: str = "",
    last_name: str = "",
    password_stdin: PasswordStdin = False,
    role: ExtraRoles = None,
) -> Answer:
    """Create a user.

    Parameters
    ----------
    first_name
        The first name; without one, the part of the login before the @.
    last_name
        The last name; without one, the part of the login after the @.
    """
    password = users.hashed(words.read_password()) if password_stdin else None
    local, _, host = email.rpartition("@")
    with changing() as t:
        made = users.create(
            t,
            actor(),
            username=email,
            first_name=first_name or local,
            last_name=last_name or host,
            password=password,
            global_roles=role or (),
        )
    return _told(made, "User {} is created")


def list_() -> Answer:
    """List the users."""
    with looking() as s:
        found = s.users.list()
    return Answer(results(map(documents.user, found)), documents.users(found))


def disable(
    email: Email,
    /,
    *,
    force: Annotated[bool, Parameter(negative=(), show_default=False)] = False,
) -> Answer:
    """Disable a user: from the next request on none of his keys proves anything.

    Parameters
    ----------
    force
        Even if a group, or the installation, is left without an Owner.
    """
    try:
        with changing() as t:
            user = users.disable(t, actor(), users.find(t, email), force=force)
    except LastOwner as refusal:
        raise LastOwnerStays(*refusal.parameters) from None
    return _told(user, "User {} is disabled")


def enable(email: Email, /) -> Answer:
    """Enable a user again, with the keys and roles he had."""
    with changing() as t:
        user = users.enable(t, actor(), users.find(t, email))
    return _told(user, "User {} is enabled")


def password(email: Email, /, *, password_stdin: PasswordStdin = False) -> Answer:
    """Set a user's console password, read from standard input."""
    if not password_stdin:
        raise words.NoPassword("say so with --password-stdin")
    chosen = users.hashed(words.read_password())
    with changing() as t:
        user = users.find(t, email)
        users.set_password(t, actor(), user, chosen)
    return _told(user, "The password of {} is set")


def reset_second_factor(email: Email, /) -> Answer:
    """Forget a user's second factor, so that he can enrol another."""
    with changing() as t:
        user = users.find(t, email)
        had_one = second_factors.disable(t, actor(), user)
    done = "The second factor of {} is forgotten" if had_one else "{} has no second factor"
    return _told(user, done)


def _told(user: User, sentence: str) -> Answer:
    return Answer(documents.user(user), f"{sentence.format(user.username)} (id {user.id}).")
