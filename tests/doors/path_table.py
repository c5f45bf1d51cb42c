"""The table of path confusion, as a file: `cd tests && python -m doors.path_table --write`."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from doors import confusion, doorways, upstream
from doors.doorways import Door
from doors.houses import House
from doors.proxies import PROXIES

FILE = Path(__file__).with_name("path_confusion.txt")
DOORS = ("serve", "uvicorn", "uvicorn, h11", "gate", *PROXIES)


@contextmanager
def opened(house: House) -> Iterator[dict[str, Door]]:
    """Open every door to one house."""
    with ExitStack() as stack:
        behind = stack.enter_context(upstream.upstream())
        ways = (
            doorways.serve(house),
            doorways.middleware(house),
            doorways.middleware(house, "h11"),
            doorways.gate(house),
            *(doorways.proxied(house, name, behind) for name in PROXIES),
        )
        yield {name: stack.enter_context(way) for name, way in zip(DOORS, ways, strict=True)}


def table(doors: dict[str, Door]) -> str:
    """Return the table, whole."""
    columns = {name: door.column() for name, door in doors.items()}
    return confusion.table({name: door.place for name, door in doors.items()}, columns)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder, opened(House.built(Path(folder))) as found:
        text = table(found)
    if "--write" in sys.argv[1:]:
        FILE.write_text(text, "utf-8")
    print(text, end="")
