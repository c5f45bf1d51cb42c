import pytest
from starlette.datastructures import Headers

from keyreeve.console import origins

URL = "https://keys.example.org"


@pytest.mark.parametrize(
    "fields",
    [
        {"sec-fetch-site": "same-origin", "origin": URL},
        {"sec-fetch-site": "none"},
        {"origin": URL},
        {"origin": "http://127.0.0.1:8080", "host": "127.0.0.1:8080"},
        {},
    ],
)
def test_our_own_pages_may_change_things(fields: dict[str, str]) -> None:
    assert origins.is_own(Headers({"host": "keys.example.org"} | fields), URL)


@pytest.mark.parametrize(
    "fields",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "cross-site", "origin": URL},
        {"sec-fetch-site": ""},
        {"origin": "null"},
        {"sec-fetch-site": "same-origin", "origin": "null"},
        {"origin": "https://evil.example"},
        {"origin": "https://keys.example.org.evil.example"},
        {"origin": "https://keys.example.org:8443"},
        {"origin": "ftp://keys.example.org"},
        {"origin": "://keys.example.org"},
        {"origin": ""},
    ],
)
def test_nobody_else_may(fields: dict[str, str]) -> None:
    assert not origins.is_own(Headers({"host": "keys.example.org"} | fields), URL)
