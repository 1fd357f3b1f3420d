"""The embedded model: answers by quoting the knowledge, says when it does not know.

It needs no key and no network. It makes nothing up: what it says about the business is quoted,
the rest is small talk.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import msgspec

from recado.assistant.hours import asks_if_open_now, describe_opening, opening_at
from recado.assistant.intelligence.language import LanguageCode, detect_language
from recado.assistant.intelligence.tokens import words
from recado.assistant.knowledge import ANSWERS, Hit, KnowledgeBase
from recado.assistant.knowledge.analysis import analyse, known_language
from recado.assistant.knowledge.passages import is_list
from recado.assistant.knowledge.scoring import has_subject
from recado.assistant.models import phrases
from recado.assistant.models.asserting import without_yes
from recado.assistant.models.day_phrases import not_written, other_days, which_day
from recado.assistant.models.days import (
    NOTHING,
    OTHER_DAYS,
    THE_DAY,
    THE_WEEKDAY,
    Day,
    day_asked,
    said_of,
    today_in,
)
from recado.assistant.models.phrases import Voice, voice_for
from recado.assistant.models.quoting import quote
from recado.assistant.models.summary import summarise_by_extraction
from recado.assistant.models.utterances import SMALL_TALK, Utterance, clauses, utterances
from recado.assistant.port import Answer, ContextMessage, Question, SourceQuote

NAME = "embedded"
#: More than this in one reply is read by nobody.
MOST_QUOTES = 3
_SURE = 0.95
_SMALL_TALK_CONFIDENCE = 0.95
_UNKNOWN_CONFIDENCE = 0.2
_PARTLY_CONFIDENCE = 0.5
_FEELS_CLOSE = 0.12
#: Passages about opening hours that are this close in score may tell of other days.
_SAME_MATTER = 0.25
_ASKED_SHARE = 0.3
_LOOKED_AT, _MANY = 5, 40
_SHORT = 5


class Found(msgspec.Struct, frozen=True):
    """A passage, what was asked, and of which day where one was named."""

    hit: Hit
    question: str
    day: Day | None = None


class EmbeddedModel:
    name = NAME

    def __init__(self, knowledge: KnowledgeBase, *, clock: Callable[[], float] = time.time) -> None:
        self._knowledge = knowledge
        self._clock = clock

    async def answer(self, question: Question) -> Answer:
        language = known_language(question.language)
        voice = voice_for(question)
        said = utterances(question.text, language)
        if not said:
            return _small_talk(voice.say(phrases.WORDLESS), "")
        if _wants_person(said, question.history):
            text = voice.say(phrases.PERSON)
            return msgspec.structs.replace(_small_talk(text, "human"), asked_for_person=True)
        if opening := _whether_open(said, question, language, self._clock()):
            return opening
        found, missed = await self._look_up(said, question, language)
        if found:
            return _quoting(found, missed, said, language, voice)
        topics = await self._topics(question, language)
        if missed:
            return _not_known(voice, said, topics)
        return _talk(said, question, voice, topics)

    async def summarise(self, messages: Sequence[ContextMessage], language: str) -> str:
        return summarise_by_extraction(messages, language)

    async def close(self) -> None:
        """It holds nothing open."""

    async def _topics(self, question: Question, language: LanguageCode) -> list[str]:
        return await self._knowledge.topics(language, limit=4, sources=question.persona.sources)

    async def _look_up(
        self, said: Sequence[Utterance], question: Question, language: LanguageCode
    ) -> tuple[list[Found], list[Utterance]]:
        """The passages that answer, and what was asked that none answers."""
        found: dict[int, Found] = {}
        missed = []
        before = _asked_before(question.history, language)
        today = today_in(question.persona.time_zone, self._clock())
        for utterance in said:
            day = day_asked(utterance.text, today)
            if not utterance.has_content and not (day and before):
                continue  # "hoy?" alone asks of the day what was asked before
            hits = await self._answers(utterance, before, day, question, language)
            hits = [hit for hit in hits if _says_more_than_yes(hit, utterance.text, language)]
            for hit in hits:
                found.setdefault(hit.passage_id, Found(hit, utterance.text, day))
                before = utterance.text
            if hits:
                continue
            if utterance.intent not in SMALL_TALK or _asks_for_something(utterance, language):
                missed.append(utterance)
                before = f"{before} {utterance.text}" if not utterance.asks else before
        if missed and not found:
            # A question may come in pieces: "tienen" · "pan" · "sin gluten?"
            whole = " ".join(utterance.text for utterance in missed)
            hits = await self._search(whole, question, language)
            hits = [hit for hit in hits if _says_more_than_yes(hit, whole, language)]
            if hits and hits[0].score >= ANSWERS:
                return [Found(hits[0], whole, day_asked(whole, today))], []
        asked = [utterance for utterance in missed if utterance.asks]
        # Beside an answer, what asks nothing ("soy Marta") is only told.
        return list(found.values())[:MOST_QUOTES], asked if found else missed

    async def _answers(
        self,
        utterance: Utterance,
        before: str,
        day: Day | None,
        question: Question,
        language: LanguageCode,
    ) -> list[Hit]:
        """The passage that answers one utterance, or those that answer its clauses."""
        if day and (on_day := await self._on_day(utterance, before, day, question, language)):
            return [on_day]
        if hit := await self._best(utterance, before, question, language):
            return [hit]
        found = []
        for clause in clauses(utterance.text):
            hits = await self._search(clause, question, language)
            if hits and hits[0].score >= ANSWERS and has_subject(clause, language):
                found.append(hits[0])
        return found

    async def _on_day(
        self,
        utterance: Utterance,
        before: str,
        day: Day,
        question: Question,
        language: LanguageCode,
    ) -> Hit | None:
        """Of the passages about what was asked, the one that says most of the day."""
        asked = [utterance.text, f"{day.rest.strip('¿?¡! ')} {day.words}"]
        if has_subject(day.rest, language):
            asked.append(day.rest)
        elif before:
            asked = [f"{before} {utterance.text}", before]
        best: dict[int, Hit] = {}
        for text in asked:
            for hit in await self._search(text, question, language):
                known = best.get(hit.passage_id)
                if hit.score >= ANSWERS and (known is None or known.score < hit.score):
                    best[hit.passage_id] = hit

        def says(hit: Hit) -> tuple[int, int, float]:
            said = said_of(hit.text, day, hit.topic)
            return said.how, said.weekdays, hit.score

        if not best:
            return None
        top = max(best.values(), key=lambda hit: hit.score)
        about_hours = "hours" in analyse(f"{day.rest} {day.words}", language).strong
        if day.ahead is not None and not about_hours and says(top)[0] == NOTHING:
            return top  # it is the same every day
        near = _SAME_MATTER if about_hours else _FEELS_CLOSE
        return max((hit for hit in best.values() if hit.score >= top.score - near), key=says)

    async def _best(
        self, utterance: Utterance, before: str, question: Question, language: LanguageCode
    ) -> Hit | None:
        hits = await self._search(utterance.text, question, language)
        alone = hits[0] if hits and hits[0].score >= ANSWERS else None
        subject = has_subject(utterance.text, language)
        if not before or (alone and subject and not utterance.follows_up):
            return alone
        if not alone and not utterance.follows_up and len(words(utterance.text)) > _SHORT:
            return None
        together = await self._search(f"{before} {utterance.text}", question, language)
        if not subject:
            # "How much?" is asked of what was spoken of before.
            return await self._asked_of(utterance.text, together, question, language) or alone
        if alone:
            # The earlier question decides among passages that answer about as well.
            close = {h.passage_id for h in hits if h.score >= alone.score - _FEELS_CLOSE}
            return next((hit for hit in together if hit.passage_id in close), alone)
        # What is asked now must be part of what answers, or the last answer would come again.
        touched = {hit.passage_id for hit in hits}
        return next((h for h in together if h.score >= ANSWERS and h.passage_id in touched), None)

    async def _asked_of(
        self, what: str, together: Sequence[Hit], question: Question, language: LanguageCode
    ) -> Hit | None:
        """Of the passages that answer with what was said before, the one that tells `what`."""
        fits = {
            hit.passage_id: hit.score for hit in await self._search(what, question, language, 40)
        }
        return max(
            (hit for hit in together if hit.score >= ANSWERS),
            key=lambda hit: hit.score + _ASKED_SHARE * fits.get(hit.passage_id, 0.0),
            default=None,
        )

    async def _search(
        self, text: str, question: Question, language: LanguageCode, limit: int = _LOOKED_AT
    ) -> list[Hit]:
        hits = await self._knowledge.search(
            text, language, limit=limit, sources=question.persona.sources
        )
        return [hit for hit in hits if not _is_bare_heading(hit)]


def _asks_for_something(utterance: Utterance, language: LanguageCode) -> bool:
    """ "Do you have vegan food?" sounds like a call for help, and "of course" would be a yes."""
    return utterance.intent == "help" and utterance.asks and has_subject(utterance.text, language)


def _says_more_than_yes(hit: Hit, asked: str, language: LanguageCode) -> bool:
    """A bare "Sí." under another question answers nothing."""
    return bool(without_yes(hit.text, asked, language, hit.topic, hit.language))


def _is_bare_heading(hit: Hit) -> bool:
    """A heading with nothing below it, such as a file's title, answers nothing."""
    return hit.text == hit.topic and not any(map(str.isdigit, hit.text))


def _wants_person(said: Sequence[Utterance], history: Sequence[ContextMessage]) -> bool:
    if any(utterance.intent == "human" for utterance in said):
        return True
    last = next((m for m in reversed(history) if m.role == "assistant"), None)
    if last is None or not all(utterance.intent == "affirmation" for utterance in said):
        return False
    return any(last.content.endswith(offer) for texts in phrases.OFFER.values() for offer in texts)


def _whether_open(
    said: Sequence[Utterance], question: Question, language: LanguageCode, at: float
) -> Answer | None:
    """ "¿Están abiertos ahora?", by the character's hours. None: it is asked for more, or they are
    not known."""
    asked = [utterance for utterance in said if utterance.intent not in SMALL_TALK]
    if len(asked) != 1 or not asks_if_open_now(asked[0].text):
        return None
    persona = question.persona
    opening = opening_at(persona.hours, persona.time_zone, at)
    if opening is None:
        return None
    return Answer(
        text=describe_opening(opening, language), confidence=_SURE, model=NAME, intent="hours"
    )


def _own_greeting(question: Question, language: LanguageCode) -> str:
    """The greeting that the business wrote, to those whose language it is in."""
    greeting = question.persona.greeting.strip()
    written_in = detect_language(greeting, default=language).code
    return greeting if written_in == language else ""


def _asked_before(history: Sequence[ContextMessage], language: LanguageCode) -> str:
    """What the contact asked last, "" when nothing was."""
    for message in reversed(history[-8:]):
        if message.role != "user":
            continue
        content = [
            utterance.text
            for utterance in utterances(message.content, language)
            if utterance.has_content and utterance.intent not in SMALL_TALK
        ]
        if content:
            return content[-1]
    return ""


def _small_talk(text: str, intent: str) -> Answer:
    return Answer(text=text, confidence=_SMALL_TALK_CONFIDENCE, model=NAME, intent=intent)


def _intents(said: Sequence[Utterance]) -> set[str]:
    return {utterance.intent for utterance in said}


def _quoting(
    found: Sequence[Found],
    missed: Sequence[Utterance],
    said: Sequence[Utterance],
    language: LanguageCode,
    voice: Voice,
) -> Answer:
    intents = _intents(said)
    parts = []
    if "complaint" in intents:
        parts.append(voice.say(phrases.SORRY))
    elif "greeting" in intents:
        parts.append(voice.say(phrases.GREETING_BEFORE_ANSWER))
    if "identity" in intents:
        parts.append(voice.say(phrases.IDENTITY))
    sources = []
    partly = bool(missed)
    for item in found:
        text, sure = _quotation(item, language, voice)
        partly = partly or not sure
        parts.append(_introduced(text, item.hit, language, voice))
        sources.append(_source(item.hit, text))
    for utterance in missed[:1]:
        asked = utterance.text.strip("¿?¡! ")[:80]
        parts.append(voice.say(phrases.PARTLY_UNKNOWN, question=asked))
    if partly and not missed:
        parts.append(voice.say(phrases.OFFER))
    confidence = 0.45 + 0.5 * min(item.hit.score for item in found)
    return Answer(
        text="\n\n".join(parts),
        confidence=_PARTLY_CONFIDENCE if partly else round(confidence, 3),
        model=NAME,
        sources=tuple(sources),
        intent=next((u.intent for u in said if u.intent not in SMALL_TALK and u.intent), ""),
    )


def _quotation(item: Found, language: LanguageCode, voice: Voice) -> tuple[str, bool]:
    """What a passage says to what was asked, and whether it says it of the day that was meant."""
    hit, day = item.hit, item.day
    whole = quote(hit.text, item.question, language, hit.language)
    plain = without_yes(whole, item.question, language, hit.topic, hit.language) or whole
    if day is None:
        return plain, True
    said = said_of(hit.text, day, hit.topic)
    text = without_yes(said.text, item.question, language, hit.topic, hit.language)
    if said.how == THE_DAY:
        return text or plain, True
    if said.how == THE_WEEKDAY and not day.named:
        which = which_day(day, voice.language)
        return (f"{which}: {text}" if which else text[:1].upper() + text[1:]), True
    if said.how == NOTHING and day.ahead is not None:
        return plain, True  # "hoy" in a matter that is the same every day
    if said.how == OTHER_DAYS and text:
        return other_days(day, text, voice), not day.named
    return not_written(day, text or plain, voice), False


def _introduced(text: str, hit: Hit, language: LanguageCode, voice: Voice) -> str:
    if hit.language != language and (note := voice.foreign(hit.language)):
        return f"{note}\n{text}"
    begins_with_item = is_list(text.split("\n", 1)[0])
    return f"{voice.say(phrases.HERE_IS_A_LIST)}\n{text}" if begins_with_item else text


def _source(hit: Hit, text: str) -> SourceQuote:
    return SourceQuote(hit.source_id, hit.source_name, hit.heading, text, hit.score)


def _not_known(voice: Voice, said: Sequence[Utterance], topics: list[str]) -> Answer:
    intents = _intents(said)
    parts = []
    if "complaint" in intents:
        parts.append(voice.say(phrases.SORRY))
    else:
        if "greeting" in intents:
            parts.append(voice.say(phrases.GREETING_BEFORE_ANSWER))
        parts.append(voice.say(phrases.UNKNOWN))
        if topics:
            parts.append(voice.say(phrases.TOPICS, topics=voice.enumerate(topics)))
    # Last, so that a "sí" to it is understood.
    parts.append(voice.say(phrases.OFFER))
    return Answer(
        text=" ".join(parts),
        confidence=_UNKNOWN_CONFIDENCE,
        model=NAME,
        known=False,
        intent="complaint" if "complaint" in intents else "",
    )


def _talk(said: Sequence[Utterance], question: Question, voice: Voice, topics: list[str]) -> Answer:
    """Small talk; of several kinds the one that says most is answered."""
    intents = _intents(said)
    known = voice.say(phrases.TOPICS, topics=voice.enumerate(topics)) if topics else ""
    own = _own_greeting(question, known_language(voice.language))
    met = any(message.role == "assistant" for message in question.history)
    if "complaint" in intents:
        return _not_known(voice, said, topics)
    replies: dict[str, tuple[str, ...]] = {
        "identity": (voice.say(phrases.IDENTITY),),
        "help": (voice.say(phrases.HELP), known),
        "goodbye": (voice.say(phrases.GOODBYE),),
        "thanks": (voice.say(phrases.THANKS),),
        "greeting": (voice.say(phrases.GREETING_AGAIN),)
        if met
        else ((own,) if own else (voice.say(phrases.GREETING), known)),
        "negation": (voice.say(phrases.DECLINED),),
        "affirmation": (voice.say(phrases.AGREED),),
    }
    for intent, parts in replies.items():
        if intent in intents:
            return _small_talk(" ".join(part for part in parts if part), intent)
    return _small_talk(" ".join(filter(None, (voice.say(phrases.HELP), known))), "help")
