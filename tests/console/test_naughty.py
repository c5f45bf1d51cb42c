"""What people type, however hostile, comes back as the text it is, from every field."""

import pytest

from console.browser import Browser
from keyreeve.domain.group import Group

NAUGHTY = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' OR 1=1 --",
    "{{ 7 * 7 }}{% raw %}",
    "&lt;b&gt; &amp;amp;",
    "</title></textarea></dialog><svg/onload=alert(1)>",
    "javascript:alert(1)",
    "\u202e\u2066reversed\u2069",
    "zalgo h\u0335\u0321e",
    "\U0001f469\u200d\U0001f4bb \u2764\ufe0f",
    "\u0627\u0644\u0639\u0631\u0628\u064a\u0629 mixed",
    "%00%0d%0aSet-Cookie: a=b",
    "%s%n {0} {} {name} $HOME `id` $(id)",
    "../../../etc/passwd",
    "null undefined NaN True",
    "\ufeff\u200b\u00ad",
    "1/0 1E+308 0x7f \uff10\uff11",
)

FIELDS = (
    ("/groups/new", "Create group", "Name"),
    ("/settings/api-access?generate=1", "Generate", "Description"),
    ("/settings/api-access?add=1", "Save", "IP address or CIDR"),
    ("/settings/api-access?add=1", "Save", "Comment"),
)


@pytest.mark.parametrize("naughty", NAUGHTY)
@pytest.mark.usefixtures("weather")
def test_what_is_typed_comes_back_as_text(browser: Browser, naughty: str) -> None:
    for path, button, label in FIELDS:
        browser.get(path)
        page = browser.submit(button, {label: naughty})
        assert page.status == 200
        typed = [e.get("value") for e in page.root.all("input")]
        assert " ".join(naughty.split()) in page.text or naughty.strip() in typed, label
        assert page.html.count("<script") == 1
        assert "<img" not in page.html


@pytest.mark.parametrize("naughty", [*NAUGHTY, "\x00", "\x1b[31m", "\u2028", "x" * 20_000, " "])
def test_a_sign_in_survives_anything(stranger: Browser, weather: Group, naughty: str) -> None:
    page = stranger.sign_in(naughty, naughty)
    assert page.status == 200
    assert page.field("Email").get("value") == naughty
    assert weather.name not in page.text


def test_a_control_is_refused_at_its_field(browser: Browser) -> None:
    for path, button, label in FIELDS[:2]:
        browser.get(path)
        page = browser.submit(button, {label: "a\x00b"})
        assert page.problems == ["No control characters may stand in it."]
