"""One installation for many tests: an API with two paths, and who may call which of them."""

import json
from dataclasses import dataclass, field
from pathlib import Path

from doors.confusion import OWNER, VISITOR
from doors.installation import Installation
from doors.spoofs import LISTED

TRAVELLER = "traveller"
"""Another owner, who may call `/admin` from `LISTED` alone."""

_VISITORS = {"x-keyreeve-roles": ["GROUP_VISITOR"]}
_SLASHED = {"name": "name", "in": "path", "required": True, "x-keyreeve-slash": True}
_BELOW = {"parameters": [_SLASHED], "get": _VISITORS}
CATALOGUE = {
    "openapi": "3.1.0",
    "info": {"title": "Two paths", "version": "1"},
    "paths": {
        "/{name}": {"get": _VISITORS},
        "/pub": {"get": _VISITORS},
        "/pub/{name}": _BELOW,
        "/pub/{a}/{name}": _BELOW,
        "/pub/{a}/{b}/{name}": _BELOW,
        "/admin": {"get": {"x-keyreeve-whitelisted": True}},
    },
}
"""As many paths as possible are known, so that few are refused for nothing but being unknown.

Beside `/admin` a visitor may call `/{name}`: whatever is not quite `/admin` looks like one.
"""


@dataclass
class House:
    """An installation, and the keys and ids of its users."""

    installation: Installation
    keys: dict[str, str] = field(default_factory=dict)
    key_ids: dict[str, str] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)

    @classmethod
    def built(cls, folder: Path) -> "House":
        house = cls(Installation(folder))
        run = house.installation.run
        document = folder / "openapi.json"
        document.write_text(json.dumps(CATALOGUE))
        run("catalogue", "import", str(document))
        # Visitor and owner share no group, so that neither may read the other.
        theirs = run("group", "create", "theirs", "--public-api", "on")["id"]
        public = run("group", "create", "public", "--public-api", "on")["id"]
        house._user(VISITOR, public, "GROUP_VISITOR")
        house._user(OWNER, theirs, "GROUP_OWNER", "127.0.0.1")
        house._user(TRAVELLER, theirs, "GROUP_OWNER", LISTED)
        return house

    def _user(self, name: str, group: str, role: str, *whitelist: str) -> None:
        email, run = f"{name}@example.org", self.installation.run
        self.ids[name] = run("user", "create", email)["id"]
        key = run("key", "generate", email, "--description", "k")
        self.keys[name], self.key_ids[name] = key["key"], key["id"]
        run("role", "grant", email, group, role)
        for listed in whitelist:
            run("whitelist", "add", email, listed)
