from architecture import settings_page


def test_the_page_of_settings_is_what_the_class_says() -> None:
    assert settings_page.PAGE.read_text() == settings_page.page()
