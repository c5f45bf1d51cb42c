"""A judge in a process of his own: decides the calls that come as lines, from memory if he can."""

import json
import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve()
sys.path[:0] = [str(HERE.parents[1]), str(HERE.parents[2] / "src")]

from judge import court  # noqa: E402 - after the path is set
from keyreeve import settings  # noqa: E402
from keyreeve.app import edge  # noqa: E402
from keyreeve.judge.call import Call  # noqa: E402
from keyreeve.protocol import address  # noqa: E402
from keyreeve.storage.database import Database  # noqa: E402


def main() -> None:
    database = Database.open(settings.load(os.environ), edge.real())
    judge = court.judge_of(database)
    print("ready", flush=True)
    for line in sys.stdin:
        method, target, header, caller, private = json.loads(line)
        call = Call(method, target, header.encode(), address.parse_address(caller), private)
        verdict = judge.hit(call)
        remembered = verdict is not None
        verdict = verdict or judge.judge(call)
        print(json.dumps([repr(verdict.decision), remembered]), flush=True)
    database.close()


if __name__ == "__main__":
    main()
