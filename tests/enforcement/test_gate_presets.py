from keyreeve.enforcement.gate_presets import PRESETS


def test_each_preset_reads_exactly_these() -> None:
    assert {p.name: (p.method, p.target, p.address) for p in PRESETS.values()} == {
        "nginx": (b"x-original-method", b"x-original-uri", b"x-real-ip"),
        "caddy": (b"x-forwarded-method", b"x-forwarded-uri", b"x-forwarded-for"),
        "traefik": (b"x-forwarded-method", b"x-forwarded-uri", b"x-real-ip"),
        "envoy": (None, None, b"x-envoy-external-address"),
    }
    assert all(name == preset.name for name, preset in PRESETS.items())
