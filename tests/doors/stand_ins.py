"""A stand-in for the gate: it says what the test asks for in Authorization, and counts."""

from doors import upstream
from doors.upstream import Seen

BODY = b'{"detail":"no","errorCode":"USER_UNAUTHORIZED"}'
CHALLENGES = [
    'Digest realm="a", qop="auth", algorithm=SHA-256, nonce="x"',
    'Digest realm="a", qop="auth", algorithm=MD5, nonce="y"',
]
IDENTITY = {
    "Keyreeve-User": "ada@example.org",
    "Keyreeve-User-Id": "a" * 24,
    "Keyreeve-Key-Id": "b" * 24,
    "Keyreeve-Group": "c" * 24,
    "Keyreeve-Roles": "GROUP_OWNER,GROUP_READ_ONLY",
    "Keyreeve-Decision": "d" * 24,
}
JSON = "Content-Type: application/json"
NO_STORE = "Cache-Control: no-store"
DENIAL = f"Keyreeve-Denial: {BODY.decode()}"

ANSWERS = {
    "allow": upstream.fixed("200 OK", NO_STORE, *(f"{k}: {v}" for k, v in IDENTITY.items())),
    "token": upstream.fixed("200 OK", "Keyreeve-Token: e.f.g"),
    "nobody": upstream.fixed("200 OK", *(f"{name}: " for name in IDENTITY)),
    "challenge": upstream.fixed(
        "401 Unauthorized", JSON, NO_STORE, *(f"WWW-Authenticate: {c}" for c in CHALLENGES),
        body=b'{"reason":"Unauthorized","error":401,'
        b'"detail":"You are not authorized for this resource."}',
    ),
    "deny": upstream.fixed("403 Forbidden", JSON, NO_STORE, DENIAL, body=BODY),
    "throttle": upstream.fixed(
        "403 Forbidden", JSON, NO_STORE, DENIAL, "Keyreeve-Status: 429", "Retry-After: 7", body=BODY
    ),
    "broken": upstream.fixed("500 Internal Server Error"),
    "elsewhere": upstream.fixed("302 Found", "Location: /"),
}  # fmt: skip


def gate(seen: Seen) -> bytes:
    """Answer as a gate would that decided so."""
    return ANSWERS[(seen.values("authorization") or ["allow"])[0]](seen)


FACTS = {
    "nginx": ("x-original-method", "x-original-uri", "x-real-ip"),
    "caddy": ("x-forwarded-method", "x-forwarded-uri", "x-forwarded-for"),
    "traefik": ("x-forwarded-method", "x-forwarded-uri", "x-real-ip"),
    "envoy": (None, None, "x-envoy-external-address"),
}
"""Where each proxy says method, target and address; None is the request line."""


def facts(proxy: str, seen: Seen) -> tuple[list[str], list[str], list[str]]:
    """Return everything that a question says of method, target and address."""
    method, target, address = FACTS[proxy]
    return (
        seen.values(method) if method else [seen.method],
        seen.values(target) if target else [seen.target],
        seen.values(address or ""),
    )
