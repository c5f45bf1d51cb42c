"""Settings > Group Settings: the switch that opens a group's public API, and closes it."""

from keyreeve.console import admission, answers, notices, permission, shells, times, words
from keyreeve.console.admission import Admitted
from keyreeve.console.answers import Answer
from keyreeve.console.cookies import Cookie, SetCookie
from keyreeve.console.routes import Route
from keyreeve.console.views import GroupSettings
from keyreeve.console.visit import Rule, Visit
from keyreeve.domain.group import Group
from keyreeve.domain.subject import GroupState
from keyreeve.services import groups
from keyreeve.storage.transaction import Snapshot

ANY_GROUP = "/settings/group"
ON = "on"
OWNERS_NAMED = 3


def show_any(visit: Visit) -> Answer:
    """Lead to the settings of the group that was looked at last; without one say so."""
    with admission.look(visit) as (s, admitted):
        shell = shells.of(visit, s, admitted, "settings")
        if shell.group is None:
            return answers.page(GroupSettings(shell))
    return answers.to(path(shell.group.id))


def show(visit: Visit) -> Answer:
    """Show the settings of a group to whoever is in it."""
    with admission.look(visit) as (s, admitted):
        view = _settings(visit, s, admitted, admitted.group)
    return answers.page(view, SetCookie(Cookie.GROUP, admitted.group.id))


def lead(visit: Visit) -> Answer:
    """Lead from a group to its settings."""
    with admission.look(visit) as (_, admitted):
        return answers.to(path(admitted.group.id))


def set_public_api(visit: Visit) -> Answer:
    """Open or close the public API of a group. Closing what is closed already does no harm."""
    enabled = visit.form["enabled"] == ON
    with admission.change(visit) as (t, admitted):
        actor = visit.actor(admitted.user)
        group = groups.set_public_api(t, actor, admitted.group, enabled=enabled)
    said = notices.said("public-api-on" if enabled else "public-api-off", group.name)
    return answers.to(path(group.id), said)


def path(group_id: str) -> str:
    """Return the path of a group's settings."""
    return f"/groups/{group_id}/settings"


def _settings(visit: Visit, s: Snapshot, admitted: Admitted, group: Group) -> GroupSettings:
    state = GroupState(group.id, group.public_api_enabled)
    refused = permission.refused(admitted.subject, permission.SET_PUBLIC_API, state)
    owners = [s.users.get(user_id) for user_id in s.groups.owners(group.id)[:OWNERS_NAMED]]
    return GroupSettings(
        shell=shells.of(visit, s, admitted, "settings"),
        enabled=group.public_api_enabled,
        may_change=refused is None,
        external_id=group.external_id,
        roles=words.roles(admitted.subject.roles_in(group.id)),
        created=times.moment(group.created, visit.house.edge.now()),
        owners=tuple(owner.username for owner in owners if owner is not None),
    )


def _back(visit: Visit) -> str:
    return path(visit.parameters["group"])


routes = (
    Route("GET", "/settings", show_any),
    Route("GET", ANY_GROUP, show_any),
    Route("GET", "/groups/{group}", lead, Rule(role=permission.SEE_GROUP)),
    Route("GET", "/groups/{group}/settings", show, Rule(role=permission.SEE_GROUP)),
    Route(
        "POST",
        "/groups/{group}/public-api",
        set_public_api,
        Rule(role=permission.SET_PUBLIC_API),
        back=_back,
    ),
)
