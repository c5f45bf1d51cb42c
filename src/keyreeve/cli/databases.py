"""`keyreeve db` and `keyreeve backup`: the database itself."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from keyreeve.app import edge, environment, privacy
from keyreeve.cli.answers import Answer
from keyreeve.cli.installations import opened, reaching
from keyreeve.domain.errors import Refusal
from keyreeve.storage.database import Database


class Unsound(Refusal):
    """The database is not as it should be."""

    code = "DATABASE_UNSOUND"
    sentence = "{0}"


def upgrade() -> Answer:
    """Bring the database to this version's schema; an empty one becomes an installation."""
    privacy.keep_memory_private()
    with reaching():
        database = Database.open(environment.settings(), edge.real(), upgrade=True)
        database.close()
    document = {"upgraded": True, "installationId": database.installation.id}
    return Answer(document, "The database has this version's schema.")


def check() -> Answer:
    """Tell whether database, schema, master key and epoch belong together and are sound."""
    with opened() as database:
        findings = database.check()
    if findings:
        raise Unsound(" ".join(findings))
    return Answer({"sound": True}, "The database is sound and has this version's schema.")


def backup(
    file: Annotated[Path, Parameter(name="FILE", help="A file that does not exist yet.")], /
) -> Answer:
    """Copy the embedded database as of one moment. The master key is not in the copy."""
    with opened() as database:
        database.backup(file)
        key = database.settings.master_key_file
    document = {"file": str(file), "masterKeyFile": str(key)}
    sentence = f"{file} holds the database. Keep {key} as well, and apart from it."
    return Answer(document, sentence)
