"""Places for recipes, as plain as can be and with everything."""

from keyreeve.enforcement.recipes import places

PLAIN = places.read("http://127.0.0.1:9000", "127.0.0.1:8081", "127.0.0.1:8000")
WHOLE = places.read(
    "https://api.internal:8443", "unix:/run/gate.sock", "[::1]:8000",
    trusted=["10.0.0.0/8", "2001:db8::/32"], websockets=True, group_headers=["Clusters-Group"],
)  # fmt: skip
