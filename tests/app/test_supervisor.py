"""The supervisor, over workers that serve nothing."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

PROGRAM = """
import os, signal, sys, time
from pathlib import Path
from keyreeve.app import logs
from keyreeve.app.supervisor import Supervisor
logs.configure("info")
folder = Path(sys.argv[1])
def other():
    (folder / f"{os.getpid()}.other").touch()
    work()
def work():
    stop = []
    signal.signal(signal.SIGTERM, lambda *_: stop.append(1))
    (folder / str(os.getpid())).touch()
    while not stop:
        time.sleep(0.01)
    (folder / str(os.getpid())).rename(folder / f"{os.getpid()}.stopped")
works = {"sound": [work] * 3, "broken": [sys.exit] * 3, "mixed": [work, work, other]}[sys.argv[2]]
print(Supervisor([(done.__name__, done) for done in works]).run())
"""


def supervised(folder: Path, kind: str = "sound") -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(folder), kind],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def workers(folder: Path, count: int) -> list[int]:
    deadline = time.monotonic() + 20
    while True:
        alive = [int(p.name) for p in folder.iterdir() if p.suffix == ""]
        if len(alive) >= count:
            return alive
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_every_worker_is_stopped_with_its_supervisor(tmp_path: Path) -> None:
    parent = supervised(tmp_path)
    workers(tmp_path, 3)
    parent.terminate()
    out, _ = parent.communicate(timeout=20)
    assert out == "True\n"
    assert parent.returncode == 0
    assert len(list(tmp_path.glob("*.stopped"))) == 3


def test_a_killed_worker_is_replaced(tmp_path: Path) -> None:
    parent = supervised(tmp_path)
    first = workers(tmp_path, 3)
    os.kill(first[0], signal.SIGKILL)
    assert len(set(workers(tmp_path, 4))) == 4
    parent.terminate()
    _, err = parent.communicate(timeout=20)
    assert len(list(tmp_path.glob("*.stopped"))) == 3
    assert '"event":"worker died"' in err


def test_whoever_dies_is_replaced_by_one_who_does_the_same_work(tmp_path: Path) -> None:
    parent = supervised(tmp_path, "mixed")
    workers(tmp_path, 3)
    (other,) = tmp_path.glob("*.other")
    os.kill(int(other.stem), signal.SIGKILL)
    workers(tmp_path, 4)
    parent.terminate()
    _, err = parent.communicate(timeout=20)
    assert len(list(tmp_path.glob("*.other"))) == 2
    assert '"work":"other"' in err


def test_workers_that_keep_dying_are_given_up(tmp_path: Path) -> None:
    parent = supervised(tmp_path, "broken")
    out, _ = parent.communicate(timeout=30)
    assert out == "False\n"
