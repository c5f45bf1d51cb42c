import pytest

from keyreeve.enforcement.recipes import places
from keyreeve.enforcement.recipes.places import Host, MalformedPlace, Places, Upstream

API, GATE, HERE = "http://127.0.0.1:9000", "127.0.0.1:8081", "127.0.0.1:8000"


def test_places_are_read_as_people_write_them() -> None:
    found = places.read(
        "https://api.internal", "unix:/run/keyreeve/gate.sock", "[::1]:8443",
        trusted=["10.0.0.0/8", "192.0.2.1"], websockets=True, group_headers=["Clusters-Group"],
    )  # fmt: skip
    assert found == Places(
        Upstream(Host("api.internal", 443), secure=True),
        "/run/keyreeve/gate.sock",
        Host("::1", 8443),
        ("10.0.0.0/8", "192.0.2.1/32"),
        websockets=True,
        group_headers=("Clusters-Group",),
    )


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("http://127.0.0.1:9000", "http://127.0.0.1:9000"),
        ("http://api", "http://api:80"),
        ("https://api.internal/", "https://api.internal:443"),
        ("http://[::1]", "http://[::1]:80"),
        ("http://[::1]:9000", "http://[::1]:9000"),
    ],
)
def test_the_api_is_a_scheme_a_host_and_a_port(text: str, url: str) -> None:
    assert places.read(text, GATE, HERE).upstream.url == url


@pytest.mark.parametrize(
    "text",
    [
        "127.0.0.1:9000",
        "ftp://a",
        "http://",
        "http://a/v1",
        "http://a?b",
        "http://a#b",
        "http://u:p@a",
        "http://a:0",
        "http://a:65536",
        "http://a:b",
        "http://a;b",
        'http://a"',
        "http://a b",
        "http://[::1",
        "http://[1.2.3]:1",
        "http://$a",
        "http://a\n",
    ],
)
def test_what_is_no_api_is_refused(text: str) -> None:
    with pytest.raises(MalformedPlace):
        places.read(text, GATE, HERE)


@pytest.mark.parametrize(
    "text", ["8081", ":8081", "a:", "unix:", "unix:gate.sock", "unix:/a b", "unix:/a;b", 'unix:/"']
)
def test_what_is_no_gate_is_refused(text: str) -> None:
    with pytest.raises(MalformedPlace):
        places.read(API, text, HERE)


@pytest.mark.parametrize("text", ["localhost:8000", "8000", "[1]:8000", "[::1%lo]:8000"])
def test_a_proxy_listens_on_an_address(text: str) -> None:
    with pytest.raises(MalformedPlace):
        places.read(API, GATE, text)


@pytest.mark.parametrize("text", ["proxy.internal", "10.0.0.1/8", "10.0.0.0/33", ""])
def test_a_trusted_proxy_is_an_address_or_a_network(text: str) -> None:
    with pytest.raises(MalformedPlace) as refused:
        places.read(API, GATE, HERE, trusted=["10.0.0.0/8", text])
    assert refused.value.text == text


@pytest.mark.parametrize(
    "text", ["", "A_B", "A.B", "A--B", "A-", "A B", "A;", "Keyreeve-Group", "X-Forwarded-For"]
)
def test_a_field_that_names_a_group_is_a_plain_one_of_its_own(text: str) -> None:
    with pytest.raises(MalformedPlace):
        places.read(API, GATE, HERE, group_headers=[text])
