"""New groups."""

from keyreeve.console import (
    admission,
    answers,
    forms,
    notices,
    permission,
    problems,
    shells,
    words,
)
from keyreeve.console.admission import Admitted
from keyreeve.console.answers import Answer
from keyreeve.console.cookies import Cookie, SetCookie
from keyreeve.console.parts import Field
from keyreeve.console.routes import Route
from keyreeve.console.views import NewGroup
from keyreeve.console.visit import Visit
from keyreeve.domain.errors import GroupAlreadyExists, InvalidName
from keyreeve.services import groups

PATH = "/groups/new"


def show(visit: Visit) -> Answer:
    """Show the form."""
    return _form(visit, Field("name", visit.query["name"]), answers.OK)


def create(visit: Visit) -> Answer:
    """Make a group; whoever makes it is its Owner."""
    name = visit.form["name"]
    try:
        with admission.change(visit) as (t, admitted):
            if not _may(visit, admitted):
                return problems.no_new_groups(visit)
            actor = visit.actor(admitted.user)
            group = groups.create(t, actor, name=name, owner=admitted.user)
    except InvalidName as refused:
        return _form(visit, Field("name", name, words.reason(refused)), answers.REFUSED)
    except GroupAlreadyExists as refused:
        return _form(visit, Field("name", name, words.sentence(refused)), answers.REFUSED)
    return answers.to(
        f"/groups/{group.id}/settings",
        SetCookie(Cookie.GROUP, group.id),
        notices.said("group-made", group.name),
    )


def _form(visit: Visit, name: Field, status: int) -> Answer:
    with admission.look(visit) as (s, admitted):
        if not _may(visit, admitted):
            return problems.no_new_groups(visit)
        shell = shells.of(visit, s, admitted, "home")
        return answers.page(NewGroup(shell, name), status=status)


def _may(visit: Visit, admitted: Admitted) -> bool:
    return permission.may_make_groups(admitted.subject, anyone=visit.house.anyone_makes_groups)


def _back(visit: Visit) -> str:
    return forms.path(PATH, name=visit.form["name"])


routes = (
    Route("GET", PATH, show),
    Route("POST", PATH, create, back=_back),
)
