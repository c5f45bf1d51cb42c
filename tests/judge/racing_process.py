"""One judge of a race: decides as fast as he can, and notes whether he allowed what was revoked."""

import os
import sys
from pathlib import Path
from types import SimpleNamespace

HERE = Path(__file__).resolve()
sys.path[:0] = [str(HERE.parents[1]), str(HERE.parents[2] / "src")]

from judge import court  # noqa: E402 - after the path is set
from judge.racing import Board  # noqa: E402
from keyreeve import settings  # noqa: E402
from keyreeve.app import edge  # noqa: E402
from keyreeve.domain.decision import Allow, Challenge, Proof  # noqa: E402
from keyreeve.judge.call import Call  # noqa: E402
from keyreeve.protocol import nonce  # noqa: E402
from keyreeve.protocol.digest import Credentials  # noqa: E402
from keyreeve.protocol.nonce import Ticket  # noqa: E402
from keyreeve.storage.database import Database  # noqa: E402


class Caller:
    """Signs the call of one scenario, with a count that moves on and a nonce it goes on using."""

    def __init__(self, told: str, nonce: str) -> None:
        self.method, self.target, self.username, self.secret = told.split()
        self.nonce = nonce
        self.nc = 0

    def call(self) -> Call:
        self.nc += 1
        credentials = Credentials(
            self.username, "Keyreeve", self.nonce, self.target, "", f"{self.nc:08x}", "c", "MD5"
        )
        header = court.sign(credentials, self.secret, self.method)
        return Call(self.method, self.target, header, court.HOME)


def main(path: str, number: str, blind: str, *told: str) -> None:
    real = edge.real()
    database = Database.open(settings.load(os.environ), real)
    ledger = court.ledger_of(real)
    judge = court.judge_of(database, ledger=ledger)

    def issued() -> str:
        ticket = Ticket(ledger.generation, real.ticks(), real.entropy(6))
        return nonce.issue(database.secrets.nonce_key, ticket)

    callers = [Caller(text, issued()) for text in told]
    board, process = Board(Path(path), len(callers)), int(number)
    if int(blind):
        for caller in callers:
            judge.judge(caller.call())
        sees_nothing = SimpleNamespace(counter=lambda: judge._subjects.applied)
        judge._database = sees_nothing  # type: ignore[assignment] - all that it looks at
    while not board.over:
        for scenario, caller in enumerate(callers):
            call = caller.call()
            started = board.acknowledged(scenario)
            verdict = judge.hit(call) or judge.judge(call)
            revoked = started % 2 == 1 and board.acknowledged(scenario) == started
            board.count(process, wrong=revoked and verdict.decision == Allow())
            board.note(process, scenario, started)
            if verdict.decision == Challenge(Proof.NONCE_STALE):
                caller.nonce, caller.nc = issued(), 0
    database.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
