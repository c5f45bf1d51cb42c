"""Let a group be observed: what would be refused there is noted, and let through."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column(
        "groups",
        sa.Column("observed", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
