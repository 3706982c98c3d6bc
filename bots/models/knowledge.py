"""What a bot knows about its business."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from bots.ai import embeddings
from tenants.secrets import SecretField


class KnowledgeSource(models.Model):
    """One text that the tenant gave, under a title: typed, or read out of a file. Deleted ones wait a day to be taken
    back."""

    class Kind(models.TextChoices):
        TYPED = "typed", "Text"
        TXT = "txt", "Text file"
        MD = "md", "Markdown"
        CSV = "csv", "Table (CSV)"
        PDF = "pdf", "PDF"
        DOCX = "docx", "Word"

    class State(models.TextChoices):
        WAITING = "waiting", "a worker is to read its file, or to cut its text again"
        READING = "reading", "a worker does"
        READY = "ready"
        FAILED = "failed", "`problem` says why; a text of before is still in use"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    title = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    is_active = models.BooleanField(default=True)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.TYPED, db_default=Kind.TYPED)
    #: Of the file that it was read from; the name is the sender's, to be shown and never to be used as a path.
    file_name = models.CharField(max_length=200, blank=True, default="", db_default="")
    file_bytes = models.PositiveIntegerField(default=0, db_default=0)
    #: The language that the tenant says it is in; empty: what its words tell (`bots.knowledge.languages`).
    language = models.CharField(max_length=20, blank=True, default="", db_default="")
    #: The PostgreSQL text search configuration that its passages are cut and found by.
    found_language = models.CharField(max_length=20, default="english", db_default="english")

    state = models.CharField(max_length=10, choices=State, default=State.READY, db_default=State.READY)
    #: Why its file could not be read: a word of `bots.knowledge.problems`.
    problem = models.CharField(max_length=40, blank=True, default="", db_default="")
    #: Workers that took it since it was last changed; a settled result must carry the number that it was taken with.
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    lease_until = models.DateTimeField(null=True, blank=True)

    #: How many texts it has had.
    version = models.PositiveIntegerField(default=1, db_default=1)
    #: Who changed it last: an email address; empty: an onboarding file.
    updated_by = models.CharField(max_length=254, blank=True, default="", db_default="")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["title"]
        constraints = [
            models.UniqueConstraint(
                fields=["title"], condition=models.Q(deleted_at__isnull=True), name="one_source_a_title"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_in_progress(self) -> bool:
        return self.state in (self.State.WAITING, self.State.READING)


class KnowledgeUpload(models.Model):
    """A file on its way to a worker, kept with its source in one transaction. Once it is read, or cannot be, it goes:
    what the bot knows is the text."""

    source = models.OneToOneField(KnowledgeSource, on_delete=models.CASCADE, primary_key=True, related_name="upload")
    content = models.BinaryField()
    kind = models.CharField(max_length=10, choices=KnowledgeSource.Kind)
    name = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return f"upload for {self.source_id}"


class KnowledgeChunk(models.Model):
    """A passage of a source, small enough to be quoted. Found by its words, as its language stems them; the title's
    words count more."""

    source = models.ForeignKey(KnowledgeSource, on_delete=models.CASCADE, related_name="chunks", db_index=False)
    position = models.PositiveIntegerField()
    text = models.TextField()
    search = SearchVectorField(null=True)

    class Meta:
        ordering = ["source", "position"]
        constraints = [models.UniqueConstraint(fields=["source", "position"], name="one_chunk_a_position")]
        # Without the list of what is yet to be sorted in, which every search would read: texts are written seldom.
        indexes = [GinIndex(fields=["search"], name="chunk_words", fastupdate=False)]

    def __str__(self) -> str:
        return f"chunk {self.position} of {self.source_id}"


class KnowledgeWord(models.Model):
    """A word that a source holds, without case and accents: what a misspelt word of a question is likened to."""

    source = models.ForeignKey(KnowledgeSource, on_delete=models.CASCADE, related_name="words")
    word = models.CharField(max_length=60)

    class Meta:
        indexes = [
            GinIndex(fields=["word"], opclasses=["gin_trgm_ops"], name="word_trigrams", fastupdate=False),
            models.Index(fields=["word"], name="word_itself"),
        ]

    def __str__(self) -> str:
        return self.word


class Real(models.FloatField):
    """Four bytes; what pgvector computes with."""

    def db_type(self, connection: object) -> str:
        return "real"


class KnowledgeEmbedding(models.Model):
    """What a passage means to a model: a point in its space. A plain array, so that the table is there without
    pgvector; `bots.knowledge.meaning` computes with it where the extension is."""

    chunk = models.OneToOneField(KnowledgeChunk, on_delete=models.CASCADE, primary_key=True, related_name="embedding")
    #: The service and the model that made it (`KnowledgeSettings.space`): points of two spaces cannot be compared.
    space = models.CharField(max_length=64)
    point = ArrayField(Real())

    def __str__(self) -> str:
        return f"embedding of chunk {self.chunk_id}"


class KnowledgeSettings(models.Model):
    """How a tenant's knowledge is searched: one row, or none where nothing was ever changed."""

    #: Whether passages are also found by what they mean. It takes an embeddings service and pgvector.
    by_meaning = models.BooleanField(default=False)
    #: The service: OpenAI, or the server at this address. Without a key the bot's own provider is asked.
    base_url = models.URLField(max_length=300, blank=True)
    api_key = SecretField(blank=True, default="")
    model = models.CharField(max_length=100, default=embeddings.MODEL)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="one_row_of_knowledge_settings")]

    def __str__(self) -> str:
        return "by words and meaning" if self.by_meaning else "by words"
