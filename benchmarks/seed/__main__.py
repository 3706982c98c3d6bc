"""`python -m benchmarks.seed SCHEMA`: fills a tenant's schema in the database of DATABASE_URL."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import asdict

from benchmarks.seed import Size, seed


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.seed", description=__doc__)
    parser.add_argument("schema", help="the tenant's schema: its slug, with _ for -")
    for name, count in asdict(Size()).items():
        parser.add_argument(f"--{name}", type=int, default=count, help=f"{count:,} unless told")
    given = vars(parser.parse_args())
    schema_name = given.pop("schema")
    url = os.environ.get("DATABASE_URL")
    if not url:
        parser.error("set DATABASE_URL to the database to fill")
    try:
        seed(url, schema_name=schema_name, size=Size(**given), say=lambda line: sys.stderr.write(f"{line}\n"))
    except (LookupError, ValueError) as error:
        parser.error(str(error))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
