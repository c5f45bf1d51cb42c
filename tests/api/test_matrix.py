"""Who may call what: the whole table is what it was, or its change is a change of policy."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from api import house as houses
from api import matrix
from keyreeve.api.application import operations


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def table(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[str]]:
    folder = tmp_path_factory.mktemp("matrix")
    with ExitStack() as opened:
        environment = {"KEYREEVE_DATA_DIR": str(folder)}
        if request.param == "postgresql":
            server = request.getfixturevalue("postgres")
            environment["KEYREEVE_DATABASE_URL"] = opened.enter_context(server.database())
        house = opened.enter_context(houses.opened(folder, **environment))
        yield matrix.render(house).splitlines()


@pytest.fixture(scope="module")
def kept() -> list[str]:
    return matrix.FILE.read_text().splitlines()


def test_every_answer_is_as_the_table_says(table: list[str], kept: list[str]) -> None:
    differing = [(was, now) for was, now in zip(kept, table, strict=False) if was != now]
    assert not differing[:10], "`make golden` writes the table anew"
    assert len(table) == len(kept)


def test_every_operation_is_in_it_and_none_fails(kept: list[str]) -> None:
    rows = [line.split() for line in kept[1:]]
    assert {row[0] for row in rows} == {operation.name for operation in operations}
    statuses = {word for row in rows for word in row[4:] if word.isdecimal() and len(word) == 3}
    assert statuses == {"200", "201", "403", "404"}


def test_no_whitelisted_operation_is_let_through_but_from_a_listed_address(kept: list[str]) -> None:
    whitelisted = {operation.name for operation in operations if operation.whitelisted}
    allowed = {"200", "201"}
    for row in (line.split("  ") for line in kept[1:]):
        cells = [cell.strip() for cell in row if cell.strip()]
        if cells[0] in whitelisted:
            assert not allowed & set(cells[4:6]), cells
            if cells[6] in allowed:
                assert cells[1].endswith("_OWNER")
