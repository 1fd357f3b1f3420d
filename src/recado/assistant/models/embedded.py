"""The embedded model: answers by quoting the knowledge, says when it does not know.

It needs no key and no network. It makes nothing up: what it says about the business is quoted,
the rest is small talk.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import msgspec

from recado.assistant.hours import asks_if_open_now, describe_opening
from recado.assistant.knowledge import KnowledgeBase
from recado.assistant.models import phrases
from recado.assistant.models.days import today_in
from recado.assistant.models.look_up import LookUp
from recado.assistant.models.phrases import voice_for
from recado.assistant.models.summary import summarise_by_extraction
from recado.assistant.models.utterances import SMALL_TALK, Utterance, utterances
from recado.assistant.models.wording import NAME, carrying, not_known, quoting, small_talk, talk
from recado.assistant.port import Answer, ContextMessage, Question
from recado.assistant.requested import requested_files
from recado.calendars.week import opening_at
from recado.language.detection import LanguageCode, known_language
from recado.language.persons import asks_for_person

_SURE = 0.95


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
            return small_talk(voice.say(phrases.WORDLESS), "")
        if asks_for_person(question.text) or _accepts_person(said, question.history):
            text = voice.say(phrases.PERSON)
            return msgspec.structs.replace(small_talk(text, "human"), asked_for_person=True)
        own = _whether_open(said, question, language, self._clock())
        if own := own or await self._sending(said, question, language):
            return own
        today = today_in(question.persona.time_zone, self._clock())
        found, missed = await LookUp(self._knowledge, question, language, today).find(said)
        unknown = _as_questions(missed)
        if found:
            answer = quoting(found, missed, said, language, voice)
            return msgspec.structs.replace(answer, missed=unknown)
        topics = await self._topics(question, language)
        if missed:
            answer = not_known(voice, said, topics, language)
            return msgspec.structs.replace(answer, missed=unknown)
        return talk(said, question, voice, topics)

    async def _sending(
        self, said: Sequence[Utterance], question: Question, language: LanguageCode
    ) -> Answer | None:
        """The files that are asked for, with the answer to what else is. None: none is."""
        each = [requested_files(it.text, question.files, language) for it in said]
        files = tuple(dict.fromkeys(file for found in each for file in found))
        if not files:
            return None
        voice, today = voice_for(question), today_in(question.persona.time_zone, self._clock())
        others = [it for it, found in zip(said, each, strict=True) if not found]
        asked = [it for it in others if it.intent not in SMALL_TALK and it.has_content]
        found, missed = await LookUp(self._knowledge, question, language, today).find(asked)
        beside = quoting(found, missed, others, language, voice) if found else None
        return carrying(files, beside, missed, others, voice)

    async def summarise(self, messages: Sequence[ContextMessage], language: str) -> str:
        return summarise_by_extraction(messages, language)

    async def close(self) -> None:
        """It holds nothing open."""

    async def _topics(self, question: Question, language: LanguageCode) -> list[str]:
        return await self._knowledge.topics(language, limit=4, sources=question.persona.sources)


def _as_questions(missed: Sequence[Utterance]) -> tuple[str, ...]:
    """What was asked, each by itself; what was only said, as one."""
    asked = [utterance.text for utterance in missed if utterance.asks]
    return tuple(asked or filter(None, [" ".join(utterance.text for utterance in missed)]))


def _accepts_person(said: Sequence[Utterance], history: Sequence[ContextMessage]) -> bool:
    """Whether it is a yes to the offer of a person."""
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
    opening = opening_at(persona.hours, persona.time_zone, at, persona.holidays)
    if opening is None:
        return None
    return Answer(
        text=describe_opening(opening, language), confidence=_SURE, model=NAME, intent="hours"
    )
