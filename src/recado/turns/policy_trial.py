"""A draft of the escalation policy tried on what was said last week, in the background.

Each turn of the last days is scored again, by what holds and by the draft, from the same facts: its
words, how sure the answer was, how long the matter had gone on, and why else a person had to take
it. So what differs is what the draft changes. How words feel is read by the embedded analysis.

A conversation is read at a time, and as long is paused as its reading took: messages go first. A
process that is killed leaves the rest to the next, which begins again.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import Any, NamedTuple

import structlog
from msgspec.structs import replace
from sqlalchemy import Row, Select, func, select

from recado.assistant.model import Turn as TurnRow
from recado.assistant.neutral import persona_of_line
from recado.assistant.port import Persona
from recado.conversations.model import Conversation, ConversationEvent, Message
from recado.errors import NotFound, RecadoError
from recado.escalation.facts import TurnFacts
from recado.escalation.matter import begins_after
from recado.escalation.policy.compiled import EscalationPolicy
from recado.escalation.policy.trials import (
    MOST_TOLD,
    Difference,
    DraftToTry,
    PolicyTrial,
    TrialReason,
    is_any_asked,
    take_one,
    tell_trial,
)
from recado.escalation.reasons import MODEL_ASKED, REASONS, EscalationScore, score_turn
from recado.language.detection import known_language
from recado.runtime import Runtime
from recado.store import Tx, now
from recado.turns.burst import Burst

log = structlog.get_logger(__name__)

#: How soon a trial begins that was asked for, and how often it says how far it is.
LOOK_SECONDS = 1.0
_PAGE = 1000
_MOST_MESSAGES = 2000
_SETTLING = ("resolved", "handed_back")
#: Why a person took a turn whatever it scored: no policy changes that.
_WHATEVER = {it.code: it for it in REASONS if not it.adds}


async def keep_trying(runtime: Runtime) -> None:
    """Runs beside the pages of a process that hosts the desk, until it is cancelled."""
    while True:
        try:
            while await try_next(runtime):
                pass
        except RecadoError as error:
            log.warning("a trial waits", error=str(error))
        await asyncio.sleep(LOOK_SECONDS)


async def try_next(runtime: Runtime) -> bool:
    """Try the draft if that was asked for. False: it was not."""
    if not await runtime.store.read(is_any_asked, brief=True):
        return False
    draft = await runtime.store.write(take_one)
    if draft is None:
        return False
    trial = PolicyTrial(state="running", at=now(), since=draft.since)
    try:
        async for trial in _trying(runtime, draft):
            if not await runtime.store.write(partial(_tell, draft, trial)):
                return True  # there is another draft now
        ended = _now(trial, state="done")
    except RecadoError as error:
        ended = _now(trial, state="done", problem=error.detail)
    await runtime.store.write(partial(_tell, draft, ended))
    return True


def _tell(draft: DraftToTry, trial: PolicyTrial, tx: Tx) -> bool:
    return tell_trial(tx, draft.version_id, trial)


def _now(trial: PolicyTrial, **values: Any) -> PolicyTrial:
    return replace(trial, at=now(), **values)


async def _trying(runtime: Runtime, draft: DraftToTry) -> AsyncIterator[PolicyTrial]:
    """How far it is, about once a second, and at the end."""
    holding = await runtime.policies.now()
    drafted = runtime.policies.with_content(draft.content)
    total = await runtime.store.read(lambda tx: _count(tx, draft.since))
    trial = PolicyTrial(state="running", at=now(), since=draft.since, total=total)
    told_at = time.monotonic()
    async for conversation_id in _conversations(runtime, draft.since):
        began = time.monotonic()
        talk = await runtime.store.read(partial(_read_talk, conversation_id, draft.since))
        if talk is not None:
            persona = await _persona(runtime, talk.conversation)
            line = talk.conversation.line_id
            both = holding.of(line, persona), drafted.of(line, persona)
            found = await asyncio.to_thread(differences_in, talk, *both)
            trial = _with(trial, talk, found)
        trial = replace(trial, done=trial.done + 1)
        if time.monotonic() - told_at > LOOK_SECONDS:
            told_at = time.monotonic()
            yield _now(trial)
        await asyncio.sleep(time.monotonic() - began)
    yield _now(trial)


async def _persona(runtime: Runtime, conversation: Row[Any]) -> Persona | None:
    try:
        return await persona_of_line(runtime, conversation.line_id, conversation.character_id)
    except NotFound:
        return None


def _with(trial: PolicyTrial, talk: Talk, found: Sequence[Difference]) -> PolicyTrial:
    more = sum(it.kind == "more" for it in found)
    return replace(
        trial,
        turns=trial.turns + len(talk.turns),
        more=trial.more + more,
        fewer=trial.fewer + len(found) - more,
        differences=(*trial.differences, *found)[:MOST_TOLD],
    )


class Talk(NamedTuple):
    """What was said in a conversation in these days, and its turns, oldest first. `settled` are the
    positions after which a person had dealt with it, and when that was."""

    conversation: Row[Any]
    turns: Sequence[Row[Any]]
    said: Sequence[Row[Any]]
    settled: Sequence[tuple[int, float]]


async def _conversations(runtime: Runtime, since: float) -> AsyncIterator[str]:
    """Those that had a turn, a page at a time."""
    after = ""
    while True:
        page = (
            select(TurnRow.conversation_id)
            .where(TurnRow.started_at >= since, TurnRow.conversation_id > after)
            .distinct()
            .order_by(TurnRow.conversation_id)
            .limit(_PAGE)
        )
        rows = await runtime.store.read(partial(_all, page))
        for row in rows:
            yield row.conversation_id
        if len(rows) < _PAGE:
            return
        after = rows[-1].conversation_id


def _all(statement: Select[Any], tx: Tx) -> Sequence[Row[Any]]:
    return tx.all(statement)


def _count(tx: Tx, since: float) -> int:
    counted = func.count(TurnRow.conversation_id.distinct())
    return tx.scalar(select(counted).where(TurnRow.started_at >= since)) or 0


def _read_talk(conversation_id: str, since: float, tx: Tx) -> Talk | None:
    """None: it was erased meanwhile."""
    conversation = tx.first(
        select(Conversation.id, Conversation.line_id, Conversation.character_id).where(
            Conversation.id == conversation_id
        )
    )
    if conversation is None:
        return None
    said = tx.all(
        select(
            *(Message.position, Message.direction, Message.type, Message.text, Message.content),
            *(Message.created_at, Message.revoked_at),
        )
        .where(Message.conversation_id == conversation_id, Message.created_at >= since)
        .order_by(Message.position.desc())
        .limit(_MOST_MESSAGES)
    )[::-1]
    first = said[0].position if said else 0
    turns = tx.all(
        select(
            *(TurnRow.id, TurnRow.from_position, TurnRow.to_position, TurnRow.language),
            *(TurnRow.model, TurnRow.confidence, TurnRow.reasons, TurnRow.started_at),
        )
        .where(TurnRow.conversation_id == conversation_id, TurnRow.started_at >= since)
        .where(TurnRow.from_position >= first, TurnRow.outcome.in_(("replied", "escalated")))
        .order_by(TurnRow.started_at)
        .limit(_MOST_MESSAGES)
    )
    settled = tx.all(
        select(ConversationEvent.after_position, ConversationEvent.created_at)
        .where(
            ConversationEvent.conversation_id == conversation_id,
            ConversationEvent.name.in_(_SETTLING),
        )
        .order_by(ConversationEvent.created_at)
    )
    return Talk(conversation, turns, said, [(it.after_position, it.created_at) for it in settled])


def differences_in(
    talk: Talk, holding: EscalationPolicy, drafted: EscalationPolicy
) -> list[Difference]:
    """The turns that one of the two policies hands over. After the first that the draft alone
    does, a person would have the conversation: what comes next waits until it was settled."""
    found: list[Difference] = []
    waits_after: float | None = None
    for turn in talk.turns:
        if waits_after is not None and not _settled_between(talk, waits_after, turn.started_at):
            continue
        waits_after = None
        before, after = _scored(talk, turn, holding), _scored(talk, turn, drafted)
        if before is None or after is None or before.escalates == after.escalates:
            continue
        if after.escalates:
            waits_after = turn.started_at
        found.append(_difference(talk, turn, before, after))
    return found


def _settled_between(talk: Talk, begin: float, end: float) -> bool:
    return any(begin < at <= end for _, at in talk.settled)


def _scored(talk: Talk, turn: Row[Any], policy: EscalationPolicy) -> EscalationScore | None:
    """None: nothing is left of what was said."""
    settled = max((at for at, when in talk.settled if when <= turn.started_at), default=0)
    begin = max(turn.from_position, settled + 1)
    burst = Burst([it for it in talk.said if begin <= it.position <= turn.to_position], begin - 1)
    if not burst:
        return None
    codes = {it.get("code") for it in turn.reasons or () if isinstance(it, dict)}
    model_asks = MODEL_ASKED.code in codes
    times = [(it.position, it.created_at) for it in talk.said if it.position < begin]
    matter, _ = begins_after(
        times, after=settled, at=burst.first_at, silence_seconds=policy.silence_hours * 3600
    )
    facts = TurnFacts(
        text=burst.text,
        language=known_language(turn.language),
        types=burst.types,
        message_count=turn.to_position - matter,
        # No model was asked where a person had to take it.
        confidence=None if turn.model in ("", "none") else turn.confidence,
        model_asks=model_asks,
    )
    needed = next((_WHATEVER[code] for code in codes if code in _WHATEVER), None)
    score = score_turn(facts, needed, policy)
    return replace(score, escalates=score.escalates or model_asks)


def _difference(
    talk: Talk, turn: Row[Any], before: EscalationScore, after: EscalationScore
) -> Difference:
    return Difference(
        kind="more" if after.escalates else "fewer",
        conversation_id=talk.conversation.id,
        turn_id=turn.id,
        position=turn.to_position,
        at=turn.started_at,
        score=before.score,
        draft_score=after.score,
        reasons=tuple(TrialReason(it.code, it.weight) for it in before.reasons),
        draft_reasons=tuple(TrialReason(it.code, it.weight) for it in after.reasons),
    )
