"""Make room for the catalogue of the guarded API."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "catalogues",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_catalogues_sole")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalogues")),
    )
    op.create_table(
        "catalogue_operations",
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("method", sa.String(length=16), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("roles", sa.Text(), nullable=False),
        sa.Column("whitelisted", sa.Boolean(), nullable=False),
        sa.Column("websocket", sa.Boolean(), nullable=False),
        sa.Column("group_source", sa.String(length=8), nullable=True),
        sa.Column("group_name", sa.String(length=255), nullable=True),
        sa.Column("slash_in", sa.Text(), nullable=False),
        sa.Column("summary", sa.String(length=255), nullable=False),
        sa.CheckConstraint(
            "(group_source IS NULL) = (group_name IS NULL)",
            name=op.f("ck_catalogue_operations_group"),
        ),
        sa.CheckConstraint(
            "group_source IN ('path', 'header', 'fixed')",
            name=op.f("ck_catalogue_operations_group_source"),
        ),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_catalogue_operations")),
        sa.UniqueConstraint(
            "method", "template", name=op.f("uq_catalogue_operations_method_template")
        ),
    )
