from keyreeve.console.cookies import Cookie, Jar, SetCookie


def test_over_https_a_cookie_is_bound_to_this_host() -> None:
    field = Jar(secure=True).write(SetCookie(Cookie.SESSION, "abc"))
    assert field == "__Host-keyreeve=abc; Path=/; HttpOnly; SameSite=Lax; Secure"


def test_without_https_a_browser_can_still_keep_it() -> None:
    field = Jar(secure=False).write(SetCookie(Cookie.SESSION, "abc"))
    assert field == "keyreeve=abc; Path=/; HttpOnly; SameSite=Lax"


def test_a_cookie_is_taken_away_at_once() -> None:
    assert "keyreeve=; Path=/; " in Jar(secure=False).write(SetCookie(Cookie.SESSION, None))
    assert "Max-Age=0" in Jar(secure=False).write(SetCookie(Cookie.SESSION, None))


def test_every_cookie_is_out_of_reach_of_scripts_and_other_sites() -> None:
    for cookie in Cookie:
        field = Jar(secure=True).write(SetCookie(cookie, "x"))
        assert field.startswith("__Host-")
        for attribute in ("HttpOnly", "SameSite=Lax", "Secure", "Path=/"):
            assert attribute in field
        assert "Domain" not in field


def test_our_cookies_are_read_and_others_are_not() -> None:
    fields = ["theme=dark; keyreeve=abc", "keyreeve-group=5a; keyreeve=later; broken"]
    assert Jar(secure=False).read(fields) == {Cookie.SESSION: "abc", Cookie.GROUP: "5a"}


def test_over_https_a_cookie_without_the_prefix_is_nobodys() -> None:
    assert Jar(secure=True).read(["keyreeve=planted"]) == {}
