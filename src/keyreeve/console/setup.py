"""The first run: a link from the log, traded for a cookie, makes the first account."""

from collections.abc import Callable, Mapping

from keyreeve.console import answers, notices, problems, shells, words
from keyreeve.console.answers import Answer
from keyreeve.console.cookies import Cookie, SetCookie
from keyreeve.console.parts import Field, Notice
from keyreeve.console.routes import Route
from keyreeve.console.views import Setup
from keyreeve.console.visit import Rule, Visit
from keyreeve.domain import user as user_rules
from keyreeve.domain.errors import InvalidName, InvalidUsername, SetupOver, WeakPassword
from keyreeve.services import sessions, setup, users
from keyreeve.services.users import PasswordHash

PATH = "/setup"

_FIELDS = ("email", "first_name", "last_name")
_STALE = "This page was open for too long. Check what you typed, and send it once more."


def show(visit: Visit) -> Answer:
    """Trade the link for a cookie, so that its secret leaves the address; then show the form."""
    token = visit.query["token"]
    if token:
        return _traded(visit, token)
    with visit.database.snapshot() as s:
        holds = setup.find(s, visit.cookies.get(Cookie.SETUP, ""), visit.house.edge)
    return _form(visit, answers.OK) if holds else problems.setup_over(visit)


def again(visit: Visit) -> Answer:
    """Show the form once more, since its token is stale."""
    return _form(visit, answers.FORBIDDEN, said=_STALE)


def create(visit: Visit) -> Answer:
    """Make the first account and sign it in."""
    wrong = _problems(visit)
    if wrong:
        return _form(visit, answers.REFUSED, wrong)
    try:
        token = _made(visit, users.hashed(visit.form["password"]))
    except SetupOver:
        return problems.setup_over(visit)
    except InvalidUsername as refused:
        return _form(visit, answers.REFUSED, {"email": words.reason(refused)})
    return answers.to(
        "/",
        SetCookie(Cookie.SESSION, token),
        SetCookie(Cookie.SETUP, None),
        SetCookie(Cookie.VISIT, None),
        notices.said("welcome"),
    )


def _traded(visit: Visit, token: str) -> Answer:
    with visit.database.transaction() as t:
        cookie = setup.exchange(t, token)
    if cookie is None:
        return problems.setup_over(visit)
    return answers.to(PATH, SetCookie(Cookie.SETUP, cookie))


def _made(visit: Visit, password: PasswordHash) -> str:
    """Make user, group and session in one transaction; return the secret of the session."""
    form = visit.form
    with visit.database.transaction() as t:
        user = setup.complete(
            t,
            visit.cookies.get(Cookie.SETUP, ""),
            username=form["email"].strip(),
            first_name=form["first_name"],
            last_name=form["last_name"],
            password=password,
        )
        _, token = sessions.begin(
            t,
            visit.actor(user),
            user,
            address=visit.caller,
            browser=visit.browser,
            verified=True,
        )
    return token


def _problems(visit: Visit) -> dict[str, str]:
    """Return what is wrong with each field, so that all of it can be put right at once."""
    form, found = visit.form, dict[str, str]()
    checks: dict[str, Callable[[str], object]] = {
        "email": lambda text: user_rules.check_username(text.strip()),
        "first_name": lambda text: user_rules.check_name("firstName", text),
        "last_name": lambda text: user_rules.check_name("lastName", text),
        "password": user_rules.check_password,
    }
    for name, check in checks.items():
        try:
            check(form[name])
        except (InvalidUsername, InvalidName, WeakPassword) as refused:
            found[name] = words.reason(refused)
    return found


def _form(
    visit: Visit, status: int, wrong: Mapping[str, str] | None = None, *, said: str = ""
) -> Answer:
    """Show the form with what was typed; a password is never sent back."""
    fields = {name: Field(name, visit.form[name], (wrong or {}).get(name)) for name in _FIELDS}
    password = Field("password", "", (wrong or {}).get("password"))
    shell = shells.bare(visit, *([Notice("refusal", said)] if said else []))
    return answers.page(Setup(shell, **fields, password=password), status=status)


routes = (
    Route("GET", PATH, show, Rule("anyone")),
    Route("POST", PATH, create, Rule("anyone"), back=lambda _: PATH, again=again, slow=True),
)
