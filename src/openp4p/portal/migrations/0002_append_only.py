"""The database itself refuses to change or delete what is only ever added."""

from __future__ import annotations

from typing import Any

from django.db import migrations

TABLES = ("event", "payload", "ledgerentry", "version", "decision")
_FUNCTION = """
CREATE FUNCTION portal_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'rows of % are only ever added', TG_TABLE_NAME; END $$
"""


def refuse(_apps: Any, schema_editor: Any) -> None:
    """A trigger a table, on either engine."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(_FUNCTION, params=None)
        for table in TABLES:
            schema_editor.execute(
                f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON portal_{table} "
                "FOR EACH ROW EXECUTE FUNCTION portal_append_only()"
            )
            schema_editor.execute(
                f"CREATE TRIGGER no_truncate BEFORE TRUNCATE ON portal_{table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION portal_append_only()"
            )
        return
    for table in TABLES:
        for act in ("UPDATE", "DELETE"):
            schema_editor.execute(
                f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON portal_{table} "
                "BEGIN SELECT RAISE(ABORT, 'rows are only ever added'); END"
            )


class Migration(migrations.Migration):
    """Triggers."""

    dependencies = [("portal", "0001_initial")]
    operations = [migrations.RunPython(refuse, migrations.RunPython.noop)]
