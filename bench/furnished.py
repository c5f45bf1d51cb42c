"""What is set up before a measurement: an installation with users and paths, and the load."""

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from keyreeve import settings
from keyreeve.app import edge
from keyreeve.domain.audit import Actor
from keyreeve.domain.operation import Named, Operation
from keyreeve.services import api_keys, catalogue, groups, roles, users, whitelists
from keyreeve.storage.database import Database

HERE = Path(__file__).parent
USERS = 1000
PATHS = 2000
FOREIGN = ["-R", "Keyreeve", "-N", "n" * 44]
"""Realm and nonce of who never challenges; the load ends the nonces, each as long as ours."""
CLI = Actor("cli:bench")
NETWORKS = [(f"10.{n}.0.0/16", "") for n in range(10)]
ENVIRONMENT = {
    "KEYREEVE_CALLS_BURST": "1000000",
    "KEYREEVE_CALLS_PER_SECOND": "1000000",
    "KEYREEVE_LOG_LEVEL": "warning",
}
"""A key of the load calls more often than any user's."""


class Bench(NamedTuple):
    """An installation, and the program that loads whatever stands before it."""

    folder: Path
    environ: Mapping[str, str]
    generator: str
    signing: list[str]
    """What has the load call every path, signed by every user."""


@contextmanager
def bench(algorithm: str) -> Iterator[Bench]:
    """Set everything up in memory, for as long as it takes."""
    memory = Path("/dev/shm")
    with TemporaryDirectory(dir=memory if memory.is_dir() else None) as place:
        folder = Path(place)
        environ = _environ(folder, algorithm)
        generator = _generator(folder)
        _furnish(folder, environ)
        signing = ["-D", algorithm, "-f", str(folder / "users"), "-P", str(folder / "paths")]
        yield Bench(folder, environ, generator, signing)


def _environ(folder: Path, algorithm: str) -> dict[str, str]:
    offered = {"md5": "MD5", "sha256": "SHA-256"}[algorithm]
    ours = {
        "KEYREEVE_DATABASE_URL": f"sqlite:///{folder}/keyreeve.db",
        "KEYREEVE_DIGEST_ALGORITHMS": offered,
    }
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("KEYREEVE_")}
    return inherited | ours | ENVIRONMENT


def _generator(folder: Path) -> str:
    """Compile the load generator."""
    program = str(folder / "dload")
    flags = ["-O2", "-Wno-deprecated-declarations", "-Wno-unused-result"]
    subprocess.run(["gcc", *flags, "-o", program, HERE / "dload.c", "-lcrypto"], check=True)
    return program


def _furnish(folder: Path, environ: Mapping[str, str]) -> None:
    """Make users with keys and whitelists, one group of theirs, a catalogue, and paths to call."""
    database = Database.open(settings.load(environ), edge.real(), upgrade=True)
    path = "/v1/groups/{group}/things/{thing}"
    operations = [Operation("get", "GET", path, group=Named("group"))]
    operations += [Operation(f"o{n}", "GET", f"/v1/other{n}/{{id}}") for n in range(200)]
    with database.transaction() as t:
        group = groups.create(t, CLI, name="bench", owner=None, public_api_enabled=True)
        catalogue.replace(t, CLI, operations)
    keys = []
    for number in range(USERS):
        with database.transaction() as t:
            name = f"user{number}@example.org"
            user = users.create(t, CLI, username=name, first_name="B", last_name="B")
            roles.grant(t, CLI, user, group, "GROUP_READ_ONLY")
            whitelists.add(t, CLI, user, NETWORKS)
            keys.append(f"{name}:{api_keys.generate(t, CLI, user, 'bench')[1]}")
    database.close()
    (folder / "users").write_text("\n".join(keys))
    targets = (f"/v1/groups/{group.id}/things/{n:05d}?page={n}" for n in range(PATHS))
    (folder / "paths").write_text("\n".join(targets))
