import pytest

from keyreeve.domain.errors import InvalidRole, RoleNotGrantable
from keyreeve.domain.operation import Operation
from keyreeve.services import catalogue, roles
from keyreeve.storage.database import Database
from services.people import CLI, acting, house, told

DEPLOYER = "GROUP_DEPLOYER"
READ = Operation("read", "GET", "/a")
WRITE = Operation("write", "PUT", "/a", roles=frozenset({"GROUP_OWNER"}))
DEPLOY = Operation("deploy", "POST", "/a", roles=frozenset({DEPLOYER}), whitelisted=False)
WHITELISTED = Operation("deploy", "POST", "/a", roles=frozenset({DEPLOYER}), whitelisted=True)


def test_an_import_replaces_the_catalogue_and_is_recorded(database: Database) -> None:
    with database.transaction() as t:
        assert catalogue.replace(t, CLI, [READ, DEPLOY]).added == (READ, DEPLOY)
    with database.transaction() as t:
        difference = catalogue.replace(t, CLI, [WHITELISTED, WRITE])
    assert difference == ((WRITE,), (READ,), ((DEPLOY, WHITELISTED),))
    with database.snapshot() as s:
        assert catalogue.list(s) == (WHITELISTED, WRITE)
        event = told(s)[-1]
    assert (event.action, event.object_id, event.actor) == ("catalogue.replace", "catalogue", CLI)
    assert event.details == {"operations": 2, "added": 1, "removed": 1, "changed": 1}


def test_what_changes_nothing_is_no_event_and_no_epoch(database: Database) -> None:
    with database.transaction() as t:
        catalogue.replace(t, CLI, [READ])
    with database.snapshot() as s:
        before = s.epoch, s.catalogue.revision(), len(told(s))
        assert not catalogue.compare(s, [READ])
        assert catalogue.compare(s, [WRITE])
    with database.transaction() as t:
        assert not catalogue.replace(t, CLI, [READ])
    with database.snapshot() as s:
        assert (s.epoch, s.catalogue.revision(), len(told(s))) == before


def test_the_roles_of_a_catalogue_become_grantable(database: Database) -> None:
    with database.transaction() as t:
        group, ada, bob, eve = house(t, "bob:GROUP_READ_ONLY", "eve:GROUP_USER_ADMIN")
        with pytest.raises(InvalidRole):
            roles.grant(t, acting(ada), bob, group, DEPLOYER)
        catalogue.replace(t, CLI, [DEPLOY])
        with pytest.raises(InvalidRole):
            roles.grant(t, CLI, bob, None, DEPLOYER)
        with pytest.raises(RoleNotGrantable):
            roles.grant(t, acting(eve), bob, group, DEPLOYER)
        roles.grant(t, acting(ada), bob, group, DEPLOYER)
        assert DEPLOYER in t.groups.roles(bob.id, group.id)
        assert catalogue.group_roles(t) >= {DEPLOYER, "GROUP_OWNER", "GROUP_READ_ONLY"}


def test_a_role_that_no_catalogue_names_any_more_can_be_revoked(database: Database) -> None:
    with database.transaction() as t:
        group, ada, bob = house(t, "bob:GROUP_READ_ONLY")
        catalogue.replace(t, CLI, [DEPLOY])
        roles.grant(t, acting(ada), bob, group, DEPLOYER)
        catalogue.replace(t, CLI, [READ])
        with pytest.raises(InvalidRole):
            roles.grant(t, acting(ada), ada, group, DEPLOYER)
        roles.revoke(t, acting(ada), bob, group, DEPLOYER)
        assert t.groups.roles(bob.id, group.id) == {"GROUP_READ_ONLY"}
