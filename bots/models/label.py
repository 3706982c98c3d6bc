"""What members sort conversations by."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Lower


class Label(models.Model):
    """A word of the tenant's own, in one of the colours that the design has."""

    class Colour(models.TextChoices):
        GREY = "grey"
        BLUE = "blue"
        GREEN = "green"
        YELLOW = "yellow"
        RED = "red"
        PURPLE = "purple"

    name = models.CharField(max_length=40)
    colour = models.CharField(max_length=10, choices=Colour, default=Colour.GREY)

    class Meta:
        ordering = [Lower("name")]
        constraints = [models.UniqueConstraint(Lower("name"), name="one_label_a_name")]

    def __str__(self) -> str:
        return self.name
