from typing import Any

import yaml

from enforcement.recipes.wanted import PLAIN, WHOLE
from keyreeve.enforcement.recipes import envoy, template
from keyreeve.enforcement.recipes.places import Places


def read(places: Places) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Return what the listener does, and the clusters by their names."""
    (file,) = envoy.files(places)
    assert file.name == "envoy.yaml"
    whole = yaml.safe_load(file.content)["static_resources"]
    (listener,) = whole["listeners"]
    manager = listener["filter_chains"][0]["filters"][0]["typed_config"]
    return manager, {cluster["name"]: cluster for cluster in whole["clusters"]}


def address(cluster: dict[str, Any]) -> Any:
    (endpoint,) = cluster["load_assignment"]["endpoints"][0]["lb_endpoints"]
    return endpoint["endpoint"]["address"]


def test_places_are_filled_in() -> None:
    _, clusters = read(PLAIN)
    gate, api = address(clusters["keyreeve_gate"]), address(clusters["keyreeve_api"])
    assert gate == {"socket_address": {"address": "127.0.0.1", "port_value": 8081}}
    assert api == {"socket_address": {"address": "127.0.0.1", "port_value": 9000}}


def test_everything_is_stripped_before_the_gate_is_asked() -> None:
    manager, _ = read(PLAIN)
    names = [filter_["name"].rpartition(".")[2] for filter_ in manager["http_filters"]]
    assert names == ["lua", "header_mutation", "ext_authz", "router"]
    stripping = manager["http_filters"][1]["typed_config"]["mutations"]["request_mutations"]
    removed = {mutation.get("remove") for mutation in stripping}
    assert {name.lower() for name in template.STRIPPED} <= removed


def test_without_a_gate_nobody_passes() -> None:
    manager, _ = read(WHOLE)
    assert manager["http_filters"][2]["typed_config"]["failure_mode_allow"] is False


def test_no_path_is_changed() -> None:
    manager, _ = read(PLAIN)
    assert (manager["normalize_path"], manager["merge_slashes"]) == (False, False)
    (route,) = manager["route_config"]["virtual_hosts"][0]["routes"]
    assert (route["match"], "prefix_rewrite" in route["route"]) == ({"prefix": "/"}, False)


def test_options_show() -> None:
    (plain, _), (whole, clusters) = read(PLAIN), read(WHOLE)
    assert plain["use_remote_address"]
    assert not whole["use_remote_address"]
    config = whole["original_ip_detection_extensions"][0]["typed_config"]
    assert config["xff_trusted_cidrs"]["cidrs"] == [
        {"address_prefix": "10.0.0.0", "prefix_len": 8},
        {"address_prefix": "2001:db8::", "prefix_len": 32},
    ]
    shown = whole["http_filters"][2]["typed_config"]["allowed_headers"]["patterns"]
    assert {"exact": "clusters-group"} in shown
    assert ("upgrade_configs" in plain, "upgrade_configs" in whole) == (False, True)
    assert address(clusters["keyreeve_gate"]) == {"pipe": {"path": "/run/gate.sock"}}
    checked = clusters["keyreeve_api"]["transport_socket"]["typed_config"]
    assert checked["sni"] == "api.internal"
    (name,) = checked["common_tls_context"]["validation_context"]["match_typed_subject_alt_names"]
    assert name == {"san_type": "DNS", "matcher": {"exact": "api.internal"}}
