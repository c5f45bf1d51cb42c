import re
from importlib import resources

from keyreeve.enforcement.recipes import template

TEXT = resources.files("keyreeve.enforcement.recipes").joinpath("nginx.conf").read_text()
PLACES = re.findall(r"@([A-Z_]+)@", TEXT)


def test_a_place_for_itself_takes_any_number_of_lines() -> None:
    values = dict.fromkeys(PLACES, "x") | {"UPGRADES": "", "FRONT": "", "TRUSTED": "one\n  two"}
    text = template.filled("nginx.conf", values)
    assert "\n        one\n          two\n" in text
    assert "@UPGRADES@" not in text
    assert "    }\n\n    server {" in text


def test_a_place_in_a_line_takes_its_value() -> None:
    values = dict.fromkeys(PLACES, "") | {"UPSTREAM": "api:1"}
    assert "server api:1 max_fails" in template.filled("nginx.conf", values)


def test_aliases_have_other_signs_for_hyphens() -> None:
    assert template.aliases("Group") == []
    assert template.aliases("A-B") == ["A_B", "A.B"]
    assert len(template.aliases("A-B-C")) == 8
