"""The knowledge in memory: where each word stands, and the passages that were read last."""

from __future__ import annotations

import heapq
from array import array
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from sys import intern
from typing import TYPE_CHECKING

import msgspec

from recado.assistant.knowledge.analysis import (
    HEADING_SEPARATOR,
    Analysis,
    analyse,
    is_stem,
    stem_of,
)
from recado.assistant.knowledge.asked import (
    Asked,
    Passage,
    Wording,
    read_passage,
    read_question,
    wording_of,
)
from recado.assistant.knowledge.confidence import Candidates
from recado.assistant.knowledge.features import features, nearness
from recado.assistant.knowledge.hits import Considered, Hit, Kept, PassageRow, best_of
from recado.assistant.knowledge.scoring import Query, Statistics, is_filler, make_query
from recado.assistant.knowledge.spelling import Kinship, Spelling
from recado.language.detection import LanguageCode, known_language
from recado.language.reading import composed_accents, words
from recado.language.terms import spelled_out

if TYPE_CHECKING:
    from recado.assistant.knowledge.meaning.matrix import Aligned
    from recado.assistant.knowledge.meaning.meaning import Near

#: How many passages are looked at closely: of the question's language, and of each other beside it.
CANDIDATES, _FOREIGN = 12, 6
#: How many places of words are looked at to find them: a word that stands everywhere finds nobody.
_MOST_PLACES = 20_000
_KEPT_SEARCHES = 1024
#: Up to here passages are kept in memory, where a search takes no query at all.
KEPT_PASSAGES = 2000
_LONGEST_TOPIC = 48
_MOST_TOPICS = 200

_Key = tuple[str, LanguageCode, int, frozenset[str] | None]
_Postings = dict[str, "array[int]"]


class Vocabulary(msgspec.Struct, frozen=True):
    """What the passages of one language are made of. A posting is a passage's number and the place
    (see features.py) in its two lowest bits."""

    statistics: Statistics
    kinship: Kinship
    spelling: Spelling
    postings: _Postings


class Look(msgspec.Struct, frozen=True):
    """A question as it is asked of the passages of one language, and their numbers that may
    answer it."""

    language: LanguageCode
    asked: Asked
    candidates: Sequence[int]


_NOWHERE = array("I")
_NOTHING = Vocabulary(Statistics(0, {}), Kinship(()), Spelling(()), {})


class CorpusBuilder:
    """Takes passages batch by batch; may run in a thread."""

    def __init__(self, *, keep: int = KEPT_PASSAGES) -> None:
        self._keep = keep
        self._counts: Counter[str] = Counter()
        self._frequencies: dict[str, Counter[str]] = defaultdict(Counter)
        self._postings: dict[str, _Postings] = defaultdict(dict)
        self._ids = array("q")
        self._of: list[str] = []
        self._spoken: list[str] = []
        self._rows: list[PassageRow] = []
        self._words: dict[str, set[str]] = defaultdict(set)
        self._sources: dict[str, str] = {}
        self._topics: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)

    def add(self, rows: Iterable[PassageRow]) -> None:
        for row in rows:
            self._counts[row.language] += 1
            self._words[row.language].update(words(row.heading), words(row.text))
            self._sources[composed_accents(row.source_name)] = row.source_id
            self._post(row)
            topics = self._topics[row.source_id, row.language]
            topic = row.heading.partition(HEADING_SEPARATOR)[0]
            named = 0 < len(topic) <= _LONGEST_TOPIC and row.text != row.heading  # a file's title
            if named and len(topics) < _MOST_TOPICS:
                topics[topic] = None
            if len(self._rows) < self._keep:
                self._rows.append(row)

    def _post(self, row: PassageRow) -> None:
        number = len(self._ids)
        self._ids.append(row.id)
        self._of.append(intern(row.source_id))
        self._spoken.append(intern(row.language))
        postings = self._postings[row.language]
        lines = [set(line.split()) for line in row.search_text.split("\n")[:3]]
        self._frequencies[row.language].update(set().union(*lines))
        for place, tokens in enumerate(lines):
            for token in tokens:
                found = postings.get(token)
                if found is None:
                    found = postings[token] = array("I")
                found.append(number << 2 | place)

    def build(self) -> Corpus:
        vocabularies = {
            known_language(language): Vocabulary(
                Statistics(self._counts[language], frequency),
                Kinship(token for token in frequency if is_stem(token)),
                Spelling(self._words[language], known_language(language)),
                self._postings[language],
            )
            for language, frequency in self._frequencies.items()
        }
        topics = {key: list(topics) for key, topics in self._topics.items()}
        corpus = Corpus(
            vocabularies,
            self._ids,
            self._of,
            self._spoken,
            topics,
            self._sources,
            keep=self._keep,
        )
        corpus.keep(self._rows)
        return corpus


class Corpus:
    """One state of the knowledge: `look` finds candidates, `rank` makes hits of those among them
    that `keep` was given."""

    def __init__(
        self,
        vocabularies: dict[LanguageCode, Vocabulary],
        ids: array[int],
        source_of: Sequence[str],
        spoken: Sequence[str],
        topics: dict[tuple[str, str], list[str]],
        sources: dict[str, str],
        *,
        keep: int,
    ) -> None:
        self._keep = keep
        self.languages = frozenset(vocabularies)
        self._vocabularies = vocabularies
        #: The passages' ids in order, and their languages: a number is a place in them.
        self.ids = ids
        self.spoken = spoken
        #: Their vectors, where they have some.
        self.aligned: Aligned | None = None
        self._source_of = source_of
        self._topics = topics
        self._sources = sources
        self._kept: OrderedDict[int, Kept] = OrderedDict()
        self._found: OrderedDict[_Key, list[Hit]] = OrderedDict()

    def source_ids(self, sources: Sequence[str] | None) -> frozenset[str] | None:
        """Sources that are named by id or by name, by their ids."""
        if sources is None:
            return None
        return frozenset(self._sources.get(composed_accents(it), it) for it in sources)

    def align(self, aligned: Aligned | None) -> None:
        """From now on searches look at these vectors, too."""
        self.aligned = aligned
        self._found.clear()

    def allowed(self, sources: frozenset[str]) -> list[bool]:
        """Of each passage by its number, whether it is in one of `sources`."""
        return [source in sources for source in self._source_of]

    def look(self, text: str, asked_in: LanguageCode, sources: frozenset[str] | None) -> list[Look]:
        """The question as it is asked of each language that passages are in."""
        wording = wording_of(spelled_out(text, asked_in))
        analysis = analyse(self._spelled(text, asked_in), asked_in)
        return [
            self._look(analysis, wording, asked_in, language, sources)
            for language in sorted(self.languages)
        ]

    def _look(
        self,
        analysis: Analysis,
        wording: Wording,
        asked_in: LanguageCode,
        language: LanguageCode,
        sources: frozenset[str] | None,
    ) -> Look:
        foreign = language != asked_in
        if foreign:
            analysis = _in_language(analysis, language)
        vocabulary = self._vocabularies[language]
        statistics = vocabulary.statistics
        query = make_query(analysis, language, statistics, vocabulary.kinship, forms=not foreign)
        at_home = asked_in in self.languages
        asked = read_question(
            query,
            analysis,
            wording,
            language,
            statistics,
            foreign=foreign and at_home,
            guest=not at_home,
        )
        most = _FOREIGN if foreign and at_home else CANDIDATES
        return Look(language, asked, self._candidates(query, vocabulary.postings, sources, most))

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

    def _candidates(
        self, query: Query, postings: _Postings, sources: frozenset[str] | None, most: int
    ) -> list[int]:
        """The numbers of `most` passages that cover most of the question, rare words first: what
        stands everywhere is not followed to the end."""
        units = [
            (unit.weight, [(o.token, o.places) for o in unit.options])
            for unit in query.units
            if unit.options
        ]
        covered: dict[int, float] = defaultdict(float)
        left = _MOST_PLACES
        for weight, options in sorted(units, key=lambda unit: _places(unit[1], postings)):
            best: dict[int, float] = {}
            for token, parts in options:
                for posting in postings.get(token, _NOWHERE)[:left]:
                    part = parts[posting & 3]
                    if part > best.get(posting >> 2, 0.0):
                        best[posting >> 2] = part
                left -= min(left, len(postings.get(token, _NOWHERE)))
            for number, part in best.items():
                covered[number] += part * weight
        numbers = (n for n in covered if sources is None or self._source_of[n] in sources)
        return heapq.nsmallest(most, numbers, key=lambda n: (-covered[n], n))

    # The passages themselves

    def kept(self, looks: Iterable[Look]) -> tuple[dict[int, Kept], list[int]]:
        """Of the candidates those in memory, and the ids of the others."""
        ids = {self.ids[number] for look in looks for number in look.candidates}
        found = {known: self._kept[known] for known in ids & self._kept.keys()}
        for known in found:
            self._kept.move_to_end(known)
        return found, sorted(ids - found.keys())

    def keep(self, rows: Iterable[PassageRow]) -> dict[int, Kept]:
        """Rows with what is read out of them; the last that were asked for stay in memory."""
        read = {row.id: (row, self._read(row)) for row in rows}
        self._kept.update(read)
        while len(self._kept) > self._keep:
            self._kept.popitem(last=False)
        return read

    def _read(self, row: PassageRow) -> Passage:
        vocabulary = self._vocabularies.get(known_language(row.language), _NOTHING)
        return read_passage(row.heading, row.text, row.search_text, vocabulary.statistics)

    def considered(
        self,
        looks: Iterable[Look],
        kept: Mapping[int, Kept],
        near: Mapping[int, Near] | None = None,
    ) -> list[Considered]:
        """The candidates with their features, language by language (a passage that was removed
        meanwhile is left out). `near`: how near each is to the question, where that is known."""
        found = []
        for look in looks:
            known = [kept[id] for it in look.candidates if (id := self.ids[it]) in kept]
            numbers = [
                features(look.asked, passage) + (nearness(near[row.id]) if near is not None else [])
                for row, passage in known
            ]
            rows = [row for row, _ in known]
            found.append(Considered(rows, Candidates(look.asked.own, numbers, near is not None)))
        return found

    def rank(
        self,
        looks: Iterable[Look],
        kept: Mapping[int, Kept],
        limit: int,
        near: Mapping[int, Near] | None = None,
    ) -> list[Hit]:
        """The best passages, at most `limit`; equal ones in the order of the knowledge."""
        return best_of(self.considered(looks, kept, near), limit)

    def found(self, key: _Key) -> list[Hit] | None:
        """What was found before for the same question."""
        return self._found.get(key)

    def remember(self, key: _Key, hits: list[Hit]) -> None:
        self._found[key] = hits
        if len(self._found) > _KEPT_SEARCHES:
            self._found.popitem(last=False)

    def topics(self, language: str, sources: frozenset[str] | None) -> list[str]:
        """The headings in `language` that stand first in the knowledge, in its order."""
        own = [
            topics
            for (source, spoken), topics in self._topics.items()
            if spoken == language and (sources is None or source in sources)
        ]
        return list(dict.fromkeys(topic for topics in own for topic in topics))


def _places(options: Iterable[tuple[str, object]], postings: _Postings) -> int:
    return sum(len(postings.get(token, _NOWHERE)) for token, _ in options)


def _in_language(analysis: Analysis, language: LanguageCode) -> Analysis:
    """The question's content words with another language's stems; concepts have no language."""
    words = tuple(
        msgspec.structs.replace(word, stem=stem_of(word.plain, language) or word.stem)
        for word in analysis.words
    )
    return Analysis(words, analysis.strong, analysis.weak)
