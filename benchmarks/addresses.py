"""Every page of the dashboard and of the console, with what is looked for there on a seeded tenant."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from benchmarks.ground import Ground

#: `{long}` is the conversation with the most messages, `{other}` another one at each request, `{word}` one of the words
#: that people wrote; each other place likewise.
TENANT = (
    "/",
    "/health/",
    "/bot/",
    "/bot/provider/",
    "/bot/conversation/",
    "/bot/hours/",
    "/bot/texts/",
    "/bot/publish/",
    "/bot/versions/",
    "/bot/versions/{version}/",
    "/knowledge/",
    "/knowledge/new/",
    "/knowledge/try/?q={word}",
    "/knowledge/settings/",
    "/playground/",
    "/channels/",
    "/channels/new/",
    "/channels/{channel}/",
    "/team/",
    "/account/",
    "/conversations/",
    "/conversations/?view=waiting",
    "/conversations/?view=human",
    "/conversations/?view=failed",
    "/conversations/?view=all",
    "/conversations/?view=all&q={word}",
    "/conversations/?view=all&q={number}",
    "/conversations/?view=all&q={name}",
    "/conversations/?view=all&label={label}",
    "/conversations/?assignee=me",
    "/conversations/list/?view=all&fresh=1",
    "/conversations/live/?open={long}",
    "/conversations/labels/",
    "/conversations/replies/",
    "/conversations/{other}/",
    "/conversations/{other}/person/",
    "/conversations/{long}/",
    "/conversations/{long}/?message={deep}",
    "/conversations/{long}/thread/page/?before={place}",
    "/conversations/{long}/thread/page/?after={place}",
    "/conversations/{long}/thread/live/?from={recent}",
    "/conversations/{long}/thread/live/?still=1",
    "/answers/",
    "/answers/{turn}/",
    "/ledger/",
    "/ledger/?outcome=waiting",
    "/ledger/?outcome=failed",
    "/ledger/?range=30d&outcome=answered",
    "/ledger/?range=30d&reason=ai_unavailable",
    "/ledger/?range=30d&channel={channel}",
    "/ledger/?q={word}",
    "/ledger/alarm/",
    "/ledger/alarm/dot/",
    "/logs/",
    "/logs/?range=30d",
    "/logs/?range=30d&outcome=forged",
    "/logs/?range=30d&outcome=updated",
    "/logs/?range=30d&kind=message&q={word}",
    "/logs/?range=30d&number={number}",
    "/logs/?range=30d&slower=500",
    "/logs/{log}/",
    "/exports/",
    "/exports/progress/",
    "/exports/?scope=contact&contact={contact}",
    "/exports/erasures/",
)
CONSOLE = ("/", "/unrouted/", "/account/")


class Places(dict[str, str]):
    """For `str.format_map`: each place in an address gets the next of its values, around and around."""

    def __init__(self, ground: Ground, *, schema_name: str) -> None:
        self.values_of = _values(ground, schema_name)

    def __missing__(self, name: str) -> str:
        return next(self.values_of[name])


def _values(ground: Ground, schema: str) -> dict[str, Iterator[str]]:
    def rows(table: str, where: str = "true", what: str = "id", order: str = "md5(id::text)") -> Iterator[str]:
        found = ground.query(f"SELECT {what} FROM {schema}.{table} WHERE {where} ORDER BY {order} LIMIT 40")  # noqa: S608
        return cycle([quote(str(row[0])) for row in found])

    longest = ground.query("SELECT md5('conversation1')::uuid")[0][0]
    of_the_longest = f"conversation_id = '{longest}'"
    # As dashboard.inbox.thread_rows writes them.
    moment = "to_char(timestamp AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US+00:00')"
    cursor = f"{moment} || '_' || replace(id::text, '-', '')"
    return {
        "long": cycle([str(longest)]),
        "deep": rows("bots_message", of_the_longest),
        "place": rows("bots_message", of_the_longest, cursor),
        # All from there on is sent: a browser that has nothing of it.
        "recent": rows("bots_message", of_the_longest, cursor, "timestamp DESC"),
        "other": rows("bots_conversation"),
        "contact": rows("bots_contact"),
        "turn": rows("bots_turn"),
        "log": rows("bots_webhooklog"),
        "label": rows("bots_label"),
        "channel": rows("bots_channel"),
        "version": rows("bots_aiconfiguration", "version IS NOT NULL", "version"),
        # The commonest, some in the middle, the rarest, one that hardly anything has, and one that nothing has.
        "word": cycle(["the", "bread", "walnut", "quiche", "birthday cake", "987650", "zeppelin"]),
        "number": cycle(["0004711", "+16280000007", "1628"]),
        "name": cycle(["Fatima", "Costa", "Ada Garcia 49", "nobody at all"]),
    }
