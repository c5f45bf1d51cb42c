"""The recipe for Caddy: `forward_auth`, and what it takes to leave nothing out."""

from keyreeve.enforcement.recipes import template
from keyreeve.enforcement.recipes.places import UNIX, Host, Places
from keyreeve.enforcement.recipes.template import File

NO_WEBSOCKETS = """\
# No upgrade is passed on: websockets take `keyreeve recipe caddy --websockets`.
request_header -Upgrade"""
WEBSOCKETS = """\
# A connection may become a websocket (--websockets was asked for) and nothing else: as HTTP/2
# it could carry further requests, about which nobody is asked.
@keyreeve_websocket header_regexp Upgrade (?i)^websocket$
vars @keyreeve_websocket keyreeve_websocket yes
request_header -Upgrade
@keyreeve_upgrade vars keyreeve_websocket yes
request_header @keyreeve_upgrade Upgrade websocket
request_header @keyreeve_upgrade Connection Upgrade"""
GATE_WEBSOCKETS = """\
# The gate judges a websocket as any other call.
header_up -Connection
header_up -Upgrade"""
ALONE = """\
# No proxy stands in front of this one (--trusted-proxy): whoever connects is the client."""
TRUSTED = """\
# Proxies in front of this one. X-Forwarded-For is walked from the right, past them.
trusted_proxies static {0}
trusted_proxies_strict
client_ip_headers X-Forwarded-For"""

PROTO = """\
vars keyreeve_proto {scheme}"""
FRONT = """\
# Whether the client came by https, where a proxy in front ends that.
vars keyreeve_proto {scheme}
@keyreeve_front {
\tvars trusted_proxy true
\theader X-Forwarded-Proto http*
}
vars @keyreeve_front keyreeve_proto {header.X-Forwarded-Proto}"""


def files(places: Places) -> tuple[File, ...]:
    """Write the `Caddyfile`."""
    gate = places.gate.authority if isinstance(places.gate, Host) else UNIX + places.gate
    values = {
        "GATE": gate,
        # Caddy writes a socket file with a slash behind the colon.
        "GATE_DIAL": gate if isinstance(places.gate, Host) else "unix/" + places.gate,
        "UPSTREAM": places.upstream.url,
        "ADDRESS": places.listen.name,
        "PORT": str(places.listen.port),
        "TRUSTED": TRUSTED.format(" ".join(places.trusted)) if places.trusted else ALONE,
        "FRONT": FRONT if places.trusted else PROTO,
        "GROUPS": "\n".join(
            f"request_header -{alias}"
            for name in places.group_headers
            for alias in template.aliases(name)
        ),
        "CONNECTION": WEBSOCKETS if places.websockets else NO_WEBSOCKETS,
        "GATE_CONNECTION": GATE_WEBSOCKETS if places.websockets else "",
        "IDENTITY": "\n".join(f"Keyreeve-{name}" for name in template.IDENTITY),
    }
    return (File("Caddyfile", template.filled("Caddyfile", values)),)
