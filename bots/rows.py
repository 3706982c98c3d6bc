"""Rows as JSON: one round trip reads or writes several of them, with whatever columns their models have."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from operator import itemgetter
from typing import Any, NamedTuple, TypeVar

from django.db import models

from tenants.secrets import SecretField, SecretUnreadableError

M = TypeVar("M", bound=models.Model)


def instance(model: type[M], row: dict[str, Any]) -> M:
    """The model's object of `to_json(row)`. A secret that no key opens is left out of it: reading it raises
    `SecretUnreadableError`."""
    layout = _layout(model)
    values = list(layout.take(row))
    for place, read in layout.readers:
        try:
            values[place] = read(values[place])
        except SecretUnreadableError:
            values[place] = models.DEFERRED
    return model.from_db("default", layout.attributes, values)


def columns(row: models.Model) -> dict[str, Any]:
    """The object as `jsonb_populate_record` takes it, without what the database fills in."""
    values = ((str(field.column), getattr(row, field.attname)) for field in row._meta.concrete_fields)
    return {column: value for column, value in values if not hasattr(value, "resolve_expression")}


def names(model: type[models.Model], *, of: str = "") -> str:
    """The model's columns as SQL lists them, those `of` a record where one is named. A column that a release has added
    meanwhile is not among them, and so gets its default, where `INSERT ... SELECT record.*` would give it null."""
    return ", ".join(f"{of}.{field.column}" if of else str(field.column) for field in model._meta.concrete_fields)


class Layout(NamedTuple):
    """Of a model's rows, in the order of its columns."""

    attributes: list[str]
    #: The columns' values of a row.
    take: Callable[[dict[str, Any]], tuple[Any, ...]]
    #: By place: what makes the attribute's value of the column's JSON, where that is not the value already.
    readers: list[tuple[int, Callable[[Any], Any]]]


#: These leave alone what JSON has types for. A turn reads a hundred columns: asking each took 3 % of its CPU.
AS_IN_JSON = {
    kind.to_python
    for kind in (models.Field, models.CharField, models.TextField, models.BooleanField, models.IntegerField)
}


@lru_cache(maxsize=32)
def _layout(model: type[models.Model]) -> Layout:
    fields = model._meta.concrete_fields
    readers = [(place, _reader(field)) for place, field in enumerate(fields)]
    return Layout(
        attributes=[field.attname for field in fields],
        take=itemgetter(*(str(field.column) for field in fields)),
        readers=[(place, read) for place, read in readers if getattr(read, "__func__", read) not in AS_IN_JSON],
    )


def _reader(field: models.Field[Any, Any]) -> Callable[[Any], Any]:
    if isinstance(field, SecretField):
        return field.from_db_value
    return (field.target_field if isinstance(field, models.ForeignKey) else field).to_python
