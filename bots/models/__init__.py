"""A tenant's own schema: its channel, its bot, the people who write to it and what was said."""

from bots.models.channel import Channel
from bots.models.configuration import AIConfiguration
from bots.models.contact import Contact
from bots.models.conversation import Conversation
from bots.models.export import Erasure, Export
from bots.models.inbox import AnswerMark, CannedReply, InboxSettings, Note, ReadMark, Suggestion
from bots.models.knowledge import (
    KnowledgeChunk,
    KnowledgeEmbedding,
    KnowledgeSettings,
    KnowledgeSource,
    KnowledgeUpload,
    KnowledgeWord,
)
from bots.models.label import Label
from bots.models.log import WebhookLog, WebhookTally
from bots.models.media import MediaFile
from bots.models.message import Message
from bots.models.playground import PlaygroundAnswer, PlaygroundQuestion
from bots.models.turn import Turn

__all__ = [
    "AIConfiguration",
    "AnswerMark",
    "CannedReply",
    "Channel",
    "Contact",
    "Conversation",
    "Erasure",
    "Export",
    "InboxSettings",
    "KnowledgeChunk",
    "KnowledgeEmbedding",
    "KnowledgeSettings",
    "KnowledgeSource",
    "KnowledgeUpload",
    "KnowledgeWord",
    "Label",
    "MediaFile",
    "Message",
    "Note",
    "PlaygroundAnswer",
    "PlaygroundQuestion",
    "ReadMark",
    "Suggestion",
    "Turn",
    "WebhookLog",
    "WebhookTally",
]
