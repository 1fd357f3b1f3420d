"""Passages out of the store: all of them batch by batch, and some by their ids."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, Select, select

from recado.assistant.knowledge.hits import PassageRow
from recado.assistant.model import KnowledgeSource, Passage
from recado.store import Tx


def _passages() -> Select[*tuple[Any, ...]]:
    return select(
        Passage.id,
        Passage.source_id,
        KnowledgeSource.name.label("source_name"),
        Passage.heading,
        Passage.text,
        Passage.language,
        Passage.search_text,
    ).join(KnowledgeSource, KnowledgeSource.id == Passage.source_id)


def _passage(row: Row[Any]) -> PassageRow:
    return PassageRow(
        row.id,
        row.source_id,
        row.source_name,
        row.heading,
        row.text,
        row.language,
        row.search_text,
    )


def read_batch(tx: Tx, after_id: int, most: int) -> list[PassageRow]:
    """The next passages in the order of their ids."""
    query = _passages().where(Passage.id > after_id).order_by(Passage.id).limit(most)
    return [_passage(row) for row in tx.all(query)]


def read_passages(tx: Tx, ids: Sequence[int]) -> list[PassageRow]:
    """These passages, in no order; those that are gone are left out."""
    if not ids:
        return []
    return [_passage(row) for row in tx.all(_passages().where(Passage.id.in_(ids)))]
