"""`python -m sandbox.meta --port 8791 --config FILE.json`: run the stand-in until Ctrl-C."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from sandbox.meta.app import create_app
from sandbox.meta.network import parse_config, parse_users
from sandbox.twilio.server import listen, server_of


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m sandbox.meta", description="A local Cloud API.")
    parser.add_argument("--config", type=Path, required=True, help="JSON file: the numbers")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8791, help="0 takes a free one")
    parser.add_argument("--state", type=Path, help="folder that keeps chats between runs")
    options = parser.parse_args()
    try:
        config = json.loads(options.config.read_text())
        numbers, users = parse_config(config), parse_users(config)
        bound = listen(host=options.host, port=options.port)
    except (OSError, ValueError) as error:
        print(f"The stand-in cannot start: {error}", file=sys.stderr)
        return 1
    print(f"Cloud API and phone: http://{options.host}:{bound.getsockname()[1]}", flush=True)
    server_of(create_app(numbers, users, state=options.state)).run(sockets=[bound])
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
