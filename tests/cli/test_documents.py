"""The nouns of the domain, as the command line shows them."""

from datetime import UTC, datetime

from keyreeve.cli import documents
from keyreeve.domain.api_key import ApiKey
from keyreeve.domain.audit import Actor, AuditEvent
from keyreeve.domain.group import Group
from keyreeve.domain.user import User
from keyreeve.domain.whitelist import WhitelistEntry
from keyreeve.protocol.address import parse_network

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
TOLD = "2026-01-02T03:04:05Z"
USER = User("u" * 24, "ada@example.org", "Ada", "Lovelace", NOW, global_roles=frozenset({"B", "A"}))
KEY = ApiKey("k" * 24, USER.id, "deploy", "kr_********abcd", NOW, last_used=NOW)
ENTRY = WhitelistEntry("e" * 24, USER.id, parse_network("192.0.2.7"), NOW, "office", 3, NOW, "::1")


def test_a_user() -> None:
    assert documents.user(USER) == {
        "id": USER.id, "username": "ada@example.org", "firstName": "Ada", "lastName": "Lovelace",
        "enabled": True, "globalRoles": ["A", "B"], "created": TOLD,
    }  # fmt: skip
    assert "A, B" in documents.users([USER])
    assert documents.users([]) == "No user yet."


def test_a_group() -> None:
    group = Group("g" * 24, "Demo", NOW, public_api_enabled=True)
    assert documents.group(group) == {
        "id": group.id, "name": "Demo", "externalId": None, "publicApiEnabled": True,
        "mode": "enforce", "created": TOLD,
    }  # fmt: skip
    assert documents.groups([group]).split()[-2:] == ["on", "enforce"]


def test_an_api_key_and_its_last_use() -> None:
    document = documents.api_key(KEY)
    assert (document["lastUsed"], document["lastUsedAddress"]) == (TOLD, None)
    assert "key" not in document
    assert TOLD in documents.api_keys([KEY])


def test_a_whitelist_entry_and_its_use() -> None:
    document = documents.entry(ENTRY)
    assert (document["cidrBlock"], document["count"], document["comment"]) == (
        "192.0.2.7/32", 3, "office",
    )  # fmt: skip
    assert documents.entries([ENTRY]).splitlines()[1].split() == [
        "192.0.2.7", "3", TOLD, "::1", "office",
    ]  # fmt: skip


def test_an_audit_event() -> None:
    event = AuditEvent(
        "a" * 24, NOW, Actor("cli:root"), "role.grant", USER.id, details={"role": "GROUP_OWNER"}
    )
    assert documents.event(event)["details"] == {"role": "GROUP_OWNER"}
    assert documents.events([event]).splitlines()[1].endswith("role=GROUP_OWNER")


def test_of_a_change_only_what_is_known_is_shown() -> None:
    told = {"name": "Analytical", "publicApiEnabled": True, "owner": None}
    event = AuditEvent("a" * 24, NOW, Actor("cli:root"), "group.create", "b" * 24, details=told)
    row = documents.events([event]).splitlines()[1]
    assert row.endswith("  name=Analytical publicApiEnabled=true")
    assert documents.event(event)["details"] == told
