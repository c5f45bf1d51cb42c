"""Examples: one sensible value for everything that the API shows or takes."""

from collections.abc import Mapping
from typing import Any, TypeAlias

Schema: TypeAlias = Mapping[str, Any]

GROUP = "5f0c3a9e1b2d4c6f8a7e9d01"
USER = "5f0c3a9e1b2d4c6f8a7e9d02"
KEY = "5f0c3a9e1b2d4c6f8a7e9d03"
EVENT = "5f0c3a9e1b2d4c6f8a7e9d04"
DECISION = "7d0f5ab93c11e20000000042"
ORG = "5f0c3a9e1b2d4c6f8a7e9d00"
IN_ENVELOPES = "status"
"""An attribute of lists that are asked for in an envelope, which examples are not."""
TIME = "2026-11-24T09:30:00Z"
LOGIN = "ada@example.org"
URL = "https://keys.example.org/api/public/v1.0"

PATH: Mapping[str, tuple[str, str]] = {
    "decisionId": (DECISION, "The id of a decision, as a 403 names it."),
    "entry": ("203.0.113.0/24", "An address or a CIDR range; its slash is sent as `%2F`."),
    "eventId": (EVENT, "The id of an event."),
    "groupId": (GROUP, "The id of a group, or its external id."),
    "groupName": ("Engines", "The name of a group."),
    "keyId": (KEY, "The id of a key."),
    "userId": (USER, "The id of a user."),
    "username": (LOGIN, "The login of a user."),
}
"""Parameters of paths: an example of each, and what it is."""

VALUES: Mapping[str, Any] = {
    "address": "203.0.113.7",
    "apiKey": "kr_********aB3d",
    "apiKeyId": KEY,
    "appName": "Keyreeve",
    "build": "1.0.0",
    "cidrBlock": "203.0.113.7/32",
    "clusterCount": 0,
    "comment": "the office",
    "count": 3,
    "created": TIME,
    "desc": "deployment",
    "detail": "No group 5f0c3a9e1b2d4c6f8a7e9d01 exists.",
    "details": {"description": "deployment"},
    "emailAddress": LOGIN,
    "enabled": True,
    "errorCode": "IP_ADDRESS_NOT_ON_WHITELIST",
    "eventTypeName": "API_KEY_CREATED",
    "firstName": "Ada",
    "groupId": GROUP,
    "href": f"{URL}/groups/{GROUP}",
    "id": GROUP,
    "ipAddress": "203.0.113.7",
    "lastName": "Lovelace",
    "lastUsed": TIME,
    "lastUsedAddress": "203.0.113.7",
    "method": "DELETE",
    "name": "Engines",
    "operation": "whitelist.remove",
    "orgId": ORG,
    "outcome": "deny",
    "password": "correct horse battery",
    "path": "/groups/{groupId}",
    "privateKey": "kr_********aB3d",
    "publicApiEnabled": True,
    "publicKey": KEY,
    "question": "Is the caller's address on it?",
    "rel": "self",
    "remoteAddress": "203.0.113.7",
    "reply": "no",
    "roleName": "GROUP_READ_ONLY",
    "rule": "8",
    "summary": "Read one group.",
    "target": f"/api/public/v1.0/users/{USER}/whitelist/192.0.2.1",
    "targetPublicKey": KEY,
    "targetUsername": LOGIN,
    "throttling": False,
    "totalCount": 1,
    "userId": USER,
    "username": LOGIN,
    "whitelisted": True,
    "whitelistEntries": ["203.0.113.0/24"],
    "whitelistEntry": "203.0.113.0/24",
}
"""By the name of an attribute."""

INSIDE: Mapping[str, Mapping[str, Any]] = {
    "ApiKeyDocument": {"id": KEY},
    "CallingKey": {"id": KEY, "publicKey": KEY},
    "CallingUser": {"id": USER},
    "DecisionDocument": {"id": DECISION},
    "EventDocument": {"id": EVENT},
    "FirstKeyDocument": {"id": KEY},
    "HopDocument": {"name": "203.0.113.7", "rule": "it called us, and nobody else is asked"},
    "OperationDocument": {"name": "group.get", "method": "GET", "roles": ["GROUP_OWNER"]},
    "UserDocument": {"id": USER},
}
"""By the name of a document and of an attribute, where its name alone does not tell."""

BODIES: Mapping[str, Mapping[str, Any]] = {
    "ApiKeyChange": {"desc": "deployment", "enabled": True},
    "GivenMember": {"id": USER, "roles": [{"roleName": "GROUP_READ_ONLY"}]},
    "GroupChange": {"name": "Difference Engines"},
    "NewEntry": {"ipAddress": "203.0.113.7", "comment": "the office"},
    "NewFirstUser": {
        "username": LOGIN,
        "password": "correct horse battery",
        "firstName": "Ada",
        "lastName": "Lovelace",
    },
    "NewGroup": {"name": "Analytical Engines"},
    "NewUser": {
        "username": "grace@example.org",
        "firstName": "Grace",
        "lastName": "Hopper",
        "roles": [{"groupId": GROUP, "roleName": "GROUP_READ_ONLY"}],
    },
    "UserChange": {"firstName": "Augusta"},
}
"""What is sent, by the name of its attributes: never all of them, since some exclude others."""


def document(schema: Schema, components: Mapping[str, Schema]) -> Any:  # noqa: ANN401  any JSON
    """Return an example of what a schema describes."""
    return _example(schema, components, VALUES, "")


def body(name: str, *, listed: bool) -> Any:  # noqa: ANN401  any JSON
    """Return an example of a body, given the name of its attributes."""
    example = dict(BODIES[name])
    return [example] if listed else example


def _example(
    schema: Schema, components: Mapping[str, Schema], values: Mapping[str, Any], name: str
) -> Any:  # noqa: ANN401  any JSON
    if "$ref" in schema:
        kind = schema["$ref"].rpartition("/")[2]
        return _example(components[kind], components, {**VALUES, **INSIDE.get(kind, {})}, "")
    if name in values:
        return values[name]
    if "anyOf" in schema:
        return _example(schema["anyOf"][0], components, values, name)
    if schema["type"] == "array":
        return [_example(schema["items"], components, values, name)]
    if schema["type"] == "object":
        members = schema.get("properties", {}).items()
        return {
            key: _example(one, components, values, key)
            for key, one in members
            if key != IN_ENVELOPES
        }
    raise LookupError(f"no example of {name}")
