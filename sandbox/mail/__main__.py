"""`python -m sandbox.mail --port 8791 --smtp-port 8792 --folder FOLDER`: run the mailbox until Ctrl-C."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import uvicorn

from sandbox.mail.app import create_app
from sandbox.mail.store import Mailbox


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m sandbox.mail", description="A mail server with a page.")
    parser.add_argument("--port", type=int, default=8791, help="of the page")
    parser.add_argument("--smtp-port", type=int, default=8792, help="where mail is handed in")
    parser.add_argument("--folder", type=Path, required=True, help="keeps the mail")
    options = parser.parse_args()
    app = create_app(Mailbox(options.folder), smtp_port=options.smtp_port)
    uvicorn.run(app, host="127.0.0.1", port=options.port, log_level="warning", access_log=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
