"""Looking up what a contact has asked: each thing said by itself, with the day that it names and
the question before it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date

import msgspec

from recado.assistant.knowledge import ABOUT_IT, ANSWERS, Hit, KnowledgeBase
from recado.assistant.knowledge.analysis import analyse
from recado.assistant.knowledge.scoring import has_subject
from recado.assistant.models.asserting import without_yes
from recado.assistant.models.days import NOTHING, THE_DAY, Day, day_asked, said_of
from recado.assistant.models.utterances import (
    SMALL_TALK,
    Utterance,
    alternatives,
    clauses,
    utterances,
)
from recado.assistant.port import ContextMessage, Question
from recado.language.affairs import tells_affair, tells_fault
from recado.language.detection import LanguageCode, known_language
from recado.language.matters import (
    answers_wish,
    asks_for_sum,
    compares,
    is_complaint,
    tells_of_faults,
)
from recado.language.measures import sizes_in, tells_sizes
from recado.language.own import Affair, affair_in, answers_affair
from recado.language.reading import words

#: More than this in one reply is read by nobody.
MOST_QUOTES = 3
_FEELS_CLOSE = 0.12
#: Passages about opening hours that cover a question nearly as well may tell of other days.
_SAME_MATTER = 0.25
_ASKED_SHARE = 0.3
_LOOKED_AT, _MANY = 5, 40
_SHORT = 5
_LOOKED_BACK = 8
_PRICE = {"es": "precio", "pt": "preço", "en": "price"}

#: A line of a few words, with no more in it than a year: "Lista de precios 2026".
_TITLE = re.compile(r"[^\W\d][^\d\n.:;,!?$€@/|]{0,80}(?:(?:19|20)\d{2})?[^\d\n.:;,!?$€@/|]{0,40}")
#: "cuánto sale cambiarla", "can you fix it": it is of what was said before.
_OF_IT = re.compile(r"\w[aei]r(?:la|lo)s?\b|\b(?:it|them)\b", re.IGNORECASE)


class Found(msgspec.Struct, frozen=True):
    """A passage, what was asked, and of which day where one was named."""

    hit: Hit
    question: str
    day: Day | None = None


class LookUp:
    """Looks up one question in the knowledge that its character has; `today` is the business's."""

    def __init__(
        self, knowledge: KnowledgeBase, question: Question, language: LanguageCode, today: date
    ) -> None:
        self._knowledge = knowledge
        self._question = question
        self._language = language
        self._today = today

    async def find(self, said: Sequence[Utterance]) -> tuple[list[Found], list[Utterance]]:
        """The passages that answer, and what was asked that none answers."""
        found: dict[tuple[str, str], Found] = {}
        missed = []
        before = _asked_before(self._question.history, self._language, self._today)
        for utterance in said:
            if utterance.pleased:
                continue
            day = day_asked(utterance.text, self._today)
            if not utterance.has_content and not (day and before):
                continue  # "hoy?" alone asks of the day what was asked before
            hits = await self._answers(utterance, before, day)
            for hit in hits:
                found.setdefault((hit.source_id, hit.text), Found(hit, utterance.text, day))
            if hits:
                before = _subject_of(utterance.text, self._language, self._today) or before
                continue
            if utterance.intent not in SMALL_TALK or _asks_for_something(utterance, self._language):
                missed.append(utterance)
                before = f"{before} {utterance.text}" if not utterance.asks else before
        if missed and not found and (whole := await self._as_one(missed)):
            return [whole], []
        if not found:
            return [], missed
        # Beside an answer, what neither asks nor tells of an affair ("soy Marta") is only said.
        asked = [said for said in missed if said.asks or _is_own(said.text)]
        told = list(found.values())[:MOST_QUOTES]
        return told, [said for said in asked if not self._is_part(said, told)]

    def _is_part(self, said: Utterance, found: Sequence[Found]) -> bool:
        """Whether something told is what is asked about beside it: "se me rompió la pantalla" ·
        "¿cuánto sale cambiarla?"."""
        if said.asks or not tells_fault(said.text):
            return False
        named = {word.stem for word in analyse(said.text, self._language).words}
        about = {
            word.stem
            for it in found
            for word in analyse(f"{it.hit.heading} {it.hit.text}", self._language).words
        }
        return bool(named & about)

    async def _as_one(self, said: Sequence[Utterance]) -> Found | None:
        """A question may come in pieces: "tienen" · "pan" · "sin gluten?"."""
        whole = " ".join(utterance.text for utterance in said)
        hits = self._telling(await self._search(whole), whole)
        if hits and hits[0].score >= ANSWERS:
            return Found(hits[0], whole, day_asked(whole, self._today))
        return None

    async def _answers(self, utterance: Utterance, before: str, day: Day | None) -> list[Hit]:
        """The passage that answers one utterance, or those that answer its parts."""
        if day and (on_day := await self._on_day(utterance, before, day)):
            return self._telling([on_day], utterance.text)
        hit = await self._best(utterance, before)
        found = await self._each([part for part, _ in self._beside(utterance.text)], _is_about_it)
        if None in found or (
            hit and not any(it and it.passage_id == hit.passage_id for it in found)
        ):
            found = [hit]
        if not any(found):
            found = await self._each(clauses(utterance.text), _is_right)
        return self._telling([hit for hit in found if hit], utterance.text)

    def _beside(self, text: str) -> list[tuple[str, str]]:
        """Several things in a question, each as it is asked of alone, and as it was called."""
        if tells_affair(text) and "?" not in text:
            return []  # "me llamaron por el presupuesto y no pude atender" names no two things
        parts = [part for part in alternatives(text) if has_subject(part, self._language)]
        about = analyse(text, self._language)
        costs = "price" in {*about.strong, *about.weak}
        asked = f"{_PRICE[self._language]} " if costs else ""
        return [(asked + part, part) for part in parts] if len(parts) > 1 else []

    async def _each(self, parts: Sequence[str], enough: Callable[[Hit], bool]) -> list[Hit | None]:
        return [await self._alone(part, enough) for part in parts]

    def _telling(self, hits: Sequence[Hit], asked: str) -> list[Hit]:
        """Without what answers nothing: a bare "Sí." under another question; to an affair of their
        own, or a wish to reserve, what is not of exactly that; to a complaint, what does not speak
        of faults; one price to who asks for a sum, or for the dearest of all; the row of another
        size."""
        if asks_for_sum(asked):
            return []
        hits = [hit for hit in hits if _is_of_that(hit, asked)]
        if is_complaint(asked, self._language):
            hits = [hit for hit in hits if _is_of_faults(hit)]
        if compares(asked):
            hits = [hit for hit in hits if compares(f"{hit.heading}\n{hit.text}")]
        if sizes := sizes_in(asked):
            hits = [hit for hit in hits if tells_sizes(f"{hit.heading}\n{hit.text}", sizes)]
        return [hit for hit in hits if _says_more_than_yes(hit, asked, self._language)]

    async def _alone(self, part: str, enough: Callable[[Hit], bool]) -> Hit | None:
        """What answers a part of a sentence that says what it is about."""
        hits = await self._search(part)
        answers = hits and enough(hits[0]) and has_subject(part, self._language)
        return hits[0] if answers else None

    async def _on_day(self, utterance: Utterance, before: str, day: Day) -> Hit | None:
        """Of the passages about what was asked, the one that says most of the day."""
        about = day.rest if has_subject(day.rest, self._language) else before
        asked = [utterance.text, f"{day.rest.strip('¿?¡! ')} {day.words}"]
        if about == day.rest:
            asked.append(about)
        elif before:
            asked = [f"{before} {utterance.text}", before]
        about_hours = "hours" in analyse(f"{about} {day.words}", self._language).strong
        best: dict[int, Hit] = {}
        for text in asked:
            for hit in await self._search(text):
                if about_hours and self._opens_on(hit, day):
                    return hit
                known = best.get(hit.passage_id)
                if hit.covers >= ABOUT_IT and (known is None or known.covers < hit.covers):
                    best[hit.passage_id] = hit

        def says(hit: Hit) -> tuple[int, int, float]:
            said = said_of(hit.text, day, hit.topic)
            return said.how, said.weekdays, hit.covers

        if not best:
            return None
        top = max(best.values(), key=lambda hit: (hit.covers, hit.score))
        if day.ahead is not None and not about_hours and says(top)[0] == NOTHING:
            return top  # it is the same every day
        near = _SAME_MATTER if about_hours else _FEELS_CLOSE
        return max((hit for hit in best.values() if hit.covers >= top.covers - near), key=says)

    def _opens_on(self, hit: Hit, day: Day) -> bool:
        """Whether a passage tells the hours of that very date, which is not like its weekday."""
        told = analyse(f"{hit.heading}\n{hit.text}", known_language(hit.language))
        return said_of(hit.text, day, hit.topic).how == THE_DAY and "hours" in {
            *told.strong,
            *told.weak,
        }

    async def _best(self, utterance: Utterance, before: str) -> Hit | None:
        hits = await self._search(utterance.text)
        alone = hits[0] if hits and hits[0].score >= ANSWERS else None
        subject = has_subject(utterance.text, self._language)
        if not before or (alone and subject and not utterance.follows_up):
            return alone
        if not alone and not utterance.follows_up and len(words(utterance.text)) > _SHORT:
            return None
        together = await self._search(f"{before} {utterance.text}")
        touched = {hit.passage_id for hit in hits}
        if subject and _OF_IT.search(utterance.text):
            told = (h for h in together if h.covers >= ABOUT_IT and h.passage_id in touched)
            return next(told, alone)
        if not subject:
            # "How much?" is asked of what was spoken of before.
            return await self._asked_of(utterance.text, together) or alone
        if alone:
            # The earlier question decides among passages that answer about as well.
            close = {h.passage_id for h in hits if h.covers >= alone.covers - _FEELS_CLOSE}
            return next((hit for hit in together if hit.passage_id in close), alone)
        # What is asked now must be part of what answers, or the last answer would come again.
        return next((h for h in together if h.covers >= ABOUT_IT and h.passage_id in touched), None)

    async def _asked_of(self, what: str, together: Sequence[Hit]) -> Hit | None:
        """Of the passages that answer with what was said before, the one that tells `what`."""
        fits = {hit.passage_id: hit.covers for hit in await self._search(what, _MANY)}
        return max(
            (hit for hit in together if hit.covers >= ABOUT_IT),
            key=lambda hit: hit.covers + _ASKED_SHARE * fits.get(hit.passage_id, 0.0),
            default=None,
        )

    async def _search(self, text: str, limit: int = _LOOKED_AT) -> list[Hit]:
        hits = await self._knowledge.search(
            text, self._language, limit=limit, sources=self._question.persona.sources
        )
        return [hit for hit in hits if not _is_bare_heading(hit)]


def _is_own(text: str) -> bool:
    """Whether it speaks of an affair of theirs, and not only says that there is one."""
    own = affair_in(text)
    return own is not None and own.affair is not Affair.HAS


def _is_right(hit: Hit) -> bool:
    return hit.score >= ANSWERS


def _is_about_it(hit: Hit) -> bool:
    """Of things that are named side by side the sentence around them says what is asked."""
    return hit.score >= ANSWERS or hit.covers >= ABOUT_IT


def _asks_for_something(utterance: Utterance, language: LanguageCode) -> bool:
    """ "Do you have vegan food?" sounds like a call for help, and "of course" would be a yes."""
    return utterance.intent == "help" and utterance.asks and has_subject(utterance.text, language)


def _says_more_than_yes(hit: Hit, asked: str, language: LanguageCode) -> bool:
    return bool(without_yes(hit.text, asked, language, hit.topic, hit.language))


def _is_of_faults(hit: Hit) -> bool:
    return tells_of_faults(*_told_by(hit))


def _is_of_that(hit: Hit, asked: str) -> bool:
    """Not only by the words that it shares with an affair of theirs, or a wish to reserve. What a
    passage is about says the last of its headings."""
    about = answers_affair(asked, f"{hit.topic}\n{hit.text}", known_language(hit.language))
    return about and answers_wish(asked, *_told_by(hit))


def _told_by(hit: Hit) -> tuple[str, LanguageCode]:
    return f"{hit.heading}\n{hit.text}", known_language(hit.language)


def _is_bare_heading(hit: Hit) -> bool:
    """A heading with nothing below it, such as a file's title, answers nothing."""
    if not hit.heading:
        return bool(_TITLE.fullmatch(hit.text.strip()))
    return hit.text == hit.topic and not any(map(str.isdigit, hit.text))


def _subject_of(text: str, language: LanguageCode, today: date) -> str:
    """A question without the day that it names, "" where nothing else is in it: a next "y el
    martes?" is asked of this."""
    day = day_asked(text, today)
    plain = day.rest if day else text
    return plain if has_subject(plain, language) else ""


def _asked_before(history: Sequence[ContextMessage], language: LanguageCode, today: date) -> str:
    """What the contact asked last, "" when nothing was."""
    for message in reversed(history[-_LOOKED_BACK:]):
        if message.role != "user":
            continue
        content = [
            subject
            for utterance in utterances(message.content, language)
            if utterance.has_content
            and (utterance.intent not in SMALL_TALK or _asks_for_something(utterance, language))
            and (subject := _subject_of(utterance.text, language, today))
        ]
        if content:
            return content[-1]
    return ""
