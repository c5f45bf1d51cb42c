"""The nouns of the domain as the command line shows them: as documents and as rows of tables."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from keyreeve.cli.answers import NEVER, NOTHING, Document, moment, table
from keyreeve.domain.api_key import ApiKey
from keyreeve.domain.audit import AuditEvent
from keyreeve.domain.group import Group
from keyreeve.domain.user import User
from keyreeve.domain.whitelist import WhitelistEntry


def user(user: User) -> Document:
    """Return a user as a document."""
    return {
        "id": user.id,
        "username": user.username,
        "firstName": user.first_name,
        "lastName": user.last_name,
        "enabled": user.enabled,
        "globalRoles": sorted(user.global_roles),
        "created": moment(user.created),
    }


def users(found: Iterable[User]) -> str:
    """Return users as a table."""
    rows = (
        (u.id, u.username, f"{u.first_name} {u.last_name}", _state(on=u.enabled),
         ", ".join(sorted(u.global_roles)) or NOTHING)
        for u in found
    )  # fmt: skip
    return table(("ID", "USERNAME", "NAME", "STATE", "GLOBAL ROLES"), rows, empty="No user yet.")


def group(group: Group) -> Document:
    """Return a group as a document."""
    return {
        "id": group.id,
        "name": group.name,
        "externalId": group.external_id,
        "publicApiEnabled": group.public_api_enabled,
        "mode": _mode(group),
        "created": moment(group.created),
    }


def groups(found: Iterable[Group]) -> str:
    """Return groups as a table."""
    rows = (
        (g.id, g.name, g.external_id or NOTHING, "on" if g.public_api_enabled else "off",
         _mode(g))
        for g in found
    )  # fmt: skip
    heads = ("ID", "NAME", "EXTERNAL ID", "PUBLIC API", "MODE")
    return table(heads, rows, empty="No group yet.")


def api_key(key: ApiKey) -> Document:
    """Return an API key as a document; of the secret it holds no more than its last characters."""
    return {
        "id": key.id,
        "description": key.description,
        "redacted": key.redacted,
        "enabled": key.enabled,
        "created": moment(key.created),
        "lastUsed": moment(key.last_used),
        "lastUsedAddress": key.last_used_address,
    }


def api_keys(found: Iterable[ApiKey]) -> str:
    """Return API keys as a table."""
    rows = (
        (k.id, k.redacted, _state(on=k.enabled), moment(k.last_used) or NEVER,
         k.last_used_address or NOTHING, k.description)
        for k in found
    )  # fmt: skip
    heads = ("ID", "KEY", "STATE", "LAST USED", "FROM", "DESCRIPTION")
    return table(heads, rows, empty="No API key yet.")


def entry(entry: WhitelistEntry) -> Document:
    """Return a whitelist entry as a document."""
    return {
        "id": entry.id,
        "cidrBlock": entry.network.cidr,
        "comment": entry.comment,
        "created": moment(entry.created),
        "count": entry.count,
        "lastUsed": moment(entry.last_used),
        "lastUsedAddress": entry.last_used_address,
    }


def entries(found: Iterable[WhitelistEntry]) -> str:
    """Return a whitelist as a table."""
    rows = (
        (str(e.network), str(e.count), moment(e.last_used) or NEVER,
         e.last_used_address or NOTHING, e.comment or NOTHING)
        for e in found
    )  # fmt: skip
    heads = ("ENTRY", "USED", "LAST USED", "FROM", "COMMENT")
    empty = "The whitelist is empty: no whitelisted operation is open to this user."
    return table(heads, rows, empty=empty)


def event(event: AuditEvent) -> Document:
    """Return an audit event as a document."""
    return {
        "id": event.id,
        "created": moment(event.created),
        "actor": event.actor.name,
        "actorUserId": event.actor.user_id,
        "address": event.actor.address,
        "action": event.action,
        "objectId": event.object_id,
        "groupId": event.group_id,
        "userId": event.user_id,
        "details": dict(event.details),
    }


def events(found: Iterable[AuditEvent]) -> str:
    """Return audit events as a table."""
    rows = (
        (moment(e.created) or NEVER, e.actor.name, e.actor.address or NOTHING, e.action,
         e.object_id, " ".join(_details(e.details)))
        for e in found
    )  # fmt: skip
    heads = ("TIME", "ACTOR", "FROM", "ACTION", "OBJECT", "DETAILS")
    return table(heads, rows, empty="Nothing was changed yet.")


def _mode(group: Group) -> str:
    return "observe" if group.observed else "enforce"


def _details(details: Mapping[str, Any]) -> Iterator[str]:
    """Spell what is known of a change; texts stand as they are, the rest as in JSON."""
    for name, value in details.items():
        if value is not None:
            yield f"{name}={value if isinstance(value, str) else json.dumps(value)}"


def _state(*, on: bool) -> str:
    return "enabled" if on else "disabled"
