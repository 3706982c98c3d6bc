"""Rows as JSON: one round trip reads or writes several of them, with whatever columns their models have."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, TypeVar

from django.db import models

from tenants.secrets import SecretField, SecretUnreadableError

M = TypeVar("M", bound=models.Model)


def instance(model: type[M], row: dict[str, Any]) -> M:
    """The model's object of `to_json(row)`. A secret that no key opens is left out of it: reading it raises
    `SecretUnreadableError`."""
    loaded = dict(_values(model, row))
    return model.from_db("default", list(loaded), list(loaded.values()))


def columns(row: models.Model) -> dict[str, Any]:
    """The object as `jsonb_populate_record` takes it, without what the database fills in."""
    values = ((str(field.column), getattr(row, field.attname)) for field in row._meta.concrete_fields)
    return {column: value for column, value in values if not hasattr(value, "resolve_expression")}


def names(model: type[models.Model], *, of: str = "") -> str:
    """The model's columns as SQL lists them, those `of` a record where one is named. A column that a release has added
    meanwhile is not among them, and so gets its default, where `INSERT ... SELECT record.*` would give it null."""
    return ", ".join(f"{of}.{field.column}" if of else str(field.column) for field in model._meta.concrete_fields)


def _values(model: type[models.Model], row: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, column, read in _readers(model):
        try:
            yield name, read(row[column])
        except SecretUnreadableError:
            continue


@lru_cache(maxsize=32)
def _readers(model: type[models.Model]) -> list[tuple[str, str, Callable[[Any], Any]]]:
    """(attribute, column, what makes the attribute's value of the column's JSON) of each field."""
    return [(field.attname, str(field.column), _reader(field)) for field in model._meta.concrete_fields]


def _reader(field: models.Field[Any, Any]) -> Callable[[Any], Any]:
    return field.from_db_value if isinstance(field, SecretField) else field.to_python
