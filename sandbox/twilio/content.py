"""Templates, as Twilio's Content API lists them.

https://www.twilio.com/docs/content/content-api-resources
"""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.templates import TEMPLATES, Sample
from sandbox.twilio.rest import authenticate, operation


@operation("content.list")
async def list_contents(request: Request) -> Response:
    account_sid = authenticate(request)
    contents = [_content(sample, account_sid=account_sid) for sample in TEMPLATES]
    meta = {"page": 0, "page_size": 50, "key": "contents", "next_page_url": None, "previous_page_url": None}
    return JSONResponse({"contents": contents, "meta": meta})


def _content(sample: Sample, *, account_sid: str) -> dict[str, Any]:
    return {
        "sid": sample.sid,
        "account_sid": account_sid,
        "friendly_name": sample.name,
        "language": sample.language,
        "variables": {str(place): example for place, example in enumerate(sample.examples, 1)},
        "types": {"twilio/text": {"body": sample.body}},
        "approval_requests": {
            "name": sample.name,
            "category": sample.category.upper(),
            "content_type": "twilio/text",
            "status": sample.status,
            "rejection_reason": "",
            "allow_category_change": True,
        },
        "date_created": "2026-01-01T00:00:00Z",
        "date_updated": "2026-01-01T00:00:00Z",
    }


routes = [Route("/v1/ContentAndApprovals", list_contents, methods=["GET"])]
