"""The recipe for Envoy: `ext_authz` over HTTP, and what it takes to leave nothing out."""

from keyreeve.enforcement.recipes import template
from keyreeve.enforcement.recipes.places import UNIX, Host, Places
from keyreeve.enforcement.recipes.template import File

WEBSOCKETS = """\
upgrade_configs:
  - upgrade_type: websocket"""
ALONE = """\
# No proxy stands in front of this one (--trusted-proxy): whoever connects is the client, and
# X-Forwarded-For is written anew.
use_remote_address: true
xff_num_trusted_hops: 0"""
TRUSTED = """\
# Proxies in front of this one. X-Forwarded-For is walked from the right, past them.
use_remote_address: false
original_ip_detection_extensions:
  - name: envoy.http.original_ip_detection.xff
    typed_config:
      "@type": type.googleapis.com/envoy.extensions.http.original_ip_detection.xff.v3.XffConfig
      xff_trusted_cidrs:
        cidrs:
@CIDRS@
      skip_xff_append: false"""
HOPS = """\
-- Of a longer X-Forwarded-For Envoy reads nothing, and takes the proxy in front for the
-- caller. Nobody but an attacker comes through so many; one more is added by Envoy itself.
function envoy_on_request(handle)
  local hops = 0
  for name, value in pairs(handle:headers()) do
    if name == "x-forwarded-for" then
      hops = hops + 1 + select(2, value:gsub(",", ""))
    end
  end
  if hops > 20 then
    handle:respond({[":status"] = "400"}, "")
  end
end"""
SECURE = """\
# The certificate of the API is checked against those that this host trusts.
transport_socket:
  name: envoy.transport_sockets.tls
  typed_config:
    "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
    sni: "@NAME@"
    common_tls_context:
      validation_context:
        trusted_ca: { filename: /etc/ssl/certs/ca-certificates.crt }
        match_typed_subject_alt_names:
          - san_type: @KIND@
            matcher: { exact: "@NAME@" }"""


def files(places: Places) -> tuple[File, ...]:
    """Write `envoy.yaml`."""
    gate, upstream = places.gate, places.upstream
    names = ["X-Forwarded-Host", "X-Forwarded-Port", *template.STRIPPED]
    names += [alias for name in places.group_headers for alias in template.aliases(name)]
    values = {
        "GATE": gate.authority if isinstance(gate, Host) else UNIX + gate,
        "GATE_TYPE": "STRICT_DNS" if isinstance(gate, Host) else "STATIC",
        "GATE_ADDRESS": _address(gate),
        "ADDRESS": places.listen.name,
        "PORT": str(places.listen.port),
        "UPSTREAM_NAME": upstream.host.name,
        "UPSTREAM_PORT": str(upstream.host.port),
        "SECURE": _secure(upstream.host) if upstream.secure else "",
        "UPGRADES": WEBSOCKETS if places.websockets else "",
        "STRIPPED": "\n".join(f"- remove: {name.lower()}" for name in names),
        "GROUPS": "\n".join(f"- exact: {name.lower()}" for name in places.group_headers),
        "TRUSTED": _trusted(places.trusted),
        "HOPS": HOPS if places.trusted else "",
    }
    return (File("envoy.yaml", template.filled("envoy.yaml", values)),)


def _address(gate: Host | str) -> str:
    if isinstance(gate, Host):
        return f'socket_address: {{ address: "{gate.name}", port_value: {gate.port} }}'
    return f'pipe: {{ path: "{gate}" }}'


def _secure(host: Host) -> str:
    kind = "IP_ADDRESS" if host.is_address else "DNS"
    return SECURE.replace("@NAME@", host.name).replace("@KIND@", kind)


def _trusted(networks: tuple[str, ...]) -> str:
    if not networks:
        return ALONE
    pairs = (network.split("/") for network in networks)
    lines = (
        f'          - {{ address_prefix: "{at}", prefix_len: {length} }}' for at, length in pairs
    )
    return TRUSTED.replace("@CIDRS@", "\n".join(lines))
