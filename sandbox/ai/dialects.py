"""How each API says the same thing: its answers, its event streams, its errors."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any, Protocol

from sandbox.ai.state import count_tokens, pieces, text_of

OPENAI_ERRORS = {
    400: ("invalid_request_error", None),
    401: ("invalid_request_error", "invalid_api_key"),
    403: ("permission_error", "permission_denied"),
    404: ("invalid_request_error", "model_not_found"),
    429: ("requests", "rate_limit_exceeded"),
}
ANTHROPIC_ERRORS = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    429: "rate_limit_error",
    529: "overloaded_error",
}


class Dialect(Protocol):
    def problem(self, request: dict[str, Any]) -> str: ...
    def answer(self, request: dict[str, Any], reply: str) -> dict[str, Any]: ...
    def events(self, request: dict[str, Any], reply: str) -> list[str]: ...
    def error(self, *, status: int, message: str, code: str = "", param: str | None = None) -> dict[str, Any]: ...
    def error_event(self, *, message: str, code: str) -> str: ...
    def models(self, ids: list[str]) -> dict[str, Any]: ...


class OpenAI:
    """https://platform.openai.com/docs/api-reference/chat"""

    def problem(self, request: dict[str, Any]) -> str:
        """What is wrong with a request, or nothing."""
        if not request.get("model"):
            return "you must provide a model parameter"
        if not request.get("messages"):
            return "[] is too short - 'messages'"
        return ""

    def answer(self, request: dict[str, Any], reply: str) -> dict[str, Any]:
        return {
            "id": f"chatcmpl-{uuid.uuid4().hex}",
            "object": "chat.completion",
            "created": int(time.time()),
            "model": request["model"],
            "choices": [
                {
                    "index": 0,
                    "message": {"role": "assistant", "content": reply, "refusal": None},
                    "logprobs": None,
                    "finish_reason": "stop",
                }
            ],
            "usage": self._usage(request, reply),
        }

    def events(self, request: dict[str, Any], reply: str) -> list[str]:
        deltas: list[tuple[dict[str, Any], str | None]] = [({"role": "assistant", "content": ""}, None)]
        deltas += [({"content": piece}, None) for piece in pieces(reply)]
        deltas.append(({}, "stop"))
        name = f"chatcmpl-{uuid.uuid4().hex}"
        chunk = {"id": name, "object": "chat.completion.chunk", "created": int(time.time()), "model": request["model"]}
        events = [
            {**chunk, "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}]}
            for delta, reason in deltas
        ]
        if (request.get("stream_options") or {}).get("include_usage"):
            events.append({**chunk, "choices": [], "usage": self._usage(request, reply)})
        return [f"data: {json.dumps(event)}\n\n" for event in events] + ["data: [DONE]\n\n"]

    def _usage(self, request: dict[str, Any], reply: str) -> dict[str, int]:
        asked = sum(count_tokens(text_of(message)) for message in request["messages"])
        said = count_tokens(reply)
        return {"prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said}

    def error(self, *, status: int, message: str, code: str = "", param: str | None = None) -> dict[str, Any]:
        kind, usual_code = OPENAI_ERRORS.get(status, ("server_error", None))
        return {"error": {"message": message, "type": kind, "param": param, "code": code or usual_code}}

    def error_event(self, *, message: str, code: str) -> str:
        error = {"message": message, "type": code or "server_error", "param": None, "code": code or None}
        return f"data: {json.dumps({'error': error})}\n\n"

    def models(self, ids: list[str]) -> dict[str, Any]:
        data = [{"id": name, "object": "model", "created": 1700000000, "owned_by": "sandbox"} for name in ids]
        return {"object": "list", "data": data}


class Anthropic:
    """https://docs.anthropic.com/en/api/messages"""

    def problem(self, request: dict[str, Any]) -> str:
        messages = request.get("messages") or []
        for name in ("model", "max_tokens", "messages"):
            if not request.get(name):
                return f"{name}: Field required"
        if messages[0].get("role") != "user":
            return "messages: first message must use the user role"
        if any(message.get("role") not in ("user", "assistant") for message in messages):
            return "messages: unexpected role; use the top-level `system` parameter"
        if not all(text_of(message).strip() for message in messages):
            return "messages: text content blocks must be non-empty"
        if not 0 <= request.get("temperature", 1) <= 1:
            return "temperature: range: 0..1"
        return ""

    def answer(self, request: dict[str, Any], reply: str) -> dict[str, Any]:
        return {
            **self._message(request),
            "content": [{"type": "text", "text": reply}],
            "stop_reason": "end_turn",
            "usage": {"input_tokens": self._asked(request), "output_tokens": count_tokens(reply)},
        }

    def events(self, request: dict[str, Any], reply: str) -> list[str]:
        usage = {"input_tokens": self._asked(request), "output_tokens": 1}
        deltas = [{"type": "text_delta", "text": piece} for piece in pieces(reply)]
        end = {"stop_reason": "end_turn", "stop_sequence": None}
        events: list[dict[str, Any]] = [
            {"type": "message_start", "message": {**self._message(request), "usage": usage}},
            {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
            {"type": "ping"},
            *({"type": "content_block_delta", "index": 0, "delta": delta} for delta in deltas),
            {"type": "content_block_stop", "index": 0},
            {"type": "message_delta", "delta": end, "usage": {"output_tokens": count_tokens(reply)}},
            {"type": "message_stop"},
        ]
        return [f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events]

    def error(self, *, status: int, message: str, code: str = "", param: str | None = None) -> dict[str, Any]:
        kind = code or ANTHROPIC_ERRORS.get(status, "api_error")
        return {"type": "error", "error": {"type": kind, "message": message}, "request_id": f"req_{uuid.uuid4().hex}"}

    def error_event(self, *, message: str, code: str) -> str:
        return f"event: error\ndata: {json.dumps(self.error(status=500, message=message, code=code))}\n\n"

    def models(self, ids: list[str]) -> dict[str, Any]:
        born = "2026-01-01T00:00:00Z"
        data = [{"id": name, "type": "model", "display_name": name, "created_at": born} for name in ids]
        return {
            "data": data,
            "has_more": False,
            "first_id": ids[0] if ids else None,
            "last_id": ids[-1] if ids else None,
        }

    def _message(self, request: dict[str, Any]) -> dict[str, Any]:
        name = f"msg_{uuid.uuid4().hex}"
        message = {"id": name, "type": "message", "role": "assistant", "model": request["model"], "content": []}
        return {**message, "stop_reason": None, "stop_sequence": None}

    def _asked(self, request: dict[str, Any]) -> int:
        system = request.get("system") or ""
        texts = [text_of({"content": system}), *(text_of(message) for message in request["messages"])]
        return sum(count_tokens(text) for text in texts)
