import pytest

from keyreeve.console import answers


@pytest.mark.parametrize(
    "path", ["/", "/settings/api-access?generate=1&description=a%20b", "/a//b"]
)
def test_a_path_of_ours_may_be_gone_back_to(path: str) -> None:
    assert answers.safe(path) == path


@pytest.mark.parametrize(
    "path",
    [
        "",
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "evil",
        "/a\r\nb",
        "/é",
        "/\t/x",
    ],
)
def test_no_other_site_is_gone_to(path: str) -> None:
    assert answers.safe(path) == "/"


def test_after_a_change_the_browser_is_sent_on_with_a_get() -> None:
    assert (answers.to("/account").status, answers.to("/account").location) == (303, "/account")
