"""Samples for the components that show data."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import Any

from django.contrib.messages import constants
from django.contrib.messages.storage.base import Message

from dashboard import diff, wording
from dashboard.charts.bars import bar_chart
from dashboard.charts.frame import Series
from dashboard.charts.histogram import spans
from dashboard.charts.line import line_chart
from dashboard.charts.sparkline import sparkline
from dashboard.charts.waterfall import Step, waterfall
from dashboard.toasts import UNDO

PROMPT = (
    "You answer for Lumen Bakery.\nBe warm and brief.\nPrices are in euro.\n"
    "We open at 8:00.\nNever promise a delivery.\nCakes need two days.\nAsk for a name."
)
COMMAND = "curl https://acme.example.com/api/v1/conversations/ \\\n  -H 'Authorization: Bearer …'"
OFFER = "A butter croissant is 2.40 €.\nShall I put some aside for you?"
PAYLOAD = {
    "MessageSid": "SM2f9c4e1b7a",
    "From": "whatsapp:+15551230001",
    "NumMedia": 0,
    "Profile": {"Name": "Ada", "Verified": True, "Language": None},
    "Media": [{"type": "image/jpeg", "bytes": 48213}, {"type": "audio/ogg", "bytes": 9120}],
}
WORDS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
DAY = datetime(2026, 3, 2)


def samples() -> dict[str, Any]:
    """The context of templates/styleguide/."""
    return {
        "charts": charts(),
        "changes": diff.lines(
            before=PROMPT, after=PROMPT.replace("8:00", "7:30").replace("brief", "brief, never curt")
        ),
        "payload": PAYLOAD,
        "command": COMMAND,
        "offer": OFFER,
        "tabs": [
            {"label": "Open", "href": "#tabs", "is_current": True, "count": 12},
            {"label": "Waiting", "href": "#tabs", "is_current": False, "count": 3},
            {"label": "Failed", "href": "#tabs", "is_current": False, "count": 0},
            {"label": "All", "href": "#tabs", "is_current": False, "count": None},
        ],
        "ranges": [
            {"label": label, "href": "#segmented", "is_current": label == "7 days"}
            for label in ("24 hours", "7 days", "30 days")
        ],
        "people": ["Ada Lovelace", "Ben", "owner@lumen.test", "Grace Hopper", "+447700900123", "Zoë Ångström"],
        "statuses": ["queued", "sent", "delivered", "read", "failed"],
        "toasts": [
            Message(constants.SUCCESS, "Published version 8.", extra_tags=f"{UNDO}/styleguide/"),
            Message(constants.ERROR, "Twilio refused the token. Nothing was changed."),
        ],
    }


def charts() -> dict[str, Any]:
    waves = [round(24 + 14 * math.sin(index / 2.2) + index * 0.6) for index in range(30)]
    month = [f"{(DAY + timedelta(days=index)).day} {(DAY + timedelta(days=index)):%b}" for index in range(30)]
    quarters = spans(start=DAY, end=DAY + timedelta(hours=24), count=48)
    requests = [max(0, round(9 + 8 * math.sin(index / 5 - 2) + index % 3)) for index in range(48)]
    return {
        "messages": line_chart(labels=month, series=[Series(name="Messages", values=waves)]),
        "times": line_chart(
            labels=month,
            series=[
                Series(name="Median", values=[value / 20 for value in waves]),
                Series(name="95th percentile", values=[value / 9 for value in waves], tone="3"),
            ],
            words=lambda value: f"{value:.3g} s",
            whole=False,
        ),
        "outcomes": bar_chart(
            labels=WORDS,
            series=[
                Series(name="Answered", values=[82, 95, 71, 104, 120, 64, 38]),
                Series(name="Left to a person", values=[4, 6, 3, 8, 9, 2, 1], tone="2"),
                Series(name="Failed", values=[0, 1, 0, 5, 0, 0, 0], tone="bad"),
            ],
        ),
        "requests": bar_chart(
            labels=[f"{one.start:%H:%M}" for one in quarters],
            series=[
                Series(name="Accepted", values=requests, tone="calm"),
                Series(name="Refused", values=[3 if index in {17, 18, 33} else 0 for index in range(48)], tone="bad"),
            ],
            links=[f"?from={one.start:%H:%M}" for one in quarters],
        ),
        "nothing": line_chart(labels=month, series=[Series(name="Messages", values=[0] * 30)]),
        "steps": waterfall(
            [
                Step(name="Burst", explanation="For the rest of a burst", tone="calm", lasts=1500.0),
                Step(name="AI", explanation="All calls together", begins=1540.0, lasts=1210.0),
                Step(name="Send", explanation="Handed to WhatsApp", tone="2", begins=2790.0, lasts=340.0),
                Step(name="Read", explanation="The blue ticks", begins=3130.0, lasts=7_200_000.0, is_patient=True),
                Step(name="Delivered", explanation="To their phone", why="Nobody reported it (yet)."),
            ],
            words=wording.duration,
        ),
        "spark": sparkline(waves),
        "spark_bad": sparkline([1, 0, 0, 2, 0, 5, 9, 4]),
    }
