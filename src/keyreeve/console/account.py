"""Account: the second factor, the password and the sessions of the user himself."""

from dataclasses import replace

from keyreeve.console import admission, answers, notices, shells, times
from keyreeve.console.admission import Admitted
from keyreeve.console.answers import Answer
from keyreeve.console.cookies import Cookie, SetCookie
from keyreeve.console.parts import DisableDialog, Notice, PasswordForm, SessionRow
from keyreeve.console.routes import Route
from keyreeve.console.views import Account
from keyreeve.console.visit import Visit
from keyreeve.domain.session import Session
from keyreeve.services import second_factors, sessions
from keyreeve.storage.transaction import Snapshot

PATH = "/account"

_CODES_GONE = (
    "The recovery codes were shown once, and cannot be shown again. If you did not keep them, "
    "disable the second factor and set it up anew."
)


def show(visit: Visit) -> Answer:
    """Show the page; its query may open the dialog."""
    return page(visit, disable=DisableDialog(opened="disable" in visit.query))


def page(
    visit: Visit,
    *,
    disable: DisableDialog | None = None,
    password: PasswordForm | None = None,
    status: int = answers.OK,
) -> Answer:
    """Return the page with its forms as they are."""
    with admission.look(visit) as (s, admitted):
        view = _view(visit, s, admitted)
    if disable is not None:
        view = replace(view, disable=disable)
    if password is not None:
        view = replace(view, password=password)
    return answers.page(view, status=status)


def end_sessions(visit: Visit) -> Answer:
    """Sign out everywhere, here too."""
    with admission.change(visit) as (t, admitted):
        sessions.end_all(t, visit.actor(admitted.user), admitted.user)
    return answers.to(
        "/sign-in", SetCookie(Cookie.SESSION, None), notices.said("signed-out-everywhere")
    )


def _view(visit: Visit, s: Snapshot, admitted: Admitted) -> Account:
    user, now = admitted.user, visit.house.edge.now()
    factor = second_factors.enabled(s, user)
    said = (Notice("warning", _CODES_GONE),) if factor and "shown" in visit.query else ()
    return Account(
        shell=shells.of(visit, s, admitted, "account", *said),
        full_name=f"{user.first_name} {user.last_name}",
        second_factor=factor is not None,
        second_factor_since=None if factor is None else times.moment(factor.since, now),
        recovery_codes_left=0 if factor is None else factor.recovery_codes_left,
        disable=DisableDialog(),
        password=PasswordForm(),
        sessions=tuple(
            _session(visit, session, current=session.id == admitted.session.id)
            for session in sessions.list(s, user, visit.house.edge)
        ),
    )


def _session(visit: Visit, session: Session, *, current: bool) -> SessionRow:
    now = visit.house.edge.now()
    return SessionRow(
        started=times.moment(session.started, now),
        last_seen=times.moment(now if current else session.last_seen, now),
        address=session.address,
        browser=session.browser or "Another browser",
        current=current,
    )


routes = (
    Route("GET", PATH, show),
    Route("POST", f"{PATH}/sessions/end", end_sessions, back=lambda _: PATH),
)
