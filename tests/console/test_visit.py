from dataclasses import replace

import pytest

from keyreeve.api.described import OWN
from keyreeve.console import csrf
from keyreeve.console.cookies import Cookie
from keyreeve.console.visit import House, Rule, Visit
from keyreeve.domain.edge import Edge
from keyreeve.protocol import address
from keyreeve.storage.database import Database


@pytest.fixture
def visit(database: Database, edge: Edge) -> Visit:
    house = House(database, edge, "http://127.0.0.1:8080", OWN)
    return Visit(house, Rule(), "/", cookies={Cookie.VISIT: "v"})


def test_a_form_is_bound_to_the_session_and_before_there_is_one_to_the_visit(visit: Visit) -> None:
    assert csrf.is_right(visit.csrf, "v")
    signed_in = replace(visit, cookies={Cookie.VISIT: "v", Cookie.SESSION: "s"})
    assert csrf.is_right(signed_in.csrf, "s")
    assert csrf.is_right(signed_in.under("t").csrf, "t")


def test_an_address_may_be_unknown(visit: Visit) -> None:
    assert visit.caller is None
    assert replace(visit, address=address.parse_address("::1")).caller == "::1"


def test_by_default_a_route_needs_a_whole_session() -> None:
    assert Rule().entry == "whole"
