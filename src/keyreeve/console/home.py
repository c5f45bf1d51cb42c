"""The start page: sign-in for a stranger, his groups for a user."""

from keyreeve.console import admission, answers, problems, shells, sign_in, words
from keyreeve.console.admission import Admitted, HalfSignedIn, SignedOut
from keyreeve.console.answers import Answer
from keyreeve.console.parts import GroupCard
from keyreeve.console.routes import Route
from keyreeve.console.views import Home
from keyreeve.console.visit import Rule, Visit
from keyreeve.domain import api_key
from keyreeve.domain.group import Group
from keyreeve.services import groups
from keyreeve.storage.transaction import Snapshot


def show(visit: Visit) -> Answer:
    """Show the groups of a user; a stranger may sign in, once there are users at all."""
    try:
        with admission.look(visit) as (s, admitted):
            return answers.page(_home(visit, s, admitted))
    except HalfSignedIn:
        return answers.to(sign_in.CODE)
    except SignedOut:
        with visit.database.snapshot() as s:
            if s.users.count() == 0:
                return problems.not_set_up(visit)
        return sign_in.show(visit)


def _home(visit: Visit, s: Snapshot, admitted: Admitted) -> Home:
    shell = shells.of(visit, s, admitted, "home")
    seen, total = groups.visible(s, admitted.subject, offset=0, limit=shells.GROUPS_SHOWN)
    current = None if shell.group is None else shell.group.id
    return Home(
        shell=shell,
        first_name=admitted.user.first_name,
        cards=tuple(_card(admitted, group, current) for group in seen),
        more=total - len(seen),
        key_count=len(s.api_keys.list(admitted.user.id)),
        key_limit=api_key.LIMIT,
        entry_count=len(s.whitelists.entries(admitted.user.id)),
    )


def _card(admitted: Admitted, group: Group, current: str | None) -> GroupCard:
    return GroupCard(
        link=shells.link(group),
        public_api_enabled=group.public_api_enabled,
        roles=words.roles(admitted.subject.roles_in(group.id)),
        current=group.id == current,
    )


routes = (Route("GET", "/", show, Rule("anyone")),)
