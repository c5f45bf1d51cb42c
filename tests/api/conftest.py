"""One house for the tests of a module: each makes users and groups of its own in it."""

from collections.abc import Iterator

import pytest

from api import house as houses
from api.house import House


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with houses.opened(tmp_path_factory.mktemp("house")) as opened:
        yield opened
