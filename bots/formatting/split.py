"""A long WhatsApp text as several messages."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from bots.formatting.cuts import Cut, Cuts, Level
from bots.formatting.graphemes import is_boundary

_SMALLEST_LIMIT = 40


def split(text: str, *, limit: int = 1600) -> list[str]:
    """`text`, as `to_whatsapp` gives it, in as few messages as read well, none longer than `limit`.

    The length is counted in UTF-16 code units (an emoji outside of the basic plane is two): Twilio's and Meta's limits
    speak of "characters", and no count that either could mean is larger. Cut at a paragraph, else a line, a sentence,
    a word; inside a word only when it is longer than a message. Addresses and graphemes stay whole unless one alone is
    too long. Formatting that is open at a cut ends in the one part and begins again in the next. Blank text: no parts.
    """
    if limit < _SMALLEST_LIMIT:
        raise ValueError(f"A message must have room for {_SMALLEST_LIMIT} characters, not {limit}.")
    text = text.strip("\n").rstrip()
    if len(text.encode("utf-16-le", "surrogatepass")) <= 2 * limit:
        return [text] if text.strip() else []
    cuts = Cuts(text, limit=limit)
    parts: list[str] = []
    start = 0
    while start < len(cuts.text):
        cut = _next_cut(cuts, start=start, limit=limit)
        part = cuts.text[start : cut.end].rstrip()
        if part.strip():
            parts.append(cuts.opening(start) + part + cuts.closing(cut.end))
        start = cut.resume
    return parts


def _next_cut(cuts: Cuts, *, start: int, limit: int) -> Cut:
    """The end of the part that begins at `start`."""
    rest = cuts.units[-1] - cuts.units[start] + len(cuts.opening(start))
    if rest <= limit:
        return Cut(len(cuts.text), len(cuts.text), Level.PARAGRAPH)

    first = bisect_right(cuts.all, start, key=lambda cut: cut.end)
    last = bisect_right(cuts.all, cuts.units[start] + limit, key=lambda cut: cuts.units[cut.end])
    reachable = [cut for cut in cuts.all[first:last] if _size(cuts, start=start, end=cut.end) <= limit]

    count = -(-rest // limit)
    least = cuts.units[start] + rest - (count - 1) * limit
    middle = cuts.units[start] + rest // count
    half = cuts.units[start] + limit // 2

    def by_balance(cut: Cut) -> tuple[int, int]:
        return cut.level, abs(cuts.units[cut.end] - middle)

    def by_length(cut: Cut) -> tuple[int, int]:
        return cut.level, -cut.end

    # As few parts as can be, and as even; but rather one more than a paragraph or list item in two.
    few = [cut for cut in reachable if cuts.units[cut.end] >= least]
    whole = [cut for cut in reachable if cut.level <= Level.LINE]
    if best := min((cut for cut in few if cut.level <= Level.LINE), key=by_balance, default=None):
        return best
    if whole and (cuts.units[whole[-1].end] >= half or _next_block(cuts, after=whole[-1]) <= limit):
        return whole[-1]
    if best := min((cut for cut in few if cut.level <= Level.SENTENCE), key=by_balance, default=None):
        return best
    long = [cut for cut in reachable if cuts.units[cut.end] >= half]
    if best := min(long or reachable, key=by_length, default=None):
        return best
    return _cut_inside_a_word(cuts, start=start, limit=limit)


def _size(cuts: Cuts, *, start: int, end: int) -> int:
    return len(cuts.opening(start)) + cuts.units[end] - cuts.units[start] + len(cuts.closing(end))


def _next_block(cuts: Cuts, *, after: Cut) -> int:
    """The length of what follows `after`, up to the next place where a paragraph or list item ends."""
    index = bisect_right(cuts.all, after.end, key=lambda cut: cut.end)
    end = next((cut.end for cut in cuts.all[index:] if cut.level <= Level.LINE), len(cuts.text))
    return cuts.units[end] - cuts.units[after.resume]


def _cut_inside_a_word(cuts: Cuts, *, start: int, limit: int) -> Cut:
    """The last place that fits and splits no address or grapheme; one that does where a whole message has no other."""
    farthest = bisect_left(cuts.units, cuts.units[start] + limit + 1) - 1
    fitting = [
        Cut(end, end, Level.WORD) for end in range(farthest, start, -1) if _size(cuts, start=start, end=end) <= limit
    ]
    allowed = [cut for cut in fitting if cuts.allows(cut)]
    return next((cut for cut in allowed if is_boundary(cuts.text, cut.end)), (allowed or fitting)[0])
