import re

from keyreeve.console import static_files


def test_a_path_names_the_version_of_its_file() -> None:
    file = static_files.every()["console.css"]
    assert static_files.path("console.css") == f"/static/console.css?v={file.version}"


def test_only_the_right_version_is_kept_for_ever() -> None:
    file = static_files.every()["console.js"]
    assert "immutable" in static_files.caching(file, file.version)
    assert static_files.caching(file, "") == "no-cache"
    assert static_files.caching(file, "0") == "no-cache"


def test_our_files_ask_nobody_else_for_anything() -> None:
    for name, file in static_files.every().items():
        text = file.content.decode().replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://|url\(|@import|eval\(|innerHTML|\.style\b", text), name
