"""What the kernel does for us, seen from a process of its own."""

import os
import subprocess
import sys
import time
from pathlib import Path

PRIVATE = """
import resource, ctypes
from keyreeve.app import privacy
privacy.keep_memory_private()
print(resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))
"""
FAMILY = """
import os, sys, time
from keyreeve.app import privacy
parent = os.getpid()
child = os.fork()
if child == 0:
    privacy.die_with(parent)
    print(os.getpid(), flush=True)
time.sleep(60)
"""
ORPHAN = "import os; from keyreeve.app import privacy; privacy.die_with(os.getppid() + 1)"


def test_a_process_leaves_no_core_and_cannot_be_read() -> None:
    assert subprocess.check_output([sys.executable, "-c", PRIVATE], text=True) == "(0, 0) 0\n"


def test_a_worker_dies_with_its_parent_even_by_kill_9() -> None:
    with subprocess.Popen([sys.executable, "-c", FAMILY], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.kill()
    deadline = time.monotonic() + 5
    while _lives(child):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_worker_whose_parent_is_gone_already_ends() -> None:
    assert subprocess.run([sys.executable, "-c", ORPHAN], check=False).returncode == 1


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
