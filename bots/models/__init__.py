"""A tenant's own schema: its channel, its bot, the people who write to it and what was said."""

from bots.models.channel import Channel
from bots.models.configuration import AIConfiguration
from bots.models.contact import Contact
from bots.models.conversation import Conversation
from bots.models.knowledge import (
    KnowledgeChunk,
    KnowledgeEmbedding,
    KnowledgeSettings,
    KnowledgeSource,
    KnowledgeUpload,
    KnowledgeWord,
)
from bots.models.log import WebhookLog
from bots.models.media import MediaFile
from bots.models.message import Message
from bots.models.playground import PlaygroundAnswer, PlaygroundQuestion
from bots.models.turn import Turn

__all__ = [
    "AIConfiguration",
    "Channel",
    "Contact",
    "Conversation",
    "KnowledgeChunk",
    "KnowledgeEmbedding",
    "KnowledgeSettings",
    "KnowledgeSource",
    "KnowledgeUpload",
    "KnowledgeWord",
    "MediaFile",
    "Message",
    "PlaygroundAnswer",
    "PlaygroundQuestion",
    "Turn",
    "WebhookLog",
]
