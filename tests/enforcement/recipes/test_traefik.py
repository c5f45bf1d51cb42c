from dataclasses import replace
from typing import Any

import pytest
import yaml

from enforcement.recipes.wanted import PLAIN, WHOLE
from keyreeve.enforcement.recipes import template, traefik
from keyreeve.enforcement.recipes.places import Host, MalformedPlace, Places

EVERYTHING = replace(WHOLE, gate=Host("::1", 8081))


def read(places: Places) -> tuple[dict[str, Any], dict[str, Any]]:
    static, dynamic = traefik.files(places)
    assert (static.name, dynamic.name) == ("traefik.yml", "keyreeve.yml")
    return yaml.safe_load(static.content), yaml.safe_load(dynamic.content)["http"]


def test_the_one_file_leads_to_the_other() -> None:
    static, dynamic = read(PLAIN)
    assert static["providers"]["file"]["filename"] == "keyreeve.yml"
    assert static["entryPoints"]["api"]["address"] == "127.0.0.1:8000"
    (server,) = dynamic["services"]["api"]["loadBalancer"]["servers"]
    assert server["url"] == "http://127.0.0.1:9000"


def test_the_gate_is_asked_for_every_path_after_all_is_stripped() -> None:
    _, dynamic = read(EVERYTHING)
    (router,) = dynamic["routers"].values()
    assert router["rule"] == "PathPrefix(`/`)"
    assert router["middlewares"] == ["keyreeve-strip", "keyreeve-gate"]
    asked = dynamic["middlewares"]["keyreeve-gate"]["forwardAuth"]
    assert asked["address"] == "http://[::1]:8081/decision"
    stripped = dynamic["middlewares"]["keyreeve-strip"]["headers"]["customRequestHeaders"]
    assert set(template.STRIPPED) <= {name for name, value in stripped.items() if value == ""}
    assert not {"X-Forwarded-For", "X-Real-IP"} & set(stripped)


def test_options_show() -> None:
    (static, dynamic), (plain, plainly) = read(EVERYTHING), read(PLAIN)
    trusted = static["entryPoints"]["api"]["forwardedHeaders"]["trustedIPs"]
    assert trusted == ["10.0.0.0/8", "2001:db8::/32"]
    assert "forwardedHeaders" not in plain["entryPoints"]["api"]
    fields = plainly["middlewares"]["keyreeve-strip"]["headers"]["customRequestHeaders"]
    assert (fields["Connection"], fields["Upgrade"]) == ("", "")
    fields = dynamic["middlewares"]["keyreeve-strip"]["headers"]["customRequestHeaders"]
    assert (fields["Connection"], "Upgrade" in fields) == ("Upgrade", False)
    asked = dynamic["middlewares"]["keyreeve-gate"]["forwardAuth"]["authRequestHeaders"]
    assert asked == ["Authorization", "Early-Data", "X-Real-Ip", "Clusters-Group"]


def test_a_socket_file_is_refused() -> None:
    with pytest.raises(MalformedPlace):
        traefik.files(WHOLE)
