"""What was said before: the history that a turn answers in, kept short (CTX-1, 2, 3, 5).

A turn gets the newest messages before its burst and, of everything older, a summary. Sessions
that are active are kept in a cache; what it says is checked against the conversation's count of
messages, so a cache that knows too little or too much only costs a query.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Literal

import msgspec
from sqlalchemy import Row, bindparam, select, text

from recado.assistant.models.summary import summarise_by_extraction
from recado.assistant.port import ContextMessage
from recado.assistant.strangers import words_of
from recado.conversations.messages import SILENT_TYPES
from recado.conversations.model import Conversation, Message
from recado.language.reading import to_think_about
from recado.store import Store, Tx
from recado.store.prepared import prepare
from recado.turns.references import in_short, references_of
from recado.turns.sessions import (
    BUDGET_TOKENS,
    InProcessSessions,
    Pruned,
    Said,
    Session,
    SessionCache,
    estimate_tokens,
    prune,
)

__all__ = [
    "ContextReader",
    "InProcessSessions",
    "Pruned",
    "Session",
    "SessionCache",
    "estimate_tokens",
    "prune",
    "summarise_by_extraction",
]

MESSAGES = 10
#: How many older messages may wait unsummarised: a summary is written once for so many.
SUMMARY_EVERY = 10
#: Enough that a summary finds what is to be summarised, though a burst and its answer be long.
_KEPT_MESSAGES = MESSAGES + SUMMARY_EVERY + 4
_SUMMARY_READS = 200
#: What is remembered of one message, in characters.
_OF_A_MESSAGE = 4096
_ROLES: dict[str, Literal["user", "assistant", "agent"]] = {
    "contact": "user",
    "assistant": "assistant",
    "agent": "agent",
    "system": "assistant",
}
#: Their text may still come, from the analysis of the file.
_MEDIA = {"image", "audio", "video", "document", "sticker"}

Summarise = Callable[[Sequence[ContextMessage], str], Awaitable[str]]


class ContextReader:
    """For one turn: `recall`, `read` in the transaction that reads the turn, then `history`.

    `hits`, `misses` and `prunings` count up; `on_cache` (hit or not) and `on_pruned` tell of
    each. `summarise` may be a model's; it is called outside any transaction."""

    def __init__(
        self,
        store: Store,
        cache: SessionCache | None = None,
        *,
        budget_tokens: int = BUDGET_TOKENS,
        summarise: Summarise | None = None,
        on_cache: Callable[[bool], None] = lambda _hit: None,
        on_pruned: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._cache = cache if cache is not None else InProcessSessions()
        self._budget_tokens = budget_tokens
        self._summarise = summarise or _extract
        self._on_cache = on_cache
        self._on_pruned = on_pruned
        self.hits = 0
        self.misses = 0
        self.prunings = 0

    @property
    def active_sessions(self) -> int:
        return self._cache.active()

    async def recall(self, conversation_id: str) -> Session | None:
        """What is kept of the conversation, if anything, for `read`."""
        return await self._cache.get(conversation_id)

    def read(
        self,
        tx: Tx,
        conversation_id: str,
        kept: Session | None,
        *,
        before_position: int,
        version: int,
        since: Sequence[Row[Any]] | None = None,
    ) -> Session:
        """The session up to `before_position`: what is kept, and from the store what it lacks.

        `version` is conversation.message_count as the caller has read it; `since` are all messages
        after what is kept, where the caller has read them too.
        """
        if kept is not None:
            # More messages than the conversation has, or fewer than asked for: not to be used.
            short = kept.first > 1 and len(kept.said) < MESSAGES
            if short or kept.through > version:
                kept = None
        self._count(hit=kept is not None)
        if kept is None:
            return _read_session(tx, conversation_id, before_position)
        if kept.through >= before_position - 1:
            return kept
        if since is None:
            rows = _read_messages(tx, conversation_id, kept.through, before_position, MESSAGES)
        else:
            rows = [_said(it) for it in since if it.position > kept.through and _belongs(it)]
        return _extended(kept, before_position - 1, rows)

    async def history(
        self, conversation_id: str, session: Session, before_position: int, language: str
    ) -> list[ContextMessage]:
        """What was said before `before_position`, oldest first: the newest MESSAGES, at most some
        2,000 tokens, led by one `system` message, in `language`, where older ones are summarised.

        Left out are reactions and the like, what was taken back, and replies that never went out.
        """
        said = [it for it in session.said if it[0] < before_position][-MESSAGES:]
        older_end = (said[0][0] if said else before_position) - 1
        if older_end - session.summarised_to >= SUMMARY_EVERY:
            session = await self._summarised(conversation_id, session, older_end, language)
        await self._keep(conversation_id, session)
        newest = [message for _, message in said]
        pruned = prune(newest, self._budget_tokens)
        summary = session.summary
        if pruned.kept != tuple(newest):
            self.prunings += 1
            self._on_pruned()
        if pruned.to_summarise:
            # For this turn only, so no model is asked: soon they are part of the written summary.
            older = _with_summary(summary, pruned.to_summarise)
            summary = summarise_by_extraction(older, language)
        return _with_summary(summary, pruned.kept)

    async def forget(self, conversation_id: str) -> None:
        """For erasure: drop what is kept of a conversation."""
        await self._cache.drop(conversation_id)

    def _count(self, *, hit: bool) -> None:
        self.hits += hit
        self.misses += not hit
        self._on_cache(hit)

    async def _keep(self, conversation_id: str, session: Session) -> None:
        if any(m.type in _MEDIA and m.content == f"[{m.type}]" for _, m in session.said):
            await self._cache.drop(conversation_id)
        else:
            await self._cache.put(conversation_id, session)

    async def _summarised(
        self, conversation_id: str, session: Session, end: int, language: str
    ) -> Session:
        """The session with a summary of all messages up to the position `end`.

        The summary is written to the conversation: it is made once for every SUMMARY_EVERY
        messages, not in every turn.
        """
        begin = session.summarised_to
        if session.first <= begin + 1:
            rows = [it for it in session.said if begin < it[0] <= end]
        else:
            rows = await self._store.read(
                lambda tx: _read_messages(tx, conversation_id, begin, end + 1, _SUMMARY_READS)
            )
        said = _with_summary(session.summary, [message for _, message in rows])
        summary = await self._summarise(said, language)
        told = {"id": conversation_id, "summary": summary, "end": end}
        await self._store.write(lambda tx: tx.execute(_STORE_SUMMARY, told), brief=True)
        return msgspec.structs.replace(session, summary=summary, summarised_to=end)


async def _extract(messages: Sequence[ContextMessage], language: str) -> str:
    return summarise_by_extraction(messages, language)


def _with_summary(summary: str, messages: Sequence[ContextMessage]) -> list[ContextMessage]:
    if not summary:
        return list(messages)
    at = messages[0].at if messages else 0.0
    return [ContextMessage(role="system", content=summary, at=at), *messages]


def _extended(session: Session, through: int, rows: Sequence[Said]) -> Session:
    said = (*session.said, *rows)
    kept = said[-_KEPT_MESSAGES:]
    return Session(
        first=kept[0][0] if len(kept) < len(said) else session.first,
        through=through,
        said=kept,
        summary=session.summary,
        summarised_to=session.summarised_to,
    )


# Built once: building a statement takes longer than running it.
_SUMMARY = prepare(
    select(Conversation.summary, Conversation.summarised_to).where(
        Conversation.id == bindparam("conversation")
    )
)
_NEWEST = prepare(
    select(
        Message.position,
        Message.author,
        Message.text,
        Message.type,
        Message.confidence,
        Message.created_at,
        Message.content,
    )
    .where(
        Message.conversation_id == bindparam("conversation"),
        Message.position > bindparam("after"),
        Message.position < bindparam("before"),
        *(Message.type != silent for silent in sorted(SILENT_TYPES)),
        Message.status != "failed",
        Message.revoked_at.is_(None),
    )
    .order_by(Message.position.desc())
    .limit(bindparam("most"))
)
_STORE_SUMMARY = prepare(
    text(
        "UPDATE conversation SET summary = :summary, summarised_to = :end"
        " WHERE id = :id AND summarised_to < :end"
    )
)


def _read_session(tx: Tx, conversation_id: str, before_position: int) -> Session:
    conversation = tx.first(_SUMMARY, {"conversation": conversation_id})
    rows = _read_messages(tx, conversation_id, 0, before_position, MESSAGES)
    return Session(
        first=rows[0][0] if len(rows) >= MESSAGES else 1,
        through=before_position - 1,
        said=tuple(rows),
        summary=conversation.summary if conversation else "",
        summarised_to=conversation.summarised_to if conversation else 0,
    )


def _read_messages(tx: Tx, conversation_id: str, after: int, before: int, most: int) -> list[Said]:
    """The newest `most` messages between two positions, oldest first."""
    between = {"conversation": conversation_id, "after": after, "before": before, "most": most}
    return [_said(row) for row in reversed(tx.all(_NEWEST, between))]


def _said(row: Row[Any]) -> Said:
    message = ContextMessage(
        role=_ROLES.get(row.author, "assistant"),
        content=to_think_about(words_of(row.type, row.text), _OF_A_MESSAGE) or f"[{row.type}]",
        at=row.created_at,
        type=row.type,
        confidence=row.confidence,
        about=in_short(references_of(row.type, row.content)) if row.content else (),
    )
    return row.position, message


def _belongs(row: Row[Any]) -> bool:
    """As _NEWEST says it in SQL."""
    return row.type not in SILENT_TYPES and row.status != "failed" and row.revoked_at is None
