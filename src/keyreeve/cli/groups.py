"""`keyreeve group`: groups, and whether their public API is open."""

from typing import Annotated

from cyclopts import Parameter

from keyreeve.cli import documents
from keyreeve.cli.answers import Answer, results
from keyreeve.cli.installations import actor, changing, looking
from keyreeve.cli.words import NameOrId, Switch
from keyreeve.domain.group import Group
from keyreeve.services import groups, users


def create(
    name: Annotated[str, Parameter(name="NAME", help="The name of the group.")],
    /,
    *,
    owner: str | None = None,
    public_api: Switch = "off",
    external_id: str | None = None,
) -> Answer:
    """Create a group.

    Parameters
    ----------
    owner
        The user who becomes its Owner, by login or id.
    public_api
        Whether its public API is open.
    external_id
        What a guarded API calls it in its paths, if that is not our id.
    """
    with changing() as t:
        group = groups.create(
            t,
            actor(),
            name=name,
            owner=None if owner is None else users.find(t, owner),
            public_api_enabled=public_api == "on",
            external_id=external_id,
        )
    return _told(group, "is created")


def list_() -> Answer:
    """List the groups."""
    with looking() as s:
        found = s.groups.list()
    return Answer(results(map(documents.group, found)), documents.groups(found))


def set_(name_or_id: NameOrId, /, *, public_api: Switch) -> Answer:
    """Open or close a group's public API, from the next request on.

    Parameters
    ----------
    public_api
        Whether its public API is open.
    """
    with changing() as t:
        group = groups.find(t, name_or_id)
        group = groups.set_public_api(t, actor(), group, enabled=public_api == "on")
    return _told(group, "is set")


def _told(group: Group, done: str) -> Answer:
    state = "on" if group.public_api_enabled else "off"
    sentence = f"Group {group.name} (id {group.id}) {done}; its public API is {state}."
    return Answer(documents.group(group), sentence)
