"""`keyreeve db` and `keyreeve backup`."""

import json
import shutil
from pathlib import Path

import pysqlite3.dbapi2 as sqlite

from doors.installation import Installation


def test_any_first_command_makes_an_installation(tmp_path: Path) -> None:
    for number, words in enumerate(
        (("user", "list"), ("group", "list"), ("db", "check"), ("doctor",), ("db", "upgrade"))
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        installation = Installation(folder)
        assert installation.attempt(*words).returncode == 0
        assert {"keyreeve.db", "keyreeve.key"} <= {file.name for file in folder.iterdir()}


def test_a_sound_database_is_told_so(installation: Installation) -> None:
    assert installation.run("db", "upgrade")["upgraded"] is True
    assert installation.run("db", "check") == {"sound": True}


def test_a_damaged_database_is_no_success(installation: Installation) -> None:
    installation.run("user", "create", "ada@example.org")
    file = sqlite.connect(str(installation.folder / "keyreeve.db"))
    file.execute("UPDATE user_names SET user_id = 'nobody'")
    file.commit()
    file.close()
    done = installation.attempt("db", "check", "--json")
    assert (done.returncode, json.loads(done.stderr)["error"]["code"]) == (1, "DATABASE_UNSOUND")


def test_a_backup_is_an_installation_once_its_key_is_beside_it(
    installation: Installation, tmp_path: Path
) -> None:
    ada = installation.run("user", "create", "ada@example.org")
    copy = tmp_path / "copy"
    copy.mkdir()
    told = installation.run("backup", str(copy / "keyreeve.db"))
    assert told["masterKeyFile"].endswith("keyreeve.key")
    assert (copy / "keyreeve.db").stat().st_mode & 0o077 == 0
    assert Installation(copy).attempt("user", "list").returncode == 1
    shutil.copy(installation.folder / "keyreeve.key", copy)
    assert Installation(copy).run("user", "list") == {"results": [ada]}


def test_a_backup_overwrites_nothing(installation: Installation) -> None:
    target = installation.folder / "old"
    target.write_text("precious")
    done = installation.attempt("backup", str(target), "--json")
    assert json.loads(done.stderr)["error"]["code"] == "BACKUP_REFUSED"
    assert target.read_text() == "precious"
    assert installation.attempt("backup", "/nowhere/at/all").returncode == 1
