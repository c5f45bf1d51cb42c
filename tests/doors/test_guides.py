"""The guides of the proxies, each done as it says, from an empty folder."""

from pathlib import Path

import pytest

from doors import pages
from doors.installation import free_port
from doors.proxies import PROXIES

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("proxy", PROXIES)
def test_the_guide_does_what_it_says(proxy: str, tmp_path: Path) -> None:
    (tmp_path / "keyreeve").symlink_to(ROOT)
    api, gate, here, admin = unmistakable(), unmistakable(), unmistakable(), unmistakable()
    instead = {
        "keyreeve gate ": f"keyreeve gate --listen 127.0.0.1:{gate} ",
        f"--output {proxy}": f"--output {proxy} --gate 127.0.0.1:{gate} --listen 127.0.0.1:{here}",
        "caddy run": f"env HOME={tmp_path} CADDY_ADMIN=127.0.0.1:{admin} caddy run",
        "envoy -c": "envoy --concurrency 1 --disable-hot-restart -c",
        "9000": str(api), "8081": str(gate), "8000": str(here),
    }  # fmt: skip
    guide = ROOT / "docs" / "guides" / f"{proxy}.md"
    kept = pages.follow(guide, tmp_path, instead=instead, ports={"proxy": here}, inner="guarded")
    assert kept == 7


def unmistakable() -> int:
    """Return a free port in which no port of the guides is to be read."""
    while any(known in str(port := free_port()) for known in ("9000", "8081", "8000")):
        pass
    return port
