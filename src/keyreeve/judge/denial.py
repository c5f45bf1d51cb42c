"""A denial in words: what its caller is told, whichever door says it."""

from collections.abc import Mapping
from typing import NamedTuple

from keyreeve.domain.decision import Deny, Reason
from keyreeve.domain.operation import Named
from keyreeve.judge.verdict import Verdict

SENTENCES: Mapping[Reason, str] = {
    Reason.OPERATION_UNKNOWN: "Cannot find resource {path}.",
    Reason.METHOD_NOT_ALLOWED: "The method is not allowed for {path}, only {methods}.",
    Reason.GROUP_NOT_FOUND: "No group {group} exists.",
    Reason.USER_NOT_FOUND: "No user {user} exists.",
    Reason.GROUP_PUBLIC_API_DISABLED: (
        "The public API of {groups} is disabled. An Owner can enable it."
    ),
    Reason.ROLE_MISSING: "None of your roles permits this operation.",
    Reason.OWNER_REQUIRED: "This is a whitelisted operation: it needs the role of an Owner.",
    Reason.WHITELIST_EMPTY: (
        "This resource requires access through a whitelist of IP addresses, and yours is empty. "
        "You are calling from {address}."
    ),
    Reason.ADDRESS_NOT_LISTED: (
        "IP address {address} is not allowed to access this resource: it is not on your whitelist."
    ),
}
"""What a denied caller reads, by the rule that said no."""

_NAMED = {
    Reason.OPERATION_UNKNOWN: "path",
    Reason.METHOD_NOT_ALLOWED: "path",
    Reason.GROUP_NOT_FOUND: "group",
    Reason.USER_NOT_FOUND: "user",
}


class Denial(NamedTuple):
    """One denial; nothing in it that its caller did not send, but the address that we saw."""

    reason: Reason
    detail: str
    parameters: tuple[str, ...]
    address: str


def tell(verdict: Verdict, path: str) -> Denial:
    """Say a denial of a call of this path.

    Raises:
        TypeError: it is none.
    """
    decision = verdict.decision
    if not isinstance(decision, Deny):
        raise TypeError("only a denial can be said")
    told = _told(verdict, path)
    reason = decision.reason
    detail = SENTENCES[reason].format(**told)
    return Denial(reason, detail, (told[_NAMED.get(reason, "address")],), told["address"])


def _told(verdict: Verdict, path: str) -> dict[str, str]:
    """Return what sentences may speak of."""
    group = user = ""
    if verdict.match is not None:
        operation, parameters = verdict.match
        group = _name(operation.group, parameters)
        user = _name(operation.user, parameters)
    return {
        "address": "unknown" if verdict.address is None else str(verdict.address),
        "group": group,
        "groups": f"the group {group}" if group else "every group of yours",
        "methods": ", ".join(verdict.allowed_methods),
        "path": path,
        "user": user,
    }


def _name(named: Named | None, parameters: Mapping[str, str]) -> str:
    """Return what the caller called a group or a user, or where he should have."""
    if named is None:
        return ""
    if named.source == "header":
        return f"named in the header field {named.parameter}"
    return named.parameter if named.source == "fixed" else parameters[named.parameter]
