from dataclasses import fields, is_dataclass, replace
from typing import cast, get_args

from console import pages
from keyreeve.console import views

EVERY = pages.every()


def test_a_view_cannot_be_changed() -> None:
    for page in get_args(views.Page):
        assert is_dataclass(page)
        assert page.__dataclass_params__.frozen  # type: ignore[attr-defined]
        assert fields(page)[0].name == "shell"


def test_a_page_that_shows_a_secret_does_not_tell_it_in_its_repr() -> None:
    assert "kr_secret" not in repr(EVERY["key shown"])
    assert "JBSW" not in repr(EVERY["second factor"])
    assert "abcd-efgh" not in repr(EVERY["recovery codes"])


def test_a_page_knows_whether_a_dialog_is_open() -> None:
    opened = {name for name, page in EVERY.items() if getattr(page, "opened", False)}
    assert opened == {
        "generate",
        "generate code",
        "generate verified",
        "add",
        "add refused",
        "account disable",
    }
    assert not cast("views.Account", EVERY["account guarded"]).opened


def test_a_list_of_keys_knows_when_it_is_full() -> None:
    page = cast("views.ApiAccess", EVERY["api access"])
    assert not page.full
    assert replace(page, key_limit=len(page.keys)).full


def test_a_whitelist_knows_when_it_restricts_nothing() -> None:
    page = cast("views.ApiAccess", EVERY["api access"])
    assert page.unrestricted
    assert not replace(page, entries=page.entries[:1]).unrestricted
