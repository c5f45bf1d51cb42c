"""The tables of the catalogue of the API that doors guard."""

import sqlalchemy as sa

from keyreeve.storage.schema import metadata

catalogues = sa.Table(
    "catalogues",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("revision", sa.BigInteger, nullable=False),
    sa.CheckConstraint("id = 1", name="sole"),
)
"""One row: how often the catalogue was replaced."""

catalogue_operations = sa.Table(
    "catalogue_operations",
    metadata,
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("name", sa.String(255), nullable=False),
    sa.Column("method", sa.String(16), nullable=False),
    sa.Column("template", sa.Text, nullable=False),
    sa.Column("roles", sa.Text, nullable=False),
    sa.Column("whitelisted", sa.Boolean, nullable=False),
    sa.Column("websocket", sa.Boolean, nullable=False),
    sa.Column("group_source", sa.String(8)),
    sa.Column("group_name", sa.String(255)),
    sa.Column("slash_in", sa.Text, nullable=False),
    sa.Column("summary", sa.String(255), nullable=False),
    sa.UniqueConstraint("method", "template"),
    sa.CheckConstraint("group_source IN ('path', 'header', 'fixed')", name="group_source"),
    sa.CheckConstraint("(group_source IS NULL) = (group_name IS NULL)", name="group"),
)
"""Lists are words with spaces between them; the role `*` stands for every role."""
