"""Rows for the tests of collections, each with an id that its number tells."""

from datetime import UTC, datetime, timedelta

from keyreeve.domain.api_key import ApiKey
from keyreeve.domain.group import Group
from keyreeve.domain.user import User

NOW = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)


def id_of(number: int) -> str:
    return f"{number:024x}"


def user(number: int, name: str = "", *global_roles: str, enabled: bool = True) -> User:
    return User(
        id=id_of(number),
        username=f"{name or f'user{number}'}@example.org",
        first_name="First",
        last_name="Last",
        created=NOW + timedelta(seconds=number),
        enabled=enabled,
        global_roles=frozenset(global_roles),
    )


def group(number: int, *, public_api_enabled: bool = False) -> Group:
    return Group(
        id=id_of(number),
        name=f"Group {number}",
        created=NOW + timedelta(seconds=number),
        public_api_enabled=public_api_enabled,
    )


def key(number: int, owner: User, *, enabled: bool = True) -> ApiKey:
    return ApiKey(
        id=id_of(number),
        user_id=owner.id,
        description=f"key {number}",
        redacted="kr_********last",
        created=NOW + timedelta(seconds=number),
        enabled=enabled,
    )
