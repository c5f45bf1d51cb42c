"""The shell of a signed-in user's page: his groups, the one he is at, and what there is to say."""

from keyreeve.console import notices, permission
from keyreeve.console.admission import Admitted
from keyreeve.console.cookies import Cookie
from keyreeve.console.parts import GroupLink, Notice, Place, Shell
from keyreeve.console.visit import Visit
from keyreeve.domain.group import Group
from keyreeve.domain.subject import GroupState
from keyreeve.services import groups
from keyreeve.storage.transaction import Snapshot

GROUPS_SHOWN = 100


def of(visit: Visit, s: Snapshot, admitted: Admitted, place: Place, *said: Notice) -> Shell:
    """Return the shell of a page of this user."""
    shown, _ = groups.visible(s, admitted.subject, offset=0, limit=GROUPS_SHOWN)
    current = admitted.named or _last(visit, s, admitted) or next(iter(shown), None)
    return Shell(
        csrf=visit.csrf,
        username=admitted.user.username,
        groups=tuple(map(link, shown)),
        group=None if current is None else link(current),
        place=place,
        may_make_groups=permission.may_make_groups(
            admitted.subject, anyone=visit.house.anyone_makes_groups
        ),
        notices=(*_heard(visit), *said),
        here=visit.here,
    )


def bare(visit: Visit, *said: Notice) -> Shell:
    """Return the shell of a page for somebody not signed in."""
    return Shell(csrf=visit.csrf, notices=(*_heard(visit), *said), here=visit.here)


def link(group: Group) -> GroupLink:
    """Return a group as pages name it."""
    return GroupLink(group.id, group.name)


def _last(visit: Visit, s: Snapshot, admitted: Admitted) -> Group | None:
    """Return the group that was looked at last, if the user may still see it."""
    group = s.groups.get(visit.cookies.get(Cookie.GROUP, ""))
    if group is None:
        return None
    state = GroupState(group.id, group.public_api_enabled)
    seen = permission.refused(admitted.subject, permission.SEE_GROUP, state) is None
    return group if seen else None


def _heard(visit: Visit) -> tuple[Notice, ...]:
    notice = notices.heard(visit.cookies.get(Cookie.NOTICE, ""))
    return () if notice is None else (notice,)
