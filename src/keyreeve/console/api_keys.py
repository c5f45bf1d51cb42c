"""API keys: generated after a fresh code, shown once, switched off and on, deleted."""

from keyreeve.console import (
    admission,
    answers,
    api_access,
    codes,
    forms,
    notices,
    problems,
    shells,
    words,
)
from keyreeve.console.admission import AlreadySent
from keyreeve.console.answers import Answer
from keyreeve.console.cookies import Cookie, SetCookie
from keyreeve.console.parts import Field, GenerateDialog
from keyreeve.console.routes import Route
from keyreeve.console.views import KeyShown
from keyreeve.console.visit import Rule, Visit
from keyreeve.domain import api_key
from keyreeve.domain.errors import ApiKeyLimitReached, ApiKeyNotFound, InvalidDescription
from keyreeve.services import api_keys, second_factors, sessions, step_up

ACTION = "api_key.generate"


def generate(visit: Visit) -> Answer:
    """Make a key and show it, in this answer and never again."""
    try:
        with admission.change(visit) as (t, admitted):
            user = admitted.user
            key, secret = api_keys.generate(t, visit.actor(user), user, visit.form["description"])
            shell = shells.of(visit, t, admitted, "settings")
    except AlreadySent:
        return problems.already_sent(visit)
    except InvalidDescription as refused:
        return _refused(visit, words.reason(refused))
    except ApiKeyLimitReached as refused:
        return _refused(visit, f"{words.sentence(refused)} Delete one to make room for another.")
    call = api_access.curl(visit, user.username, secret)
    return answers.page(KeyShown(shell, key.id, key.description, secret, call))


def ask(visit: Visit) -> Answer:
    """Ask for a code before a key is made; what was typed waits in the form."""
    try:
        api_key.check_description(visit.form["description"])
    except InvalidDescription as refused:
        return _refused(visit, words.reason(refused))
    return _ask(visit, Field("code"), answers.OK)


def verify(visit: Visit) -> Answer:
    """Take the code. A right one lets one key be made within minutes, in this session only."""
    now = visit.house.edge.now()
    with admission.change(visit) as (t, admitted):
        user = admitted.user
        verdict = second_factors.verify(t, visit.actor(user), user, visit.form["code"])
        fault = codes.fault(verdict, now)
        if fault is None:
            step_up.grant(t, admitted.session, ACTION, user.id)
            _, token = sessions.rotate(t, admitted.session)
    if fault is not None:
        return _ask(visit, Field("code", "", fault.sentence), fault.status)
    description = visit.form["description"]
    path = forms.path(api_access.PATH, generate="1", verified="1", description=description)
    return answers.to(path, SetCookie(Cookie.SESSION, token))


def enable(visit: Visit) -> Answer:
    """Enable a key again."""
    return _switch(visit, enabled=True)


def disable(visit: Visit) -> Answer:
    """Disable a key: from now on it proves nothing."""
    return _switch(visit, enabled=False)


def delete(visit: Visit) -> Answer:
    """Delete a key for good."""
    key_id = visit.parameters["key"]
    try:
        with admission.change(visit) as (t, admitted):
            key = t.api_keys.get(admitted.user.id, key_id)
            api_keys.delete(t, visit.actor(admitted.user), admitted.user, key_id)
    except ApiKeyNotFound:
        return answers.to(api_access.PATH, notices.said("key-gone"))
    description = key_id if key is None else key.description
    return answers.to(api_access.PATH, notices.said("key-deleted", description))


def _switch(visit: Visit, *, enabled: bool) -> Answer:
    try:
        with admission.change(visit) as (t, admitted):
            user, key_id = admitted.user, visit.parameters["key"]
            key = api_keys.set_enabled(t, visit.actor(user), user, key_id, enabled=enabled)
    except ApiKeyNotFound:
        return answers.to(api_access.PATH, notices.said("key-gone"))
    code = "key-enabled" if enabled else "key-disabled"
    return answers.to(api_access.PATH, notices.said(code, key.description))


def _refused(visit: Visit, problem: str) -> Answer:
    description = Field("description", visit.form["description"], problem)
    dialog = GenerateDialog(description, opened=True)
    return api_access.page(visit, generate=dialog, status=answers.REFUSED)


def _ask(visit: Visit, code: Field, status: int) -> Answer:
    description = Field("description", visit.form["description"])
    dialog = GenerateDialog(description, opened=True, code=code)
    return api_access.page(visit, generate=dialog, status=status)


def _back(visit: Visit) -> str:
    return forms.path(api_access.PATH, generate="1", description=visit.form["description"])


def _list(_: Visit) -> str:
    return api_access.PATH


routes = (
    Route(
        "POST",
        api_access.PATH,
        generate,
        Rule(step_up=ACTION, once=True),
        back=_back,
        step_up=ask,
    ),
    Route("POST", f"{api_access.PATH}/keys/verify", verify, back=_back),
    Route("POST", f"{api_access.PATH}/keys/{{key}}/enable", enable, back=_list),
    Route("POST", f"{api_access.PATH}/keys/{{key}}/disable", disable, back=_list),
    Route("POST", f"{api_access.PATH}/keys/{{key}}/delete", delete, back=_list),
)
