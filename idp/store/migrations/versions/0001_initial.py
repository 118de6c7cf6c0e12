"""Every table, as of the first release.

Written by `tools/initial_migration.py` from the rooms' tables.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

JSON_DOCUMENT = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "association",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("alias", sa.String(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("contact", sa.String(), nullable=True),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.Column("disclosure", sa.String(), nullable=True),
        sa.Column("grace_days", sa.Integer(), nullable=False),
        sa.Column("current_season_id", sa.String(), nullable=True),
        sa.Column("previous_season_id", sa.String(), nullable=True),
        sa.Column("season_started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "audit_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("association_id", sa.String(), nullable=True),
        sa.Column("person_id", sa.String(), nullable=True),
        sa.Column("credential_id", sa.String(), nullable=True),
        sa.Column("client_id", sa.String(), nullable=True),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("detail", JSON_DOCUMENT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_audit_subject", "audit_event", ["association_id", "person_id"], unique=False)
    op.create_index("ix_audit_time", "audit_event", ["happened_at"], unique=False)
    op.create_table(
        "ban",
        sa.Column("association_id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("association_id", "person_id"),
    )
    op.create_table(
        "browser_session",
        sa.Column("sid", sa.String(), nullable=False),
        sa.Column("browser_hash", sa.String(), nullable=False),
        sa.Column("credential_id", sa.String(), nullable=False),
        sa.Column("association_id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("auth_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("association_code", sa.String(), nullable=False),
        sa.Column("identifier", sa.String(), nullable=False),
        sa.Column("facts", JSON_DOCUMENT, nullable=False),
        sa.Column("as_of", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("sid"),
    )
    op.create_index("ix_session_browser", "browser_session", ["browser_hash"], unique=False)
    op.create_index("ix_session_credential", "browser_session", ["credential_id"], unique=False)
    op.create_index("ix_session_expiry", "browser_session", ["expires_at"], unique=False)
    op.create_index("ix_session_person", "browser_session", ["association_id", "person_id"], unique=False)
    op.create_table(
        "change_counter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "client",
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("profile", sa.String(), nullable=False),
        sa.Column("auth_method", sa.String(), nullable=False),
        sa.Column("secret_hashes", JSON_DOCUMENT, nullable=False),
        sa.Column("trusted", sa.Boolean(), nullable=False),
        sa.Column("settings", JSON_DOCUMENT, nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("client_id"),
    )
    op.create_index("ix_client_is_default", "client", ["is_default"], unique=False)
    op.create_table(
        "credential",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("association_id", sa.String(), nullable=False),
        sa.Column("login_key", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("password_hash", sa.String(), nullable=True),
        sa.Column("password_changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disabled_reason", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("association_id", "login_key"),
    )
    op.create_table(
        "epoch",
        sa.Column("association_id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("association_id", "person_id"),
    )
    op.create_table(
        "known_browser",
        sa.Column("secret_hash", sa.String(), nullable=False),
        sa.Column("account_key", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("secret_hash", "account_key"),
    )
    op.create_index("ix_known_browser_account", "known_browser", ["account_key"], unique=False)
    op.create_index("ix_known_browser_expiry", "known_browser", ["expires_at"], unique=False)
    op.create_table(
        "known_browser_link",
        sa.Column("link_hash", sa.String(), nullable=False),
        sa.Column("account_key", sa.String(), nullable=False),
        sa.Column("association_code", sa.String(), nullable=False),
        sa.Column("identifier", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=True),
        sa.Column("request_id", sa.String(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("link_hash"),
    )
    op.create_index("ix_known_browser_link_expiry", "known_browser_link", ["expires_at"], unique=False)
    op.create_table(
        "outbox_mail",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("recipient_hash", sa.String(), nullable=False),
        sa.Column("sealed_payload", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leased_by", sa.String(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_outbox_due", "outbox_mail", ["state", "due_at"], unique=False)
    op.create_index("ix_outbox_recipient", "outbox_mail", ["recipient_hash"], unique=False)
    op.create_table(
        "pending_request",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("browser_hash", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("parameters", JSON_DOCUMENT, nullable=False),
        sa.Column("association", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_pending_browser", "pending_request", ["browser_hash"], unique=False)
    op.create_index("ix_pending_expiry", "pending_request", ["expires_at"], unique=False)
    op.create_table(
        "signing_key",
        sa.Column("kid", sa.String(), nullable=False),
        sa.Column("algorithm", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("sealed_private", sa.LargeBinary(), nullable=False),
        sa.Column("public_jwk", JSON_DOCUMENT, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("activated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("kid"),
    )
    op.create_table(
        "subject",
        sa.Column("sub", sa.String(), nullable=False),
        sa.Column("association_id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sub"),
    )
    op.create_index("ix_subject_person", "subject", ["association_id", "person_id"], unique=True)
    op.create_table(
        "throttle_counter",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("marks", sa.String(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("ix_throttle_counter_expiry", "throttle_counter", ["expires_at"], unique=False)
    op.create_table(
        "throttle_name",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("stands_for", sa.String(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("ix_throttle_name_expiry", "throttle_name", ["expires_at"], unique=False)
    op.create_table(
        "token_grant",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("sub", sa.String(), nullable=False),
        sa.Column("association_id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("credential_id", sa.String(), nullable=False),
        sa.Column("sid", sa.String(), nullable=False),
        sa.Column("auth_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("resource", sa.String(), nullable=True),
        sa.Column("association_code", sa.String(), nullable=False),
        sa.Column("identifier", sa.String(), nullable=False),
        sa.Column("claims", JSON_DOCUMENT, nullable=False),
        sa.Column("as_of", sa.Integer(), nullable=False),
        sa.Column("offline", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_grant_credential", "token_grant", ["credential_id"], unique=False)
    op.create_index("ix_grant_expiry", "token_grant", ["expires_at"], unique=False)
    op.create_index("ix_grant_person", "token_grant", ["association_id", "person_id"], unique=False)
    op.create_index("ix_grant_session", "token_grant", ["sid"], unique=False)
    op.create_table(
        "association_name",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("association_id", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["association_id"],
            ["association.id"],
        ),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index(op.f("ix_association_name_association_id"), "association_name", ["association_id"], unique=False)
    op.create_table(
        "authorization_code",
        sa.Column("code_hash", sa.String(), nullable=False),
        sa.Column("grant_id", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("redirect_uri", sa.String(), nullable=False),
        sa.Column("nonce", sa.String(), nullable=True),
        sa.Column("code_challenge", sa.String(), nullable=True),
        sa.Column("code_challenge_method", sa.String(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["grant_id"],
            ["token_grant.id"],
        ),
        sa.PrimaryKeyConstraint("code_hash"),
    )
    op.create_index(op.f("ix_authorization_code_grant_id"), "authorization_code", ["grant_id"], unique=False)
    op.create_index("ix_code_expiry", "authorization_code", ["expires_at"], unique=False)
    op.create_table(
        "directory_import",
        sa.Column("association_id", sa.String(), nullable=False),
        sa.Column("import_id", sa.String(), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["association_id"],
            ["association.id"],
        ),
        sa.PrimaryKeyConstraint("association_id"),
    )
    op.create_table(
        "guardianship",
        sa.Column("association_id", sa.String(), nullable=False),
        sa.Column("guardian_id", sa.String(), nullable=False),
        sa.Column("child_id", sa.String(), nullable=False),
        sa.Column("since_edition", sa.Integer(), nullable=False),
        sa.Column("until_edition", sa.Integer(), nullable=True),
        sa.Column("legal", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["association_id"],
            ["association.id"],
        ),
        sa.PrimaryKeyConstraint("association_id", "guardian_id", "child_id", "since_edition"),
    )
    op.create_index("ix_guardianship_child", "guardianship", ["association_id", "child_id"], unique=False)
    op.create_table(
        "member",
        sa.Column("association_id", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("since_edition", sa.Integer(), nullable=False),
        sa.Column("until_edition", sa.Integer(), nullable=True),
        sa.Column("given_name", sa.String(), nullable=False),
        sa.Column("family_name", sa.String(), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("email_key", sa.String(), nullable=True),
        sa.Column("username", sa.String(), nullable=True),
        sa.Column("username_key", sa.String(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["association_id"],
            ["association.id"],
        ),
        sa.PrimaryKeyConstraint("association_id", "external_id", "since_edition"),
    )
    op.create_index("ix_member_email", "member", ["email_key", "association_id"], unique=False)
    op.create_index("ix_member_username", "member", ["association_id", "username_key"], unique=False)
    op.create_index(
        "ix_member_username_once",
        "member",
        ["association_id", "username_key"],
        unique=True,
        sqlite_where=sa.text("until_edition IS NULL"),
        postgresql_where=sa.text("until_edition IS NULL"),
    )
    op.create_table(
        "pending_move",
        sa.Column("association_id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("old_key", sa.String(), nullable=False),
        sa.Column("old_email", sa.String(), nullable=True),
        sa.Column("new_key", sa.String(), nullable=True),
        sa.Column("new_email", sa.String(), nullable=True),
        sa.Column("was_alone", sa.Boolean(), nullable=False),
        sa.Column("leaves_nobody", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["association_id"],
            ["association.id"],
        ),
        sa.PrimaryKeyConstraint("association_id", "person_id"),
    )
    op.create_table(
        "refresh_token",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("grant_id", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["grant_id"],
            ["token_grant.id"],
        ),
        sa.PrimaryKeyConstraint("token_hash"),
    )
    op.create_index("ix_refresh_expiry", "refresh_token", ["expires_at"], unique=False)
    op.create_index(op.f("ix_refresh_token_grant_id"), "refresh_token", ["grant_id"], unique=False)
    op.create_table(
        "reset_link",
        sa.Column("link_hash", sa.String(), nullable=False),
        sa.Column("credential_id", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("association_code", sa.String(), nullable=False),
        sa.Column("identifier", sa.String(), nullable=False),
        sa.Column("code_hash", sa.String(), nullable=True),
        sa.Column("code_tries", sa.Integer(), nullable=False),
        sa.Column("browser_hash", sa.String(), nullable=True),
        sa.Column("form_hash", sa.String(), nullable=True),
        sa.Column("form_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("client_id", sa.String(), nullable=True),
        sa.Column("request_id", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["credential_id"],
            ["credential.id"],
        ),
        sa.PrimaryKeyConstraint("link_hash"),
    )
    op.create_index("ix_reset_link_browser", "reset_link", ["browser_hash"], unique=False)
    op.create_index("ix_reset_link_credential", "reset_link", ["credential_id"], unique=False)
    op.create_index("ix_reset_link_expiry", "reset_link", ["expires_at"], unique=False)
    op.create_index("ix_reset_link_form", "reset_link", ["form_hash"], unique=True)
    op.create_table(
        "season",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("association_id", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["association_id"],
            ["association.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("association_id", "label"),
    )
    op.create_index(op.f("ix_season_association_id"), "season", ["association_id"], unique=False)
    op.create_table(
        "membership",
        sa.Column("association_id", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("season_id", sa.String(), nullable=False),
        sa.Column("since_edition", sa.Integer(), nullable=False),
        sa.Column("until_edition", sa.Integer(), nullable=True),
        sa.Column("roles", JSON_DOCUMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["association_id"],
            ["association.id"],
        ),
        sa.ForeignKeyConstraint(
            ["season_id"],
            ["season.id"],
        ),
        sa.PrimaryKeyConstraint("association_id", "external_id", "season_id", "since_edition"),
    )
    op.create_index("ix_membership_season", "membership", ["season_id"], unique=False)
    # The one row of the counter that every verdict is dated with.
    counter = sa.table("change_counter", sa.column("id", sa.Integer), sa.column("number", sa.Integer))
    op.bulk_insert(counter, [{"id": 1, "number": 0}])


def downgrade() -> None:
    op.drop_index("ix_membership_season", table_name="membership")
    op.drop_table("membership")
    op.drop_index(op.f("ix_season_association_id"), table_name="season")
    op.drop_table("season")
    op.drop_index("ix_reset_link_form", table_name="reset_link")
    op.drop_index("ix_reset_link_expiry", table_name="reset_link")
    op.drop_index("ix_reset_link_credential", table_name="reset_link")
    op.drop_index("ix_reset_link_browser", table_name="reset_link")
    op.drop_table("reset_link")
    op.drop_index(op.f("ix_refresh_token_grant_id"), table_name="refresh_token")
    op.drop_index("ix_refresh_expiry", table_name="refresh_token")
    op.drop_table("refresh_token")
    op.drop_table("pending_move")
    op.drop_index(
        "ix_member_username_once",
        table_name="member",
        sqlite_where=sa.text("until_edition IS NULL"),
        postgresql_where=sa.text("until_edition IS NULL"),
    )
    op.drop_index("ix_member_username", table_name="member")
    op.drop_index("ix_member_email", table_name="member")
    op.drop_table("member")
    op.drop_index("ix_guardianship_child", table_name="guardianship")
    op.drop_table("guardianship")
    op.drop_table("directory_import")
    op.drop_index("ix_code_expiry", table_name="authorization_code")
    op.drop_index(op.f("ix_authorization_code_grant_id"), table_name="authorization_code")
    op.drop_table("authorization_code")
    op.drop_index(op.f("ix_association_name_association_id"), table_name="association_name")
    op.drop_table("association_name")
    op.drop_index("ix_grant_session", table_name="token_grant")
    op.drop_index("ix_grant_person", table_name="token_grant")
    op.drop_index("ix_grant_expiry", table_name="token_grant")
    op.drop_index("ix_grant_credential", table_name="token_grant")
    op.drop_table("token_grant")
    op.drop_index("ix_throttle_name_expiry", table_name="throttle_name")
    op.drop_table("throttle_name")
    op.drop_index("ix_throttle_counter_expiry", table_name="throttle_counter")
    op.drop_table("throttle_counter")
    op.drop_index("ix_subject_person", table_name="subject")
    op.drop_table("subject")
    op.drop_table("signing_key")
    op.drop_index("ix_pending_expiry", table_name="pending_request")
    op.drop_index("ix_pending_browser", table_name="pending_request")
    op.drop_table("pending_request")
    op.drop_index("ix_outbox_recipient", table_name="outbox_mail")
    op.drop_index("ix_outbox_due", table_name="outbox_mail")
    op.drop_table("outbox_mail")
    op.drop_index("ix_known_browser_link_expiry", table_name="known_browser_link")
    op.drop_table("known_browser_link")
    op.drop_index("ix_known_browser_expiry", table_name="known_browser")
    op.drop_index("ix_known_browser_account", table_name="known_browser")
    op.drop_table("known_browser")
    op.drop_table("epoch")
    op.drop_table("credential")
    op.drop_index("ix_client_is_default", table_name="client")
    op.drop_table("client")
    op.drop_table("change_counter")
    op.drop_index("ix_session_person", table_name="browser_session")
    op.drop_index("ix_session_expiry", table_name="browser_session")
    op.drop_index("ix_session_credential", table_name="browser_session")
    op.drop_index("ix_session_browser", table_name="browser_session")
    op.drop_table("browser_session")
    op.drop_table("ban")
    op.drop_index("ix_audit_time", table_name="audit_event")
    op.drop_index("ix_audit_subject", table_name="audit_event")
    op.drop_table("audit_event")
    op.drop_table("association")
