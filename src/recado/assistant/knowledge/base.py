"""The knowledge base: what the operator taught, and the passages that answer a question."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import structlog

from recado.assistant.knowledge.analysis import analyse
from recado.assistant.knowledge.answers import answer_source
from recado.assistant.knowledge.candidates import read_batch, read_passages
from recado.assistant.knowledge.corpus import (
    KEPT_PASSAGES,
    Corpus,
    CorpusBuilder,
    Look,
)
from recado.assistant.knowledge.folders import Learnt, files_at
from recado.assistant.knowledge.hits import Considered, Hit, Kept
from recado.assistant.knowledge.origin import FILE, Origin
from recado.assistant.knowledge.passages import passages_of
from recado.assistant.knowledge.scanned import kind_of_source, read_file
from recado.assistant.knowledge.sending import SendableFiles, read_sendable
from recado.assistant.knowledge.sources import (
    KnowledgeSourceView,
    NewSource,
    find_same,
    get_source,
    keep_original,
    knowledge_version,
    list_sources,
    offer_source,
    put_source,
    remove_source,
)
from recado.documents.apart import AT_ONCE
from recado.documents.extract import MAX_BYTES
from recado.documents.reading import Reading
from recado.errors import BadRequest, FileRefused, NotFound, RequestError, Unprocessable
from recado.language.detection import LANGUAGES, LanguageCode, known_language
from recado.language.reading import composed_accents, to_think_about
from recado.media.originals import Original, is_kept, keep_bytes
from recado.media.storage.port import Blobs
from recado.media.sweep import forget_bytes
from recado.store import Store, Tx

if TYPE_CHECKING:
    from recado.assistant.knowledge.meaning.meaning import Meaning, Near
    from recado.media.reading.papers.scans import ScanReader

#: How long a change made by another process may stay unseen.
CHECK_SECONDS = 1.0
_BATCH = 1000
_LONGEST_QUESTION = 2000
#: Of what a file is called to whoever is sent it.
MOST_TITLE = 80

# `list` is a method below, so the types of its neighbours have names.
Hits = list[Hit]
Looks = list[Look]
AllConsidered = list[Considered]
Texts = list[str]
Views = list[KnowledgeSourceView]


log = structlog.get_logger(__name__)


class FileToKeep(msgspec.Struct, frozen=True):
    """The file itself, under the name that whoever is sent it sees."""

    data: bytes
    filename: str


class KnowledgeBase:
    def __init__(
        self,
        store: Store,
        *,
        memory_passages: int = KEPT_PASSAGES,
        meaning: Meaning | None = None,
        scans: ScanReader | None = None,
        blobs: Blobs | None = None,
    ) -> None:
        """`meaning`: passages are found by what they mean, too (RECADO_EMBEDDINGS). `scans` reads
        pictures, and the pages of PDFs that are such. `blobs` is where the files themselves are
        kept; None: they are not."""
        self._store = store
        self.meaning = meaning
        self._scans = scans
        self._blobs = blobs
        self._sendable: SendableFiles = ()
        self._memory_passages = memory_passages
        self._corpus: Corpus | None = None
        self._version: tuple[Any, ...] = ()
        self._checked_at = -CHECK_SECONDS
        self._changes = self._seen_changes = 0
        self._loading = asyncio.Lock()
        self._reading = asyncio.Semaphore(AT_ONCE)

    async def close(self) -> None:
        """Release what the embedding model holds."""
        if self.meaning is not None:
            await self.meaning.close()

    # Teaching

    async def add(
        self,
        name: str,
        data: bytes,
        *,
        kind: str = "",
        filename: str = "",
        force: bool = False,
        origin: Origin = FILE,
        source_id: str = "",
        file: FileToKeep | None = None,
        sendable: bool | None = None,
    ) -> KnowledgeSourceView:
        """Learn a file's content under `name`, in place of what was there under that name.

        `kind` (a value of KINDS) or the end of `filename` (or else of `name`) says how to read
        it. Content that is there already is left alone, unless `force`. The first content of
        the operator's own removes the sample. `source_id`: it takes the place of that source.
        `file` is the file itself, where it is kept: what was read is `data`, or words in it.
        `sendable`: whether customers may be sent it; None: as it was, and at first not.
        Raises BadRequest, TooLarge, Unprocessable: the file cannot be read, and what to do.
        """
        name = composed_accents(name.strip())
        if not name or len(name) > 200:
            raise BadRequest("A knowledge source needs a name of at most 200 characters.")
        kind = kind or kind_of_source(filename or name)
        digest = hashlib.sha256(data).hexdigest()
        if not force:
            same = await self._store.read(lambda tx: find_same(tx, name, digest))
            if same is not None:
                return await self._same(same, file, sendable)
        async with self._reading:
            reading = await read_file(name, data, kind, self._scans)
        original = await self._kept(file)
        if not reading.sections and original is None:
            raise Unprocessable(f"{name}: nothing was read in the picture.")
        new = await asyncio.to_thread(_source_of, name, kind, digest, len(data), reading, origin)
        new = msgspec.structs.replace(new, source_id=source_id, original=original)
        return await self.put(msgspec.structs.replace(new, sendable=sendable))

    async def _kept(self, file: FileToKeep | None) -> Original | None:
        """The file itself, kept; None: it is not to be, or is none that may be passed on."""
        if file is None or self._blobs is None:
            return None
        try:
            return await keep_bytes(self._blobs, file.data, file.filename)
        except FileRefused as error:
            log.info("knowledge.file_not_kept", reason=error.detail)
            return None

    async def _same(
        self, same: KnowledgeSourceView, file: FileToKeep | None, sendable: bool | None
    ) -> KnowledgeSourceView:
        """What is there already, with what it lacked: its file, or the word that it may go."""
        original = await self._kept(file) if same.file_id is None else None
        if original is None and sendable in (None, same.sendable):
            return same

        def work(tx: Tx) -> KnowledgeSourceView:
            if original is not None:
                keep_original(tx, same.id, original)
            changed = offer_source(tx, same.id, sendable=sendable, title=None)
            return msgspec.structs.replace(changed, outcome=same.outcome, note=same.note)

        view = await self._store.write(work)
        self._changes += 1
        return view

    async def offer(
        self, source_id: str, *, sendable: bool | None = None, title: str | None = None
    ) -> KnowledgeSourceView:
        """Whether customers who ask for a source's file may be sent it, and what they are told it
        is ("": its name); None: as it is. Raises NotFound, Unprocessable."""
        if title is not None:
            title = " ".join(composed_accents(title).split())
            if len(title) > MOST_TITLE:
                raise BadRequest(f"What it is called has at most {MOST_TITLE} characters.")
        view = await self._store.write(
            lambda tx: offer_source(tx, source_id, sendable=sendable, title=title)
        )
        self._changes += 1
        return view

    async def sendable(self, sources: Sequence[str] | None) -> SendableFiles:
        """The files that customers may be sent, of these sources (ids or names; None: of all)."""
        corpus = await self._current()
        allowed = corpus.source_ids(sources)
        if allowed is None:
            return self._sendable
        named = frozenset(sources or ())
        return tuple(
            it for it in self._sendable if it.source_id in allowed or it.source_name in named
        )

    async def add_answer(
        self,
        questions: Sequence[str],
        text: str,
        *,
        language: str = "",
        then: Callable[[Tx, KnowledgeSourceView], None] | None = None,
    ) -> KnowledgeSourceView:
        """Learn a question, in one or several wordings, with its answer (answers.py); `then` is
        done in the same transaction.

        Raises BadRequest, Conflict (there is a file of that name).
        """
        new = await asyncio.to_thread(answer_source, questions, text, language=language)
        return await self.put(new, then=then)

    async def change_answer(
        self, source_id: str, questions: Sequence[str], text: str, *, language: str = ""
    ) -> KnowledgeSourceView:
        """Learn it in place of that one. Raises as `add_answer`, and NotFound: it is no answer."""
        if (await self.get(source_id)).answer is None:
            raise NotFound(f"There is no question with its answer {source_id!r}.")
        new = await asyncio.to_thread(
            answer_source, questions, text, language=language, source_id=source_id
        )
        return await self.put(new)

    async def put(
        self, new: NewSource, *, then: Callable[[Tx, KnowledgeSourceView], None] | None = None
    ) -> KnowledgeSourceView:
        """Know what has been read; `then` is done in the same transaction."""

        def work(tx: Tx) -> KnowledgeSourceView:
            view = put_source(tx, new)
            if then is not None:
                then(tx, view)
            return view

        view = await self._store.write(work)
        self._changes += 1
        return view

    async def add_paths(
        self, paths: Iterable[Path], *, force: bool = False, sendable: bool | None = None
    ) -> AsyncIterator[Learnt]:
        """Learn files, and all files of folders, each under its file name (in a folder: its path
        below it). What cannot be learnt is told, and the rest goes on. `sendable` as in `add`."""
        found = await asyncio.to_thread(files_at, paths)
        for file in found:
            if file.problem:
                yield Learnt(file.name, problem=file.problem, meant=file.meant)
                continue
            try:
                data = await asyncio.to_thread(_read_bytes, file.path)
            except OSError as error:
                yield Learnt(file.name, problem=f"{file.name}: {error.strerror}.")
                continue
            yield await self.try_adding(file.name, data, force=force, sendable=sendable)

    async def try_adding(
        self,
        name: str,
        data: bytes,
        *,
        force: bool = False,
        sendable: bool | None = None,
        file: FileToKeep | None = None,
    ) -> Learnt:
        """As `add`, for one of many files: what is wrong with it is told, not raised. The file
        itself is kept; `file` where that is another than what is read."""
        file = file or FileToKeep(data, name.rpartition("/")[2])
        try:
            return Learnt(
                name, await self.add(name, data, force=force, sendable=sendable, file=file)
            )
        except RequestError as error:
            return Learnt(name, problem=error.detail)

    async def get(self, source_id: str) -> KnowledgeSourceView:
        """Raises NotFound."""
        return await self._store.read(lambda tx: get_source(tx, source_id))

    async def list(self) -> Views:
        """Every source, by name."""
        return await self._store.read(list_sources)

    async def remove(self, source_id: str) -> KnowledgeSourceView:
        """Forget a source, and its file unless that was sent. Returns what it was.

        Raises NotFound."""

        def work(tx: Tx) -> tuple[KnowledgeSourceView, bool]:
            view = remove_source(tx, source_id)
            return view, view.file_id is not None and not is_kept(tx, view.file_id)

        view, gone = await self._store.write(work)
        self._changes += 1
        if gone and view.file_id is not None and self._blobs is not None:
            await forget_bytes(self._blobs, [view.file_id])
        return view

    async def ensure_sample(self) -> bool:
        """Teach the sample once in the life of an installation, if it knows nothing yet.

        True: it was taught now.
        """
        from recado.assistant.knowledge import samples

        if await self._store.read(samples.knows_or_had_sample):
            return False
        new = await asyncio.to_thread(samples.read_samples)
        taught = await self._store.write(lambda tx: samples.put_samples(tx, new))
        self._changes += 1
        return taught

    # Asking

    async def search(
        self,
        text: str,
        language: str,
        *,
        limit: int = 5,
        sources: Sequence[str] | None = None,
    ) -> Hits:
        """The passages that answer `text` best, the best first, at most `limit`.

        `language` is the question's; passages in it come first, others when it has no answer.
        `sources` (ids or names) restricts the search. Safe for any text.
        """
        corpus = await self._current()
        key = (
            to_think_about(text, _LONGEST_QUESTION),
            known_language(language),
            limit,
            corpus.source_ids(sources),
        )
        found = corpus.found(key)
        if found is None:
            looks, kept, near = await self._look(corpus, key[0], key[1], key[3])
            found = corpus.rank(looks, kept, limit, near)
            if near is not None or corpus.aligned is None:  # else it was found by its words alone
                corpus.remember(key, found)
        return list(found)

    async def considered(self, text: str, language: str) -> AllConsidered:
        """The candidates for an answer with what is to be said about each (see features.py)."""
        corpus = await self._current()
        text = to_think_about(text, _LONGEST_QUESTION)
        looks, kept, near = await self._look(corpus, text, known_language(language), None)
        return corpus.considered(looks, kept, near)

    async def _look(
        self, corpus: Corpus, text: str, asked_in: LanguageCode, sources: frozenset[str] | None
    ) -> tuple[Looks, dict[int, Kept], Mapping[int, Near] | None]:
        looks = corpus.look(text, asked_in, sources)
        near = None
        if self.meaning is not None:
            looks, near = await self.meaning.look(corpus, looks, text, sources)
        kept, missing = corpus.kept(looks)
        if missing:
            rows = await self._store.read(lambda tx: read_passages(tx, missing))
            kept |= corpus.keep(rows)
        return looks, kept, near

    async def warm_up(self) -> None:
        """Load the knowledge and the word lists (some 0.5 s) before the first question does."""
        await asyncio.to_thread(lambda: [analyse("recado", code) for code in LANGUAGES])
        if self.meaning is not None:
            await self.meaning.warm_up()
        await self._current()

    async def topics(
        self, language: str, *, limit: int = 4, sources: Sequence[str] | None = None
    ) -> Texts:
        """What it knows about: first headings, in `language`."""
        corpus = await self._current()
        return corpus.topics(language, corpus.source_ids(sources))[:limit]

    async def _current(self) -> Corpus:
        """The corpus, not older than CHECK_SECONDS, nor than what this process last changed."""
        if self._corpus is not None and self._is_fresh():
            return self._corpus
        async with self._loading:
            corpus = self._corpus
            if corpus is not None and self._is_fresh():
                return corpus
            asked_at, changes = time.monotonic(), self._changes
            version = await self._store.read(self._read_version)
            if corpus is None or version != self._version:
                corpus = await self._renewed(corpus, version)
                self._corpus, self._version = corpus, version
            self._checked_at, self._seen_changes = asked_at, changes
            return corpus

    def _read_version(self, tx: Tx) -> tuple[tuple[Any, ...], int]:
        """Of what is known, and of its vectors."""
        return knowledge_version(tx), self.meaning.version(tx) if self.meaning else 0

    async def _renewed(self, corpus: Corpus | None, version: tuple[tuple[Any, ...], int]) -> Corpus:
        changed = corpus is None or version[0] != self._version[0]
        if corpus is None or changed:
            corpus = await self._load()
            self._sendable = await self._store.read(read_sendable)
        if self.meaning is not None:
            await self.meaning.refresh(changed=changed)
            corpus.align(await asyncio.to_thread(self.meaning.align, corpus))
        return corpus

    def _is_fresh(self) -> bool:
        return (
            self._seen_changes == self._changes
            and time.monotonic() - self._checked_at < CHECK_SECONDS
        )

    async def _load(self) -> Corpus:
        builder = CorpusBuilder(keep=self._memory_passages)
        after = 0
        while True:
            last = after
            rows = await self._store.read(lambda tx: read_batch(tx, last, _BATCH))  # noqa: B023
            if not rows:
                return await asyncio.to_thread(builder.build)
            await asyncio.to_thread(builder.add, rows)
            after = rows[-1].id


def _source_of(
    name: str, kind: str, digest: str, size_bytes: int, reading: Reading, origin: Origin
) -> NewSource:
    """Slow for large files: runs in a thread."""
    passages = passages_of(reading.sections)
    return NewSource.of(name, kind, digest, size_bytes, passages, reading, origin=origin)


def _read_bytes(path: Path) -> bytes:
    """A file, or as much of it as shows that it is too large."""
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)
