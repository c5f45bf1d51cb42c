"""Sign-in: email and password, then a code where there is a second factor; and signing out."""

from keyreeve.console import admission, answers, codes, forms, notices, shells, times
from keyreeve.console.admission import HalfSignedIn, SignedOut
from keyreeve.console.answers import Answer
from keyreeve.console.cookies import Cookie, SetCookie
from keyreeve.console.parts import Field, Notice
from keyreeve.console.routes import Route
from keyreeve.console.views import SignIn, SignInCode
from keyreeve.console.visit import Rule, Visit
from keyreeve.domain.errors import SignInThrottled
from keyreeve.services import second_factors, sessions, sign_ins
from keyreeve.storage.transaction import Transaction

PATH = "/sign-in"
CODE = "/sign-in/code"

_WRONG = "That email and password do not belong together. Check both, and try again."
_STALE = "This page was open for too long, or another one took its place. Please sign in again."
_PAUSED = "Too many attempts failed. Sign-in is paused for a while; try again {0}."


def show(visit: Visit) -> Answer:
    """Show the form; one who is signed in needs none."""
    try:
        with admission.look(visit):
            return answers.to(answers.safe(visit.query["after"]))
    except HalfSignedIn:
        return answers.to(forms.path(CODE, after=visit.query["after"]))
    except SignedOut:
        return _form(visit, answers.OK)


def again(visit: Visit) -> Answer:
    """Show the form once more, since its token is stale; another tab may have signed in."""
    try:
        with admission.look(visit):
            return answers.to("/")
    except (SignedOut, HalfSignedIn):
        return _form(visit, answers.FORBIDDEN, _STALE)


def sign_in(visit: Visit) -> Answer:
    """Begin a session for the right password; half a one where a second factor is missing."""
    email, password = visit.form["email"].strip(), visit.form["password"]
    try:
        with visit.database.transaction() as t:
            sign_ins.admit(t, email, visit.caller)
    except SignInThrottled as refused:
        wait = times.after(float(refused.parameters[0]))
        return _form(visit, answers.TOO_MANY, _PAUSED.format(wait))
    with visit.database.snapshot() as s:
        _, hash_ = sign_ins.stored_hash(s, email)
    if not sign_ins.matches(hash_, password):
        return _form(visit, answers.REFUSED, _WRONG)
    return _begin(visit, email, hash_)


def show_code(visit: Visit) -> Answer:
    """Ask for the code."""
    with admission.look(visit):
        return _code_form(visit, Field("code"), answers.OK)


def check_code(visit: Visit) -> Answer:
    """Make half a session a whole one, under a new cookie."""
    now = visit.house.edge.now()
    with admission.change(visit) as (t, admitted):
        actor = visit.actor(admitted.user)
        fault = codes.fault(second_factors.verify(t, actor, admitted.user, visit.form["code"]), now)
        if fault is None:
            _, token = sessions.verify(t, actor, admitted.session)
    if fault is not None:
        return _code_form(visit, Field("code", "", fault.sentence), fault.status)
    return answers.to(answers.safe(visit.form["after"]), SetCookie(Cookie.SESSION, token))


def sign_out(visit: Visit) -> Answer:
    """End this session, whole or half; without one there is nothing to do."""
    with visit.database.transaction() as t:
        _end_former(t, visit)
    return answers.to(PATH, SetCookie(Cookie.SESSION, None), notices.said("signed-out"))


def _begin(visit: Visit, email: str, hash_: str) -> Answer:
    """Begin the session, unless the user was disabled or his password changed meanwhile."""
    with visit.database.transaction() as t:
        user, still = sign_ins.stored_hash(t, email)
        if user is None or still != hash_:
            return _form(visit, answers.REFUSED, _WRONG)
        sign_ins.succeeded(t, email, visit.caller)
        _end_former(t, visit)
        whole = second_factors.enabled(t, user) is None
        _, token = sessions.begin(
            t,
            visit.actor(user),
            user,
            address=visit.caller,
            browser=visit.browser,
            verified=whole,
        )
    after = answers.safe(visit.form["after"])
    cookies = (SetCookie(Cookie.SESSION, token), SetCookie(Cookie.VISIT, None))
    return answers.to(after if whole else forms.path(CODE, after=after), *cookies)


def _end_former(t: Transaction, visit: Visit) -> None:
    """End the session that this browser had: it has one at a time."""
    found = sessions.find(t, visit.token, visit.house.edge) if visit.token else None
    if found is not None:
        session, user = found
        sessions.end(t, visit.actor(user), user, session.id)


def _form(visit: Visit, status: int, *problems: str) -> Answer:
    shell = shells.bare(visit, *(Notice("refusal", problem) for problem in problems))
    email = Field("email", visit.form["email"] or visit.query["email"])
    after = visit.form["after"] or visit.query["after"]
    return answers.page(SignIn(shell, email, after=after), status=status)


def _code_form(visit: Visit, code: Field, status: int) -> Answer:
    after = visit.form["after"] or visit.query["after"]
    return answers.page(SignInCode(shells.bare(visit), code, after), status=status)


def _back(visit: Visit) -> str:
    return forms.path(PATH, after=visit.form["after"])


routes = (
    Route("GET", PATH, show, Rule("anyone")),
    Route("POST", PATH, sign_in, Rule("anyone"), back=_back, again=again, slow=True),
    Route("GET", CODE, show_code, Rule("half")),
    Route("POST", CODE, check_code, Rule("half"), back=lambda _: CODE),
    Route("POST", "/sign-out", sign_out, Rule("anyone")),
)
