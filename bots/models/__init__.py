"""A tenant's own schema: its channel, its bot, the people who write to it and what was said."""

from bots.models.channel import Channel
from bots.models.configuration import AIConfiguration
from bots.models.contact import Contact
from bots.models.conversation import Conversation
from bots.models.knowledge import KnowledgeChunk, KnowledgeSource
from bots.models.log import WebhookLog
from bots.models.message import Message
from bots.models.turn import Turn

__all__ = [
    "AIConfiguration",
    "Channel",
    "Contact",
    "Conversation",
    "KnowledgeChunk",
    "KnowledgeSource",
    "Message",
    "Turn",
    "WebhookLog",
]
