"""Settings > Explain: why a call would be let through or not, and why one was."""

from keyreeve.console import admission, answers, explained, shells, told_calls, told_decisions
from keyreeve.console.admission import Admitted
from keyreeve.console.answers import Answer
from keyreeve.console.explained import CallForm, Told
from keyreeve.console.parts import Field, Shell
from keyreeve.console.routes import Route
from keyreeve.console.told_calls import Wrong
from keyreeve.console.views import Explain
from keyreeve.console.visit import Visit
from keyreeve.storage.transaction import Snapshot

PATH = "/settings/explain"

_EMPTY = Field("decision")


def show(visit: Visit) -> Answer:
    """Show the page. Its query may describe a call, or name a decision; it changes nothing."""
    with admission.look(visit) as (s, admitted):
        shell = shells.of(visit, s, admitted, "settings")
        if "decision" in visit.query:
            return answers.page(_looked_up(visit, s, admitted, shell))
        if "path" in visit.query:
            return answers.page(_explained(visit, s, admitted, shell))
    return answers.page(_page(visit, shell, _prefilled(visit, admitted, shell)))


def _explained(visit: Visit, s: Snapshot, admitted: Admitted, shell: Shell) -> Explain:
    try:
        told = told_calls.tell(visit, s, admitted, PATH)
    except Wrong as wrong:
        return _page(visit, shell, _form(visit, wrong))
    return _page(visit, shell, _form(visit), told=told)


def _looked_up(visit: Visit, s: Snapshot, admitted: Admitted, shell: Shell) -> Explain:
    wanted = visit.query["decision"].strip()
    told = told_decisions.tell(visit, s, admitted, wanted)
    problem = None if told else "There is no such decision, or it is not yours to read."
    form = _prefilled(visit, admitted, shell)
    return _page(visit, shell, form, told=told, decision=Field("decision", wanted, problem))


def _page(
    visit: Visit,
    shell: Shell,
    form: CallForm,
    *,
    told: Told | None = None,
    decision: Field = _EMPTY,
) -> Explain:
    return Explain(shell, form, decision, explained.hop_rows(visit.hops), told)


def _form(visit: Visit, wrong: Wrong | None = None) -> CallForm:
    """Return the form as it was filled in."""

    def field(name: str) -> Field:
        problem = wrong.reason if wrong is not None and wrong.field == name else None
        return Field(name, visit.query[name], problem)

    return CallForm(
        user=field("user"),
        method=field("method"),
        path=field("path"),
        address=field("address"),
        header=field("header"),
        api=visit.query["api"],
    )


def _prefilled(visit: Visit, admitted: Admitted, shell: Shell) -> CallForm:
    """Return a form that describes a call of the visitor from where he is now."""
    base = visit.house.own.bases[0]
    path = f"{base}/groups/{shell.group.id}" if shell.group else f"{base}/groups"
    return CallForm(
        user=Field("user", admitted.user.username),
        method=Field("method", "GET"),
        path=Field("path", path),
        address=Field("address", visit.caller or ""),
        header=Field("header"),
    )


routes = (Route("GET", PATH, show),)
