"""The words of messages and files and the names of contacts, where they are found fast.

Nothing of this is on a message's way: what was said is written down here a little later, many at
once (`index_some`, by the scheduled work), and until then searches read the newest rows as they
are. What is deleted or changed leaves the index with the same transaction, by triggers
(migrations 0008 and 0021), whoever changes it.

SQLite keeps the words in FTS5 tables whose row ids are the rows' own. (VACUUM leaves row ids of
tables with indices as they are.) One process writes at a time, so that rows come in the order of
their row ids, and all up to one of them are there. PostgreSQL keeps tsvectors by the rows' ids,
which are ordered by the time they were made: a row may be seen only after later ones, so the
newest SETTLING_SECONDS are left to the reading.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, TextClause, select, text

from recado.conversations.search.model import SearchProgress
from recado.conversations.search.words import PART_LETTERS, says, words_of
from recado.store import Tx, first_id, now

#: The newest rows that a search reads itself when they are not in the index yet.
MOST_READ = 2_000
SETTLING_SECONDS = 60.0
#: The newest entries that PostgreSQL looks through before it asks its index.
MOST_WALKED = 10_000


@dataclass(frozen=True, slots=True)
class Source:
    """A table whose rows are found by the words in one of its columns, or in several that an
    expression joins."""

    name: str
    column: str

    @property
    def index(self) -> str:
        return f"{self.name}_search"


MESSAGES = Source("message", "text")
CONTACTS = Source("contact", "name")
#: What was read and heard in files, and what they show.
FILES = Source("media", "media.text || ' ' || media.description")
SOURCES = (MESSAGES, CONTACTS, FILES)


def find_rows(tx: Tx, source: Source, asked: Sequence[str], most: int) -> list[str]:
    """Ids of rows that have all the words, the newest first."""
    fresh = [id for id, said in _not_indexed(tx, source, MOST_READ) if says(said, asked)]
    if len(fresh) >= most:
        return fresh[:most]
    # SQLite's index gathers all that begins with a part before it tells the first of them, so what
    # is frequent is asked for whole. PostgreSQL has looked for it among the newest by then.
    found = _matching(tx, source, asked, most, parts=False) if tx.dialect == "sqlite" else []
    if tx.dialect == "postgresql" or (
        len(found) < most and any(len(word) >= PART_LETTERS for word in asked)
    ):
        found = _matching(tx, source, asked, most, parts=True)
    return list(dict.fromkeys([*fresh, *found]))[:most]


def index_some(tx: Tx, source: Source, most: int, *, settled_before: float | None = None) -> int:
    """Write down the words of the next rows. Returns how many rows it looked at; 0: all is done.

    `settled_before`: no row made before this moment (Unix seconds) will still appear."""
    changed = tx.all(
        _sql("SELECT row_id FROM search_again WHERE source = :source LIMIT :most"),
        {"source": source.name, "most": most},
    )
    rows: list[Row[Any]] = []
    for row in changed:
        about = {"source": source.name, "id": row.row_id}
        tx.execute(_sql("DELETE FROM search_again WHERE source = :source AND row_id = :id"), about)
        rows += _rows(tx, source, "id = :id", "", id=row.row_id)
    reached = _progress(tx, source)
    condition, order = f"{_order(tx)} > :reached", f"ORDER BY {_order(tx)} LIMIT :most"
    settled = {}
    if _settles(tx):
        condition += " AND id < :settled"
        moment = now() - SETTLING_SECONDS if settled_before is None else settled_before
        settled = {"settled": first_id(moment)}
    new = _rows(tx, source, condition, order, reached=reached, most=most, **settled)
    if new:
        _set_progress(tx, source, str(new[-1].place))
    _write(tx, source, [*rows, *new])
    return len(changed) + len(new)


def add_missing(tx: Tx, source: Source, since: float, most: int) -> int:
    """Write down what came into the table behind the index's back: a machine's clock was wrong."""
    if not _settles(tx):
        return 0
    condition = (
        "id >= :since AND id <= :reached AND id NOT IN"  # noqa: S608 - our own names
        f" (SELECT id FROM {source.index} WHERE id >= :since)"
    )
    given = {"since": first_id(since), "reached": _progress(tx, source), "most": most}
    rows = _rows(tx, source, condition, "ORDER BY id LIMIT :most", **given)
    _write(tx, source, rows)
    return sum(1 for row in rows if words_of(row.words))


def forget_deleted(tx: Tx) -> int:
    """Take a step of what rids SQLite's index of the words of rows that are gone: it only marks
    them until it is merged. Returns 0 when nothing is left to do."""
    if tx.dialect != "sqlite":
        return 0
    before = tx.scalar(text("SELECT total_changes()"))
    for source in SOURCES:
        merge = f"INSERT INTO {source.index} ({source.index}, rank) VALUES ('merge', -500)"  # noqa: S608
        tx.execute(_sql(merge))
    # https://www.sqlite.org/fts5.html#the_merge_command: fewer than two changes are none.
    after = tx.scalar(text("SELECT total_changes()"))
    return max(0, int(after - before) - 2 * len(SOURCES) + 1)


def _sql(statement: str) -> TextClause:
    """Only names of our own are written into these; what is looked for is given beside them."""
    return text(statement)


def _settles(tx: Tx) -> bool:
    return tx.dialect == "postgresql"


def _order(tx: Tx) -> str:
    """What the rows of a table are in order by."""
    return "id" if tx.dialect == "postgresql" else "rowid"


def _progress(tx: Tx, source: Source) -> str | int:
    """Up to where the index goes."""
    reached = tx.scalar(
        select(SearchProgress.indexed_to).where(SearchProgress.source == source.name)
    )
    return (reached or "") if tx.dialect == "postgresql" else int(reached or 0)


def _set_progress(tx: Tx, source: Source, reached: str) -> None:
    row = {"source": source.name, "indexed_to": reached}
    statement = tx.insert(SearchProgress).values(row)
    tx.execute(
        statement.on_conflict_do_update(index_elements=["source"], set_={"indexed_to": reached})
    )


def _rows(tx: Tx, source: Source, condition: str, how: str, **given: object) -> Sequence[Row[Any]]:
    """Place, id and words of rows; on PostgreSQL nobody deletes them meanwhile."""
    lock = "FOR KEY SHARE" if tx.dialect == "postgresql" else ""
    columns = f"{_order(tx)} AS place, id, {source.column} AS words"
    statement = f"SELECT {columns} FROM {source.name} WHERE {condition} {how} {lock}"  # noqa: S608
    return tx.all(_sql(statement), given)


def _write(tx: Tx, source: Source, rows: Sequence[Row[Any]]) -> None:
    # A row that is new and has changed meanwhile comes twice.
    worded = list({r.place: said for r in rows if (said := words_of(r.words or ""))}.items())
    if not worded:
        return
    if tx.dialect == "sqlite":
        statement = f"INSERT OR REPLACE INTO {source.index} (rowid, words) VALUES (:id, :words)"  # noqa: S608
        tx.execute(_sql(statement), [{"id": id, "words": " ".join(said)} for id, said in worded])
        return
    # All of them in one statement: a round trip for each would take longer than all the rest.
    statement = (
        f"INSERT INTO {source.index} (id, words)"  # noqa: S608
        " SELECT it.id, array_to_tsvector(string_to_array(it.words, ' '))"
        " FROM unnest(CAST(:ids AS text[]), CAST(:words AS text[])) AS it (id, words)"
        " ON CONFLICT (id) DO UPDATE SET words = excluded.words"
    )
    ids, texts = [id for id, _ in worded], [" ".join(said) for _, said in worded]
    tx.execute(_sql(statement), {"ids": ids, "words": texts})


def _not_indexed(tx: Tx, source: Source, most: int) -> list[tuple[str, str]]:
    """The newest rows that are not in the index yet, and those that changed."""
    order, columns = _order(tx), f"{source.name}.id, {source.column} AS words"
    newest = (
        f"SELECT {columns} FROM {source.name} WHERE {order} > :reached"  # noqa: S608
        f" ORDER BY {order} DESC LIMIT :most"
    )
    changed = (
        f"SELECT {columns} FROM search_again JOIN {source.name}"  # noqa: S608
        f" ON {source.name}.id = search_again.row_id WHERE source = :source LIMIT :most"
    )
    reached = _progress(tx, source)
    found = [
        *tx.all(_sql(newest), {"reached": reached, "most": most}),
        *tx.all(_sql(changed), {"source": source.name, "most": most}),
    ]
    return [(row.id, row.words or "") for row in found]


def _matching(tx: Tx, source: Source, asked: Sequence[str], most: int, *, parts: bool) -> list[str]:
    """`asked` are letters and digits alone (words.py): there is nothing to be quoted in them."""
    begun = ["*" if parts and len(word) >= PART_LETTERS else "" for word in asked]
    if tx.dialect == "sqlite":
        query = " ".join(f'"{word}"{star}' for word, star in zip(asked, begun, strict=True))
        statement = (
            f"SELECT {source.name}.id FROM (SELECT rowid AS place FROM {source.index}"  # noqa: S608
            f" WHERE {source.index} MATCH :query ORDER BY rowid DESC LIMIT :most)"
            f" JOIN {source.name} ON {source.name}.rowid = place ORDER BY place DESC"
        )
        return [str(row.id) for row in tx.all(_sql(statement), {"query": query, "most": most})]
    query = " & ".join(
        f"'{word}'" + (":*" if star else "") for word, star in zip(asked, begun, strict=True)
    )
    return _matching_on_postgresql(tx, source, query, most)


def _matching_on_postgresql(tx: Tx, source: Source, query: str, most: int) -> list[str]:
    """The index tells all that match, in no order: what is frequent is found among the newest
    rows without it. The planner cannot know which of the two it is, so it is not left to choose."""
    newest = (
        f"SELECT id FROM (SELECT id, words FROM {source.index} ORDER BY id DESC LIMIT :walked) it"  # noqa: S608
        " WHERE words @@ CAST(:query AS tsquery) ORDER BY id DESC LIMIT :most"
    )
    indexed = (
        f"WITH it AS MATERIALIZED (SELECT id FROM {source.index}"  # noqa: S608
        " WHERE words @@ CAST(:query AS tsquery)) SELECT id FROM it ORDER BY id DESC LIMIT :most"
    )
    given = {"query": query, "most": most}
    found = tx.all(_sql(newest), {**given, "walked": MOST_WALKED})
    if len(found) < most:
        found = tx.all(_sql(indexed), given)
    return [str(row.id) for row in found]
