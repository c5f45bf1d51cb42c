"""Lay out the control database."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "audit_events",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_name", sa.String(length=320), nullable=False),
        sa.Column("actor_user_id", sa.String(length=24), nullable=True),
        sa.Column("actor_address", sa.String(length=45), nullable=True),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("object_id", sa.String(length=255), nullable=False),
        sa.Column("group_id", sa.String(length=24), nullable=True),
        sa.Column("user_id", sa.String(length=24), nullable=True),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_events")),
        sa.UniqueConstraint("id", name=op.f("uq_audit_events_id")),
    )
    op.create_index(
        op.f("ix_audit_events_action_seq"), "audit_events", ["action", "seq"], unique=False
    )
    op.create_index(
        op.f("ix_audit_events_group_id_seq"), "audit_events", ["group_id", "seq"], unique=False
    )
    op.create_index(
        op.f("ix_audit_events_user_id_seq"), "audit_events", ["user_id", "seq"], unique=False
    )
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_audit_head_sole")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "changes",
        sa.Column("epoch", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.CheckConstraint("kind IN ('user', 'group')", name=op.f("ck_changes_kind")),
        sa.PrimaryKeyConstraint("epoch", "kind", "id", name=op.f("pk_changes")),
    )
    op.create_table(
        "groups",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("external_id", sa.String(length=255), nullable=True),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("public_api_enabled", sa.Boolean(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_groups")),
        sa.UniqueConstraint("external_id", name=op.f("uq_groups_external_id")),
        sa.UniqueConstraint("name", name=op.f("uq_groups_name")),
    )
    op.create_table(
        "installation",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("org_id", sa.String(length=24), nullable=False),
        sa.Column("realm", sa.String(length=255), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.Column("key_check", sa.LargeBinary(), nullable=False),
        sa.Column("base_version", sa.Integer(), nullable=False),
        sa.Column("epoch_file", sa.Text(), nullable=True),
        sa.Column("epoch_generation", sa.LargeBinary(), nullable=True),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sole", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("sole = 1", name=op.f("ck_installation_sole")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installation")),
        sa.UniqueConstraint("sole", name=op.f("uq_installation_sole")),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("external_id", sa.String(length=255), nullable=True),
        sa.Column("username", sa.String(length=254), nullable=False),
        sa.Column("first_name", sa.String(length=100), nullable=False),
        sa.Column("last_name", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=8), server_default="person", nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("password_hash", sa.String(length=255), nullable=True),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('person', 'service')", name=op.f("ck_users_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("external_id", name=op.f("uq_users_external_id")),
        sa.UniqueConstraint("username", name=op.f("uq_users_username")),
    )
    op.create_table(
        "api_keys",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("user_id", sa.String(length=24), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("bearer_digest", sa.LargeBinary(), nullable=False),
        sa.Column("redacted", sa.String(length=32), nullable=False),
        sa.Column("description", sa.String(length=255), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("slot BETWEEN 1 AND 10", name=op.f("ck_api_keys_slot")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_api_keys_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("bearer_digest", name=op.f("uq_api_keys_bearer_digest")),
        sa.UniqueConstraint("user_id", "slot", name=op.f("uq_api_keys_user_id_slot")),
    )
    op.create_table(
        "folded_names",
        sa.Column("folded", sa.String(length=762), nullable=False),
        sa.Column("user_id", sa.String(length=24), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_folded_names_user_id_users")
        ),
        sa.PrimaryKeyConstraint("folded", name=op.f("pk_folded_names")),
        sa.UniqueConstraint("folded", "user_id", name=op.f("uq_folded_names_folded_user_id")),
    )
    op.create_index(op.f("ix_folded_names_user_id"), "folded_names", ["user_id"], unique=False)
    op.create_table(
        "global_roles",
        sa.Column("user_id", sa.String(length=24), nullable=False),
        sa.Column("role", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_global_roles_user_id_users")
        ),
        sa.PrimaryKeyConstraint("user_id", "role", name=op.f("pk_global_roles")),
    )
    op.create_index(op.f("ix_global_roles_role"), "global_roles", ["role"], unique=False)
    op.create_table(
        "memberships",
        sa.Column("group_id", sa.String(length=24), nullable=False),
        sa.Column("user_id", sa.String(length=24), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"], ["groups.id"], name=op.f("fk_memberships_group_id_groups")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_memberships_user_id_users")
        ),
        sa.PrimaryKeyConstraint("group_id", "user_id", name=op.f("pk_memberships")),
    )
    op.create_index(op.f("ix_memberships_user_id"), "memberships", ["user_id"], unique=False)
    op.create_table(
        "whitelist_entries",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("user_id", sa.String(length=24), nullable=False),
        sa.Column("network", sa.String(length=43), nullable=False),
        sa.Column("comment", sa.String(length=255), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_whitelist_entries_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_whitelist_entries")),
        sa.UniqueConstraint(
            "user_id", "network", name=op.f("uq_whitelist_entries_user_id_network")
        ),
    )
    op.create_table(
        "api_key_proofs",
        sa.Column("key_id", sa.String(length=24), nullable=False),
        sa.Column("name", sa.String(length=254), nullable=False),
        sa.Column("algorithm", sa.String(length=16), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["key_id"],
            ["api_keys.id"],
            name=op.f("fk_api_key_proofs_key_id_api_keys"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("key_id", "name", "algorithm", name=op.f("pk_api_key_proofs")),
    )
    op.create_table(
        "group_roles",
        sa.Column("group_id", sa.String(length=24), nullable=False),
        sa.Column("user_id", sa.String(length=24), nullable=False),
        sa.Column("role", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id", "user_id"],
            ["memberships.group_id", "memberships.user_id"],
            name=op.f("fk_group_roles_group_id_user_id_memberships"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("group_id", "user_id", "role", name=op.f("pk_group_roles")),
    )
    op.create_index(op.f("ix_group_roles_user_id"), "group_roles", ["user_id"], unique=False)
    op.create_table(
        "user_names",
        sa.Column("name", sa.String(length=254), nullable=False),
        sa.Column("folded", sa.String(length=762), nullable=False),
        sa.Column("user_id", sa.String(length=24), nullable=False),
        sa.ForeignKeyConstraint(
            ["folded", "user_id"],
            ["folded_names.folded", "folded_names.user_id"],
            name=op.f("fk_user_names_folded_user_id_folded_names"),
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_user_names")),
    )
    op.create_index(op.f("ix_user_names_user_id"), "user_names", ["user_id"], unique=False)
