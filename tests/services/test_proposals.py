"""Each refusal that was observed has a command after which it would be none."""

import shlex
from typing import Any

import pytest

from keyreeve.domain.group import Group
from keyreeve.domain.operation import Named, Operation
from keyreeve.domain.user import User
from keyreeve.protocol import address
from keyreeve.services import catalogue, groups, proposals, roles, whitelists
from keyreeve.services.observing import Refused
from keyreeve.services.proposals import Proposal
from keyreeve.storage.database import Database
from keyreeve.storage.transaction import Snapshot
from services.people import CLI, grouped, house, made
from storage import recording

AWAY = address.parse_address("198.51.100.9")
OPERATIONS = [
    Operation("read", "GET", "/g/{g}", group=Named("g")),
    Operation("administer", "POST", "/g/{g}", frozenset({"GROUP_OWNER", "GROUP_USER_ADMIN"})),
    Operation("deploy", "PUT", "/g/{g}", frozenset({"GROUP_DEPLOYER", "GROUP_OWNER"})),
    Operation("drop", "DELETE", "/g/{g}", whitelisted=True, group=Named("g")),
]


def refused(user: User | None, group: Group | None, calls: int = 1, **kind: Any) -> Refused:
    told = {"address": AWAY, "operation": "read"} | kind
    return Refused(recording.overlooked(calls, **told), user, group)


def proposed(s: Snapshot, *found: Refused) -> list[str | None]:
    return [proposal.command for proposal in proposals.propose(s, found)]


class TestCommands:
    @pytest.fixture
    def place(self, database: Database) -> tuple[Group, User, User]:
        with database.transaction() as t:
            group, ada, bob = house(t, "bob:GROUP_READ_ONLY")
            catalogue.replace(t, CLI, OPERATIONS)
        return group, ada, bob

    @pytest.mark.usefixtures("place")
    def test_rule_1_gives_a_key_to_a_claimed_login_or_to_somebody(self, database: Database) -> None:
        told = {"rule": "1", "reason": "absent", "key_id": "", "user_id": ""}
        with database.snapshot() as s:
            made_up = "$(reboot) --force"
            found = [
                refused(None, None, 3, **told, username=made_up),
                refused(None, None, 2, **told, username="bob@example.org"),
                refused(None, None, 1, **{**told, "address": None}, username=None),
                refused(None, None, 9, **{**told, "reason": "nonce stale"}),
            ]
            assert proposed(s, *found) == [
                "keyreeve key generate EMAIL --description 'calls from 198.51.100.9'",
                "keyreeve key generate bob@example.org --description 'calls from 198.51.100.9'",
                "keyreeve key generate EMAIL --description 'calls from an unknown address'",
            ]

    def test_rule_3_makes_a_stranger_a_member_who_reads(
        self, database: Database, place: tuple[Group, User, User]
    ) -> None:
        group, _, bob = place
        with database.transaction() as t:
            eve = made(t, "eve")
            stranger = refused(eve, group, rule="3", reason="GROUP_NOT_FOUND")
            command = f"keyreeve role grant eve@example.org {group.id} GROUP_READ_ONLY"
            assert proposed(t, stranger) == [command]
            assert proposed(t, refused(bob, group, rule="3")) == []
            assert proposed(t, refused(bob, None, rule="3")) == [
                "keyreeve group create NAME --external-id ID"
            ]

    def test_rule_4_opens_the_public_api_unless_it_is_open(
        self, database: Database, place: tuple[Group, User, User]
    ) -> None:
        group, ada, _ = place
        with database.transaction() as t:
            assert proposed(t, refused(ada, group, rule="4")) == [
                f"keyreeve group set {group.id} --public-api on"
            ]
            opened = groups.set_public_api(t, CLI, group, enabled=True)
            assert proposed(t, refused(ada, opened, rule="4")) == []
            assert proposed(t, refused(ada, None, rule="4")) == [
                "keyreeve group set NAME_OR_ID --public-api on"
            ]

    @pytest.mark.parametrize(
        ("operation", "role"),
        [("administer", "GROUP_USER_ADMIN"), ("deploy", "GROUP_DEPLOYER")],
    )
    def test_rule_5_grants_the_least_role_that_permits(
        self, database: Database, place: tuple[Group, User, User], operation: str, role: str
    ) -> None:
        group, _, bob = place
        with database.transaction() as t:
            one = refused(bob, group, rule="5", operation=operation)
            assert proposed(t, one) == [f"keyreeve role grant bob@example.org {group.id} {role}"]
            roles.grant(t, CLI, bob, group, role)
            assert proposed(t, one) == []
            gone = refused(bob, group, rule="5", operation="gone")
            assert proposed(t, gone) == []

    def test_rule_6_is_drastic_and_says_so(
        self, database: Database, place: tuple[Group, User, User]
    ) -> None:
        group, ada, bob = place
        with database.snapshot() as s:
            (one,) = proposals.propose(s, [refused(bob, group, rule="6", operation="drop")])
            assert one.command == f"keyreeve role grant bob@example.org {group.id} GROUP_OWNER"
            assert one.drastic
            assert "EVERYTHING" in (one.opens or "")
            assert proposed(s, refused(ada, group, rule="6", operation="drop")) == []

    def test_rules_7_and_8_list_the_address_unless_it_is_listed(
        self, database: Database, place: tuple[Group, User, User]
    ) -> None:
        group, ada, _ = place
        found = [refused(ada, group, 2, rule=rule, operation="drop") for rule in "78"]
        with database.transaction() as t:
            (one,) = {proposal.command for proposal in proposals.propose(t, found)}
            assert one == "keyreeve whitelist add ada@example.org 198.51.100.9"
            assert proposed(t, refused(ada, group, rule="8", address=None)) == []
            whitelists.add(t, CLI, ada, [("198.51.100.0/24", "")])
            assert proposed(t, *found) == []


def test_calls_with_one_remedy_are_added_up_the_most_first(database: Database) -> None:
    with database.transaction() as t:
        ada = made(t)
        closed, other = grouped(t, ada), grouped(t, ada, "Other")
        found = [refused(ada, closed, n, rule="4", operation=f"o{n}") for n in (1, 2)]
        told = proposals.propose(t, [*found, refused(ada, other, 9, rule="4")])
    assert [one.calls for one in told] == [9, 3]


@pytest.mark.parametrize("reason", sorted(proposals.BY_HAND))
def test_what_no_command_mends_is_told_in_words(database: Database, reason: str) -> None:
    with database.snapshot() as s:
        (one,) = proposals.propose(s, [refused(None, None, rule="", reason=reason)])
        assert one == Proposal("", proposals.BY_HAND[reason], None, None, 1)
        assert proposed(s, refused(None, None, rule="2", reason="OPERATION_UNKNOWN")) == []


def test_a_shell_takes_every_word_as_it_is(database: Database) -> None:
    odd = "o'neil;$(x)@example.org"
    with database.transaction() as t:
        user = made(t, "o'neil;$(x)")
        group = grouped(t, None)
        (command,) = proposed(t, refused(user, group, rule="3"))
    assert command is not None
    assert shlex.split(command) == ["keyreeve", "role", "grant", odd, group.id, "GROUP_READ_ONLY"]
