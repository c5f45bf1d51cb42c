import json
import re

from enforcement.recipes.wanted import PLAIN, WHOLE
from keyreeve.enforcement.answers import UNAUTHORIZED_BODY
from keyreeve.enforcement.recipes import nginx, template


def test_it_is_one_file() -> None:
    (file,) = nginx.files(PLAIN)
    assert file.name == "nginx.conf"
    assert "server 127.0.0.1:8081 max_fails" in file.content
    assert "listen 127.0.0.1:8000;" in file.content
    assert "proxy_pass http://keyreeve_api;" in file.content


def test_every_field_of_the_identity_is_taken_from_the_gate_and_set() -> None:
    (file,) = nginx.files(PLAIN)
    for name in template.IDENTITY:
        word = name.lower().replace("-", "_")
        assert f"auth_request_set $keyreeve_{word} $upstream_http_keyreeve_{word};" in file.content
        assert f"proxy_set_header Keyreeve-{name} $keyreeve_{word};" in file.content


def test_no_path_stands_behind_the_api() -> None:
    (file,) = nginx.files(WHOLE)
    assert re.findall(r"proxy_pass (\S+);", file.content) == [
        "https://keyreeve_api",
        "http://keyreeve_gate/decision",
    ]


def test_bodies_are_json() -> None:
    (file,) = nginx.files(PLAIN)
    unauthorized, away = re.findall(r"return (?:401|503) '(.*)';", file.content)
    assert unauthorized.encode() == UNAUTHORIZED_BODY
    assert json.loads(away)["error"] == 503


def test_gate_and_api_are_told_of_the_same_group() -> None:
    """Of several fields one could be read by the gate, and another by the API."""
    (file,) = nginx.files(WHOLE)
    assert file.content.count("proxy_set_header Clusters-Group $http_clusters_group;") == 2


def test_options_show() -> None:
    (plain,), (whole,) = nginx.files(PLAIN), nginx.files(WHOLE)
    for text in (
        "proxy_set_header X-Forwarded-Proto $keyreeve_proto;",
        "proxy_set_header Clusters-Group $http_clusters_group;",
        "set_real_ip_from 10.0.0.0/8;",
        "set_real_ip_from 2001:db8::/32;",
        "real_ip_recursive on;",
        "proxy_set_header Upgrade    $keyreeve_upgrade;",
        "proxy_ssl_verify      on;",
        "proxy_ssl_name        api.internal;",
        "server unix:/run/gate.sock max_fails",
    ):
        assert text in whole.content
        assert text not in plain.content
