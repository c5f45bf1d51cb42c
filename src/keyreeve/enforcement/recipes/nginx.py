"""The recipe for nginx: `auth_request`, and what it takes to leave nothing out."""

from keyreeve.enforcement import answers
from keyreeve.enforcement.recipes import template
from keyreeve.enforcement.recipes.places import UNIX, Host, Places
from keyreeve.enforcement.recipes.template import File

WEBSOCKETS = """\
# Kept alive, or to become a websocket: --websockets was asked for.
proxy_set_header Connection $keyreeve_connection;
proxy_set_header Upgrade    $keyreeve_upgrade;"""
NO_WEBSOCKETS = """\
# Kept alive. No upgrade is passed on: websockets take `keyreeve recipe nginx --websockets`.
proxy_set_header Connection "";
proxy_set_header Upgrade    "";"""
UPGRADES = """\
# A connection may become a websocket and nothing else: as HTTP/2 it could carry further requests,
# about which nobody is asked.
map $http_upgrade $keyreeve_upgrade {
    default        "";
    ~*^websocket$  websocket;
}
map $http_upgrade $keyreeve_connection {
    default        "";
    ~*^websocket$  upgrade;
}"""
SECURE = """\
# The certificate of the API is checked against those that this host trusts.
proxy_ssl_server_name on;
proxy_ssl_name        @NAME@;
proxy_ssl_verify      on;
proxy_ssl_trusted_certificate /etc/ssl/certs/ca-certificates.crt;"""
FRONT = """\
# Whether the client came by https, where a proxy in front ends that.
geo $realip_remote_addr $keyreeve_front {
    default 0;
@NETWORKS@
}
map $keyreeve_front:$http_x_forwarded_proto $keyreeve_proto {
    default $scheme;
    1:https https;
    1:http  http;
}"""
NAMED = """\

# The group that the gate was told. Of several such fields nginx before 1.23 tells it the first,
# and would pass all of them on.
"""
ALONE = """\
# No proxy stands in front of this one (--trusted-proxy): whoever connects is the client."""


def files(places: Places) -> tuple[File, ...]:
    """Write `nginx.conf`."""
    gate, upstream = places.gate, places.upstream
    groups = "\n".join(map(_handed_on, places.group_headers))
    values = {
        "GATE": gate.authority if isinstance(gate, Host) else UNIX + gate,
        "UPSTREAM": upstream.host.authority,
        "SCHEME": "https" if upstream.secure else "http",
        "SECURE": SECURE.replace("@NAME@", upstream.host.name) if upstream.secure else "",
        "LISTEN": places.listen.authority,
        "TRUSTED": _trusted(places.trusted),
        "FRONT": _front(places.trusted),
        "PROTO": "$keyreeve_proto" if places.trusted else "$scheme",
        "UPGRADES": UPGRADES if places.websockets else "",
        "CONNECTION": WEBSOCKETS if places.websockets else NO_WEBSOCKETS,
        "UNAUTHORIZED": answers.UNAUTHORIZED_BODY.decode(),
        "AWAY": template.AWAY,
        "GROUPS": groups,
        "NAMED": NAMED + groups if groups else "",
        "TAKEN": _each("auth_request_set $keyreeve_{0} $upstream_http_keyreeve_{0};"),
        "STRIPPED": "\n".join(f'proxy_set_header {name} "";' for name in template.STRIPPED),
        "SET": _each("proxy_set_header Keyreeve-{1} $keyreeve_{0};"),
    }
    return (File("nginx.conf", template.filled("nginx.conf", values)),)


def _trusted(networks: tuple[str, ...]) -> str:
    if not networks:
        return ALONE
    lines = [
        "# Proxies in front of this one. X-Forwarded-For is walked from the right, past them.",
        *(f"set_real_ip_from {network};" for network in networks),
        "real_ip_header X-Forwarded-For;",
        "real_ip_recursive on;",
    ]
    return "\n".join(lines)


def _front(networks: tuple[str, ...]) -> str:
    lines = "\n".join(f"    {network} 1;" for network in networks)
    return FRONT.replace("@NETWORKS@", lines) if networks else ""


def _handed_on(name: str) -> str:
    return f"proxy_set_header {name} $http_{name.lower().replace('-', '_')};"


def _each(line: str) -> str:
    """Return a line for each field of the identity."""
    names = template.IDENTITY
    return "\n".join(line.format(name.lower().replace("-", "_"), name) for name in names)
