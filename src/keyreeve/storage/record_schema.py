"""The tables of the access records: a file a day on SQLite, partitions on PostgreSQL.

Their metadata is their own: the control database can be made, moved and compared without them.
"""

import sqlalchemy as sa

from keyreeve.storage.schema import UtcDateTime

metadata = sa.MetaData()
"""Everything counted or kept of one day."""
totals = sa.MetaData()
"""What outlives the days, in a file of its own on SQLite."""

BY_DAY = "RANGE (day)"

access_records = sa.Table(
    "access_records",
    metadata,
    sa.Column("decision_id", sa.Text, primary_key=True),
    # The day of writing, not of the decision: so one flush is one transaction in one place.
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("time", UtcDateTime, nullable=False),
    sa.Column("operation", sa.Text, nullable=False),
    sa.Column("method", sa.Text, nullable=False),
    sa.Column("target", sa.Text, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("rule", sa.Text, nullable=False),
    sa.Column("key_id", sa.Text),
    sa.Column("user_id", sa.Text),
    sa.Column("username", sa.Text),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("group_id", sa.Text),
    sa.Column("entry_ids", sa.Text, nullable=False),
    postgresql_partition_by=BY_DAY,
)

access_hops = sa.Table(
    "access_hops",
    metadata,
    sa.Column("decision_id", sa.Text, primary_key=True),
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("hops", sa.Text, nullable=False),
    postgresql_partition_by=BY_DAY,
    sqlite_with_rowid=False,
)
"""How the address of a record was found. A table of its own: older records never knew."""

access_counts = sa.Table(
    "access_counts",
    metadata,
    sa.Column("key_id", sa.Text, primary_key=True),
    sa.Column("operation", sa.Text, primary_key=True),
    sa.Column("address", sa.Text, primary_key=True),
    sa.Column("minute", UtcDateTime, primary_key=True),
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("count", sa.BigInteger, nullable=False),
    sa.Column("last", UtcDateTime, nullable=False),
    sa.Column("decision_id", sa.Text, nullable=False, index=True),
    postgresql_partition_by=BY_DAY,
)

access_challenges = sa.Table(
    "access_challenges",
    metadata,
    sa.Column("reason", sa.Text, primary_key=True),
    sa.Column("address", sa.Text, primary_key=True),
    sa.Column("minute", UtcDateTime, primary_key=True),
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("count", sa.BigInteger, nullable=False),
    sa.Column("last", UtcDateTime, nullable=False),
    sa.Column("username", sa.Text),
    postgresql_partition_by=BY_DAY,
)

access_overlooked = sa.Table(
    "access_overlooked",
    metadata,
    sa.Column("rule", sa.Text, primary_key=True),
    sa.Column("reason", sa.Text, primary_key=True),
    sa.Column("method", sa.Text, primary_key=True),
    sa.Column("operation", sa.Text, primary_key=True),
    sa.Column("path", sa.Text, primary_key=True),
    sa.Column("key_id", sa.Text, primary_key=True),
    sa.Column("user_id", sa.Text, primary_key=True),
    sa.Column("group_id", sa.Text, primary_key=True),
    sa.Column("address", sa.Text, primary_key=True),
    sa.Column("minute", UtcDateTime, primary_key=True),
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("count", sa.BigInteger, nullable=False),
    sa.Column("last", UtcDateTime, nullable=False),
    sa.Column("decision_id", sa.Text, nullable=False, index=True),
    sa.Column("username", sa.Text),
    postgresql_partition_by=BY_DAY,
)
"""What was let through and would have been refused."""

access_drops = sa.Table(
    "access_drops",
    metadata,
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("count", sa.BigInteger, nullable=False),
    postgresql_partition_by=BY_DAY,
)

PARTITIONED = (
    access_records,
    access_hops,
    access_counts,
    access_challenges,
    access_overlooked,
    access_drops,
)


def _usage(into: sa.MetaData) -> sa.Table:
    """Lay out totals of use; on SQLite each day has its own, which join the others later."""
    return sa.Table(
        "access_usage",
        into,
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("count", sa.BigInteger, nullable=False),
        sa.Column("last", UtcDateTime, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
    )


access_usage = _usage(metadata)
total_usage = _usage(totals)

folded_days = sa.Table(
    "folded_days",
    totals,
    sa.Column("day", sa.Date, primary_key=True),
)
"""Days whose use is in the totals already."""
