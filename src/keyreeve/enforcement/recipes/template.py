"""Templates: the configurations as files of their own, with `@NAME@` where places come in."""

import json
import re
from collections.abc import Mapping
from importlib import resources
from itertools import product, zip_longest
from typing import NamedTuple

IDENTITY = ("User", "User-Id", "Key-Id", "Group", "Roles", "Decision", "Token")
"""What stands behind `Keyreeve-` in the fields that the gate sets."""
STRIPPED = (
    "Forwarded",
    "X-Forwarded-Method",
    "X-Forwarded-Uri",
    "X-Forwarded-Prefix",
    "X-Forwarded-Server",
    "X-Forwarded-Scheme",
    "X-Forwarded-Ssl",
    "X-Forwarded-User",
    "X-Forwarded-Groups",
    "X-Forwarded-Client-Cert",
    "X-Original-Method",
    "X-Original-URI",
    "X-Original-URL",
    "X-Original-Host",
    "X-Original-For",
    "X-Original-Proto",
    "X-Original-Forwarded-For",
    "X-Rewrite-URL",
    "X-HTTP-Method",
    "X-HTTP-Method-Override",
    "X-Method-Override",
    "X-Envoy-External-Address",
    "X-Envoy-Original-Path",
    "True-Client-IP",
    "X-Client-IP",
    "X-Cluster-Client-IP",
    "CF-Connecting-IP",
    "Fastly-Client-IP",
    "X-Originating-IP",
    "X-ProxyUser-Ip",
    "Remote-User",
    "Remote-Groups",
    "X-Remote-User",
    "X-User-Id",
    "X-WEBAUTH-USER",
    "X-Auth-Request-User",
    "X-Auth-Request-Email",
    "X-Auth-Request-Groups",
    "X-Auth-Request-Preferred-Username",
    "X-Auth-Request-Access-Token",
    "Proxy",
)
"""What a client could say of himself or of another request; no API gets it from him."""

AWAY = json.dumps(
    {
        "detail": "There was no decision, so the request was not let through.",
        "error": 503,
        "errorCode": "DECISION_UNAVAILABLE",
        "parameters": [],
        "reason": "Service Unavailable",
    },
    separators=(",", ":"),
)
"""What a proxy says by itself while the gate is away."""

_PLACE = re.compile(r"@([A-Z_]+)@")
_WHOLE_LINE = re.compile(r"^([ \t]*)@([A-Z_]+)@\n", re.MULTILINE)


class File(NamedTuple):
    """One file of a configuration."""

    name: str
    content: str


def aliases(name: str) -> list[str]:
    """Return what applications may take for the same field: `_` or `.` in place of any `-`."""
    words = name.split("-")
    choices = product("-_.", repeat=len(words) - 1)
    spelt = ("".join(map("".join, zip_longest(words, signs, fillvalue=""))) for signs in choices)
    return [alias for alias in spelt if alias != name]


def filled(name: str, values: Mapping[str, str]) -> str:
    """Return a template with its values.

    A place that has a line for itself takes several lines, each as far from the left, or none.
    """

    def lines(match: re.Match[str]) -> str:
        text = values[match[2]]
        return "".join(f"{match[1]}{line}".rstrip() + "\n" for line in text.splitlines())

    text = resources.files(__package__).joinpath(name).read_text("utf-8")
    return _PLACE.sub(lambda match: values[match[1]], _WHOLE_LINE.sub(lines, text))
