"""What a conversation is about: its summary, extended with what came since.

Nobody's message waits for it: a job does it behind the turn, and whoever opens the conversation may
ask for it. Both extend the one row; done twice, or by two at once, it is there once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from msgspec.structs import replace
from sqlalchemy import select

from recado.assistant.models.calls import count_in, noting
from recado.assistant.models.choosing import NOTHING_SPENT, models_left, needs_spent
from recado.assistant.models.ledger import Caller, TurnCalls, count_calls, keep_calls, read_spent
from recado.assistant.models.summary import summarise_by_extraction
from recado.assistant.models.wording import NAME as EMBEDDED
from recado.assistant.neutral import persona_of_line
from recado.assistant.port import ContextMessage, Persona
from recado.assistant.strangers import heard
from recado.assistant.writing.writers import in_time, writers
from recado.conversations.model import Conversation
from recado.conversations.summaries.keeping import (
    MOST_CHARS,
    Piece,
    SummaryView,
    keep_summary,
    next_piece,
    read_summary,
)
from recado.errors import ModelError, NotFound, ServiceUnavailable
from recado.jobs import SUMMARY
from recado.language.detection import LanguageCode, known_language
from recado.queue.port import Delivery
from recado.queue.worker import Consumer
from recado.runtime import Runtime
from recado.store import Tx

#: So many messages are read at once: a long conversation takes several steps.
PIECE_MESSAGES = 60
#: So often it is begun again where something changes meanwhile.
_TRIES = 4


class _Step(NamedTuple):
    """What is to be added to a conversation's summary; without a `piece` there is nothing."""

    caller: Caller
    character_id: str | None
    language: LanguageCode
    base: SummaryView | None
    piece: Piece | None


async def extend_summary(
    runtime: Runtime, conversation_id: str, *, to: int = 0
) -> SummaryView | None:
    """The conversation's summary, which covers at least all messages up to the position `to` (0:
    all that there are). None: nothing was said yet.

    By a model that writes; from the words themselves where there is none, or none answers, or what
    it writes has figures that nobody said. Raises NotFound, ServiceUnavailable.
    """
    tries = _TRIES
    while tries:
        step = await runtime.store.read(lambda tx: _read_step(tx, conversation_id, to))
        if step.piece is None:
            return step.base
        if not await _take(runtime, step, step.piece):
            tries -= 1
    raise ServiceUnavailable("The conversation changes while it is summarised. Try again.")


def _read_step(tx: Tx, conversation_id: str, to: int) -> _Step:
    row = tx.first(
        select(
            *(Conversation.line_id, Conversation.character_id, Conversation.language),
            Conversation.message_count,
        ).where(Conversation.id == conversation_id)
    )
    if row is None:
        raise NotFound(f"There is no conversation {conversation_id!r}.")
    base, piece = read_summary(tx, conversation_id), None
    end = min(to or row.message_count, row.message_count)
    if end > (base.covers_to if base else 0):
        piece = next_piece(tx, conversation_id, base, to=end, most=PIECE_MESSAGES)
        if base is None and not piece.rows:  # reactions and the like
            piece = None
    caller = Caller(
        conversation_id=conversation_id, turn_id="", line_id=row.line_id, character_id=""
    )
    return _Step(caller, row.character_id, known_language(row.language), base, piece)


async def _take(runtime: Runtime, step: _Step, piece: Piece) -> bool:
    """Write the longer summary. False: something has changed meanwhile, to be read anew."""
    persona = await _persona(runtime, step)
    caller = replace(step.caller, character_id=persona.id, time_zone=persona.time_zone)
    calls = TurnCalls(caller=caller)
    try:
        text, model = await _longer(runtime, step, piece, persona, calls)
    finally:
        count_in(runtime.metrics, calls.made)

    def keep(tx: Tx) -> bool:
        kept = keep_summary(tx, step.base, piece, text, language=step.language, model=model)
        # Of a conversation that is gone no more stays than the count.
        (keep_calls if kept or _is_there(tx, caller) else count_calls)(tx, calls)
        return kept

    return await runtime.store.write(keep)


async def _persona(runtime: Runtime, step: _Step) -> Persona:
    try:
        return await persona_of_line(runtime, step.caller.line_id, step.character_id)
    except NotFound:  # no character is left; what was said can still be told
        return Persona(id="", name="", prompt="")


async def _longer(
    runtime: Runtime, step: _Step, piece: Piece, persona: Persona, calls: TurnCalls
) -> tuple[str, str]:
    """The summary with the piece, and by which model."""
    if step.base and not piece.rows:  # reactions and the like: nothing to add
        return step.base.text, step.base.model
    messages = [heard(row) for row in piece.rows]
    if step.base:
        messages = [ContextMessage("system", step.base.text, 0.0), *messages]
    extracted = summarise_by_extraction(messages, step.language)
    spent, caller = NOTHING_SPENT, calls.caller
    if caller is not None and needs_spent(persona):
        spent = await runtime.store.read(lambda tx: read_spent(tx, caller))
    with noting(calls.made, only=models_left(persona, spent)):
        for name in writers(runtime, persona):
            try:
                asked = runtime.models.get(name).summarise(messages, step.language)
                text = (await in_time(asked, name)).strip()[:MOST_CHARS]
            except ModelError:
                continue  # counted where it is raised; the next one, or none, does it
            if text and text != extracted and _is_grounded(text, messages):
                return text, name
    return extracted, EMBEDDED


def _is_grounded(text: str, messages: Sequence[ContextMessage]) -> bool:
    """Whether its numbers were said: what stands in a summary is believed later on."""
    from recado.assistant.quality.given import Grounds  # only where a model wrote something

    said = Grounds([line for it in messages for line in (it.content, *it.about)])
    return Grounds([text]).numbers <= said.numbers


def _is_there(tx: Tx, caller: Caller) -> bool:
    own = select(Conversation.id).where(Conversation.id == caller.conversation_id)
    return tx.first(own.with_for_update(read=True)) is not None


async def _extend(runtime: Runtime, delivery: Delivery) -> None:
    job = SUMMARY.body(delivery)
    delivery.note(conversation=job.conversation_id)
    try:
        await extend_summary(runtime, job.conversation_id, to=job.to)
    except NotFound:
        return  # erased, or joined with another one
    # What is remembered of the conversation has the summary as it was.
    await runtime.context.forget(job.conversation_id)


def summary_consumer(runtime: Runtime) -> Consumer:
    async def handle(delivery: Delivery) -> None:
        await _extend(runtime, delivery)

    return Consumer(SUMMARY.spec, handle)
