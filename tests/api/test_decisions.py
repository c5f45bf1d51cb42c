import time

from api.house import LOCAL, PUBLIC, House, Person
from keyreeve.domain.audit import Actor
from keyreeve.domain.operation import Named, Operation
from keyreeve.domain.role import GLOBAL_OWNER, GROUP_READ_ONLY, GROUP_USER_ADMIN
from keyreeve.protocol.forwarded import Rule
from keyreeve.services import catalogue
from keyreeve.storage.records import AccessRecord, Batch

MISSING = "f" * 24
IN_HEADER = Named("x-group", source="header")


def denied(house: House, person: Person, method: str, path: str) -> str:
    answer = house.call(person, method, path)
    assert answer.status_code == 403, answer.text
    return str(answer.json()["decision"])


def readers(house: House, decision: str, *people: Person) -> list[int]:
    house.recorder.flush()
    return [house.call(person, "GET", f"/decisions/{decision}").status_code for person in people]


class TestGet:
    def test_200_knows_the_operations_of_the_guarded_api(self, house: House) -> None:
        ada = house.owner()
        group = house.group(ada)
        drop = Operation("job.drop", "DELETE", "/jobs", whitelisted=True, group=IN_HEADER)
        with house.database.transaction() as t:
            catalogue.replace(t, Actor("cli:root"), [drop])
        decision = f"{ada.id[12:]}{group[12:]}"
        row = AccessRecord(
            decision, house.edge.now(), "job.drop", "DELETE", "/jobs?x=1", "deny",
            "WHITELIST_EMPTY", "7", ada.key_id, ada.id, ada.username, None, group,
        )  # fmt: skip
        house.database.records.write(Batch(rows=[row]))
        document = house.get(ada, f"/decisions/{decision}")
        assert (document["operation"], document["whitelisted"]) == ("job.drop", True)
        assert "hops" not in document
        assert [step["reply"] for step in document["trace"]] == [
            "yes", "yes", "yes", "does not apply", "yes", "yes", "yes", "no", "not asked",
        ]  # fmt: skip

    def test_200_tells_the_first_no_and_what_was_not_asked(self, house: House) -> None:
        ada = house.person("203.0.113.0/24")
        group = house.group(ada)
        decision = denied(house, ada, "DELETE", f"/groups/{group}")
        house.recorder.flush()
        document = house.get(ada, f"/decisions/{decision}")
        assert document.pop("created").endswith("Z")
        assert document.pop("links")[0]["href"].endswith(f"/decisions/{decision}")
        trace = {step["rule"]: step["reply"] for step in document.pop("trace")}
        assert document == {
            "id": decision,
            "outcome": "deny",
            "operation": "group.delete",
            "whitelisted": True,
            "errorCode": "IP_ADDRESS_NOT_ON_WHITELIST",
            "rule": "8",
            "method": "DELETE",
            "target": f"{PUBLIC}/groups/{group}",
            "address": LOCAL,
            "hops": [{"name": LOCAL, "rule": Rule.PEER.value}],
            "apiKeyId": ada.key_id,
            "userId": ada.id,
            "username": ada.username,
            "groupId": group,
        }
        assert trace == {
            "1": "yes", "2": "yes", "3": "yes", "3b": "does not apply", "4": "yes", "5": "yes",
            "6": "yes", "7": "yes", "8": "no",
        }  # fmt: skip

    def test_200_for_the_keys_owner_and_the_groups_owners_alone(self, house: House) -> None:
        ada, bob, eve, root = (house.person() for _ in range(4))
        group = house.group(ada)
        house.grant(bob, group, GROUP_READ_ONLY)
        house.grant(eve, group, GROUP_USER_ADMIN)
        house.grant(root, None, GLOBAL_OWNER)
        decision = denied(house, bob, "PATCH", f"/groups/{group}")
        people = (bob, ada, root, eve, house.owner())
        assert readers(house, decision, *people) == [200, 200, 200, 404, 404]

    def test_200_of_what_was_refused_after_an_allow_that_is_kept_whole(self, house: House) -> None:
        ada = house.owner(LOCAL)
        group = house.group(ada)
        decision = denied(house, ada, "DELETE", f"/groups/{group}/users/{ada.id}")
        house.recorder.flush()
        document = house.get(ada, f"/decisions/{decision}")
        assert (document["outcome"], document["whitelistEntries"]) == ("allow", [LOCAL])
        assert not {"errorCode", "rule"} & document.keys()

    def test_200_of_a_stranger_hides_the_group_from_him_and_not_from_its_owner(
        self, house: House
    ) -> None:
        ada, eve = house.owner(), house.owner()
        group, decision = house.group(ada), f"{ada.id[12:]}{eve.id[12:]}"
        told = {"key_id": eve.key_id, "user_id": eve.id, "username": eve.username}
        row = AccessRecord(
            decision, house.edge.now(), "group.get", "GET", "/", "deny", "GROUP_NOT_FOUND", "3",
            **told, group_id=group,
        )  # fmt: skip
        house.database.records.write(Batch(rows=[row]))
        assert house.get(ada, f"/decisions/{decision}")["groupId"] == group
        assert "groupId" not in house.get(eve, f"/decisions/{decision}")

    def test_200_shows_whitelist_entries_to_their_owner_alone(self, house: House) -> None:
        bob, root = house.person(LOCAL), house.person()
        house.grant(root, None, GLOBAL_OWNER)
        decision = denied(house, bob, "DELETE", f"/groups/{house.group(bob)}/users/{bob.id}")
        house.recorder.flush()
        assert house.get(bob, f"/decisions/{decision}")["whitelistEntries"] == [LOCAL]
        assert "whitelistEntries" not in house.get(root, f"/decisions/{decision}")

    def test_404_and_no_other_answer(self, house: House) -> None:
        ada = house.owner()
        for decision in (MISSING, "x", "0" * 24):
            answer = house.call(ada, "GET", f"/decisions/{decision}")
            assert (answer.status_code, answer.json()["errorCode"]) == (404, "DECISION_NOT_FOUND")

    def test_200_within_a_second(self, house: House) -> None:
        ada, group = house.owner(), house.group(house.owner())
        house.recorder.start()
        try:
            mine = house.group(ada, opened=False)
            decision = denied(house, ada, "GET", f"/groups/{mine}")
            deadline = time.monotonic() + 1
            while time.monotonic() < deadline:
                answer = house.call(ada, "GET", f"/decisions/{decision}")
                if answer.status_code == 200:
                    break
                time.sleep(0.05)
            assert answer.status_code == 200
            assert answer.json()["errorCode"] == "GROUP_PUBLIC_API_DISABLED"
            assert group not in answer.text
        finally:
            house.recorder.stop()
