"""What people use a client for, told to any client that can make a call."""

from collections.abc import Callable
from typing import Any

Call = Callable[[str, str, Any], Any]
"""Makes one call, given method, path under the base, and what to send (or None); returns JSON."""


def done(call: Call, group: str, user: str, entry: str) -> dict[str, Any]:
    """Do all of it, and return what came back."""
    whitelist = f"/users/{user}/whitelist"
    return {
        "groups": [found["name"] for found in call("GET", "/groups", None)["results"]],
        "group": call("GET", f"/groups/{group}", None)["name"],
        "user": call("GET", f"/users/{user}", None)["username"],
        "added": _listed(call("POST", whitelist, [{"ipAddress": entry, "comment": "by a client"}])),
        "removed": call("DELETE", f"{whitelist}/{entry}", None),
        "left": _listed(call("GET", f"{whitelist}?itemsPerPage=500", None)),
    }


def _listed(page: Any) -> list[str]:
    return [entry["cidrBlock"] for entry in page["results"]]
