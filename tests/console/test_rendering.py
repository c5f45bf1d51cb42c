import re
from html.parser import HTMLParser
from typing import get_args

import pytest

from console import pages
from keyreeve.console import headers, rendering, views

MARKUP = "\"><script>alert(1)</script><img src=x onerror=alert(1)>'{{ 7*7 }}&amp;\u202e"
EVERY = pages.every()


class Reader(HTMLParser):
    """Notes every element, every attribute and every id of a page, and that its tags match."""

    VOID = frozenset({"meta", "link", "input", "path", "circle", "br"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.attributes: list[tuple[str, str, str | None]] = []
        self._open: list[str] = []
        self.feed(html)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag not in self.VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self._open.pop() == tag

    def values(self, name: str) -> list[str | None]:
        return [value for _, found, value in self.attributes if found == name]


def test_there_is_a_sample_of_every_page() -> None:
    assert {type(page) for page in EVERY.values()} == set(get_args(views.Page))


@pytest.mark.parametrize("name", EVERY)
def test_what_people_typed_stays_text(name: str) -> None:
    page = Reader(rendering.render(pages.every(MARKUP)[name]))

    assert page.elements.count("script") == 1
    assert "img" not in page.elements
    assert not [attribute for _, attribute, _ in page.attributes if attribute.startswith("on")]


@pytest.mark.parametrize("name", EVERY)
def test_nothing_is_inline_and_nothing_comes_from_elsewhere(name: str) -> None:
    page = Reader(rendering.render(EVERY[name]))

    assert "style" not in page.elements
    assert page.values("style") == []
    for attribute in ("src", "href", "action", "formaction"):
        for value in page.values(attribute):
            assert re.match(r"(/(?!/)|#)", value or ""), value


@pytest.mark.parametrize("name", EVERY)
def test_every_form_that_changes_something_carries_its_token(name: str) -> None:
    html = rendering.render(EVERY[name])
    forms = re.findall(r"<form.*?</form>", html, re.DOTALL)
    for form in forms:
        assert ('method="post"' in form) == ('name="csrf" value="token"' in form), form


@pytest.mark.parametrize("name", EVERY)
def test_every_field_has_a_label_and_every_reference_a_target(name: str) -> None:
    page = Reader(rendering.render(EVERY[name]))
    ids = [value for value in page.values("id") if value is not None]

    assert len(ids) == len(set(ids))
    for attribute in ("for", "aria-labelledby", "aria-describedby", "popovertarget", "data-copy"):
        for value in page.values(attribute):
            assert set((value or "").split()) <= set(ids), value


def test_a_page_needs_no_more_than_our_policy_allows() -> None:
    assert "unsafe" not in headers.POLICY
    assert headers.POLICY.startswith("default-src 'none';")


def test_a_drawing_of_ours_goes_through_unescaped() -> None:
    assert '<svg viewBox="0 0 1 1">' in rendering.render(EVERY["second factor"])
