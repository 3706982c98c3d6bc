"""`python -m sandbox.ai --port 9100 --key sk-demo`"""

from __future__ import annotations

import argparse

import uvicorn

from sandbox.ai.app import build_app
from sandbox.ai.state import State

parser = argparse.ArgumentParser(prog="python -m sandbox.ai", description="A local stand-in for OpenAI and Anthropic.")
parser.add_argument("--port", type=int, required=True)
parser.add_argument("--host", default="127.0.0.1")
parser.add_argument("--key", action="append", help="a key that is taken (may be repeated); without one, any is")
options = parser.parse_args()

print(f"AI stand-in on http://{options.host}:{options.port} (OpenAI: /v1)", flush=True)
uvicorn.run(
    build_app(State(keys=set(options.key) if options.key else None)),
    host=options.host,
    port=options.port,
    log_level="critical",
    access_log=False,
)
