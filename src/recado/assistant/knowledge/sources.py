"""Files of knowledge in the store: added, replaced, listed, removed, each in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import msgspec
from sqlalchemy import Row, bindparam, delete, func, insert, select, update

from recado.assistant.knowledge.analysis import index_text
from recado.assistant.knowledge.changes import Changes, compare
from recado.assistant.knowledge.origin import FILE, Origin, WebPage, WrittenAnswer
from recado.assistant.knowledge.passages import PassageDraft
from recado.assistant.model import KnowledgeSource, Passage
from recado.assistant.neutral import neutralise_sample
from recado.assistant.unanswered.model import UnansweredQuestion
from recado.documents.reading import LeftOut, Reading
from recado.errors import Conflict, NotFound, Unprocessable
from recado.media.originals import Original, forget_row, write_row
from recado.store import Tx, new_id, now
from recado.store.mentions import delete_by
from recado.store.prepared import prepare

Outcome = Literal["listed", "added", "replaced", "unchanged"]
LOCK = "knowledge"


class KnowledgeSourceView(msgspec.Struct, frozen=True):
    """One file of knowledge. Times are Unix seconds.

    `counts` says what the file held, such as rows or pages, and `left_out` what of it stands in no
    passage, and why. `outcome` says what adding it did; `note` is a sentence
    about it for whoever added it, and `changes` says what differs from what was there under its
    name. `answer` and `page` say where it comes from, where that is no file.

    `file_id` is the file itself as it came, under `/media/{id}`; null where none is kept.
    `sendable`: customers who ask for it may be sent it, as `title` ("": by its name).
    """

    id: str
    name: str
    kind: str
    sha256: str
    size_bytes: int
    language: str
    passage_count: int
    sample: bool
    created_at: float
    updated_at: float
    counts: dict[str, int] = {}
    left_out: tuple[LeftOut, ...] = ()
    answer: WrittenAnswer | None = None
    page: WebPage | None = None
    file_id: str | None = None
    sendable: bool = False
    title: str = ""
    outcome: Outcome = "listed"
    note: str = ""
    changes: Changes | None = None


class NewSource(msgspec.Struct, frozen=True):
    """What has been read and is not yet in the store. `source_id`: it takes the place of that
    source; "": of the one with its name, if there is one. `original` is the file itself, where it
    is kept; `sendable` None: as it was, and of a new one, no."""

    name: str
    kind: str
    sha256: str
    size_bytes: int
    language: str
    passages: tuple[PassageDraft, ...]
    search_texts: tuple[str, ...]
    reading: Reading
    sample: bool = False
    origin: Origin = FILE
    source_id: str = ""
    original: Original | None = None
    sendable: bool | None = None

    @classmethod
    def of(
        cls,
        name: str,
        kind: str,
        sha256: str,
        size_bytes: int,
        passages: Sequence[PassageDraft],
        reading: Reading,
        *,
        sample: bool = False,
        origin: Origin = FILE,
        source_id: str = "",
    ) -> NewSource:
        """Index the passages; slow for large files, and safe in a thread."""
        languages = [passage.language for passage in passages]
        return cls(
            name,
            kind,
            sha256,
            size_bytes,
            max(set(languages), key=languages.count) if languages else "",
            tuple(passages),
            tuple(index_text(p.heading, p.text, p.language) for p in passages),
            reading,
            sample,
            origin,
            source_id,
        )


def _view(row: Row[Any], outcome: Outcome = "listed", note: str = "") -> KnowledgeSourceView:
    fields = {name: getattr(row, name) for name in KnowledgeSource.__table__.c.keys()}  # noqa: SIM118 - a column collection iterates over columns
    fields["counts"] = fields["counts"] or {}
    fields["left_out"] = msgspec.convert(fields["left_out"] or (), tuple[LeftOut, ...])
    origin = msgspec.convert(fields.pop("origin") or {}, Origin)
    fields |= {"answer": origin.answer, "page": origin.page}
    return KnowledgeSourceView(**fields, outcome=outcome, note=note)


def list_sources(tx: Tx) -> list[KnowledgeSourceView]:
    """Every source, by name."""
    statement = select(KnowledgeSource.__table__).order_by(KnowledgeSource.name)
    return [_view(row) for row in tx.all(statement)]


def get_source(tx: Tx, source_id: str) -> KnowledgeSourceView:
    """Raises NotFound."""
    row = tx.first(select(KnowledgeSource.__table__).where(KnowledgeSource.id == source_id))
    if row is None:
        raise NotFound(f"There is no knowledge source {source_id!r}.")
    return _view(row)


def find_page(tx: Tx, url: str) -> KnowledgeSourceView | None:
    """The source that is the page at that address."""
    return next((it for it in list_sources(tx) if it.page and it.page.url == url), None)


def put_page(tx: Tx, source_id: str, page: WebPage) -> KnowledgeSourceView:
    """How the last look at it went; what it said stays. Raises NotFound."""
    values = {"origin": msgspec.to_builtins(Origin(page=page))}
    tx.execute(update(KnowledgeSource).where(KnowledgeSource.id == source_id).values(values))
    return get_source(tx, source_id)


def find_same(tx: Tx, name: str, sha256: str) -> KnowledgeSourceView | None:
    """The source that already holds this content, under this name or another; samples apart."""
    source = KnowledgeSource
    rows = tx.all(
        select(source.__table__)
        .where(source.sha256 == sha256, source.sample.is_(False))
        .order_by(source.name)
    )
    for row in rows:
        if row.name == name:
            return _view(row, "unchanged", "Nothing has changed in it since it was added.")
    if rows and not name_is_taken(tx, name):
        note = f"The same content is there already, as {rows[0].name}."
        return _view(rows[0], "unchanged", note)
    return None


def name_is_taken(tx: Tx, name: str) -> bool:
    statement = select(KnowledgeSource.id).where(KnowledgeSource.name == name)
    return tx.first(statement) is not None


def put_source(tx: Tx, new: NewSource) -> KnowledgeSourceView:
    """Add a source, or put it in the place of the one with its name, at once.

    The first source that is not a sample removes the samples, and the sample character with them.
    """
    tx.lock(LOCK)
    removed = 0 if new.sample else remove_samples(tx)
    if not new.sample:
        neutralise_sample(tx)
    moment = now()
    values = {
        "kind": new.kind,
        "sha256": new.sha256,
        "size_bytes": new.size_bytes,
        "language": new.language,
        "passage_count": len(new.passages),
        "sample": new.sample,
        "counts": dict(new.reading.counts),
        "left_out": msgspec.to_builtins(new.reading.left_out),
        "origin": msgspec.to_builtins(new.origin) or None,
        "updated_at": moment,
        "file_id": new.original.id if new.original else None,
    }
    if new.original is not None:
        write_row(tx, new.original)
    if new.sendable is not None:
        values["sendable"] = new.sendable
    source_id = _place_of(tx, new)
    replaced = bool(source_id)
    if source_id:
        values["name"] = new.name
        tx.execute(update(KnowledgeSource).where(KnowledgeSource.id == source_id).values(values))
    else:
        source_id = new_id()
        values |= {"id": source_id, "name": new.name, "created_at": moment}
        tx.execute(insert(KnowledgeSource).values(values))
    changes = _put_passages(tx, source_id, new)
    note = "The sample knowledge was removed: from now on yours answers." if removed else ""
    return msgspec.structs.replace(
        get_source(tx, source_id),
        outcome="replaced" if replaced else "added",
        note=note,
        changes=changes if replaced else None,
    )


def _place_of(tx: Tx, new: NewSource) -> str:
    """The source that the new one takes the place of, "" where it is one more.

    Raises NotFound; Conflict: the name is another's, which is of another kind.
    """
    named = tx.first(
        select(KnowledgeSource.id, KnowledgeSource.origin).where(KnowledgeSource.name == new.name)
    )
    if new.source_id:
        get_source(tx, new.source_id)
    if named is None:
        return new.source_id
    theirs = msgspec.convert(named.origin or {}, Origin)
    same_kind = bool(theirs.answer) == bool(new.origin.answer) and (
        (theirs.page.url if theirs.page else "") == (new.origin.page.url if new.origin.page else "")
    )
    if (new.source_id and named.id != new.source_id) or not (new.source_id or same_kind):
        raise Conflict(f"There is other knowledge with the name {new.name!r}.")
    return str(named.id)


def _put_passages(tx: Tx, source_id: str, new: NewSource) -> Changes:
    """What is the same stays as it is, with all that was made of it."""
    there = tx.all(
        select(Passage.id, Passage.heading, Passage.text, Passage.language)
        .where(Passage.source_id == source_id)
        .order_by(Passage.position)
    )
    kept, changes = compare(there, new.passages)
    stay = set(kept.values())
    delete_by(tx, Passage.id, [row.id for row in there if row.id not in stay])
    stays, comes = [], []
    pairs = zip(new.passages, new.search_texts, strict=True)
    for position, (passage, search_text) in enumerate(pairs, start=1):
        if (id := kept.get(position)) is not None:
            stays.append({"id_": id, "position_": position, "search_text_": search_text})
            continue
        comes.append(
            {
                "source_id": source_id,
                "position": position,
                "heading": passage.heading,
                "text": passage.text,
                "language": passage.language,
                "search_text": search_text,
            }
        )
    if stays:
        tx.execute(_PLACE, stays)
    if comes:
        tx.execute(insert(Passage), comes)
    return changes


def keep_original(tx: Tx, source_id: str, original: Original) -> None:
    """The file of a source that was learnt when files were not kept."""
    write_row(tx, original)
    these = update(KnowledgeSource).where(KnowledgeSource.id == source_id)
    tx.execute(these.values(file_id=original.id, updated_at=now()))


def offer_source(
    tx: Tx, source_id: str, *, sendable: bool | None, title: str | None
) -> KnowledgeSourceView:
    """Whether customers may be sent its file, and what they are told it is; None: as it is.

    Raises NotFound, Unprocessable: there is no file to send."""
    tx.lock(LOCK)
    source = get_source(tx, source_id)
    if sendable and source.file_id is None:
        raise Unprocessable("The file itself is not kept here: add it once more, then mark it.")
    changed: dict[str, Any] = {"updated_at": now()}
    if sendable is not None:
        changed["sendable"] = sendable
    if title is not None:
        changed["title"] = title
    tx.execute(update(KnowledgeSource).where(KnowledgeSource.id == source_id).values(changed))
    return get_source(tx, source_id)


def remove_source(tx: Tx, source_id: str) -> KnowledgeSourceView:
    """Remove a source with its passages and its file's row, and return what it was; the file's
    bytes are the caller's to forget. What it answered waits for an answer again. Raises
    NotFound."""
    tx.lock(LOCK)
    source = get_source(tx, source_id)
    waits = update(UnansweredQuestion).where(UnansweredQuestion.source_id == source_id)
    tx.execute(waits.values(state="open", source_id=None))
    tx.execute(delete(Passage).where(Passage.source_id == source_id))
    tx.execute(delete(KnowledgeSource).where(KnowledgeSource.id == source_id))
    if source.file_id is not None:
        forget_row(tx, source.file_id)
    return source


def remove_samples(tx: Tx) -> int:
    """Remove the sample sources. Returns how many there were."""
    samples = tx.all(select(KnowledgeSource.id).where(KnowledgeSource.sample.is_(True)))
    for sample in samples:
        remove_source(tx, sample.id)
    return len(samples)


_PLACE = prepare(
    update(Passage)
    .where(Passage.id == bindparam("id_"))
    .values(position=bindparam("position_"), search_text=bindparam("search_text_"))
)
_VERSION = prepare(
    select(
        func.count(KnowledgeSource.id),
        func.max(KnowledgeSource.updated_at),
        func.sum(KnowledgeSource.passage_count),
    )
)


def knowledge_version(tx: Tx) -> tuple[Any, ...]:
    """Something that differs after every change, and is cheap to ask for."""
    row = tx.first(_VERSION)
    return tuple(row) if row is not None else ()
