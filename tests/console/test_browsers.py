import pytest

from keyreeve.console import browsers

MOZILLA = "Mozilla/5.0"
WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (
            f"{MOZILLA} (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Firefox on Linux",
        ),
        (f"{MOZILLA} (Windows NT 10.0) {WEBKIT} Chrome/140.0 Safari/537.36", "Chrome on Windows"),
        (
            f"{MOZILLA} (Windows NT 10.0) {WEBKIT} Chrome/140.0 Safari/1 Edg/140.0",
            "Edge on Windows",
        ),
        (f"{MOZILLA} (iPhone; CPU iPhone OS 19_0 like Mac OS X) Safari/604.1", "Safari on iPhone"),
        (
            f"{MOZILLA} (Linux; Android 16) {WEBKIT} Chrome/140.0 Mobile Safari/1",
            "Chrome on Android",
        ),
        ("curl/8.5.0", "curl"),
        ("", "Another browser"),
        ("<script>alert(1)</script>", "Another browser"),
        ("x" * 100_000 + "Firefox", "Another browser"),
    ],
)
def test_a_browser_has_a_name_its_user_knows(user_agent: str, name: str) -> None:
    assert browsers.named(user_agent) == name
