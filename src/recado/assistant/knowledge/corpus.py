"""The knowledge in memory: what tells passages apart, and, while there are few, all of them."""

from __future__ import annotations

import heapq
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Iterable, Sequence

import msgspec

from recado.assistant.knowledge.analysis import (
    HEADING_SEPARATOR,
    Analysis,
    analyse,
    is_stem,
    stem_of,
)
from recado.assistant.knowledge.scoring import (
    ANSWERS,
    Indexed,
    Query,
    Statistics,
    coverage,
    is_filler,
    make_query,
    read_index,
    refine,
)
from recado.assistant.knowledge.spelling import Kinship, Spelling
from recado.language.detection import LanguageCode, known_language
from recado.language.reading import composed_accents, words

#: How many of the passages with the best coverage are scored in full.
_CONTENDERS = 8
#: A passage in another language than the question stands back behind one that is in it.
_OTHER_LANGUAGE = 0.9
_KEPT_SEARCHES = 1024
_KEPT_PASSAGES = 2000
_LONGEST_TOPIC = 48
_MOST_TOPICS = 200


_Asked = tuple[str, LanguageCode, int, frozenset[str] | None]


class PassageRow(msgspec.Struct, frozen=True):
    id: int
    source_id: str
    source_name: str
    heading: str
    text: str
    language: str
    search_text: str


class Hit(msgspec.Struct, frozen=True):
    """A passage that was found. `score` is 0–1; from 0.6 on (ANSWERS) it answers the question.

    `heading` is the path joined by " › ", `text` Markdown, `language` the passage's own.
    """

    passage_id: int
    source_id: str
    source_name: str
    heading: str
    text: str
    language: str
    score: float

    @property
    def topic(self) -> str:
        """The last part of the heading: what this passage is about."""
        return self.heading.rpartition(HEADING_SEPARATOR)[2]


class Vocabulary(msgspec.Struct, frozen=True):
    """What the passages of one language are made of."""

    statistics: Statistics
    kinship: Kinship
    spelling: Spelling


_NOTHING = Vocabulary(Statistics(0, {}), Kinship(()), Spelling(()))


class CorpusBuilder:
    """Takes passages batch by batch; may run in a thread."""

    def __init__(self, *, keep: bool) -> None:
        self._keep = keep
        self._counts: Counter[str] = Counter()
        self._frequencies: dict[str, Counter[str]] = defaultdict(Counter)
        self._rows: list[PassageRow] = []
        self._words: dict[str, set[str]] = defaultdict(set)
        self._sources: dict[str, str] = {}
        self._topics: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)

    def add(self, rows: Iterable[PassageRow]) -> None:
        for row in rows:
            self._counts[row.language] += 1
            self._frequencies[row.language].update(set(row.search_text.split()))
            self._words[row.language].update(words(row.heading), words(row.text))
            self._sources[composed_accents(row.source_name)] = row.source_id
            topics = self._topics[row.source_id, row.language]
            topic = row.heading.partition(HEADING_SEPARATOR)[0]
            named = 0 < len(topic) <= _LONGEST_TOPIC and row.text != row.heading  # a file's title
            if named and len(topics) < _MOST_TOPICS:
                topics[topic] = None
            if self._keep:
                self._rows.append(row)

    def build(self) -> Corpus:
        vocabularies = {
            known_language(language): Vocabulary(
                Statistics(self._counts[language], frequency),
                Kinship(token for token in frequency if is_stem(token)),
                Spelling(self._words[language]),
            )
            for language, frequency in self._frequencies.items()
        }
        return Corpus(
            vocabularies,
            self._rows if self._keep else None,
            {key: list(topics) for key, topics in self._topics.items()},
            self._sources,
        )


class Corpus:
    """One state of the knowledge. `rows` None: too many to keep; ask the database for candidates
    and let `rank` score them."""

    def __init__(
        self,
        vocabularies: dict[LanguageCode, Vocabulary],
        rows: Sequence[PassageRow] | None,
        topics: dict[tuple[str, str], list[str]],
        sources: dict[str, str],
    ) -> None:
        self.rows = rows
        self.languages = frozenset(vocabularies)
        self._vocabularies = vocabularies
        self._topics = topics
        self._sources = sources
        self._read: dict[int, Indexed] = {}
        self._found: OrderedDict[_Asked, list[Hit]] = OrderedDict()
        self._indexed = [read_index(row.search_text) for row in rows or ()]
        self._postings: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
        for at, (row, passage) in enumerate(zip(rows or (), self._indexed, strict=True)):
            for token, places in passage.places.items():
                self._postings[row.language, token].extend((at, place) for place in places)

    def source_ids(self, sources: Sequence[str] | None) -> frozenset[str] | None:
        """Sources that are named by id or by name, by their ids."""
        if sources is None:
            return None
        return frozenset(self._sources.get(composed_accents(it), it) for it in sources)

    def query(self, text: str, asked_in: LanguageCode, language: LanguageCode) -> Query:
        """The question as it covers passages in `language`."""
        analysis = analyse(self._spelled(text, asked_in), asked_in)
        if language != asked_in:
            analysis = _in_language(analysis, language)
        vocabulary = self._vocabularies.get(language, _NOTHING)
        return make_query(
            analysis,
            language,
            vocabulary.statistics,
            vocabulary.kinship,
            forms=language == asked_in,
        )

    def _spelled(self, text: str, language: LanguageCode) -> str:
        """The question with its mistyped words corrected; a word that the knowledge has in
        any language, or that questions are made of, is left as it is."""
        vocabulary = self._vocabularies.get(language, _NOTHING)

        def spelled(word: str) -> str:
            known = is_filler(stem_of(word, language), language) or any(
                stem_of(word, code) in those.statistics.frequency
                for code, those in self._vocabularies.items()
            )
            return word if known else vocabulary.spelling.correct(word)

        return " ".join(map(spelled, words(text)))

    def search(
        self, text: str, asked_in: LanguageCode, limit: int, sources: frozenset[str] | None
    ) -> list[Hit]:
        """The best passages, from memory."""
        key = (text, asked_in, limit, sources)
        found = self._found.get(key)
        if found is None:
            found = self._search_in(text, asked_in, asked_in, limit, sources)
            if not found or found[0].score < ANSWERS:
                for language in sorted(self.languages - {asked_in}):
                    found += self._search_in(text, asked_in, language, limit, sources)
            found = self._found[key] = best_hits(found, limit)
            if len(self._found) > _KEPT_SEARCHES:
                self._found.popitem(last=False)
        return list(found)

    def _search_in(
        self,
        text: str,
        asked_in: LanguageCode,
        language: LanguageCode,
        limit: int,
        sources: frozenset[str] | None,
    ) -> list[Hit]:
        rows = self.rows or ()
        query = self.query(text, asked_in, language)
        covered: dict[int, float] = defaultdict(float)
        for unit in query.units:
            best: dict[int, float] = {}
            for option in unit.options:
                for at, place in self._postings.get((language, option.token), ()):
                    part = option.places[place]
                    if part > best.get(at, 0.0):
                        best[at] = part
            for at, part in best.items():
                covered[at] += part * unit.weight
        contenders = heapq.nsmallest(
            limit + _CONTENDERS,
            (
                (-weight, at)
                for at, weight in covered.items()
                if sources is None or rows[at].source_id in sources
            ),
        )
        factor = _OTHER_LANGUAGE if language != asked_in else 1.0
        statistics = self.statistics(language)
        scored = (
            (refine(-weight, query, self._indexed[at], statistics) * factor, at)
            for weight, at in contenders
        )
        return [_hit(rows[at], points) for points, at in scored]

    def statistics(self, language: LanguageCode) -> Statistics:
        return self._vocabularies.get(language, _NOTHING).statistics

    def rank(
        self,
        rows: Iterable[PassageRow],
        query: Query,
        asked_in: LanguageCode,
        language: LanguageCode,
    ) -> list[Hit]:
        """Candidates of the database in `language` as hits with their scores, in no order."""
        factor = _OTHER_LANGUAGE if language != asked_in else 1.0
        statistics = self.statistics(language)
        hits = []
        for row in rows:
            passage = self._read.get(row.id)
            if passage is None:
                if len(self._read) >= _KEPT_PASSAGES:
                    self._read.clear()
                passage = self._read[row.id] = read_index(row.search_text)
            points = refine(coverage(query, passage), query, passage, statistics) * factor
            if points > 0:
                hits.append(_hit(row, points))
        return hits

    def topics(self, language: str, sources: frozenset[str] | None) -> list[str]:
        """The headings in `language` that stand first in the knowledge, in its order."""
        own = [
            topics
            for (source, spoken), topics in self._topics.items()
            if spoken == language and (sources is None or source in sources)
        ]
        return list(dict.fromkeys(topic for topics in own for topic in topics))


def _hit(row: PassageRow, points: float) -> Hit:
    return Hit(
        passage_id=row.id,
        source_id=row.source_id,
        source_name=row.source_name,
        heading=row.heading,
        text=row.text,
        language=row.language,
        score=round(points, 4),
    )


def best_hits(hits: Sequence[Hit], limit: int) -> list[Hit]:
    """The first `limit` by score; equal ones in the order of the knowledge."""
    return sorted(hits, key=lambda hit: (-hit.score, hit.passage_id))[:limit]


def _in_language(analysis: Analysis, language: LanguageCode) -> Analysis:
    """The question's content words with another language's stems; concepts have no language."""
    words = tuple(
        msgspec.structs.replace(word, stem=stem_of(word.plain, language) or word.stem)
        for word in analysis.words
    )
    return Analysis(words, analysis.strong, analysis.weak)
