"""The assistant's answer to a turn: from what it knows, by a model, or a person instead."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from msgspec.structs import asdict, replace
from sqlalchemy import Row

from recado.assistant.models import first_answer, phrases, select_model
from recado.assistant.models.phrases import voice_for
from recado.assistant.models.wording import NAME as EMBEDDED
from recado.assistant.neutral import business_of
from recado.assistant.port import UNKNOWN_CONFIDENCE, Answer, ContextMessage, Persona, Question
from recado.conversations.messages import Part
from recado.conversations.ownership import settled_at
from recado.errors import ModelError, ModelUnavailable
from recado.escalation.facts import (
    CharacterPolicies,
    EscalationPolicy,
    TurnFacts,
    matter_so_far,
)
from recado.escalation.handover import Grounds
from recado.escalation.reasons import (
    ASKED_FOR_PERSON,
    EscalationScore,
    Reason,
    ReasonKind,
    needs_person,
    priority,
    score_turn,
    suggest_department,
)
from recado.language.analysis import LanguageCode, analyze_sentiment, classify_intent
from recado.language.detection import known_language
from recado.language.notices import name_of, notice, notice_for_type, receipt
from recado.language.spoken import language_of_turn
from recado.runtime import Runtime
from recado.turns.answerer import Decision, DecisionFacts, HandOver, Turn
from recado.turns.burst import Burst
from recado.turns.context import summarise_by_extraction
from recado.turns.formatting import TEXT_LIMIT, format_for_whatsapp, split_text
from recado.turns.judging import (
    UNASKED,
    NotKnown,
    confirmed,
    for_tap,
    handover_summary,
    judge,
    not_known,
    wished_in,
    with_wish,
)
from recado.turns.toolbox import SETTLED_BY_TOOLS, TurnToolBox
from recado.turns.tooling import Told, ToolTurn, asking_yes

#: Types that nobody but a person can look at or listen to.
UNSEEN = {"image", "video", "audio", "document"}
#: Types that say something without words, to a model that is told what it is.
_TELLS = {"interactive", "order", "location", "contacts"}


class Assistant:
    """An Answerer (answerer.py)."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._policies = CharacterPolicies(runtime.escalation)

    async def answer(self, turn: Turn) -> Decision:
        persona = await self._persona(turn.conversation)
        policy = self._policies.of(persona)
        name = select_model(persona, turn.burst.text, self._runtime.settings.model)
        question, known = await self._asked(turn, persona, name)
        began = time.perf_counter()
        answer, need, unknown = await self._judged(question, known, turn, name)
        model_ms = (time.perf_counter() - began) * 1000
        if answer is not UNASKED:
            known = replace(known, confidence=answer.confidence, intent=answer.intent)
        score = score_turn(known, need, policy)
        parts: tuple[Part, ...] = ()
        handed = score.escalates or answer.asked_for_person
        if answer.settled or not handed:
            parts = self._parts(turn.conversation.line_id, answer, known.language)
        stays = parts and not handed
        return Decision(
            parts=parts,
            effects=(
                *unknown,
                *(
                    ()
                    if stays
                    else (HandOver(_grounds(question, known, turn.burst, score, policy)),)
                ),
            ),
            score=score,
            draft=answer.text,
            facts=DecisionFacts(
                language=known.language,
                character_id=persona.id,
                character_version=persona.version,
                model=answer.model,
                confidence=answer.confidence,
                sources=answer.sources,
                sentiment=known.sentiment.label.value if known.sentiment and known.text else "",
                intent=answer.intent or classify_intent(known.text, known.language).name,
                tokens_in=answer.tokens_in,
                tokens_out=answer.tokens_out,
                cost=answer.cost,
                model_ms=model_ms,
            ),
        )

    async def _asked(self, turn: Turn, persona: Persona, name: str) -> tuple[Question, TurnFacts]:
        """The question to the model of that name, and what is known of the matter."""
        conversation, burst, session = turn.conversation, turn.burst, turn.session
        language = wished_in(burst, persona.languages) or language_of_turn(
            burst.text,
            known_language(conversation.language),
            first=not any(message.role == "user" for _, message in session.said),
            speaks=persona.languages,
        )
        history = await self._runtime.context.history(
            conversation.id, session, burst.first_position, language
        )
        meanwhile = [_our_words(row) for row in burst.meanwhile]
        self._runtime.metrics.context_retrieval(time.perf_counter() - turn.read_at)
        question = Question(
            persona=persona,
            text=burst.text,
            language=language,
            history=[*history, *meanwhile],
            contact_name=conversation.contact_name,
            about=burst.about,
        )
        known = await self._known(turn, language, meanwhile)
        return question, replace(known, embedded=name == EMBEDDED)

    async def _known(
        self, turn: Turn, language: LanguageCode, meanwhile: Sequence[ContextMessage]
    ) -> TurnFacts:
        """The burst and the matter that it belongs to."""
        conversation, burst, session = turn.conversation, turn.burst, turn.session
        settled = 0
        if conversation.ownership and session.said:  # it was in a person's hands, or settled
            settled = await self._runtime.store.read(
                lambda tx: settled_at(tx, conversation.id), brief=True
            )
        before = matter_so_far(
            session.said, after=settled, before=burst.first_position, at=burst.first_at
        )
        before += meanwhile
        return TurnFacts(
            text=burst.text,
            language=language,
            types=burst.types,
            before=before,
            crossed=bool(meanwhile),
            message_count=conversation.message_count - settled,
            sentiment=analyze_sentiment(burst.text, language),
        )

    async def _judged(
        self, question: Question, known: TurnFacts, turn: Turn, name: str
    ) -> tuple[Answer, ReasonKind | None, tuple[NotKnown, ...]]:
        """The answer; why a person has to take the conversation instead, if so; and what nothing
        known answers."""
        burst = turn.burst
        told, box = await self._told(question, turn, name)
        if told is not None:
            return told.answer, told.need, ()
        need = needs_person(known, self._policies.of(question.persona))
        if need and not (box and need.code in SETTLED_BY_TOOLS and box.is_asked_for):
            return UNASKED, need, ()
        if noted := confirmed(burst, known.language):
            return noted, None, ()
        question = replace(question, tools=box)
        said = await self._answer(question, burst, name)
        if box is not None and (said.confirms or box.need):
            return said, box.need, ()
        if box is not None:
            sources = (*said.sources, *box.sources)
            said = replace(said, sources=sources, settled=box.has_changed)
        answer, need = judge(said, known)
        return with_wish(answer, burst, known.language), need, not_known(said, known, need)

    async def _told(
        self, question: Question, turn: Turn, name: str
    ) -> tuple[Told | None, TurnToolBox | None]:
        """What the character's tools make of the turn; None: it is for the model, with the box of
        those that it may call."""
        tools = await self._runtime.tools.of(question.persona.id)
        if not tools or not turn.burst.text:
            return None, None
        embedded = name == EMBEDDED
        tool_turn = ToolTurn(self._runtime, turn, question, tools)
        calls = await tool_turn.calls()
        told = await tool_turn.answer(calls, embedded=embedded)
        if told is None:
            box = None if embedded else TurnToolBox(self._runtime, tool_turn, tool_turn.own(calls))
            return None, box
        return await self._with_rest(told, question, turn, name), None

    async def _with_rest(self, told: Told, question: Question, turn: Turn, name: str) -> Told:
        """What a tool told, and what the model says to what else was asked."""
        if not told.rest or told.need or told.answer.confirms:
            return told
        more = await self._answer(replace(question, text=told.rest), turn.burst, name)
        if not more.known:
            return told
        both = f"{told.answer.text}\n\n{more.text}"
        sources = (*told.answer.sources, *more.sources)
        return told._replace(answer=replace(told.answer, text=both, sources=sources))

    async def _answer(self, question: Question, burst: Burst, name: str) -> Answer:
        if not burst.text and not (burst.about and name != EMBEDDED and burst.last_type in _TELLS):
            return _wordless(question, burst)
        names = (name, *question.persona.model_policy.fallbacks)
        return await first_answer(names, lambda chosen: self._ask(question, burst, chosen))

    async def _ask(self, question: Question, burst: Burst, name: str) -> Answer:
        """Raises ModelError."""
        try:
            with self._runtime.tracing.span("model", kind="client") as span:
                span.note(model=name)
                model = self._runtime.models.get(name)
                answer = await model.answer(question)
                if not answer.known and burst.is_tapped:
                    answer = await for_tap(model, question, burst)
                span.note(tokens_in=answer.tokens_in, tokens_out=answer.tokens_out)
            if not format_for_whatsapp(answer.text).strip():
                raise ModelUnavailable(f"{name} gave an answer without words: {answer.text!r}")
        except ModelError as error:
            self._runtime.metrics.model_error(name, error.slug)
            raise
        self._runtime.metrics.tokens(answer.model, "in", answer.tokens_in)
        self._runtime.metrics.tokens(answer.model, "out", answer.tokens_out)
        self._runtime.metrics.quality(answer.confidence)
        if answer.cost:
            self._runtime.metrics.model_cost(answer.model, answer.cost)
        return answer

    async def _persona(self, conversation: Row[Any]) -> Persona:
        """The conversation's own, else its line's, else the default one: as it is published now."""
        characters = self._runtime.characters
        line = await self._runtime.lines.get(conversation.line_id)
        named = conversation.character_id or line.character_id
        persona = await (characters.get(named) if named else characters.default())
        return replace(persona, business=business_of(line.name)) if persona.neutral else persona

    def _parts(self, line_id: str, answer: Answer, language: str) -> tuple[Part, ...]:
        """The answer as messages that its line's channel can carry."""
        line = self._runtime.lines.known(line_id)
        channel = self._runtime.channel(line.channel) if line else None
        text = format_for_whatsapp(answer.text)
        if answer.confirms:
            taps = channel is not None and "interactive.button" in channel.capabilities.sends
            return (asking_yes(text, answer.confirms, language, taps=taps),)
        limit = channel.text_limit if channel else TEXT_LIMIT
        return tuple(Part(words) for words in split_text(text, limit))


def _grounds(
    question: Question,
    known: TurnFacts,
    burst: Burst,
    score: EscalationScore,
    policy: EscalationPolicy,
) -> Grounds:
    """What the person who takes it should know. Where the score has no reasons, the model has said
    that a person is wanted."""
    reasons = score.reasons or [Reason(ASKED_FOR_PERSON.code, 0, ASKED_FOR_PERSON.text)]
    language = known.language
    last = ContextMessage(role="user", content=burst.text, at=burst.last_at)
    summary = summarise_by_extraction([*question.history, last], language)
    got = notice("got", language, what=name_of("order", language)) if burst.cart else ""
    return Grounds(
        score=score.score,
        reasons=[asdict(reason) for reason in reasons],
        priority=priority(score.score),
        department=policy.department or suggest_department(burst.text, language),
        summary="\n".join(filter(None, (burst.cart, handover_summary(known, summary)))),
        language=language,
        receipt=got,
    )


def _our_words(row: Row[Any]) -> ContextMessage:
    return ContextMessage(role="assistant", content=row.text, at=row.created_at)


def _wordless(question: Question, burst: Burst) -> Answer:
    """A file that nobody here can look at is something that it does not know."""
    text, known = notice_for_type(burst.last_type, question.language), True
    if burst.types == {"sticker"}:
        text = voice_for(question).say(phrases.WORDLESS)
    elif burst.given:
        text = receipt(burst.given, question.language)
    else:
        known = burst.last_type not in UNSEEN
    confidence = 1.0 if known else UNKNOWN_CONFIDENCE
    return Answer(text=text, confidence=confidence, model="none", known=known, intent="media")
