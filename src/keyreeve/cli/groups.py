"""`keyreeve group`: groups, and whether their public API is open."""

from typing import Annotated, Literal, TypeAlias

from cyclopts import Parameter

from keyreeve.cli import documents
from keyreeve.cli.answers import Answer, results
from keyreeve.cli.installations import actor, changing, looking
from keyreeve.cli.words import NameOrId, Switch
from keyreeve.domain.errors import Refusal
from keyreeve.domain.group import Group
from keyreeve.services import groups, users

Mode: TypeAlias = Literal["enforce", "observe"]

OBSERVED = (
    "It is observed: doors in front of other APIs let whoever has a valid key through to it, "
    "member or not, and note what they would refuse."
)


class NothingToSet(Refusal):
    """A group was to be set, but not to what."""

    code = "NOTHING_TO_SET"
    sentence = "Say what to set: --public-api, --mode or both."


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


def set_(
    name_or_id: NameOrId, /, *, public_api: Switch | None = None, mode: Mode | None = None
) -> Answer:
    """Open or close a group's public API, or observe the group, from the next request on.

    Parameters
    ----------
    public_api
        Whether its public API is open.
    mode
        Whether doors in front of other APIs enforce there, or only note what they would refuse.
    """
    if public_api is None and mode is None:
        raise NothingToSet
    with changing() as t:
        group = groups.find(t, name_or_id)
        if public_api is not None:
            group = groups.set_public_api(t, actor(), group, enabled=public_api == "on")
        if mode is not None:
            group = groups.set_mode(t, actor(), group, observed=mode == "observe")
    return _told(group, "is set")


def _told(group: Group, done: str) -> Answer:
    state = "on" if group.public_api_enabled else "off"
    sentence = f"Group {group.name} (id {group.id}) {done}; its public API is {state}."
    if group.observed:
        sentence = f"{sentence} {OBSERVED}"
    return Answer(documents.group(group), sentence)
