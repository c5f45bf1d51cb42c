"""The whitelist: entries added, and deleted with a warning where one's own address stands on it."""

from keyreeve.console import admission, answers, api_access, forms, notices, words
from keyreeve.console.answers import Answer
from keyreeve.console.parts import AddDialog, Field
from keyreeve.console.routes import Route
from keyreeve.console.visit import Visit
from keyreeve.domain.errors import (
    InvalidAddress,
    InvalidComment,
    WhitelistEntryNotFound,
    WhitelistLimitReached,
)
from keyreeve.domain.whitelist import Whitelist, WhitelistEntry
from keyreeve.protocol import address
from keyreeve.protocol.address import UNRESTRICTED, MalformedAddress, Network
from keyreeve.services import whitelists


def add(visit: Visit) -> Answer:
    """Add an entry; one that is there already stays as it is."""
    text, comment = visit.form["address"].strip(), visit.form["comment"]
    try:
        network = address.parse_network(text)
        with admission.change(visit) as (t, admitted):
            user = admitted.user
            known = t.whitelists.get(user.id, network) is not None
            whitelists.add(t, visit.actor(user), user, [(text, comment)])
    except MalformedAddress as malformed:
        return _refused(visit, wrong=_what_is_wrong(malformed), offer=malformed.suggestion)
    except InvalidComment as refused:
        return _refused(visit, comment=words.reason(refused))
    except WhitelistLimitReached as refused:
        return _refused(visit, wrong=words.sentence(refused))
    return answers.to(api_access.PATH, notices.said(_added(network, known=known), str(network)))


def delete(visit: Visit) -> Answer:
    """Delete an entry. The page before has warned of an own address; the next one says it again."""
    text = visit.form["entry"]
    try:
        with admission.change(visit) as (t, admitted):
            user = admitted.user
            was_on = _is_on(visit, t.whitelists.entries(user.id))
            whitelists.remove(t, visit.actor(user), user, text, caller=None)
            is_on = _is_on(visit, t.whitelists.entries(user.id))
    except (WhitelistEntryNotFound, InvalidAddress):
        return answers.to(api_access.PATH, notices.said("entry-gone", text))
    code = "entry-deleted-own" if was_on and not is_on else "entry-deleted"
    said = notices.said(code, text, visit.form["comment"], visit.caller or "")
    return answers.to(api_access.PATH, said)


def _added(network: Network, *, known: bool) -> str:
    if network == UNRESTRICTED:
        return "entry-unrestricted"
    return "entry-known" if known else "entry-added"


def _is_on(visit: Visit, entries: tuple[WhitelistEntry, ...]) -> bool:
    """Tell whether these entries let the caller in."""
    return Whitelist({entry.network: entry.id for entry in entries}).admits(visit.address)


def _what_is_wrong(malformed: MalformedAddress) -> str:
    if malformed.suggestion is not None:
        return f"Bits are set behind the prefix. The range it lies in is {malformed.suggestion}."
    return f"That is no address or range: {malformed.reason}."


def _refused(
    visit: Visit, *, wrong: str | None = None, comment: str | None = None, offer: str | None = None
) -> Answer:
    dialog = AddDialog(
        Field("address", visit.form["address"], wrong),
        Field("comment", visit.form["comment"], comment),
        opened=True,
        suggestion=offer,
    )
    return api_access.page(visit, add=dialog, status=answers.REFUSED)


def _back(visit: Visit) -> str:
    typed = {name: visit.form[name] for name in ("address", "comment")}
    return forms.path(api_access.PATH, add="1", **typed)


def _list(_: Visit) -> str:
    return api_access.PATH


routes = (
    Route("POST", f"{api_access.PATH}/whitelist", add, back=_back),
    Route("POST", f"{api_access.PATH}/whitelist/delete", delete, back=_list),
)
