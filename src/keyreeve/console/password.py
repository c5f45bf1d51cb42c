"""The password: changed by whoever knows the one before."""

from keyreeve.console import account, admission, answers, notices, times, words
from keyreeve.console.answers import Answer
from keyreeve.console.cookies import Cookie, SetCookie
from keyreeve.console.parts import Field, PasswordForm
from keyreeve.console.routes import Route
from keyreeve.console.visit import Visit
from keyreeve.domain.errors import SignInThrottled, WeakPassword
from keyreeve.domain.user import User
from keyreeve.services import sessions, sign_ins, users
from keyreeve.services.users import PasswordHash
from keyreeve.storage.transaction import Snapshot

PATH = f"{account.PATH}/password"

_WRONG = "That is not your current password."
_PAUSED = "Too many wrong passwords. Try again {0}."


def change(visit: Visit) -> Answer:
    """Change the password; all other sessions of the user end."""
    try:
        hash_ = _counted(visit)
    except SignInThrottled as refused:
        wait = times.after(float(refused.parameters[0]))
        return _refused(visit, answers.TOO_MANY, current=_PAUSED.format(wait))
    if not sign_ins.matches(hash_, visit.form["current"]):
        return _refused(visit, answers.REFUSED, current=_WRONG)
    try:
        new = users.hashed(visit.form["new"])
    except WeakPassword as refused:
        return _refused(visit, answers.REFUSED, new=words.reason(refused))
    return _changed(visit, hash_, new)


def _counted(visit: Visit) -> str:
    """Count a try as sign-in does, and return the hash to compare with."""
    with admission.change(visit) as (t, admitted):
        sign_ins.admit(t, admitted.user.username, visit.caller)
        return _hash_of(t, admitted.user)


def _changed(visit: Visit, hash_: str, new: PasswordHash) -> Answer:
    """Change it, unless it was changed elsewhere while this one was hashed."""
    with admission.change(visit) as (t, admitted):
        user, actor = admitted.user, visit.actor(admitted.user)
        same = _hash_of(t, user) == hash_
        if same:
            users.set_password(t, actor, user, new)
            sessions.end_all(t, actor, user, but=admitted.session)
            sign_ins.succeeded(t, user.username, visit.caller)
            _, token = sessions.rotate(t, admitted.session)
    if not same:
        return _refused(visit, answers.REFUSED, current=_WRONG)
    said = notices.said("password-changed")
    return answers.to(account.PATH, SetCookie(Cookie.SESSION, token), said)


def _hash_of(s: Snapshot, user: User) -> str:
    _, hash_ = sign_ins.stored_hash(s, user.username)
    return hash_


def _refused(
    visit: Visit, status: int, *, current: str | None = None, new: str | None = None
) -> Answer:
    """Show the form again. Passwords are never sent back."""
    form = PasswordForm(Field("current", "", current), Field("new", "", new))
    return account.page(visit, password=form, status=status)


routes = (Route("POST", PATH, change, back=lambda _: account.PATH, slow=True),)
