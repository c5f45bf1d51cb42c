"""Events: what was changed in a group or about a user, by whom and from where."""

from collections.abc import Mapping

from msgspec import UNSET, UnsetType

from keyreeve.api import event_types
from keyreeve.api.call import Call
from keyreeve.api.representation import Document, Link, Page, Reply, moment
from keyreeve.api.routes import Reading, Route
from keyreeve.domain.audit import AuditEvent
from keyreeve.domain.operation import Named, Operation
from keyreeve.services import audit
from keyreeve.storage.audit_log import Wanted
from keyreeve.storage.transaction import Snapshot


class EventDocument(Document, frozen=True):
    """One change. `username` made it, about the group, the target user or the target key."""

    id: str
    created: str
    event_type_name: str
    username: str
    details: dict[str, str | bool | int | None]
    links: list[Link]
    user_id: str | UnsetType = UNSET
    group_id: str | UnsetType = UNSET
    target_username: str | UnsetType = UNSET
    target_public_key: str | UnsetType = UNSET
    whitelist_entry: str | UnsetType = UNSET
    remote_address: str | UnsetType = UNSET


def list_of_group(call: Call, s: Snapshot) -> Reply:
    """List the changes in a group, newest first."""
    group = call.group(s)
    return _list(call, s, _wanted(call, group_id=group.id), "groups", group.id)


def list_of_user(call: Call, s: Snapshot) -> Reply:
    """List the changes that the caller made or that were made about him, newest first."""
    user = call.user(s)
    return _list(call, s, _wanted(call, user_id=user.id), "users", user.id)


def get_of_group(call: Call, s: Snapshot) -> Reply:
    """Read one change in a group."""
    group = call.group(s)
    return _get(call, s, Wanted(group_id=group.id), "groups", group.id)


def get_of_user(call: Call, s: Snapshot) -> Reply:
    """Read one change that the caller made or that was made about him."""
    user = call.user(s)
    return _get(call, s, Wanted(user_id=user.id), "users", user.id)


def _wanted(call: Call, *, group_id: str | None = None, user_id: str | None = None) -> Wanted:
    names = call.query.all("eventType")
    until = call.query.moment("maxDate")
    if until is not None and not until.microsecond:
        # We tell whole seconds, so this is the whole second that we told.
        until = until.replace(microsecond=999_999)
    return Wanted(
        group_id,
        user_id,
        actions=event_types.actions(names) if names else None,
        since=call.query.moment("minDate"),
        until=until,
    )


def _list(call: Call, s: Snapshot, wanted: Wanted, *parent: str) -> Reply:
    query = call.query
    some, total = audit.page(s, wanted, offset=query.offset, limit=query.per_page)
    logins = _logins(s, some)
    results = [_document(call, event, logins, *parent) for event in some]
    return Reply(200, call.links.page(query, results, total, *parent, "events"))


def _get(call: Call, s: Snapshot, wanted: Wanted, *parent: str) -> Reply:
    event = audit.get(s, wanted, call.parameters["eventId"])
    return Reply(200, _document(call, event, _logins(s, (event,)), *parent))


def _logins(s: Snapshot, events: tuple[AuditEvent, ...]) -> Mapping[str, str]:
    """Return the logins of the users concerned, by id."""
    ids = {event.user_id for event in events if event.user_id is not None}
    found = (s.users.get(user_id) for user_id in sorted(ids))
    return {user.id: user.username for user in found if user is not None}


def _document(
    call: Call, event: AuditEvent, logins: Mapping[str, str], *parent: str
) -> EventDocument:
    noun = event.action.partition(".")[0]
    entries = event.details.get("entries") if noun == "whitelist" else None
    return EventDocument(
        id=event.id,
        created=moment(event.created),
        event_type_name=event_types.name(event.action),
        username=event.actor.name,
        details=dict(event.details),
        links=[call.links.own(*parent, "events", event.id)],
        user_id=event.actor.user_id or UNSET,
        group_id=event.group_id or UNSET,
        target_username=logins.get(event.user_id or "", UNSET),
        target_public_key=event.object_id if noun == "api_key" else UNSET,
        whitelist_entry=str(entries) if entries is not None else UNSET,
        remote_address=event.actor.address or UNSET,
    )


_OF_GROUP = ("GROUP_NOT_FOUND", "GROUP_PUBLIC_API_DISABLED", "USER_UNAUTHORIZED")
_OF_USER = ("USER_NOT_FOUND",)

routes: tuple[Route, ...] = (
    Reading(
        Operation(
            "event.list_of_group",
            "GET",
            "/groups/{groupId}/events",
            group=Named("groupId"),
            summary="List the changes in a group, newest first.",
            answers={200: Page[EventDocument]},
            errors=_OF_GROUP,
        ),
        list_of_group,
    ),
    Reading(
        Operation(
            "event.get_of_group",
            "GET",
            "/groups/{groupId}/events/{eventId}",
            group=Named("groupId"),
            summary="Read one change in a group.",
            answers={200: EventDocument},
            errors=(*_OF_GROUP, "EVENT_NOT_FOUND"),
        ),
        get_of_group,
    ),
    Reading(
        Operation(
            "event.list_of_user",
            "GET",
            "/users/{userId}/events",
            user=Named("userId"),
            self_only=True,
            summary="List the changes that you made or that were made about you, newest first.",
            answers={200: Page[EventDocument]},
            errors=_OF_USER,
        ),
        list_of_user,
    ),
    Reading(
        Operation(
            "event.get_of_user",
            "GET",
            "/users/{userId}/events/{eventId}",
            user=Named("userId"),
            self_only=True,
            summary="Read one change that you made or that was made about you.",
            answers={200: EventDocument},
            errors=(*_OF_USER, "EVENT_NOT_FOUND"),
        ),
        get_of_user,
    ),
)
