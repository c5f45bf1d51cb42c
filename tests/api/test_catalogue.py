from api.house import House
from keyreeve.api.application import operations


class TestList:
    def test_200_holds_every_operation_with_its_mark(self, house: House) -> None:
        ada = house.person()
        page = house.get(ada, f"/groups/{house.group(ada)}/operations?itemsPerPage=500")
        assert page["totalCount"] == len(page["results"]) == len(operations)
        by_name = {one["name"]: one for one in page["results"]}
        assert by_name["group.delete"] == {
            "name": "group.delete",
            "method": "DELETE",
            "path": "/groups/{groupId}",
            "summary": "Remove a group for good; its members lose their places in it.",
            "roles": ["GROUP_OWNER"],
            "whitelisted": True,
        }
        assert by_name["group.get"]["roles"] == [
            "GROUP_OWNER",
            "GROUP_READ_ONLY",
            "GROUP_USER_ADMIN",
        ]
        assert {o.name for o in operations if o.whitelisted} == {
            name for name, one in by_name.items() if one["whitelisted"]
        }

    def test_200_in_pages(self, house: House) -> None:
        ada = house.person()
        path = f"/groups/{house.group(ada)}/operations?itemsPerPage=2"
        names = [one["name"] for one in house.get(ada, f"{path}&pageNum=2")["results"]]
        assert names == [operation.name for operation in operations[2:4]]

    def test_404_for_a_stranger(self, house: House) -> None:
        theirs = house.group(house.person())
        answer = house.call(house.owner(), "GET", f"/groups/{theirs}/operations")
        assert (answer.status_code, answer.json()["errorCode"]) == (404, "GROUP_NOT_FOUND")
