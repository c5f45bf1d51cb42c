import pytest

from console.browser import Browser
from console.conftest import CLI, Clock
from keyreeve.api.described import OWN
from keyreeve.console import admission
from keyreeve.console.admission import AlreadySent, NotPermitted, SignedOut, StepUpNeeded
from keyreeve.console.cookies import Cookie
from keyreeve.console.forms import Form
from keyreeve.console.permission import SEE_GROUP, SET_PUBLIC_API
from keyreeve.console.visit import House, Rule, Visit
from keyreeve.domain.decision import Reason
from keyreeve.domain.edge import Edge
from keyreeve.domain.group import Group
from keyreeve.domain.user import User
from keyreeve.services import roles, sessions, step_up, users
from keyreeve.storage.database import Database
from keyreeve.storage.second_factors import NO_STEP


@pytest.fixture
def token(database: Database, ada: User) -> str:
    with database.transaction() as t:
        _, token = sessions.begin(t, CLI, ada, address=None, browser="", verified=True)
    return token


def visit(database: Database, edge: Edge, token: str, rule: Rule, **parameters: str) -> Visit:
    cookies = {Cookie.SESSION: token} if token else {}
    house = House(database, edge, "http://127.0.0.1:8080", OWN)
    return Visit(
        house, rule, "/", cookies=cookies, parameters=parameters, form=Form({"ticket": "ticket"})
    )


@pytest.mark.parametrize("given", ["", "unknown"])
def test_without_a_session_nobody_is_admitted(database: Database, edge: Edge, given: str) -> None:
    for enter in (admission.look, admission.change):
        with pytest.raises(SignedOut), enter(visit(database, edge, given, Rule())):
            pass


def test_the_session_of_a_disabled_user_admits_nobody(
    database: Database, edge: Edge, token: str, ada: User
) -> None:
    with database.transaction() as t:
        users.disable(t, CLI, ada)
    with pytest.raises(SignedOut), admission.look(visit(database, edge, token, Rule())):
        pass


def test_a_role_lost_meanwhile_counts_in_the_transaction_of_the_change(
    database: Database, edge: Edge, token: str, ada: User, weather: Group
) -> None:
    rule = Rule(role=SET_PUBLIC_API)
    with admission.change(visit(database, edge, token, rule, group=weather.id)) as (_, admitted):
        assert admitted.group == weather
    with database.transaction() as t:
        roles.grant(t, CLI, ada, weather, "GROUP_READ_ONLY")
        t.groups.revoke(ada.id, weather.id, "GROUP_OWNER")
    with (
        pytest.raises(NotPermitted) as refused,
        admission.change(visit(database, edge, token, rule, group=weather.id)),
    ):
        pass
    assert refused.value.reason is Reason.ROLE_MISSING


def test_a_group_that_does_not_exist_is_refused(database: Database, edge: Edge, token: str) -> None:
    rule = Rule(role=SEE_GROUP)
    with (
        pytest.raises(NotPermitted) as refused,
        admission.look(visit(database, edge, token, rule, group="0" * 24)),
    ):
        pass
    assert refused.value.reason is Reason.GROUP_NOT_FOUND


def test_a_form_that_is_good_once_is_not_spent_by_a_change_that_failed(
    database: Database, edge: Edge, token: str
) -> None:
    once = visit(database, edge, token, Rule(once=True))
    with pytest.raises(ZeroDivisionError), admission.change(once):
        raise ZeroDivisionError
    with admission.change(once):
        pass
    with pytest.raises(AlreadySent), admission.change(once):
        pass


def test_a_grant_is_spent_with_the_change_and_only_with_it(
    database: Database, edge: Edge, token: str, ada: User
) -> None:
    asked = visit(database, edge, token, Rule(step_up="act"))
    with admission.change(asked):
        pass
    with database.transaction() as t:
        t.second_factors.propose(ada.id, b"seed", edge.now())
        t.second_factors.adopt(ada.id, b"seed", NO_STEP, edge.now())
    with pytest.raises(StepUpNeeded), admission.change(asked):
        pass
    with database.transaction() as t:
        (session,) = t.sessions.list(ada.id)
        step_up.grant(t, session, "act", ada.id)
    with pytest.raises(ZeroDivisionError), admission.change(asked):
        raise ZeroDivisionError
    with admission.change(asked):
        pass
    with pytest.raises(StepUpNeeded), admission.change(asked):
        pass


def test_looking_at_a_page_keeps_a_session_alive_and_writes_once_a_minute(
    browser: Browser, database: Database, ada: User, clock: Clock
) -> None:
    def last_seen() -> float:
        with database.snapshot() as s:
            (session,) = s.sessions.list(ada.id)
            return (clock.now - session.last_seen).total_seconds()

    clock.pass_(seconds=59)
    browser.get("/account")
    assert last_seen() == 59
    clock.pass_(seconds=1)
    browser.get("/account")
    assert last_seen() == 0
