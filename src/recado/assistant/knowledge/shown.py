"""A source as people look into it: its passages in their order, and who answers from it."""

from __future__ import annotations

import msgspec
from sqlalchemy import select

from recado.assistant.characters import list_characters
from recado.assistant.knowledge.sources import KnowledgeSourceView, get_source
from recado.assistant.model import Passage
from recado.store import Tx
from recado.store.paging import Page, decode_cursor, make_page


class PassageView(msgspec.Struct, frozen=True):
    """`position` counts from 1; `heading` is the path joined by " › ", `text` Markdown."""

    position: int
    heading: str
    text: str
    language: str


def list_passages(
    tx: Tx, source_id: str, *, limit: int = 50, cursor: str | None = None
) -> Page[PassageView]:
    """The passages of a source, in order. Raises NotFound, BadRequest (the cursor)."""
    get_source(tx, source_id)
    scope = ("passages", source_id)
    after = decode_cursor(cursor, scope, int)[0] if cursor else 0
    rows = tx.all(
        select(Passage.position, Passage.heading, Passage.text, Passage.language)
        .where(Passage.source_id == source_id, Passage.position > after)
        .order_by(Passage.position)
        .limit(limit + 1)
    )
    return make_page(
        rows,
        limit,
        scope,
        key=lambda row: (row.position,),
        view=lambda row: PassageView(**row._mapping),
    )


def used_by(tx: Tx, source: KnowledgeSourceView) -> list[str]:
    """The names of the characters that answer from it."""
    return [
        it.name
        for it in list_characters(tx)
        if it.sources is None or source.id in it.sources or source.name in it.sources
    ]
