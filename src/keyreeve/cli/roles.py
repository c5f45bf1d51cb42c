"""`keyreeve role`: who may do what in a group, or in all."""

from typing import Annotated

from cyclopts import Parameter

from keyreeve.cli.answers import Answer
from keyreeve.cli.installations import actor, changing
from keyreeve.cli.words import Email
from keyreeve.domain.errors import InvalidRole, Refusal
from keyreeve.domain.group import Group
from keyreeve.domain.role import GLOBAL_ROLES
from keyreeve.services import catalogue, groups, roles, users
from keyreeve.storage.transaction import Transaction

EVERY_GROUP = "*"

Place = Annotated[
    str, Parameter(name="NAME_OR_ID", help="The group, by name or id; '*' for a GLOBAL_ role.")
]
Role = Annotated[
    str,
    Parameter(
        name="ROLE",
        help="GROUP_ or GLOBAL_ with OWNER, USER_ADMIN or READ_ONLY, or one of the catalogue.",
    ),
]


class NoSuchRole(Refusal):
    """There is no such role, or none yet: importing a catalogue makes those that it names."""

    code = InvalidRole.code
    sentence = "{0} is not a role that can be granted here. There are {1}."


def grant(email: Email, name_or_id: Place, role: Role, /) -> Answer:
    """Give a user a role in a group, and with it a place there."""
    with changing() as t:
        user, group = users.find(t, email), _group(t, name_or_id)
        try:
            roles.grant(t, actor(), user, group, role)
        except InvalidRole:
            raise NoSuchRole(role, _known(t, group)) from None
    where = "every group" if group is None else group.name
    document = {"userId": user.id, "groupId": group and group.id, "role": role, "granted": True}
    return Answer(document, f"{user.username} holds {role} in {where}.")


def revoke(email: Email, name_or_id: Place, role: Role, /) -> Answer:
    """Take a role from a user; with his last role there he leaves the group."""
    with changing() as t:
        user, group = users.find(t, email), _group(t, name_or_id)
        roles.revoke(t, actor(), user, group, role)
    where = "every group" if group is None else group.name
    document = {"userId": user.id, "groupId": group and group.id, "role": role, "granted": False}
    return Answer(document, f"{user.username} does not hold {role} in {where} any more.")


def _group(t: Transaction, name_or_id: str) -> Group | None:
    """Return the group that is meant; None stands for every group."""
    return None if name_or_id == EVERY_GROUP else groups.find(t, name_or_id)


def _known(t: Transaction, group: Group | None) -> str:
    """Say which roles there are at a level."""
    if group is None:
        return ", ".join(sorted(GLOBAL_ROLES))
    return f"{', '.join(sorted(catalogue.group_roles(t)))}, and those that a catalogue will name"
