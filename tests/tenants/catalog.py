"""What PostgreSQL's catalog says of one schema, in words that do not name the schema itself."""

from __future__ import annotations

from django.db import connection

#: Each finds one kind of thing; `%(schema)s` is the schema's name.
QUESTIONS = {
    "relations": """
        SELECT relname, relkind, relpersistence, relrowsecurity, coalesce(array_to_string(reloptions, ','), '')
          FROM pg_class WHERE relnamespace = %(schema)s::regnamespace""",
    "columns": """
        SELECT relname, attnum, attname, format_type(atttypid, atttypmod), attnotnull, attidentity, attgenerated,
               attcollation::regcollation::text, attstorage, attcompression,
               coalesce(pg_get_expr(adbin, adrelid), '')
          FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
          LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
         WHERE relnamespace = %(schema)s::regnamespace AND attnum > 0 AND relkind = 'r'""",
    "constraints": """
        SELECT conname, contype, conrelid::regclass::text, condeferrable, condeferred, convalidated, confupdtype,
               confdeltype, pg_get_constraintdef(oid)
          FROM pg_constraint WHERE connamespace = %(schema)s::regnamespace""",
    "indexes": """
        SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = %(schema)s""",
    "sequences": """
        SELECT owned.relname, refobjsubid, sequence.relname, seqtypid::regtype::text, seqstart, seqincrement, seqmax,
               seqmin, seqcache, seqcycle, deptype
          FROM pg_sequence JOIN pg_class sequence ON sequence.oid = seqrelid
          LEFT JOIN pg_depend ON objid = seqrelid AND deptype IN ('a', 'i')
          LEFT JOIN pg_class owned ON owned.oid = refobjid
         WHERE sequence.relnamespace = %(schema)s::regnamespace""",
    "triggers": """
        SELECT tgrelid::regclass::text, regexp_replace(tgname, '[0-9]+$', ''), pg_get_triggerdef(pg_trigger.oid), count(*)
          FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
         WHERE relnamespace = %(schema)s::regnamespace AND NOT tgisinternal GROUP BY 1, 2, 3""",
    "functions": """
        SELECT proname, pg_get_functiondef(oid) FROM pg_proc
         WHERE pronamespace = %(schema)s::regnamespace AND prokind <> 'a'""",
    "types": """
        SELECT typname, typtype FROM pg_type WHERE typnamespace = %(schema)s::regnamespace""",
    "extensions": """
        SELECT extname FROM pg_extension WHERE extnamespace = %(schema)s::regnamespace""",
    "comments": """
        SELECT relname, objsubid, description FROM pg_description JOIN pg_class ON pg_class.oid = objoid
         WHERE relnamespace = %(schema)s::regnamespace""",
}


def catalog(schema: str) -> dict[str, list[str]]:
    """Everything in the schema, by kind, sorted; its own name reads `SCHEMA`."""
    found = {}
    with connection.cursor() as cursor:
        for kind, question in QUESTIONS.items():
            cursor.execute(question, {"schema": schema})
            found[kind] = sorted(str(row).replace(f"{schema}.", "SCHEMA.") for row in cursor.fetchall())
    return found
