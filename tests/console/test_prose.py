import re

import pytest

from keyreeve.console import prose


def body(text: str) -> str:
    return str(prose.written(text, {"a.md": "/docs/a", "#b": "#b"}.get).body)


def test_a_title_is_the_first_heading() -> None:
    assert prose.written("# Whitelist\n\nText.", str).title == "Whitelist"
    assert prose.written("", str).title == ""


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("## Entity tags", '<h2 id="entity-tags">Entity tags</h2>'),
        ("## What `make` does, and why", '<h2 id="what-make-does-and-why">What <code>make</code>'),
        ('<a id="user-get"></a>\n## GET /users', '<h2 id="user-get">GET /users</h2>'),
        ('<a id="one"></a>\n## A\n\n## B', '<h2 id="one">A</h2>\n<h2 id="b">B</h2>'),
    ],
)
def test_a_heading_can_be_linked_to(text: str, html: str) -> None:
    assert body(text).startswith(html)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("[A](a.md)", '<a href="/docs/a">A</a>'),
        ("[B](#b) and [`A`](a.md)", '<a href="#b">B</a> and <a href="/docs/a"><code>A</code></a>'),
        ("[C](c.md) and [A](a.md)", 'C and <a href="/docs/a">A</a>'),
        ("[X](https://example.org)", "X"),
        ("<https://example.org>", "&lt;https://example.org&gt;"),
    ],
)
def test_a_link_leads_where_its_page_is_served_or_is_text(text: str, html: str) -> None:
    assert body(text) == f"<p>{html}</p>\n"


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "a <b onclick=x>bold</b> word",
        "<!-- a comment -->",
        '```"><script>\n</code></pre><script>\n```',
        "| <script> |\n|---|\n| <img src=x> |",
        "![alt](a.md)",
        "[A](javascript:alert)",
        '# <a id="x"></a>',
    ],
)
def test_markup_stays_text(text: str) -> None:
    own = r'</?(p|pre|h1|code|table|thead|tbody|tr|th|td)( id="[\w-]*")?( class="[\w&;>-]*")?>'
    rest = re.sub(r' class="language-[^"<>]*"| href="/docs/a"', "", body(text))
    assert set(re.findall("<[^>]*>", re.sub(own, "", rest))) <= {"<a>", "</a>"}


def test_a_column_without_a_heading_has_none() -> None:
    html = body("| a | |\n|---|---|\n| 1 | 2 |")
    assert html.count("<th>") == 1
    assert html.count("<td>") == html.count("</td>") == 3
