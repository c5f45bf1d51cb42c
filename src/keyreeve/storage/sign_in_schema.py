"""The tables behind signing in to the console: sessions, second factors, grants, the first run."""

import sqlalchemy as sa

from keyreeve.storage.schema import ID, UtcDateTime, metadata

DIGEST = sa.LargeBinary

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("id", ID, primary_key=True),
    sa.Column("user_id", ID, sa.ForeignKey("users.id"), nullable=False, index=True),
    sa.Column("token_digest", DIGEST, nullable=False, unique=True),
    sa.Column("started", UtcDateTime, nullable=False, index=True),
    sa.Column("last_seen", UtcDateTime, nullable=False),
    sa.Column("verified", sa.Boolean, nullable=False),
    sa.Column("address", sa.String(45)),
    sa.Column("browser", sa.String(100), nullable=False),
)

second_factors = sa.Table(
    "second_factors",
    metadata,
    sa.Column("user_id", ID, sa.ForeignKey("users.id"), primary_key=True),
    sa.Column("sealed_seed", sa.LargeBinary),
    sa.Column("since", UtcDateTime),
    # A seed that waits for its first code stands beside the one in use.
    sa.Column("sealed_pending", sa.LargeBinary),
    sa.Column("last_step", sa.BigInteger, nullable=False),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("tried", sa.Integer, nullable=False),
    sa.Column("wrong", sa.Integer, nullable=False),
    sa.Column("in_a_row", sa.Integer, nullable=False),
    sa.Column("blocked_until", UtcDateTime),
)
"""One a user; the count of guesses outlives the factor, or switching it off would reset it."""

recovery_codes = sa.Table(
    "recovery_codes",
    metadata,
    sa.Column("user_id", ID, sa.ForeignKey("users.id"), primary_key=True),
    sa.Column("digest", DIGEST, primary_key=True),
)

step_up_grants = sa.Table(
    "step_up_grants",
    metadata,
    sa.Column("session_id", ID, sa.ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("action", sa.String(64), primary_key=True),
    sa.Column("object_id", sa.String(255), primary_key=True),
    sa.Column("expires", UtcDateTime, nullable=False),
)

spent_tickets = sa.Table(
    "spent_tickets",
    metadata,
    sa.Column("session_id", ID, sa.ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("ticket", sa.String(64), primary_key=True),
)
"""Forms that did their work; sent again, they do nothing."""

throttles = sa.Table(
    "throttles",
    metadata,
    sa.Column("digest", DIGEST, primary_key=True),
    sa.Column("arrival", UtcDateTime, nullable=False, index=True),
)
"""When the next try is due, by the digest of who tries (GCRA's theoretical arrival time)."""

setup_links = sa.Table(
    "setup_links",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("link_digest", DIGEST),
    sa.Column("cookie_digest", DIGEST),
    sa.Column("expires", UtcDateTime, nullable=False),
    sa.CheckConstraint("id = 1", name="sole"),
)
"""The one-time link of the first run: followed, its digest gives way to that of a cookie."""
