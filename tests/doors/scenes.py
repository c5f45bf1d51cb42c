"""What attackers find: users and keys of several fates, and the challenge of a running server."""

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from doors import wire
from doors.installation import BASE, Installation, Server
from doors.wire import Scene
from keyreeve.protocol import nonce
from keyreeve.protocol.nonce import Ticket

USER, OTHER, GONE = "ada@example.org", "bob@example.org", "eve@example.org"
ENTRY = "10.0.0.0/8"
ELSEWHERES_KEY = bytes(range(32))


@dataclass(frozen=True)
class Cast:
    """The users and keys of one installation."""

    installation: Installation
    user_id: str
    keys: dict[str, dict[str, Any]]

    @classmethod
    def gather(cls, folder: Path, **settings: str) -> "Cast":
        installation = Installation(folder, settings)
        run = installation.run
        users = {who: run("user", "create", who)["id"] for who in (USER, OTHER, GONE)}
        group = run("group", "create", "Analytical", "--owner", USER, "--public-api", "on")["id"]
        for who in (OTHER, GONE):
            run("role", "grant", who, group, "GROUP_READ_ONLY")
        keys = {who: run("key", "generate", who, "--description", "attacks") for who in users}
        keys["disabled"] = run("key", "generate", USER, "--description", "disabled")
        run("key", "disable", USER, keys["disabled"]["id"])
        run("user", "disable", GONE)
        run("whitelist", "add", USER, ENTRY)
        run("whitelist", "add", USER, "127.0.0.1")
        return cls(installation, users[USER], keys)

    def scene(self, server: Server) -> Scene:
        """Set a scene with a fresh challenge."""
        target = f"{BASE}/groups?itemsPerPage=5"
        realm, fresh = wire.challenge(server.port, target)
        return self.scene_with(server, fresh, realm=realm)

    def scene_with(self, server: Server, fresh: str, *, realm: str = "Keyreeve") -> Scene:
        """Set a scene with this nonce."""
        algorithms = self.installation.settings.get("KEYREEVE_DIGEST_ALGORITHMS", "MD5")
        return Scene(
            user=USER,
            key=self.keys[USER]["key"],
            realm=realm,
            nonce=fresh,
            algorithm=algorithms.split(",")[0],
            method="GET",
            target=f"{BASE}/groups?itemsPerPage=5",
            host=f"127.0.0.1:{server.port}",
            entry=f"{BASE}/users/{self.user_id}/whitelist/{ENTRY.replace('/', '%2F')}",
            key_id=self.keys[USER]["id"],
            disabled_key=self.keys["disabled"]["key"],
            other_user=OTHER,
            other_key=self.keys[OTHER]["key"],
            disabled_user=GONE,
            disabled_users_key=self.keys[GONE]["key"],
            foreign_nonce=sealed_elsewhere(fresh),
        )


def sealed_elsewhere(fresh: str) -> str:
    """Say what a nonce of ours says, under the seal of another installation."""
    return nonce.issue(ELSEWHERES_KEY, ticket_of(fresh))


def ticket_of(fresh: str) -> Ticket:
    """Read a nonce without looking at its seal."""
    said = base64.urlsafe_b64decode(fresh)
    return Ticket(said[:8], int.from_bytes(said[8:14]), said[14:20])
