"""`python -m sandbox.twilio --port 8790 --config FILE.json`: run the stand-in until Ctrl-C."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from sandbox.twilio.config import Config, parse_config
from sandbox.twilio.server import listen, make_server


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m sandbox.twilio", description="A local Twilio, with a phone.")
    parser.add_argument("--config", type=Path, required=True, help="JSON file: numbers and users")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8790, help="0 takes a free one")
    parser.add_argument("--state", type=Path, help="folder that keeps conversations between runs")
    options = parser.parse_args()
    try:
        config = _read(options.config)
        bound = listen(host=options.host, port=options.port)
    except (OSError, ValueError) as error:
        print(f"The phone cannot start: {error}", file=sys.stderr)
        return 1
    print(f"Phone: http://{options.host}:{bound.getsockname()[1]}/", flush=True)
    make_server(config, state=options.state).run(sockets=[bound])
    return 0


def _read(path: Path) -> Config:
    return parse_config(json.loads(path.read_text()))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
