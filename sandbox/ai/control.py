"""Steering the stand-in while it runs.

GET    /sandbox/requests   every request so far: method, path, headers, key, body
DELETE /sandbox/requests   forget them
POST   /sandbox/faults     {"mode": "status", "status": 503, "times": 2}: see `sandbox/ai/faults.py`
GET    /sandbox/faults     those still to come
DELETE /sandbox/faults     none any more
POST   /sandbox/settings   {"keys": ["sk-1"] or null, "models": [...], "replies": ["said once", "said next"],
                            "transcripts": ["heard in the next recording"]}
DELETE /sandbox            forget everything, as freshly started
"""

from __future__ import annotations

from collections import deque
from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.ai.faults import MODES
from sandbox.ai.state import Fault, State

DONE = 204


async def requests(request: Request) -> Response:
    state: State = request.app.state.sandbox
    if request.method == "DELETE":
        state.requests.clear()
        return Response(status_code=DONE)
    return JSONResponse(list(state.requests))


async def faults(request: Request) -> Response:
    state: State = request.app.state.sandbox
    if request.method == "GET":
        return JSONResponse([asdict(fault) for fault in state.faults])
    if request.method == "DELETE":
        state.faults.clear()
        return Response(status_code=DONE)
    try:
        fault = Fault(**await request.json())
    except (TypeError, ValueError) as error:
        return JSONResponse({"error": str(error)}, status_code=400)
    if fault.mode not in MODES:
        return JSONResponse({"error": f"mode is one of {', '.join(MODES)}"}, status_code=400)
    state.faults.append(fault)
    return JSONResponse(asdict(fault), status_code=201)


async def settings(request: Request) -> Response:
    state: State = request.app.state.sandbox
    wanted = await request.json()
    if "keys" in wanted:
        state.keys = None if wanted["keys"] is None else set(wanted["keys"])
    if "models" in wanted:
        state.models = list(wanted["models"])
    if "transcripts" in wanted:
        state.transcripts = deque(wanted["transcripts"])
    if "replies" in wanted:
        state.replies = deque(wanted["replies"])
    return Response(status_code=DONE)


async def reset(request: Request) -> Response:
    request.app.state.sandbox = State()
    return Response(status_code=DONE)


ROUTES = [
    Route("/sandbox", reset, methods=["DELETE"]),
    Route("/sandbox/requests", requests, methods=["GET", "DELETE"]),
    Route("/sandbox/faults", faults, methods=["GET", "POST", "DELETE"]),
    Route("/sandbox/settings", settings, methods=["POST"]),
]
