"""What was said before: the history that a turn answers in, kept short (CTX-1, 2, 3, 5).

A turn gets the newest messages before its burst and, of everything older, a summary. Sessions
that are active are kept in a cache; what it says is checked against the conversation's count of
messages, so a cache that knows too little or too much only costs a query.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Literal

import msgspec
from sqlalchemy import Row, bindparam, select, update

from recado.assistant.models.summary import summarise_by_extraction
from recado.assistant.port import ContextMessage
from recado.assistant.pruning import BUDGET_TOKENS, Pruned, estimate_tokens, prune
from recado.assistant.sessions import InProcessSessions, Session, SessionCache
from recado.conversations.messages import SILENT_TYPES
from recado.conversations.model import Conversation, Message
from recado.store import Store, Tx
from recado.store.prepared import prepare

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
_KEPT_MESSAGES = 2 * MESSAGES
_SUMMARY_READS = 200
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
    """`hits`, `misses` and `prunings` count up; `on_cache` (hit or not) and `on_pruned` tell of
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

    async def load(
        self, conversation_id: str, *, before_position: int, version: int, limit: int = MESSAGES
    ) -> list[ContextMessage]:
        """What was said before `before_position`, oldest first: the newest `limit` messages, at
        most some 2,000 tokens, led by one `system` message where older ones are summarised.

        `version` is conversation.message_count as the caller has read it. Left out are reactions
        and the like, what was taken back, and replies that never went out.
        """
        session = await self._session(conversation_id, before_position, version, limit)
        session = await self._summarised(conversation_id, session, before_position, limit)
        await self._keep(conversation_id, session)
        pairs = zip(session.positions, session.messages, strict=True)
        newest = [message for position, message in pairs if position < before_position][-limit:]
        pruned = prune(newest, self._budget_tokens)
        summary = session.summary
        if pruned.kept != tuple(newest):
            self.prunings += 1
            self._on_pruned()
        if pruned.to_summarise:
            older = _with_summary(summary, pruned.to_summarise)
            summary = await self._summarise(older, session.language)
        return _with_summary(summary, pruned.kept)

    async def remember(self, conversation_id: str, position: int, message: ContextMessage) -> None:
        """Tell of a message that was written at `position`, so that the next turn need not read
        it. Safe to leave out, to repeat and to get wrong in order."""
        session = await self._cache.get(conversation_id)
        if session is None or position <= session.through:
            return
        if position != session.through + 1:
            await self._cache.drop(conversation_id)
            return
        await self._keep(conversation_id, _extended(session, position, [(position, message)]))

    async def forget(self, conversation_id: str) -> None:
        """For erasure: drop what is kept of a conversation."""
        await self._cache.drop(conversation_id)

    async def _session(
        self, conversation_id: str, before_position: int, version: int, limit: int
    ) -> Session:
        """The session, at least up to the burst: from the cache, with what it lacks from the
        store."""
        session = await self._cache.get(conversation_id)
        if session is not None:
            # More messages than the conversation has, or fewer than asked for: not to be used.
            short = session.first > 1 and len(session.messages) < limit
            if short or session.through > version:
                session = None
        if session is not None and session.through >= before_position - 1:
            self._count(hit=True)
            return session
        if session is None:
            self._count(hit=False)
            return await self._store.read(
                lambda tx: _read_session(tx, conversation_id, before_position, limit), brief=True
            )
        self._count(hit=True)
        after = session.through
        rows = await self._store.read(
            lambda tx: _read_messages(tx, conversation_id, after, before_position, limit),
            brief=True,
        )
        return _extended(session, before_position - 1, rows)

    def _count(self, *, hit: bool) -> None:
        self.hits += hit
        self.misses += not hit
        self._on_cache(hit)

    async def _keep(self, conversation_id: str, session: Session) -> None:
        if any(m.type in _MEDIA and m.content == f"[{m.type}]" for m in session.messages):
            await self._cache.drop(conversation_id)
        else:
            await self._cache.put(conversation_id, session)

    async def _summarised(
        self, conversation_id: str, session: Session, before_position: int, limit: int
    ) -> Session:
        """The session with a summary that reaches (nearly) up to its messages.

        The summary is written to the conversation: it is made once for every SUMMARY_EVERY
        messages, not in every turn.
        """
        visible = [p for p in session.positions if p < before_position][-limit:]
        end = (visible[0] if visible else before_position) - 1
        if end - session.summarised_to < SUMMARY_EVERY:
            return session
        begin = session.summarised_to
        older = await self._store.read(
            lambda tx: _read_messages(tx, conversation_id, begin, end + 1, _SUMMARY_READS)
        )
        said = _with_summary(session.summary, [message for _, message in older])
        summary = await self._summarise(said, session.language)
        await self._store.write(
            lambda tx: _store_summary(tx, conversation_id, summary, end), brief=True
        )
        return msgspec.structs.replace(session, summary=summary, summarised_to=end)


async def _extract(messages: Sequence[ContextMessage], language: str) -> str:
    return summarise_by_extraction(messages, language)


def _with_summary(summary: str, messages: Sequence[ContextMessage]) -> list[ContextMessage]:
    if not summary:
        return list(messages)
    at = messages[0].at if messages else 0.0
    return [ContextMessage(role="system", content=summary, at=at), *messages]


def _extended(
    session: Session, through: int, rows: Sequence[tuple[int, ContextMessage]]
) -> Session:
    pairs = [*zip(session.positions, session.messages, strict=True), *rows]
    kept = pairs[-_KEPT_MESSAGES:]
    return msgspec.structs.replace(
        session,
        first=kept[0][0] if len(kept) < len(pairs) else session.first,
        through=through,
        positions=tuple(position for position, _ in kept),
        messages=tuple(message for _, message in kept),
    )


# Built once: building a statement takes longer than running it.
_SUMMARY = prepare(
    select(Conversation.summary, Conversation.summarised_to, Conversation.language).where(
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


def _read_session(tx: Tx, conversation_id: str, before_position: int, limit: int) -> Session:
    conversation = tx.first(_SUMMARY, {"conversation": conversation_id})
    rows = _read_messages(tx, conversation_id, 0, before_position, limit)
    return Session(
        first=rows[0][0] if len(rows) >= limit else 1,
        through=before_position - 1,
        positions=tuple(position for position, _ in rows),
        messages=tuple(message for _, message in rows),
        summary=conversation.summary if conversation else "",
        summarised_to=conversation.summarised_to if conversation else 0,
        language=conversation.language if conversation else "",
    )


def _read_messages(
    tx: Tx, conversation_id: str, after: int, before: int, limit: int
) -> list[tuple[int, ContextMessage]]:
    """The newest `limit` messages between two positions, oldest first."""
    between = {"conversation": conversation_id, "after": after, "before": before, "most": limit}
    rows = tx.all(_NEWEST, between)
    return [(row.position, _message(row)) for row in reversed(rows)]


def _message(row: Row[Any]) -> ContextMessage:
    return ContextMessage(
        role=_ROLES.get(row.author, "assistant"),
        content=row.text or f"[{row.type}]",
        at=row.created_at,
        type=row.type,
        confidence=row.confidence,
    )


def _store_summary(tx: Tx, conversation_id: str, summary: str, to: int) -> None:
    tx.execute(
        update(Conversation)
        .where(Conversation.id == conversation_id, Conversation.summarised_to < to)
        .values(summary=summary, summarised_to=to)
    )
