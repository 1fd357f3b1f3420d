"""What the assistant makes of files, and of messages without words: what a model is told of them,
and without a provider's model the answer that stands in one, with where it stands."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from recado.assistant.models import phrases
from recado.assistant.models.phrases import voice_for
from recado.assistant.models.wording import NAME
from recado.assistant.port import UNKNOWN_CONFIDENCE, Answer, Question, SourceQuote
from recado.language.detection import known_language
from recado.language.notices import name_of, notice, notice_for_type, receipt, received
from recado.turns.burst import Burst
from recado.turns.file_passages import FileAnswer, answer_in, lines_about
from recado.turns.files import TurnFile

#: Types that nobody but a person can look at or listen to, where nobody reads them.
_UNSEEN = {"image", "video", "audio", "document"}
#: Types that say something without words, to a model that is told what it is.
_TELLS = {"interactive", "order", "location", "contacts"}
#: Below this a reader was not sure, and neither is the answer.
SURE = 0.7
_CONFIDENCE, _UNSURE = 0.9, 0.6


async def about_files(
    now: Sequence[TurnFile], earlier: Sequence[TurnFile], text: str, language: str
) -> tuple[str, ...]:
    """The lines about the files of the burst, and about those before it."""
    if not now and not earlier:
        return ()
    spoken = known_language(language)
    now, earlier = ([it for it in files if not it.is_only_said] for files in (now, earlier))
    own = await asyncio.to_thread(lines_about, now, text, spoken) if now else ()
    if not earlier:
        return own
    return (*await asyncio.to_thread(lines_about, earlier, text, spoken, earlier=True), *own)


async def answer_from(files: Sequence[TurnFile], question: Question) -> Answer | None:
    """The answer that stands in one of the files; None: in none of them."""
    read = [it for it in files if it.is_read and not it.is_only_said]
    if not read or not question.text:
        return None
    language = known_language(question.language)
    found = await asyncio.to_thread(answer_in, read, question.text, language)
    return None if found is None else _told(found, question.language)


def _told(found: FileAnswer, language: str) -> Answer:
    what = name_of(found.file.kind, language)
    where = name_of("page", language).format(what=what, page=found.page) if found.page else what
    sure = found.confidence >= SURE
    lead = notice("stands_in" if sure else "stands_in_unsure", language, what=where)
    quoted = "\n".join(f"> {line}" for line in found.text.split("\n"))
    source = SourceQuote(
        source_id="",
        source_name=found.file.filename or what,
        heading=str(found.page or ""),
        quote=found.text,
        score=round(found.confidence, 3),
    )
    return Answer(
        text=f"{lead}\n\n{quoted}",
        confidence=_CONFIDENCE if sure else _UNSURE,
        model=NAME,
        sources=(source,),
        intent="file",
    )


# Messages without words


def says_without_words(burst: Burst) -> bool:
    """Whether it says something to a model that is told what it is."""
    told = burst.about and burst.last_type in _TELLS
    return bool(told) or any(it.is_read for it in burst.files)


def wordless(question: Question, burst: Burst) -> Answer:
    """A file that nobody here can look at is something that it does not know."""
    text, known = notice_for_type(burst.last_type, question.language), True
    if burst.types == {"sticker"}:
        text = voice_for(question).say(phrases.WORDLESS)
    elif burst.given:
        text = receipt(burst.given, question.language)
    elif any(it.is_read for it in burst.files):
        text = received(burst.last_type, question.language)
    else:
        known = burst.last_type not in _UNSEEN
    confidence = 1.0 if known else UNKNOWN_CONFIDENCE
    return Answer(text=text, confidence=confidence, model="none", known=known, intent="media")
