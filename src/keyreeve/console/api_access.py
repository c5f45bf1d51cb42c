"""Settings > Public API Access: the page with a user's own API keys and his own whitelist."""

import base64
import shlex
from dataclasses import replace

from keyreeve.console import admission, answers, shells, times, words
from keyreeve.console.admission import Admitted
from keyreeve.console.answers import Answer
from keyreeve.console.parts import (
    AddDialog,
    EntryRow,
    Field,
    GenerateDialog,
    KeyRow,
    Notice,
    Shell,
)
from keyreeve.console.routes import Route
from keyreeve.console.views import ApiAccess
from keyreeve.console.visit import Visit
from keyreeve.domain import api_key
from keyreeve.domain.api_key import ApiKey
from keyreeve.domain.whitelist import Whitelist, WhitelistEntry
from keyreeve.protocol.address import UNRESTRICTED
from keyreeve.services import api_keys, whitelists
from keyreeve.storage.transaction import Snapshot

PATH = "/settings/api-access"
TICKET_BYTES = 16
PLACEHOLDER = "YOUR_API_KEY"


def show(visit: Visit) -> Answer:
    """Show the page; its query may open a dialog and fill it in."""
    query = visit.query
    generate = GenerateDialog(
        Field("description", query["description"]),
        opened="generate" in query,
        verified="verified" in query,
    )
    add = AddDialog(
        Field("address", query["address"]),
        Field("comment", query["comment"]),
        opened="add" in query,
    )
    return page(visit, generate=generate, add=add, shown=query["shown"])


def page(
    visit: Visit,
    *,
    generate: GenerateDialog | None = None,
    add: AddDialog | None = None,
    shown: str = "",
    status: int = answers.OK,
) -> Answer:
    """Return the page with its dialogs as they are, each form good for one time."""
    with admission.look(visit) as (s, admitted):
        view = _view(visit, s, admitted, shown)
    if generate is not None:
        view = replace(view, generate=replace(generate, ticket=view.generate.ticket))
    if add is not None:
        view = replace(view, add=add)
    return answers.page(view, status=status)


def curl(visit: Visit, username: str, key: str) -> str:
    """Return a call that shows whether a key works, to be typed into a shell."""
    credentials = shlex.quote(f"{username}:{key}")
    return f"curl --digest --user {credentials} {visit.house.public_url}/api/public/v1.0/groups"


def _view(visit: Visit, s: Snapshot, admitted: Admitted, shown: str) -> ApiAccess:
    records, user = visit.database.records, admitted.user
    keys = api_keys.list(s, records, user)
    entries = whitelists.list(s, records, user)
    shell = shells.of(visit, s, admitted, "settings", *_shown(keys, shown))
    ticket = base64.urlsafe_b64encode(visit.house.edge.entropy(TICKET_BYTES)).decode().rstrip("=")
    return ApiAccess(
        shell=shell,
        keys=tuple(_key(visit, key) for key in keys),
        key_limit=api_key.LIMIT,
        entries=tuple(_entry(visit, entry, last=len(entries) == 1) for entry in entries),
        caller=visit.caller,
        generate=GenerateDialog(Field("description"), ticket),
        add=AddDialog(Field("address"), Field("comment")),
        curl=curl(visit, user.username, PLACEHOLDER),
        closed_group=shell.group if _is_closed(s, shell) else None,
    )


def _shown(keys: tuple[ApiKey, ...], key_id: str) -> tuple[Notice, ...]:
    """Say to one who came back to it that a key is shown once only."""
    key = next((key for key in keys if key.id == key_id), None)
    if key is None:
        return ()
    return (
        Notice(
            "warning",
            f"The key for {key.description} was shown once, and cannot be shown again. If you did "
            "not copy it, delete it and generate another.",
        ),
    )


def _is_closed(s: Snapshot, shell: Shell) -> bool:
    state = None if shell.group is None else s.subjects.group(shell.group.id)
    return state is not None and not state.public_api_enabled


def _key(visit: Visit, key: ApiKey) -> KeyRow:
    now = visit.house.edge.now()
    return KeyRow(
        id=key.id,
        description=key.description,
        redacted=key.redacted,
        created=times.moment(key.created, now),
        last_used=None if key.last_used is None else times.moment(key.last_used, now),
        last_used_address=key.last_used_address,
        enabled=key.enabled,
    )


def _entry(visit: Visit, entry: WhitelistEntry, *, last: bool) -> EntryRow:
    now, network = visit.house.edge.now(), entry.network
    return EntryRow(
        text=str(network),
        comment=entry.comment,
        created=times.moment(entry.created, now),
        last_used=None if entry.last_used is None else times.moment(entry.last_used, now),
        last_used_address=entry.last_used_address,
        count=entry.count,
        covers=words.covered(network.prefix, len(network.first) * 8),
        unrestricted=network == UNRESTRICTED,
        covers_caller=Whitelist({network: entry.id}).admits(visit.address),
        last=last,
    )


routes = (Route("GET", PATH, show),)
