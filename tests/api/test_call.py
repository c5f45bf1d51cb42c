import dataclasses

import pytest

from api.house import House, Person
from keyreeve.api.call import Call
from keyreeve.api.links import Links
from keyreeve.api.query import Query
from keyreeve.domain.errors import GroupNotFound, UserNotFound
from keyreeve.domain.subject import GroupState, Subject
from keyreeve.protocol import address

MISSING = "f" * 24


def call(house: House, person: Person, group: str) -> Call:
    return Call(
        subject=Subject(person.id, person.username),
        parameters={"id": "x"},
        query=Query(),
        links=Links("http://a"),
        body=None,
        address=address.parse_address("192.0.2.1"),
        group_state=GroupState(group, public_api_enabled=True),
        user_id=person.id,
        installation=house.database.installation,
        records=house.database.records,
        build="1",
    )


def test_what_the_path_names_is_read_as_it_is_now(house: House) -> None:
    person = house.person()
    made = call(house, person, house.group(person, name="Now"))
    with house.database.snapshot() as s:
        assert made.group(s).name == "Now"
        assert made.user(s).username == person.username


def test_what_is_gone_since_the_decision_is_not_found(house: House) -> None:
    made = call(house, house.person(), MISSING)
    for gone in (made, dataclasses.replace(made, group_state=None)):
        with house.database.snapshot() as s, pytest.raises(GroupNotFound):
            gone.group(s)
    for user_id in (MISSING, None):
        gone = dataclasses.replace(made, user_id=user_id)
        with house.database.snapshot() as s, pytest.raises(UserNotFound):
            gone.user(s)


def test_who_acts_is_known_with_his_address(house: House) -> None:
    person = house.person()
    made = call(house, person, MISSING)
    assert (made.actor.user_id, made.actor.address) == (person.id, "192.0.2.1")
    assert dataclasses.replace(made, address=None).actor.address is None
