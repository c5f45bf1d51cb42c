from keyreeve.api import application, links
from keyreeve.api.application import operations
from keyreeve.api.routes import Reading, Writing
from keyreeve.domain.catalogue import Catalogue

WHITELISTED = {
    ("POST", "/users/{userId}/whitelist"),
    ("DELETE", "/users/{userId}/whitelist/{entry}"),
    ("POST", "/users/{userId}/accessList"),
    ("DELETE", "/users/{userId}/accessList/{entry}"),
    ("POST", "/users"),
    ("PATCH", "/users/{userId}"),
    ("POST", "/groups/{groupId}/users"),
    ("DELETE", "/groups/{groupId}/users/{userId}"),
    ("PATCH", "/groups/{groupId}"),
    ("DELETE", "/groups/{groupId}"),
}


def test_the_whitelisted_operations_are_these() -> None:
    assert {(o.method, o.template) for o in operations if o.whitelisted} == WHITELISTED


def test_no_two_operations_share_a_name_or_a_path() -> None:
    assert len({operation.name for operation in operations}) == len(operations)
    Catalogue(operations, bases=links.BASES)


def test_what_only_looks_is_get_and_what_writes_is_not() -> None:
    for route in application.ROUTES:
        writes = route.operation.method in {"POST", "PATCH", "PUT", "DELETE"}
        assert isinstance(route, Writing if writes else Reading), route.operation.name


def test_whitelists_keys_and_events_of_a_user_answer_to_him_alone() -> None:
    words = ("whitelist", "accessList", "apiKeys", "/users/{userId}/events")
    for operation in operations:
        own = any(word in operation.template for word in words)
        assert operation.self_only is own, operation.name


def test_every_operation_says_what_it_is_and_answers() -> None:
    for operation in operations:
        assert operation.summary.endswith("."), operation.name
        assert operation.answers, operation.name
        assert (operation.body is None) is (operation.method in {"GET", "DELETE"})
