"""From a visit to an answer: the form is checked before anything is read or changed."""

from keyreeve.console import admission, answers, csrf, forms, notices, problems, sign_in
from keyreeve.console.admission import HalfSignedIn, NotPermitted, SignedOut, StepUpNeeded
from keyreeve.console.answers import Answer
from keyreeve.console.routes import Route
from keyreeve.console.visit import Visit


def answer(route: Route, visit: Visit, *, own: bool) -> Answer:
    """Answer a visit; `own` tells whether one of our own pages sent it, as its browser says."""
    try:
        if route.csrf:
            refused = _unproven(route, visit, own=own)
            if refused is not None:
                return refused
        else:
            admission.touch(visit)
        return route.handler(visit)
    except StepUpNeeded:
        if route.step_up is None:
            raise
        return route.step_up(visit)
    except NotPermitted as refused:
        return problems.not_permitted(visit, refused.reason)
    except HalfSignedIn:
        return answers.to(forms.path(sign_in.CODE, after=_after(route, visit)))
    except SignedOut:
        return _to_sign_in(route, visit)


def _unproven(route: Route, visit: Visit, *, own: bool) -> Answer | None:
    """Refuse a form that did not come from one of our pages, made for this very cookie."""
    if not own:
        return problems.foreign(visit)
    if csrf.is_right(visit.form["csrf"], visit.secret):
        return None
    if route.rule.entry != "anyone" and not visit.token:
        raise SignedOut
    if route.again is not None:
        return route.again(visit)
    return problems.stale(visit, route.back(visit))


def _to_sign_in(route: Route, visit: Visit) -> Answer:
    path = forms.path(sign_in.PATH, after=_after(route, visit))
    if visit.token or route.csrf:
        return answers.to(path, notices.said("session-ended"))
    return answers.to(path)


def _after(route: Route, visit: Visit) -> str:
    """Return where to go on after signing in: the page, or the form with what was typed."""
    return route.back(visit) if route.csrf else visit.target
