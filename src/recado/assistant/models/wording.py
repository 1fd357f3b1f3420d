"""What the embedded model says: the quotations with what belongs around them, that it does not
know, and small talk."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from recado.assistant.knowledge import Hit
from recado.assistant.knowledge.analysis import analyse
from recado.assistant.knowledge.passages import is_list
from recado.assistant.models import phrases
from recado.assistant.models.asserting import without_yes
from recado.assistant.models.day_phrases import (
    not_written,
    on_the_day,
    other_days,
    which_day,
)
from recado.assistant.models.days import NOTHING, OTHER_DAYS, THE_DAY, THE_WEEKDAY, Day, said_of
from recado.assistant.models.look_up import Found
from recado.assistant.models.phrases import Voice
from recado.assistant.models.quoting import asks_more, narrowed, quote
from recado.assistant.models.utterances import SMALL_TALK, Utterance
from recado.assistant.port import Answer, Question, SendableFile, SourceQuote
from recado.language.detection import LanguageCode, detect_language, known_language
from recado.language.matters import is_complaint
from recado.language.notices import notice
from recado.language.reading import words

NAME = "embedded"
_SMALL_TALK_CONFIDENCE = 0.95
_UNKNOWN_CONFIDENCE = 0.2
PARTLY_CONFIDENCE = 0.5
_FILE_CONFIDENCE = 0.95
#: The business has written an apology itself.
_APOLOGISES = re.compile(
    r"\W*(?:lo (?:sentimos|lamentamos)"
    r"|(?:sentimos|lamentamos|sinto|lamento|siento) (?:muit|much|el |la |los |las |o |a |que )"
    r"|(?:pedimos |te pedimos |mil )?(?:disculpa|desculpa|desculpe|perd[oó]n)"
    r"|(?:we(?:'|’)?re |we are |i(?:'|’)?m )?(?:very |so |really )?sorry|(?:we |our )?apologi)",
    re.IGNORECASE,
)


class _Quoted(msgspec.Struct, frozen=True):
    """`text` is quoted, `lead` is ours before it; `sure`: it is of the day that was meant."""

    text: str
    lead: str = ""
    sure: bool = True


def small_talk(text: str, intent: str) -> Answer:
    return Answer(text=text, confidence=_SMALL_TALK_CONFIDENCE, model=NAME, intent=intent)


def quoting(
    found: Sequence[Found],
    missed: Sequence[Utterance],
    said: Sequence[Utterance],
    language: LanguageCode,
    voice: Voice,
) -> Answer:
    """The passages that answer, and what of the question none does."""
    quotations = [_quotation(item, language, voice) for item in found]
    parts = _before_answer(said, quotations[0], language, voice)
    for item, quoted in zip(found, quotations, strict=True):
        parts.append(_introduced(quoted, item.hit, language, voice))
    for utterance in missed[:1]:
        asked = utterance.text.strip("¿?¡! ")[:80]
        parts.append(voice.say(phrases.PARTLY_UNKNOWN, question=asked))
    partly = bool(missed) or not all(quoted.sure for quoted in quotations)
    if partly and not missed:
        parts.append(voice.say(phrases.OFFER))
    confidence = 0.45 + 0.5 * min(item.hit.score for item in found)
    return Answer(
        text="\n\n".join(parts),
        confidence=PARTLY_CONFIDENCE if partly else round(confidence, 3),
        model=NAME,
        sources=tuple(
            _source(item.hit, quoted.text) for item, quoted in zip(found, quotations, strict=True)
        ),
        intent=next((u.intent for u in said if u.intent not in SMALL_TALK and u.intent), ""),
    )


def carrying(
    files: Sequence[SendableFile],
    beside: Answer | None,
    missed: Sequence[Utterance],
    said: Sequence[Utterance],
    voice: Voice,
) -> Answer:
    """An answer with the files that were asked for; `beside` is what else was asked and found,
    `missed` what of that was not."""
    titles = ", ".join(it.title for it in files)
    parts = [notice("file_sent", voice.language, what=titles)]
    if beside is not None:
        parts.insert(0, beside.text)
    else:
        if "greeting" in _intents(said):
            parts.insert(0, voice.say(phrases.GREETING_BEFORE_ANSWER))
        for utterance in missed[:1]:
            asked = utterance.text.strip("¿?¡! ")[:80]
            parts.append(voice.say(phrases.PARTLY_UNKNOWN, question=asked))
    quoted = beside.sources if beside is not None else ()
    sent = (SourceQuote(it.source_id, it.source_name, it.title, "", 1.0) for it in files)
    return Answer(
        text="\n\n".join(parts),
        confidence=beside.confidence
        if beside
        else PARTLY_CONFIDENCE
        if missed
        else _FILE_CONFIDENCE,
        model=NAME,
        sources=(*quoted, *sent),
        missed=tuple(it.text for it in missed if it.asks),
        intent="file",
        files=tuple(files),
    )


def _before_answer(
    said: Sequence[Utterance], first: _Quoted, language: LanguageCode, voice: Voice
) -> list[str]:
    intents = _intents(said)
    parts = []
    if _complains(said, language):
        if not _APOLOGISES.match(first.lead or first.text):
            parts.append(voice.say(phrases.SORRY))
    elif "greeting" in intents:
        parts.append(voice.say(phrases.GREETING_BEFORE_ANSWER))
    if "identity" in intents:
        parts.append(voice.say(phrases.IDENTITY))
    return parts


def _intents(said: Sequence[Utterance]) -> set[str]:
    return {utterance.intent for utterance in said}


def _complains(said: Sequence[Utterance], language: LanguageCode) -> bool:
    return "complaint" in _intents(said) or any(is_complaint(u.text, language) for u in said)


def _quotation(item: Found, language: LanguageCode, voice: Voice) -> _Quoted:
    """What a passage says to what was asked, of the day that was meant."""
    hit, day = item.hit, item.day
    whole = quote(hit.text, item.question, language, hit.language)
    if _was_said(whole, voice) and asks_more(item.question, voice.heard, language):
        whole = narrowed(hit.text, item.question, language, hit.language) or whole
    plain = without_yes(whole, item.question, language, hit.topic, hit.language) or whole
    if day is None:
        return _Quoted(plain)
    quoted = _of_day(item, day, plain, language, voice)
    if not _is_of_some(item, language):
        return quoted
    return msgspec.structs.replace(quoted, lead=f"{hit.topic}\n{quoted.lead}")


def _is_of_some(item: Found, language: LanguageCode) -> bool:
    """Whether a passage that was chosen for its day is about a part of what was asked, which only
    its heading tells: "Yoga para embarazadas" where yoga was asked for."""
    hit = item.hit
    if not hit.topic or hit.topic.endswith("?") or hit.topic == hit.text:
        return False
    named = {word.stem for word in analyse(hit.topic, language).words}
    asked = {word.stem for word in analyse(item.question, language).words}
    told = {word.stem for word in analyse(hit.text, language).words}
    return bool(named & asked) and bool(named - asked - told)


def _of_day(item: Found, day: Day, plain: str, language: LanguageCode, voice: Voice) -> _Quoted:
    hit = item.hit
    said = said_of(hit.text, day, hit.topic)
    text = without_yes(said.text, item.question, language, hit.topic, hit.language)
    if said.how == THE_DAY:
        return _Quoted(text or plain)
    if said.how == THE_WEEKDAY and not day.named:
        which = which_day(day, voice.language)
        if which and hit.language == voice.language:
            return _Quoted(on_the_day(which, text, voice.language))
        return _Quoted(text[:1].upper() + text[1:], lead=f"{which}." if which else "")
    if said.how == NOTHING and day.ahead is not None:
        return _Quoted(plain)  # "hoy" in a matter that is the same every day
    if said.how == OTHER_DAYS and text:
        return _Quoted(other_days(day, text, voice), sure=not day.named)
    return _Quoted(not_written(day, text or plain, voice), sure=False)


def _was_said(text: str, voice: Voice) -> bool:
    """Whether a quotation stands in the last reply, however it was set there."""
    said = " ".join(words(text))
    return bool(said) and said in " ".join(words(voice.said))


def _introduced(quoted: _Quoted, hit: Hit, language: LanguageCode, voice: Voice) -> str:
    text = quoted.text
    if hit.language != language and (note := voice.foreign(hit.language)):
        text = f"{note}\n{text}"
    elif is_list(text.split("\n", 1)[0]):
        text = f"{voice.say(phrases.HERE_IS_A_LIST)}\n{text}"
    between = "" if quoted.lead.endswith("\n") else " "
    return f"{quoted.lead}{between}{text}" if quoted.lead else text


def _source(hit: Hit, text: str) -> SourceQuote:
    return SourceQuote(hit.source_id, hit.source_name, hit.heading, text, hit.score)


def not_known(
    voice: Voice, said: Sequence[Utterance], topics: list[str], language: LanguageCode
) -> Answer:
    """That it does not know, what it does know, and the offer of a person."""
    complains = _complains(said, language)
    parts = []
    if complains:
        parts.append(voice.say(phrases.SORRY))
    else:
        if "greeting" in _intents(said):
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
        intent="complaint" if complains else "",
    )


def talk(said: Sequence[Utterance], question: Question, voice: Voice, topics: list[str]) -> Answer:
    """Small talk; of several kinds the one that says most is answered."""
    intents = _intents(said)
    language = known_language(voice.language)
    if _complains(said, language):
        return not_known(voice, said, topics, language)
    known = voice.say(phrases.TOPICS, topics=voice.enumerate(topics)) if topics else ""
    own = _own_greeting(question, language)
    met = any(message.role == "assistant" for message in question.history)
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
            return small_talk(" ".join(part for part in parts if part), intent)
    return small_talk(" ".join(filter(None, (voice.say(phrases.HELP), known))), "help")


def _own_greeting(question: Question, language: LanguageCode) -> str:
    """The greeting that the business wrote, to those whose language it is in."""
    greeting = question.persona.greeting.strip()
    written_in = detect_language(greeting, default=language).code
    return greeting if written_in == language else ""
