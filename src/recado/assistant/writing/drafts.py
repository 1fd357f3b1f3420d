"""A draft of a reply, from what the assistant knows, with the passages that it is from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from recado.assistant.models import choose_models, first_answer
from recado.assistant.models.choosing import Choice
from recado.assistant.models.wording import NAME as EMBEDDED
from recado.assistant.port import Answer, ContextMessage, Persona, Question, SourceQuote
from recado.assistant.writing.talk import Talk, speaker_of
from recado.assistant.writing.writers import in_time
from recado.language.detection import known_language
from recado.language.spoken import language_of_turn
from recado.runtime import Runtime

#: Of the contact's messages so many of the newest may hold what is open.
_LOOKED_INTO = 5
_HISTORY = 10


class Draft(msgspec.Struct, frozen=True):
    """`text` is Markdown. `question` is what it answers, `newest` whether that is the last thing
    that the contact has said; `missed` is what was asked and nothing answers."""

    text: str
    question: str
    newest: bool
    confidence: float
    model: str
    sources: Sequence[SourceQuote] = ()
    missed: Sequence[str] = ()


async def draft_reply(runtime: Runtime, talk: Talk) -> Draft | None:
    """What the conversation's character would answer to what is open. None: nothing that it knows
    answers that.

    A model is asked once, about all that the contact has said since the last reply. The embedded
    one looks through the contact's newest messages, too: the last may be thanks, or the wish for a
    person. Raises ModelError.
    """
    persona = await speaker_of(runtime, talk)
    open_now = next(_open_questions(talk.messages), None)
    if open_now is None:
        return None
    models = choose_models(persona, open_now[0], runtime.settings.model, language=talk.language)
    small_talk: Draft | None = None
    for at, (text, before) in enumerate(_open_questions(talk.messages)):
        question = _question(persona, talk, text, before)
        answer = await in_time(_answer(runtime, models, question), models[0].model)
        draft = _draft(answer, text, newest=at == 0)
        if draft is not None and (draft.sources or answer.model != EMBEDDED):
            return draft
        small_talk = small_talk or draft
        if answer.model != EMBEDDED:
            break
    return small_talk


async def _answer(runtime: Runtime, models: Sequence[Choice], question: Question) -> Answer:
    return await first_answer(models, lambda name: runtime.models.get(name).answer(question))


def _open_questions(
    messages: Sequence[ContextMessage],
) -> Iterator[tuple[str, Sequence[ContextMessage]]]:
    """What the contact may still want to know, with what was said before it: all since the last
    reply, then their newest messages one by one."""
    ends = [at for at, it in enumerate(messages) if it.role == "user"]
    if not ends:
        return
    end = ends[-1] + 1
    start = end - 1
    while start > 0 and messages[start - 1].role == "user":
        start -= 1
    whole = _words(messages[start:end])
    if whole:
        yield whole, messages[:start]
    for at in reversed(ends[-_LOOKED_INTO:]):
        text = _words([messages[at]])
        if text and text != whole:
            yield text, messages[:at]


def _words(messages: Sequence[ContextMessage]) -> str:
    return "\n".join(it.content for it in messages if it.content != f"[{it.type}]").strip()


def _question(
    persona: Persona, talk: Talk, text: str, before: Sequence[ContextMessage]
) -> Question:
    spoken = known_language(talk.language)
    language = language_of_turn(text, spoken, first=not before, speaks=persona.languages)
    history = list(before[-_HISTORY:])
    if talk.summary:
        history = [ContextMessage(role="system", content=talk.summary, at=0.0), *history]
    return Question(
        persona=persona,
        text=text,
        language=language,
        history=history,
        contact_name=talk.contact_name,
    )


def _draft(answer: Answer, question: str, *, newest: bool) -> Draft | None:
    if not answer.known or answer.asked_for_person or not answer.text.strip():
        return None
    return Draft(
        text=answer.text,
        question=question,
        newest=newest,
        confidence=answer.confidence,
        model=answer.model,
        sources=answer.sources,
        missed=answer.missed,
    )
