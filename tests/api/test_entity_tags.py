import pytest
import requests
from msgspec import UNSET, UnsetType
from starlette.datastructures import Headers

from api.house import House, Person
from keyreeve.api import entity_tags
from keyreeve.api.entity_tags import Conditions, PreconditionFailed
from keyreeve.api.representation import Document


class Key(Document, frozen=True):
    desc: str
    last_used: str | UnsetType = UNSET


KEY = Key("a")
TAG = entity_tags.tag(KEY, b"body")


def conditions(**fields: str) -> Conditions:
    return entity_tags.read(Headers({k.replace("_", "-"): v for k, v in fields.items()}))


def test_a_tag_is_quoted_and_of_the_state_and_the_bytes() -> None:
    assert TAG.startswith('"')
    assert TAG.endswith('"')
    assert entity_tags.tag(KEY, b"other") != TAG
    assert entity_tags.tag(Key("b"), b"body") != TAG
    assert entity_tags.tag(KEY, b"body") == TAG


class TestReading:
    def test_no_field_demands_nothing(self) -> None:
        assert not conditions().any
        conditions().demand(KEY, changing=True)
        conditions().demand(None, changing=True)
        assert not conditions().known(TAG)

    @pytest.mark.parametrize("text", [TAG, f"W/{TAG}", f'"x", {TAG}', f'"x",{TAG} , W/"y"', "*"])
    def test_what_a_client_has_in_hand_is_known_to_it(self, text: str) -> None:
        assert conditions(if_none_match=text).known(TAG)

    @pytest.mark.parametrize("text", ['"x"', "", "nonsense", TAG.strip('"'), '""'])
    def test_anything_else_is_not(self, text: str) -> None:
        assert conditions(if_none_match=text).any
        assert not conditions(if_none_match=text).known(TAG)

    def test_to_a_reader_known_is_no_reason_to_refuse(self) -> None:
        conditions(if_none_match=TAG).demand(KEY, changing=False)


class TestChanging:
    @pytest.mark.parametrize("text", [TAG, f'"x", {TAG}', "*"])
    def test_the_state_in_hand_may_be_changed(self, text: str) -> None:
        conditions(if_match=text).demand(KEY, changing=True)

    @pytest.mark.parametrize("text", ['"x"', "", "nonsense", '"."', '""'])
    def test_another_state_may_not(self, text: str) -> None:
        with pytest.raises(PreconditionFailed, match="If-Match"):
            conditions(if_match=text).demand(KEY, changing=True)

    def test_use_alone_does_not_change_the_state(self) -> None:
        conditions(if_match=TAG).demand(Key("a", last_used="now"), changing=True)
        with pytest.raises(PreconditionFailed):
            conditions(if_match=TAG).demand(Key("b"), changing=True)

    def test_where_there_is_nothing_to_compare_nothing_matches(self) -> None:
        for text in (TAG, "*"):
            with pytest.raises(PreconditionFailed):
                conditions(if_match=text).demand(None, changing=True)

    def test_none_match_refuses_what_is_there(self) -> None:
        for text in (TAG, "*"):
            with pytest.raises(PreconditionFailed, match="If-None-Match"):
                conditions(if_none_match=text).demand(KEY, changing=True)
        conditions(if_none_match='"x"').demand(KEY, changing=True)
        conditions(if_none_match="*").demand(None, changing=True)


@pytest.fixture(scope="module")
def ada(house: House) -> Person:
    return house.owner("127.0.0.1")


def key_path(person: Person) -> str:
    return f"/users/{person.id}/apiKeys/{person.key_id}"


def patch(house: House, person: Person, description: str, match: str) -> requests.Response:
    return house.call(
        person, "PATCH", key_path(person), json={"desc": description}, headers={"If-Match": match}
    )


class TestOverHttp:
    @pytest.mark.parametrize("path", ["/", "/groups", "/groups?pretty=true", "/users/{id}"])
    @pytest.mark.parametrize("method", ["GET", "HEAD"])
    def test_what_is_known_is_not_sent_again(
        self, house: House, ada: Person, path: str, method: str
    ) -> None:
        path = path.format(id=ada.id)
        first = house.call(ada, "GET", path)
        known = {"If-None-Match": first.headers["ETag"]}
        again = house.call(ada, method, path, headers=known)
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["ETag"] == first.headers["ETag"]
        assert again.headers["Vary"] == "Authorization"

    def test_another_spelling_is_another_answer(self, house: House, ada: Person) -> None:
        compact = house.call(ada, "GET", f"/users/{ada.id}").headers["ETag"]
        answer = house.call(
            ada, "GET", f"/users/{ada.id}?pretty=true", headers={"If-None-Match": compact}
        )
        assert answer.status_code == 200

    def test_a_change_on_the_strength_of_a_reading(self, house: House) -> None:
        bob = house.owner()
        read = house.call(bob, "GET", key_path(bob) + "?pretty=true").headers["ETag"]
        house.recorder.flush()
        assert patch(house, bob, "first", read).status_code == 200
        late = patch(house, bob, "second", read)
        assert (late.status_code, late.json()["errorCode"]) == (412, "PRECONDITION_FAILED")
        assert house.get(bob, key_path(bob))["desc"] == "first"

    def test_nothing_is_demanded_of_those_who_send_nothing(self, house: House) -> None:
        cleo = house.owner()
        answer = house.call(cleo, "PATCH", key_path(cleo), json={"desc": "changed"})
        assert answer.status_code == 200

    def test_a_whitelist_grows_only_from_the_list_in_hand(self, house: House) -> None:
        dora = house.owner("127.0.0.1")
        path = f"/users/{dora.id}/whitelist"
        read = house.call(dora, "GET", path).headers["ETag"]
        entry = [{"ipAddress": "192.0.2.1"}]
        sent = {"json": entry, "headers": {"If-Match": read}}
        assert house.call(dora, "POST", path, **sent).status_code == 201
        assert house.call(dora, "POST", path, **sent).status_code == 412

    def test_what_is_not_there_is_not_found(self, house: House, ada: Person) -> None:
        path = f"/users/{ada.id}/apiKeys/{'0' * 24}"
        answer = house.call(ada, "DELETE", path, headers={"If-Match": '"x"'})
        assert answer.status_code == 404

    def test_a_reading_may_demand_as_well(self, house: House, ada: Person) -> None:
        answer = house.call(ada, "GET", "/groups", headers={"If-Match": '"x"'})
        assert answer.status_code == 412
