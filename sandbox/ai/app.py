"""The stand-in's endpoints: the two APIs as their SDKs call them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.ai import control, points
from sandbox.ai.dialects import Anthropic, Dialect, OpenAI
from sandbox.ai.faults import EVENT_STREAM, misbehave
from sandbox.ai.forms import read_form
from sandbox.ai.state import State

OPENAI, ANTHROPIC = OpenAI(), Anthropic()


def build_app(state: State | None = None) -> Starlette:
    app = Starlette(
        routes=[
            Route("/v1/chat/completions", chat_completions, methods=["POST"]),
            Route("/v1/messages", messages, methods=["POST"]),
            Route("/v1/models", models, methods=["GET"]),
            Route("/v1/embeddings", embeddings, methods=["POST"]),
            Route("/v1/audio/transcriptions", transcriptions, methods=["POST"]),
            *control.ROUTES,
            Route("/{path:path}", elsewhere, methods=["GET", "POST"]),
        ]
    )
    app.state.sandbox = state or State()
    return app


async def chat_completions(request: Request) -> Response:
    return await chat(request, dialect=OPENAI)


async def messages(request: Request) -> Response:
    return await chat(request, dialect=ANTHROPIC)


async def models(request: Request) -> Response:
    """Both APIs list their models here; Anthropic's clients say which version of it they speak."""
    dialect: Dialect = ANTHROPIC if "anthropic-version" in request.headers else OPENAI
    await record(request)
    state: State = request.app.state.sandbox

    def answer() -> list[bytes]:
        return [json.dumps(dialect.models(state.models)).encode()]

    return await respond(request, answer=answer, media_type="application/json", dialect=dialect)


async def embeddings(request: Request) -> Response:
    """A point for each text, made of its words: texts that share words lie near each other."""
    asked = await record(request)
    problem = points.problem(asked)
    if problem:
        return JSONResponse(OPENAI.error(status=400, message=problem), status_code=400)

    def answer() -> list[bytes]:
        return [json.dumps(points.answer(asked)).encode()]

    return await respond(request, answer=answer, media_type="application/json", dialect=OPENAI)


async def transcriptions(request: Request) -> Response:
    """What is heard in a recording: the next scripted words, or how many bytes it has."""
    form = read_form(request.headers.get("content-type", ""), await request.body())
    state: State = request.app.state.sandbox
    remember(request, body={name: part.shown for name, part in form.items()})
    if "file" not in form or "model" not in form:
        return JSONResponse(OPENAI.error(status=400, message="file and model are needed"), status_code=400)

    def answer() -> list[bytes]:
        heard = state.transcripts.popleft() if state.transcripts else f"{len(form['file'].content)} bytes of sound"
        return [json.dumps({"text": heard}).encode()]

    return await respond(request, answer=answer, media_type="application/json", dialect=OPENAI)


async def elsewhere(request: Request) -> Response:
    await record(request)
    return JSONResponse(OPENAI.error(status=404, message=f"Invalid URL ({request.url.path})"), status_code=404)


async def chat(request: Request, *, dialect: Dialect) -> Response:
    asked = await record(request)
    if not isinstance(asked, dict):
        return JSONResponse(dialect.error(status=400, message="The body is no JSON object."), status_code=400)
    state: State = request.app.state.sandbox
    problem = dialect.problem(asked)
    if problem and state.takes(key_of(request)):
        return JSONResponse(dialect.error(status=400, message=problem), status_code=400)

    def answer() -> list[bytes]:
        reply = state.reply_to(asked["messages"])
        if asked.get("stream"):
            return [event.encode() for event in dialect.events(asked, reply)]
        return [json.dumps(dialect.answer(asked, reply)).encode()]

    media_type = EVENT_STREAM if asked.get("stream") else "application/json"
    return await respond(request, answer=answer, media_type=media_type, dialect=dialect)


async def respond(
    request: Request, *, answer: Callable[[], list[bytes]], media_type: str, dialect: Dialect
) -> Response:
    """The true answer, unless the key is not taken or something was told to go wrong."""
    state: State = request.app.state.sandbox
    if not state.takes(key_of(request)):
        return refused(dialect)
    if fault := state.next_fault(key_of(request)):
        return await misbehave(fault, request=request, answer=answer, media_type=media_type, dialect=dialect)
    return Response(b"".join(answer()), media_type=media_type)


def refused(dialect: Dialect) -> Response:
    return JSONResponse(dialect.error(status=401, message="Incorrect API key provided."), status_code=401)


def key_of(request: Request) -> str:
    """The key: as `x-api-key`, which Anthropic's API knows too, or as a bearer token."""
    return request.headers.get("x-api-key") or request.headers.get("authorization", "").removeprefix("Bearer ").strip()


async def record(request: Request) -> Any:
    """Keep the request for `GET /sandbox/requests`, and return its body."""
    raw = await request.body()
    try:
        body = json.loads(raw) if raw else None
    except ValueError:
        body = raw.decode(errors="replace")
    remember(request, body=body)
    return body


def remember(request: Request, *, body: Any) -> None:
    state: State = request.app.state.sandbox
    state.requests.append(
        {
            "method": request.method,
            "path": request.url.path,
            "headers": dict(request.headers),
            "key": key_of(request),
            "body": body,
        }
    )
