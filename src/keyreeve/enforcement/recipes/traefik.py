"""The recipe for Traefik: ForwardAuth, and what it takes to leave nothing out."""

from keyreeve.enforcement.recipes import template
from keyreeve.enforcement.recipes.places import UNIX, Host, MalformedPlace, Places
from keyreeve.enforcement.recipes.template import File

KEPT = ("X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Port", "X-Real-IP")
"""What Traefik sets by itself; only what passes for it is removed."""
NO_WEBSOCKETS = """\
# Nor may he name fields that Traefik would then drop. No upgrade is passed on: websockets
# take `keyreeve recipe traefik --websockets`.
Connection: ""
Upgrade: \"\""""
WEBSOCKETS = """\
# Nor may he name fields that Traefik would then drop. This passes on an upgrade that he asks
# for, but none to HTTP/2, and else says nothing: --websockets was asked for.
Connection: Upgrade"""
ALONE = """\
# No proxy stands in front of this one (--trusted-proxy): whoever connects is the client."""
TRUSTED = """\
# Proxies in front of this one. Each of them must set X-Real-IP to the address of its client, as
# Traefik passes on what they say there: a proxy that only hands on the X-Real-IP of its client
# lets him choose his address.
forwardedHeaders:
  trustedIPs: [{0}]"""


def files(places: Places) -> tuple[File, ...]:
    """Write `traefik.yml`, and `keyreeve.yml` to which it leads.

    Raises:
        MalformedPlace: the gate listens on a socket file.
    """
    if not isinstance(places.gate, Host):
        raise MalformedPlace(UNIX + places.gate, "Traefik asks a gate at HOST:PORT only")
    networks = ", ".join(f'"{network}"' for network in places.trusted)
    names = [name.replace("-", ".") for name in KEPT] + list(template.STRIPPED)
    values = {
        "GATE": places.gate.authority,
        "UPSTREAM": places.upstream.url,
        "LISTEN": places.listen.authority,
        "TRUSTED": TRUSTED.format(networks) if networks else ALONE,
        "STRIPPED": "\n".join(f'{name}: ""' for name in names if name not in KEPT),
        "GROUPS": "\n".join(f"- {name}" for name in places.group_headers),
        "CONNECTION": WEBSOCKETS if places.websockets else NO_WEBSOCKETS,
    }
    return (
        File("traefik.yml", template.filled("traefik.yml", values)),
        File("keyreeve.yml", template.filled("traefik-keyreeve.yml", values)),
    )
