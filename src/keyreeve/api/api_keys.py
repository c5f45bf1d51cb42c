"""API keys: each user's own, shown without their secrets. None is made here."""

from typing import ClassVar

from msgspec import UNSET, UnsetType

from keyreeve.api.attributes import Attributes
from keyreeve.api.call import Call
from keyreeve.api.refusals import MissingOneOfAttributes
from keyreeve.api.representation import Document, Link, Nothing, Page, Reply, moment
from keyreeve.api.routes import Reading, Route, Writing
from keyreeve.domain.api_key import ApiKey
from keyreeve.domain.errors import ApiKeyNotFound
from keyreeve.domain.operation import Named, Operation
from keyreeve.domain.user import User
from keyreeve.services import api_keys
from keyreeve.storage.transaction import Snapshot, Transaction


class ApiKeyDocument(Document, frozen=True):
    """One key. Its id may stand for its owner's login; of its secret only the end is shown."""

    id: str
    desc: str
    enabled: bool
    public_key: str
    private_key: str
    created: str
    links: list[Link]
    last_used: str | UnsetType = UNSET
    last_used_address: str | UnsetType = UNSET


class ApiKeyChange(Attributes, frozen=True):
    """What can be changed of a key."""

    desc: str | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET

    read_only: ClassVar[frozenset[str]] = frozenset(
        {
            "id",
            "publicKey",
            "privateKey",
            "created",
            "lastUsed",
            "lastUsedAddress",
            "links",
        }
    )


def list_keys(call: Call, s: Snapshot) -> Reply:
    """List the caller's keys."""
    user = call.user(s)
    keys = api_keys.list(s, call.records, user)
    some = keys[call.query.offset : call.query.offset + call.query.per_page]
    results = [_document(call, key) for key in some]
    return Reply(200, call.links.page(call.query, results, len(keys), "users", user.id, "apiKeys"))


def get(call: Call, s: Snapshot) -> Reply:
    """Read one of the caller's keys."""
    return Reply(200, _document(call, _found(call, s, call.user(s))))


def change(call: Call, t: Transaction) -> Reply:
    """Enable, disable or describe one of the caller's keys."""
    user, key_id, wanted = call.user(t), call.parameters["keyId"], call.body
    if wanted.desc is UNSET and wanted.enabled is UNSET:
        raise MissingOneOfAttributes("desc", "enabled")
    if wanted.desc is not UNSET:
        api_keys.describe(t, call.actor, user, key_id, wanted.desc)
    if wanted.enabled is not UNSET:
        api_keys.set_enabled(t, call.actor, user, key_id, enabled=wanted.enabled)
    return Reply(200, _document(call, _found(call, t, user)))


def delete(call: Call, t: Transaction) -> Reply:
    """Delete one of the caller's keys."""
    api_keys.delete(t, call.actor, call.user(t), call.parameters["keyId"])
    return Reply(200, Nothing())


def _found(call: Call, s: Snapshot, user: User) -> ApiKey:
    wanted = call.parameters["keyId"]
    for key in api_keys.list(s, call.records, user):
        if key.id == wanted:
            return key
    raise ApiKeyNotFound(wanted)


def _document(call: Call, key: ApiKey) -> ApiKeyDocument:
    return ApiKeyDocument(
        id=key.id,
        desc=key.description,
        enabled=key.enabled,
        public_key=key.id,
        private_key=key.redacted,
        created=moment(key.created),
        links=[call.links.own("users", key.user_id, "apiKeys", key.id)],
        last_used=UNSET if key.last_used is None else moment(key.last_used),
        last_used_address=key.last_used_address or UNSET,
    )


_OWN = Named("userId")
_ERRORS = ("USER_NOT_FOUND", "API_KEY_NOT_FOUND")

routes: tuple[Route, ...] = (
    Reading(
        Operation(
            "api_key.list",
            "GET",
            "/users/{userId}/apiKeys",
            user=_OWN,
            self_only=True,
            summary="List your API keys, without their secrets.",
            answers={200: Page[ApiKeyDocument]},
            errors=("USER_NOT_FOUND",),
        ),
        list_keys,
    ),
    Reading(
        Operation(
            "api_key.get",
            "GET",
            "/users/{userId}/apiKeys/{keyId}",
            user=_OWN,
            self_only=True,
            summary="Read one of your API keys, without its secret.",
            answers={200: ApiKeyDocument},
            errors=_ERRORS,
        ),
        get,
    ),
    Writing(
        Operation(
            "api_key.change",
            "PATCH",
            "/users/{userId}/apiKeys/{keyId}",
            user=_OWN,
            self_only=True,
            summary="Enable, disable or describe one of your API keys.",
            body=ApiKeyChange,
            answers={200: ApiKeyDocument},
            errors=(*_ERRORS, "INVALID_API_KEY_DESC", "MISSING_ONE_OF_ATTRIBUTES"),
        ),
        change,
    ),
    Writing(
        Operation(
            "api_key.delete",
            "DELETE",
            "/users/{userId}/apiKeys/{keyId}",
            user=_OWN,
            self_only=True,
            summary="Delete one of your API keys.",
            answers={200: Nothing},
            errors=_ERRORS,
        ),
        delete,
    ),
)
