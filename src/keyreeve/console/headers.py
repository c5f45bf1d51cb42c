"""The header fields of every answer: nothing is taken from elsewhere, framed, sniffed or kept."""

from types import MappingProxyType

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Content-Security-Policy: our own files, nothing inline, no other origin."""

SECURITY = MappingProxyType(
    {
        "content-security-policy": POLICY,
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        # The last one a browser knows counts. Under `no-referrer` alone browsers send
        # `Origin: null` with our own forms, and their origin could not be checked.
        "referrer-policy": "no-referrer, same-origin",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "camera=(), geolocation=(), microphone=()",
    }
)
"""On everything we send."""

PAGE = MappingProxyType(
    {**SECURITY, "cache-control": "no-store", "content-type": "text/html; charset=utf-8"}
)
"""On pages and redirects, which are made for one person at one moment."""
