"""Naming: which group and which user a call names, by whichever directory is asked.

The judge asks what he remembers; explanations ask the database, or a world made up for a test.
"""

from collections.abc import Callable, Iterable
from typing import Literal, Protocol, TypeAlias

from keyreeve.domain.catalogue import Match
from keyreeve.domain.decision import NamedUser
from keyreeve.domain.subject import GroupState, Subject

LONGEST_FIELD = 255
"""Of a field that names a group."""

By: TypeAlias = Literal["id", "name"]


class Directory(Protocol):
    """Who knows the groups and users that calls name."""

    def group(self, by: By, value: str) -> GroupState | None:
        """Return the group that a call names so."""

    def user(self, by: By, value: str) -> NamedUser | None:
        """Return the user that a path names so."""


def group(
    match: Match, subject: Subject, field: Callable[[str], str], directory: Directory
) -> GroupState | None:
    """Return the group that a call names; one of the subject's own needs no look-up.

    `field` reads a header field of the call, by its name in lower case.
    """
    named = match.operation.group
    if named is None:
        return None
    if named.source == "path":
        value = match.parameters[named.parameter]
    else:
        value = named.parameter if named.source == "fixed" else field(named.parameter)
    if named.by == "id":
        membership = subject.memberships.get(value)
        if membership is not None:
            return membership.group
    return directory.group(named.by, value)


def user(match: Match, subject: Subject, directory: Directory) -> NamedUser | None:
    """Return the user that the path names; oneself needs no look-up."""
    named = match.operation.user
    if named is None:
        return None
    value = match.parameters[named.parameter]
    if value == (subject.user_id if named.by == "id" else subject.username):
        return NamedUser(subject.user_id, frozenset(subject.memberships))
    return directory.user(named.by, value)


def field(fields: Iterable[tuple[bytes, bytes]], name: str) -> str:
    """Return the value of a field that stands there exactly once; else nothing.

    One whose name only looks alike counts: `X_Group` becomes one with `X-Group` on its way to many
    an application.
    """
    wanted = name.encode()
    alike = _plain(wanted)
    found = [(each.lower(), value) for each, value in fields if _plain(each) == alike]
    if len(found) != 1 or found[0][0] != wanted or len(found[0][1]) > LONGEST_FIELD:
        return ""
    return found[0][1].decode("latin-1")


def _plain(name: bytes) -> bytes:
    """Return a name as CGI and its heirs have it."""
    return name.lower().replace(b"_", b"-").replace(b".", b"-")
