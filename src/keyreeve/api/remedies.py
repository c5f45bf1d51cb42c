"""Remedies: what each code of an error means to its reader, and what he can do about it."""

from collections.abc import Mapping
from typing import NamedTuple


class Remedy(NamedTuple):
    """What to do about an error, and what its sentence may speak of."""

    text: str
    parameters: tuple[str | int, ...] = ()
    """An example of the parameters, as they stand in the sentence."""


_ID = "5f0c3a9e1b2d4c6f8a7e9d01"
_ADDRESS = "203.0.113.9"
_LOGIN = "ada@example.org"

REMEDIES: Mapping[str, Remedy] = {
    "API_KEY_NOT_FOUND": Remedy("Look the id up in the list of your keys.", (_ID,)),
    "ATTRIBUTE_READ_ONLY": Remedy("Leave the attribute out.", ("created",)),
    "AUTHORIZATION_REPEATED": Remedy("Send exactly one `Authorization` field."),
    "BAD_WHITELIST_ADD_REQUEST": Remedy(
        "Give each entry either `ipAddress` or `cidrBlock`.", ("ipAddress", "cidrBlock")
    ),
    "CANNOT_REMOVE_CALLER_FROM_WHITELIST": Remedy(
        "Add another entry that covers your address first, or call from elsewhere.",
        ("203.0.113.0/24", _ADDRESS),
    ),
    "CANNOT_CREATE_FIRST_USER_USERS_ALREADY_EXIST": Remedy(
        "The first user exists: let an Owner make more, or use the command line."
    ),
    "CANNOT_DEMOTE_LAST_OWNER": Remedy("Make somebody else an Owner first.", (_LOGIN, "Engines")),
    "DECISION_NOT_FOUND": Remedy(
        "Decisions can be read by the owner of the key and by Owners of the group, as long as "
        "access records are kept.",
        (_ID,),
    ),
    "EVENT_NOT_FOUND": Remedy("Look the id up in the list of events.", (_ID,)),
    "GROUP_ALREADY_EXISTS": Remedy("Choose another name.", ("Engines",)),
    "GROUP_MISMATCH": Remedy(
        "Leave `groupId` out of the roles: the path names the group.", (_ID, "other")
    ),
    "GROUP_NOT_FOUND": Remedy(
        "Check the id. A group that you are not in answers the same as one that does not exist.",
        (_ID,),
    ),
    "GROUP_PUBLIC_API_DISABLED": Remedy(
        "An Owner of the group can enable its public API in the console, under Settings.",
        (_ADDRESS,),
    ),
    "HOST_INVALID": Remedy("Send exactly one `Host` field that names a host."),
    "INVALID_API_KEY_DESC": Remedy(
        "Describe the key in 1 to 250 characters.", ("1 to 250 characters are needed",)
    ),
    "INVALID_ATTRIBUTE": Remedy(
        "Correct the attribute that the sentence names, or leave it out.",
        ("name", "1 to 100 characters are needed"),
    ),
    "INVALID_EMAIL_ADDRESS": Remedy(
        "Leave `emailAddress` out, or let it be the same as `username`.",
        ("grace@example.com", "grace@example.org"),
    ),
    "INVALID_IP_ADDRESS_OR_CIDR_NOTATION": Remedy(
        "Write an IPv4 or IPv6 address or a CIDR range whose host bits are zero, as in "
        "`10.0.0.0/8`. The sentence holds the corrected value where there is one.",
        ("10.0.0.1/8", "host bits are set; 10.0.0.0/8 is the range"),
    ),
    "INVALID_JSON": Remedy(
        "Send one JSON value in UTF-8, without duplicate names.", ("line 1, column 5",)
    ),
    "INVALID_JSON_ATTRIBUTE": Remedy(
        "Correct the type of the attribute that the sentence names.",
        ("name", "Expected str, got int"),
    ),
    "INVALID_QUERY_PARAMETER": Remedy(
        "Correct the parameter: `pageNum` from 1, `itemsPerPage` from 1 to 500, flags `true` or "
        "`false`, dates in ISO 8601.",
        ("itemsPerPage", "a whole number from 1 to 500 is needed"),
    ),
    "INVALID_USER": Remedy("Check the ids in the body.", (_ID,)),
    "INVALID_USERNAME": Remedy("Use an e-mail address.", ("grace", "it is no e-mail address")),
    "IP_ADDRESS_NOT_ON_WHITELIST": Remedy(
        "Add the address to your own whitelist, in the console or with a call from an address "
        "that is on it. The answer names the address that was seen.",
        (_ADDRESS,),
    ),
    "MAX_PUBLIC_API_KEY_REACHED": Remedy("Delete a key. Disabled keys count.", (10,)),
    "METHOD_NOT_ALLOWED": Remedy(
        "Use one of the methods in `Allow`.", ("/api/public/v1.0/groups",)
    ),
    "MISSING_ATTRIBUTE": Remedy("Add the attribute.", ("name",)),
    "MISSING_ONE_OF_ATTRIBUTES": Remedy("Add one of the attributes.", ("ipAddress", "cidrBlock")),
    "ORG_NOT_FOUND": Remedy("Leave `orgId` out: there is one for the installation.", (_ID,)),
    "PRECONDITION_FAILED": Remedy(
        "Read the resource again, and repeat the change with its new `ETag`.", ("If-Match",)
    ),
    "RATE_LIMITED": Remedy(
        "Wait as many seconds as `Retry-After` says. `RateLimit` tells how many calls are left.",
        (1,),
    ),
    "REQUEST_BODY_TOO_LARGE": Remedy("Send less at a time.", (1024 * 1024,)),
    "REQUEST_HEADER_TOO_LARGE": Remedy("Send fewer or shorter header fields: 16 KiB in all."),
    "REQUEST_MALFORMED": Remedy("Send well-formed HTTP/1.1."),
    "REQUEST_TIMEOUT": Remedy("Send the request in one go.", (30,)),
    "RESOURCE_NOT_FOUND": Remedy(
        "Check the path; every operation is listed in `openapi.json`.",
        ("/api/public/v1.0/nothing",),
    ),
    "RESOURCE_REQUIRES_WHITELIST": Remedy(
        "Add your address to your own whitelist, in the console. Whitelisted operations answer "
        "only from addresses on it.",
        (_ADDRESS,),
    ),
    "ROLE_NEEDS_GROUP_ID": Remedy(
        "Say in which group: add `groupId` to the role.", ("GROUP_OWNER",)
    ),
    "ROLE_NEEDS_NO_GROUP_ID": Remedy(
        "Leave `groupId` out: a global role holds everywhere.", ("GLOBAL_OWNER",)
    ),
    "SETUP_OVER": Remedy("Sign in, or start the server anew for another link."),
    "TARGET_FORM_UNSUPPORTED": Remedy("Send a target that starts with one slash."),
    "TARGET_NOT_CANONICAL": Remedy(
        "Spell the path canonically: no `//`, `.` or `..`, nothing escaped that need not be, and "
        "`%2F` only in names and whitelist entries."
    ),
    "TOO_EARLY": Remedy("Send the request again once the TLS handshake is done."),
    "UNEXPECTED_ERROR": Remedy("Tell the operator the `X-Request-Id`; the log has the rest."),
    "UNSUPPORTED_MEDIA_TYPE": Remedy(
        "Declare the body as `Content-Type: application/json`.", ("text/plain",)
    ),
    "UNSUPPORTED_ROLE": Remedy("Use a role of the list in the documentation.", ("GROUP_KING",)),
    "USER_ALREADY_EXISTS": Remedy(
        "Choose another login. One that was ever used stays with its user.", (_LOGIN,)
    ),
    "USER_DISABLED": Remedy("Ask an administrator to enable the user.", (_LOGIN,)),
    "USER_NOT_FOUND": Remedy(
        "Check the id or name. Users who share no group with you answer the same as those who do "
        "not exist, and whitelists, keys and events are their owners' alone.",
        (_ID,),
    ),
    "USER_NOT_IN_GROUP": Remedy("Look at the list of the group's users.", (_LOGIN, "Engines")),
    "USER_UNAUTHORIZED": Remedy(
        "Ask an Owner for a role that permits it; `GET /groups/{groupId}/operations` says which. "
        "Whitelisted operations answer to Owners alone.",
        (_ADDRESS,),
    ),
    "WEAK_PASSWORD": Remedy(
        "Choose a password of 8 to 256 characters.", ("at least 8 characters are needed",)
    ),
    "WHITELIST_LIMIT_REACHED": Remedy("Remove entries, or cover several with one range.", (200,)),
    "WHITELIST_NOT_FOUND": Remedy(
        "Name the entry exactly as it is listed.", ("203.0.113.0/24", _LOGIN)
    ),
}
"""For every code, what to do."""
