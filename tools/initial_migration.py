#!/usr/bin/env python3
"""Writes `idp/store/migrations/versions/0001_initial.py` anew from the tables of every room.

For as long as nothing is released: `python -m tools.initial_migration` after a change in a `tables.py`. From the first
release on, every change is a further step, and this script goes.
"""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any, Literal

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.autogenerate.api import AutogenContext
from alembic.runtime.migration import MigrationContext
from sqlalchemy import JSON, create_engine

from idp.store.metadata import METADATA
from idp.store.types import UtcDateTime

TARGET = Path(__file__).resolve().parent.parent / "idp/store/migrations/versions/0001_initial.py"

HEAD = '''"""Every table, as of the first release.

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
'''
COUNTER = """    # The one row of the counter that every verdict is dated with.
    counter = sa.table("change_counter", sa.column("id", sa.Integer), sa.column("number", sa.Integer))
    op.bulk_insert(counter, [{"id": 1, "number": 0}])


def downgrade() -> None:
"""


def rendered(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:  # noqa: ANN401 -- any schema item
    """Write our own types as the plain ones they stand on: a step of history depends on no later code."""
    if kind != "type":
        return False
    if isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if isinstance(item, JSON):
        return "JSON_DOCUMENT"
    if type(item).__name__ == "AutoString":  # SQLModel's name for a string
        return "sa.String()"
    return False


def main() -> int:
    """Compare the tables with an empty database and write what is missing: everything."""
    with create_engine("sqlite://").connect() as connection:
        context = MigrationContext.configure(connection)
        step = produce_migrations(context, METADATA)
    up, down = step.upgrade_ops, step.downgrade_ops
    if up is None or down is None:
        return 1
    bodies = (body(up, context), body(down, context))
    TARGET.write_text(HEAD + bodies[0] + "\n" + COUNTER + bodies[1] + "\n", "utf-8")
    # Not linted, as the rest of history is not, but laid out so that it can be read.
    subprocess.run(
        [sys.executable, "-m", "ruff", "format", "--quiet", "--isolated", "--line-length=120", TARGET], check=True
    )
    return 0


def body(operations: Any, context: MigrationContext) -> str:  # noqa: ANN401 -- Alembic's list of operations
    """Return the operations as the indented body of a function."""
    code = render_python_code(operations, render_item=rendered, migration_context=context)
    return "\n".join(
        f"    {line}" if line else line
        for line in (re.sub(r"^    ", "", written) for written in code.splitlines())
        if not line.strip().startswith("#")
    )


if __name__ == "__main__":
    sys.exit(main())
