"""The second factor: set up with a first code, taken away with a code."""

import segno

from keyreeve.console import account, admission, answers, codes, notices, shells
from keyreeve.console.answers import Answer
from keyreeve.console.cookies import Cookie, SetCookie
from keyreeve.console.parts import DisableDialog, Field
from keyreeve.console.routes import Route
from keyreeve.console.views import RecoveryCodes, SecondFactorSetup
from keyreeve.console.visit import Visit
from keyreeve.services import second_factors, sessions

PATH = "/account/second-factor"


def begin(visit: Visit) -> Answer:
    """Make a secret that waits for its first code."""
    with admission.change(visit) as (t, admitted):
        if second_factors.enabled(t, admitted.user) is not None:
            return answers.to(account.PATH, notices.said("second-factor-on"))
        second_factors.begin(t, admitted.user)
    return answers.to(PATH)


def show(visit: Visit) -> Answer:
    """Show the secret that waits for its first code."""
    return _setup(visit, Field("code"), answers.OK)


def confirm(visit: Visit) -> Answer:
    """Take the first code, and show the recovery codes in this answer and never again."""
    now = visit.house.edge.now()
    with admission.change(visit) as (t, admitted):
        user = admitted.user
        outcome = second_factors.confirm(t, visit.actor(user), user, visit.form["code"])
        if isinstance(outcome, tuple):
            _, token = sessions.rotate(t, admitted.session)
            view = RecoveryCodes(shells.of(visit.under(token), t, admitted, "account"), outcome)
            return answers.page(view, SetCookie(Cookie.SESSION, token))
    fault = codes.fault(outcome, now)
    if fault is None:
        raise LookupError(outcome)
    return _setup(visit, Field("code", "", fault.sentence), fault.status)


def disable(visit: Visit) -> Answer:
    """Take the second factor away, for a code."""
    now = visit.house.edge.now()
    with admission.change(visit) as (t, admitted):
        user = admitted.user
        verdict = second_factors.verify(t, visit.actor(user), user, visit.form["code"])
        fault = codes.fault(verdict, now)
        if fault is None:
            second_factors.disable(t, visit.actor(user), user)
            _, token = sessions.rotate(t, admitted.session)
    if fault is not None:
        dialog = DisableDialog(Field("code", "", fault.sentence), opened=True)
        return account.page(visit, disable=dialog, status=fault.status)
    said = notices.said("second-factor-off")
    return answers.to(account.PATH, SetCookie(Cookie.SESSION, token), said)


def _setup(visit: Visit, code: Field, status: int) -> Answer:
    with admission.look(visit) as (s, admitted):
        waiting = second_factors.pending(s, admitted.user)
        if waiting is None:
            return answers.to(account.PATH)
        shell = shells.of(visit, s, admitted, "account")
    view = SecondFactorSetup(shell, _drawn(waiting.uri), _in_fours(waiting.secret), code)
    return answers.page(view, status=status)


def _drawn(uri: str) -> str:
    """Draw a QR code as an SVG element; colours and size are those of the page."""
    drawing: str = segno.make_qr(uri, error="m").svg_inline(
        omitsize=True, border=0, svgclass=None, lineclass=None
    )
    return drawing


def _in_fours(secret: str) -> str:
    return " ".join(secret[i : i + 4] for i in range(0, len(secret), 4))


routes = (
    Route("POST", PATH, begin, back=lambda _: account.PATH),
    Route("GET", PATH, show),
    # Its answer shows codes once. Under the path of the page that Close leads to, following
    # Close takes its place in the browser's history.
    Route("POST", account.PATH, confirm, back=lambda _: PATH),
    Route("POST", f"{PATH}/disable", disable, back=lambda _: f"{account.PATH}?disable=1"),
)
