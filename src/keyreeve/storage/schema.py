"""Every table of the control database, on SQLite and PostgreSQL alike. Limits are constraints."""

from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator

ID = sa.String(24)
"""24 hex digits."""
NAME = sa.String(254)
ROLE = sa.String(64)

metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    }
)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC. A datetime without a zone is refused: nobody knows when it was."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Hand the moment to the driver in UTC; SQLite stores text, which must sort as time does.

        Raises:
            ValueError: the datetime is naive.
        """
        if value is None:
            return None
        if value.utcoffset() is None:
            raise ValueError("a datetime without a zone is no moment")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Give the moment back in UTC, whatever the zone of the connection."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


installation = sa.Table(
    "installation",
    metadata,
    sa.Column("id", ID, primary_key=True),
    sa.Column("org_id", ID, nullable=False),
    sa.Column("realm", sa.String(255), nullable=False),
    sa.Column("epoch", sa.BigInteger, nullable=False),
    sa.Column("key_version", sa.Integer, nullable=False),
    sa.Column("key_check", sa.LargeBinary, nullable=False),
    # The version of the master key behind pepper, nonces and audit chain: rotation leaves it.
    sa.Column("base_version", sa.Integer, nullable=False),
    # SQLite: the epoch file that all processes of this installation must share.
    sa.Column("epoch_file", sa.Text),
    sa.Column("epoch_generation", sa.LargeBinary),
    sa.Column("created", UtcDateTime, nullable=False),
    # Always 1: with its two constraints a second row is impossible.
    sa.Column("sole", sa.Integer, nullable=False, server_default="1", unique=True),
    sa.CheckConstraint("sole = 1", name="sole"),
)

changes = sa.Table(
    "changes",
    metadata,
    sa.Column("epoch", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.String(8), primary_key=True),
    sa.Column("id", ID, primary_key=True),
    sa.CheckConstraint("kind IN ('user', 'group')", name="kind"),
)

users = sa.Table(
    "users",
    metadata,
    sa.Column("id", ID, primary_key=True),
    sa.Column("external_id", sa.String(255), unique=True),
    sa.Column("username", NAME, nullable=False, unique=True),
    sa.Column("first_name", sa.String(100), nullable=False),
    sa.Column("last_name", sa.String(100), nullable=False),
    sa.Column("kind", sa.String(8), nullable=False, server_default="person"),
    sa.Column("enabled", sa.Boolean, nullable=False),
    sa.Column("password_hash", sa.String(255)),
    sa.Column("created", UtcDateTime, nullable=False),
    sa.CheckConstraint("kind IN ('person', 'service')", name="kind"),
)

folded_names = sa.Table(
    "folded_names",
    metadata,
    sa.Column("folded", sa.String(762), primary_key=True),
    sa.Column("user_id", ID, sa.ForeignKey("users.id"), nullable=False, index=True),
    sa.UniqueConstraint("folded", "user_id"),
)
"""Who owns all spellings that are equal but for case. Folding makes one character at most three."""

user_names = sa.Table(
    "user_names",
    metadata,
    sa.Column("name", NAME, primary_key=True),
    sa.Column("folded", sa.String(762), nullable=False),
    sa.Column("user_id", ID, nullable=False, index=True),
    sa.ForeignKeyConstraint(["folded", "user_id"], ["folded_names.folded", "folded_names.user_id"]),
)
"""Every login that a user has or had, exactly as spelt. Rows stay for ever."""

global_roles = sa.Table(
    "global_roles",
    metadata,
    sa.Column("user_id", ID, sa.ForeignKey("users.id"), primary_key=True),
    sa.Column("role", ROLE, primary_key=True, index=True),
)

groups = sa.Table(
    "groups",
    metadata,
    sa.Column("id", ID, primary_key=True),
    sa.Column("external_id", sa.String(255), unique=True),
    sa.Column("name", sa.String(100), nullable=False, unique=True),
    sa.Column("public_api_enabled", sa.Boolean, nullable=False),
    sa.Column("created", UtcDateTime, nullable=False),
    sa.Column("observed", sa.Boolean, nullable=False, server_default=sa.false()),
)

memberships = sa.Table(
    "memberships",
    metadata,
    sa.Column("group_id", ID, sa.ForeignKey("groups.id"), primary_key=True),
    sa.Column("user_id", ID, sa.ForeignKey("users.id"), primary_key=True, index=True),
)

group_roles = sa.Table(
    "group_roles",
    metadata,
    sa.Column("group_id", ID, primary_key=True),
    sa.Column("user_id", ID, primary_key=True, index=True),
    sa.Column("role", ROLE, primary_key=True),
    sa.ForeignKeyConstraint(
        ["group_id", "user_id"],
        ["memberships.group_id", "memberships.user_id"],
        ondelete="CASCADE",
    ),
)

api_keys = sa.Table(
    "api_keys",
    metadata,
    sa.Column("id", ID, primary_key=True),
    sa.Column("user_id", ID, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("slot", sa.Integer, nullable=False),
    sa.Column("bearer_digest", sa.LargeBinary, nullable=False, unique=True),
    sa.Column("redacted", sa.String(32), nullable=False),
    sa.Column("description", sa.String(255), nullable=False),
    sa.Column("enabled", sa.Boolean, nullable=False),
    sa.Column("created", UtcDateTime, nullable=False),
    sa.UniqueConstraint("user_id", "slot"),
    sa.CheckConstraint("slot BETWEEN 1 AND 10", name="slot"),
)

api_key_proofs = sa.Table(
    "api_key_proofs",
    metadata,
    sa.Column("key_id", ID, sa.ForeignKey("api_keys.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("name", NAME, primary_key=True),
    sa.Column("algorithm", sa.String(16), primary_key=True),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
)
"""H(A1) of each key, sealed: one for each name it accepts and each algorithm."""

whitelist_entries = sa.Table(
    "whitelist_entries",
    metadata,
    sa.Column("id", ID, primary_key=True),
    sa.Column("user_id", ID, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("network", sa.String(43), nullable=False),
    sa.Column("comment", sa.String(255), nullable=False),
    sa.Column("created", UtcDateTime, nullable=False),
    sa.UniqueConstraint("user_id", "network"),
)

audit_events = sa.Table(
    "audit_events",
    metadata,
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("id", ID, nullable=False, unique=True),
    sa.Column("created", UtcDateTime, nullable=False),
    sa.Column("actor_name", sa.String(320), nullable=False),
    sa.Column("actor_user_id", ID),
    sa.Column("actor_address", sa.String(45)),
    sa.Column("action", sa.String(64), nullable=False),
    sa.Column("object_id", sa.String(255), nullable=False),
    sa.Column("group_id", ID),
    sa.Column("user_id", ID),
    sa.Column("details", sa.Text, nullable=False),
    sa.Column("mac", sa.LargeBinary, nullable=False),
    sa.Index(None, "group_id", "seq"),
    sa.Index(None, "user_id", "seq"),
    sa.Index(None, "action", "seq"),
)
"""What was changed, by whom. No foreign keys: an event outlives what it tells of."""

audit_head = sa.Table(
    "audit_head",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("mac", sa.LargeBinary, nullable=False),
    sa.CheckConstraint("id = 1", name="sole"),
)
"""The end of the chain of audit events: one row, locked by whoever adds to it."""
