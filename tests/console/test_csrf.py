from keyreeve.console import csrf


def test_a_form_is_good_for_the_cookie_it_was_made_for_and_no_other() -> None:
    assert csrf.is_right(csrf.token("ada"), "ada")
    assert not csrf.is_right(csrf.token("ada"), "grace")


def test_a_missing_or_foreign_token_is_wrong() -> None:
    for given in ("", "x", "é", csrf.token("ada")[:-1], csrf.token("ada") + "="):
        assert not csrf.is_right(given, "ada")


def test_a_token_does_not_tell_its_cookie() -> None:
    assert "ada-secret" not in csrf.token("ada-secret")
