"""Passages that share a token with the question, by the engine's full-text index."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, text

from recado.assistant.knowledge.corpus import PassageRow
from recado.store import Tx

#: Enough that the best passage is among them, whatever the engine's own order says.
MOST = 120

_SQLITE = text(
    "SELECT passage.id, source_id, knowledge_source.name AS source_name, heading, text,"
    " passage.language, passage.search_text FROM passage_search"
    " JOIN passage ON passage.id = passage_search.rowid"
    " JOIN knowledge_source ON knowledge_source.id = source_id"
    " WHERE passage_search MATCH :query AND passage.language = :language"
    " ORDER BY bm25(passage_search) LIMIT :most"
)
_POSTGRESQL = text(
    "SELECT passage.id, source_id, knowledge_source.name AS source_name, heading, text,"
    " passage.language, search_text FROM passage"
    " JOIN knowledge_source ON knowledge_source.id = source_id,"
    " to_tsquery('simple', :query) AS query"
    " WHERE to_tsvector('simple', search_text) @@ query AND passage.language = :language"
    " ORDER BY ts_rank(to_tsvector('simple', search_text), query) DESC, passage.id LIMIT :most"
)
_BATCH = text(
    "SELECT passage.id, source_id, knowledge_source.name AS source_name, heading, text,"
    " passage.language, search_text FROM passage"
    " JOIN knowledge_source ON knowledge_source.id = source_id"
    " WHERE passage.id > :after ORDER BY passage.id LIMIT :most"
)


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


def find_candidates(
    tx: Tx, tokens: Sequence[str], language: str, sources: frozenset[str] | None
) -> list[PassageRow]:
    """The passages in `language` that the engine ranks first for any of `tokens`."""
    if not tokens:
        return []
    if tx.dialect == "postgresql":
        statement, query = _POSTGRESQL, " | ".join(_lexeme(token) for token in tokens)
    else:
        statement, query = _SQLITE, " OR ".join(_string(token) for token in tokens)
    # A filter on sources is applied to a longer list: the index knows nothing of sources.
    most = MOST if sources is None else MOST * 5
    rows = tx.all(statement, {"query": query, "language": language, "most": most})
    found = [_passage(row) for row in rows]
    return [row for row in found if sources is None or row.source_id in sources]


def read_batch(tx: Tx, after_id: int, most: int) -> list[PassageRow]:
    """The next passages in the order of their ids."""
    return [_passage(row) for row in tx.all(_BATCH, {"after": after_id, "most": most})]


def _string(token: str) -> str:
    """An FTS5 string (https://sqlite.org/fts5.html#fts5_strings): no operator in it counts."""
    return '"' + token.replace('"', '""') + '"'


def _lexeme(token: str) -> str:
    """A quoted operand of to_tsquery, in which no operator counts."""
    quoted = token.replace("\\", "\\\\").replace("'", "''")
    return f"'{quoted}'"
