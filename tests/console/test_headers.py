from keyreeve.console import headers


def test_a_page_is_kept_by_nobody() -> None:
    assert headers.PAGE["cache-control"] == "no-store"


def test_every_answer_carries_what_protects_it() -> None:
    assert "frame-ancestors 'none'" in headers.SECURITY["content-security-policy"]
    assert headers.SECURITY["x-content-type-options"] == "nosniff"
    assert headers.SECURITY["referrer-policy"].startswith("no-referrer")
    assert headers.SECURITY.items() <= headers.PAGE.items()
