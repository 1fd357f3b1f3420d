"""Vectors in the store: which passages have none yet, and those that were written since."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec
from sqlalchemy import and_, bindparam, func, select

from recado.assistant.knowledge.analysis import HEADING_SEPARATOR
from recado.assistant.knowledge.origin import Origin
from recado.assistant.model import KnowledgeMeaning, KnowledgeSource, Passage, PassageVector
from recado.store import Tx, now
from recado.store.mentions import chunks, delete_by
from recado.store.prepared import prepare

#: The passage's heading and text; the parts from 1 on are what it is asked by.
WHOLE = 0
MOST_PARTS = 20
_BEGINNING = 200


class Wanted(msgspec.Struct, frozen=True):
    """A passage without vectors; `texts` are those to be made, in the order of their parts."""

    passage_id: int
    heading: str
    text: str
    texts: tuple[str, ...]


class Row(msgspec.Struct, frozen=True):
    passage_id: int
    part: int
    version: int
    vector: bytes


class Standing(msgspec.Struct, frozen=True):
    """As KnowledgeMeaning; version 0: nothing was made yet."""

    version: int = 0
    low: float = 0.0
    high: float = 1.0
    problem: str = ""


class Progress(msgspec.Struct, frozen=True):
    """How many of the passages a model has read, and why it did not go on the last time."""

    model: str
    read: int
    of: int
    problem: str = ""


def texts_of(heading: str, text: str, wordings: Sequence[str] = ()) -> tuple[str, ...]:
    """What vectors are made of: heading and text, then each question that it answers."""
    path = heading.replace(HEADING_SEPARATOR, ". ")
    asked = list(wordings)
    if not asked:
        own = heading.rpartition(HEADING_SEPARATOR)[2]
        questions = [f"{part.strip()}?" for part in own.split("?")[:-1] if part.strip()]
        asked = [path or text[:_BEGINNING], *(questions if len(questions) > 1 else [])]
    whole = f"{path}\n{text}" if path else text
    return (whole, *dict.fromkeys(asked[: MOST_PARTS - 1]))


def missing(tx: Tx, model: str, after_id: int, most: int) -> list[Wanted]:
    """The next passages that `model` has not read, in the order of their ids."""
    vector = PassageVector
    has = and_(vector.passage_id == Passage.id, vector.part == WHOLE, vector.model == model)
    rows = tx.all(
        select(Passage.id, Passage.heading, Passage.text, KnowledgeSource.origin)
        .join(KnowledgeSource, KnowledgeSource.id == Passage.source_id)
        .outerjoin(vector, has)
        .where(Passage.id > after_id, vector.passage_id.is_(None))
        .order_by(Passage.id)
        .limit(most)
    )
    return [
        Wanted(row.id, row.heading, row.text, texts_of(row.heading, row.text, _asked(row.origin)))
        for row in rows
    ]


def _asked(origin: object) -> tuple[str, ...]:
    answer = msgspec.convert(origin or {}, Origin).answer
    return answer.questions if answer else ()


def write(tx: Tx, model: str, read: Sequence[tuple[Wanted, Sequence[bytes]]]) -> int:
    """Write the vectors of passages that are still what was read. Returns of how many."""
    version = _next_version(tx, model)
    passages = (Passage.id, Passage.heading, Passage.text)
    ids = [wanted.passage_id for wanted, _ in read]
    rows = [
        row for some in chunks(ids) for row in tx.all(select(*passages).where(Passage.id.in_(some)))
    ]
    there = {row.id: (row.heading, row.text) for row in rows}
    still = [it for it in read if there.get(it[0].passage_id) == (it[0].heading, it[0].text)]
    delete_by(tx, PassageVector.passage_id, [wanted.passage_id for wanted, _ in still])
    made = [
        {
            "passage_id": wanted.passage_id,
            "part": part,
            "model": model,
            "version": version,
            "vector": vector,
        }
        for wanted, vectors in still
        for part, vector in enumerate(vectors)
    ]
    if made:
        tx.execute(tx.insert(PassageVector), made)
    return len(still)


def _next_version(tx: Tx, model: str) -> int:
    """One more than the last; whoever writes too waits until this transaction ends."""
    _put(tx, model, {"version": KnowledgeMeaning.version + 1, "problem": ""}, {"version": 1})
    return int(tx.scalar(select(KnowledgeMeaning.version).where(KnowledgeMeaning.model == model)))


def put_scale(tx: Tx, model: str, low: float, high: float) -> None:
    """How alike a model finds what has nothing, and what has much in common."""
    _put(tx, model, {"low": low, "high": high}, {"low": low, "high": high})


def put_problem(tx: Tx, model: str, problem: str) -> None:
    _put(tx, model, {"problem": problem}, {"problem": problem})


def _put(tx: Tx, model: str, changes: Mapping[str, object], new: Mapping[str, object]) -> None:
    row: dict[str, object] = {"model": model, "version": 0, "low": 0.0, "high": 1.0, "problem": ""}
    row |= {**new, "updated_at": now()}
    insert = tx.insert(KnowledgeMeaning).values(row)
    tx.execute(
        insert.on_conflict_do_update(
            index_elements=["model"], set_={**changes, "updated_at": row["updated_at"]}
        )
    )


def standing(tx: Tx, model: str) -> Standing:
    row = tx.first(_STANDING, {"model_": model})
    return Standing(**row._mapping) if row is not None else Standing()


def progress(tx: Tx, model: str) -> Progress:
    """How far `model` has come. Reads through an index: for people, not for every message."""
    read = select(func.count()).where(PassageVector.model == model, PassageVector.part == WHOLE)
    of = select(func.count(Passage.id))
    return Progress(model, tx.scalar(read), tx.scalar(of), standing(tx, model).problem)


def keys(tx: Tx, model: str) -> list[tuple[int, int]]:
    """Every passage that has vectors, with their version."""
    return [(row.passage_id, row.version) for row in tx.all(_KEYS, {"model_": model})]


def written_since(tx: Tx, model: str, after: tuple[int, int, int], most: int) -> list[Row]:
    """The next vectors after that version, passage and part, in that order."""
    vector = PassageVector
    version, passage_id, part = after
    later = (vector.version == version) & (
        (vector.passage_id > passage_id)
        | ((vector.passage_id == passage_id) & (vector.part > part))
    )
    rows = tx.all(
        select(vector.passage_id, vector.part, vector.version, vector.vector)
        .where(vector.model == model, (vector.version > version) | later)
        .order_by(vector.version, vector.passage_id, vector.part)
        .limit(most)
    )
    return [Row(**row._mapping) for row in rows]


def of_passages(tx: Tx, model: str, ids: Iterable[int]) -> list[Row]:
    """The vectors of these passages, by passage and part."""
    vector = PassageVector
    return [
        Row(**row._mapping)
        for some in chunks(ids)
        for row in tx.all(
            select(vector.passage_id, vector.part, vector.version, vector.vector)
            .where(vector.passage_id.in_(some), vector.model == model)
            .order_by(vector.passage_id, vector.part)
        )
    ]


_STANDING = prepare(
    select(
        KnowledgeMeaning.version,
        KnowledgeMeaning.low,
        KnowledgeMeaning.high,
        KnowledgeMeaning.problem,
    ).where(KnowledgeMeaning.model == bindparam("model_"))
)
_KEYS = prepare(
    select(PassageVector.passage_id, PassageVector.version).where(
        PassageVector.model == bindparam("model_"), PassageVector.part == WHOLE
    )
)
