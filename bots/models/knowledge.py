"""What a bot knows about its business."""

from __future__ import annotations

import uuid

from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models


class KnowledgeSource(models.Model):
    """One text that the tenant gave, under a title."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    title = models.CharField(max_length=200, unique=True)
    text = models.TextField()
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["title"]

    def __str__(self) -> str:
        return self.title


class KnowledgeChunk(models.Model):
    """A passage of a source, small enough to be quoted. Found by its words (stemmed) and by its trigrams (typos)."""

    source = models.ForeignKey(KnowledgeSource, on_delete=models.CASCADE, related_name="chunks")
    position = models.PositiveIntegerField()
    text = models.TextField()
    search = models.GeneratedField(
        expression=SearchVector("text", config="english"), output_field=SearchVectorField(), db_persist=True
    )

    class Meta:
        ordering = ["source", "position"]
        constraints = [models.UniqueConstraint(fields=["source", "position"], name="one_chunk_a_position")]

    def __str__(self) -> str:
        return f"chunk {self.position} of {self.source_id}"
