"""Writes batches to one place, as a worker would, and says so after each."""

import sys

from keyreeve.storage.records import Batch
from storage import recording


def main(place: str, batches: int) -> None:
    with recording.opened(place, recording.Clock()) as records:
        for number in range(1, batches + 1):
            denied = recording.deny(decision_id=recording.chance_id())
            allowed = recording.allow(decision_id=recording.chance_id())
            counted = recording.counted(3)
            records.write(Batch(rows=[denied, allowed], counts=[counted]))
            print(number, flush=True)


main(sys.argv[1], int(sys.argv[2]))
