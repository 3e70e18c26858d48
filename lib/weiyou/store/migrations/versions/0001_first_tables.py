"""First tables: areas, accounts, ledger, petitions, traces; a matter's events only ever grow."""

from alembic import op
from sqlalchemy import insert

from weiyou.store.tables import AuditHead, Table

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

CHAINS = 16
GROWING = ("petition_event", "audit_event")


def upgrade() -> None:
    bind = op.get_bind()
    Table.metadata.create_all(bind)
    bind.execute(
        insert(AuditHead),
        [{"chain": chain, "seq": 0, "mac": ""} for chain in range(CHAINS)],
    )
    for table in GROWING:
        for statement in _append_only(table, bind.dialect.name):
            op.execute(statement)


def _append_only(table: str, dialect: str) -> list[str]:
    """Return what makes the database itself refuse to change or delete a row of `table`."""
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} only grows'); END"
            for verb in ("UPDATE", "DELETE")
        ]
    return [
        f"CREATE FUNCTION {table}_only_grows() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} only grows'; END $$",
        f"CREATE TRIGGER {table}_only_grows BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_only_grows()",
    ]


def downgrade() -> None:
    raise NotImplementedError("the first tables are not taken away")
