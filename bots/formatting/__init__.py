"""A model's Markdown as WhatsApp text, in messages of a bounded length. Pure: text in, text out.

Format first, then split: `split(to_whatsapp(answer))`.
"""

from bots.formatting.render import to_whatsapp
from bots.formatting.split import split

__all__ = ["split", "to_whatsapp"]
