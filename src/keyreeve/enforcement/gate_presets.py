"""Presets: the fields from which the gate learns what a proxy asks about, and no others."""

from collections.abc import Mapping
from typing import NamedTuple

from keyreeve.protocol.forwarded import Source


class Preset(NamedTuple):
    """The one field of each fact, in lower case; None stands for the request line itself."""

    name: str
    method: bytes | None
    target: bytes | None
    source: Source

    @property
    def address(self) -> bytes:
        """The field of the caller's address."""
        return self.source.value.encode()


PRESETS: Mapping[str, Preset] = {
    preset.name: preset
    for preset in (
        Preset("nginx", b"x-original-method", b"x-original-uri", Source.X_REAL_IP),
        Preset("caddy", b"x-forwarded-method", b"x-forwarded-uri", Source.X_FORWARDED_FOR),
        Preset("traefik", b"x-forwarded-method", b"x-forwarded-uri", Source.X_REAL_IP),
        Preset("envoy", None, None, Source.X_ENVOY_EXTERNAL_ADDRESS),
    )
}
