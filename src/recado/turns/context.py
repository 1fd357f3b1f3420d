"""What was said before: the history that a turn answers in, kept short (CTX-1, 2, 3, 5).

A turn gets the summary of the conversation and what was said since, at least the newest messages
before its burst. The summary is extended behind the turn (assistant/writing/summaries.py), and the
turn says when that is due. Sessions that are active are kept in a cache; what it says is checked
against the conversation's count of messages and against where the summary ends, so a cache that
knows too little or too much only costs a query.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Row, bindparam, select

from recado.assistant.models.summary import summarise_by_extraction
from recado.assistant.port import ContextMessage
from recado.assistant.strangers import heard
from recado.conversations.messages import SILENT_TYPES
from recado.conversations.model import Message
from recado.conversations.summaries.model import ConversationSummary
from recado.store import Tx
from recado.store.prepared import prepare
from recado.turns.references import in_short, references_of
from recado.turns.sessions import (
    BUDGET_TOKENS,
    InProcessSessions,
    Pruned,
    Said,
    Session,
    SessionCache,
    prune,
)

__all__ = [
    "ContextReader",
    "InProcessSessions",
    "Pruned",
    "Session",
    "SessionCache",
    "prune",
    "summarise_by_extraction",
]

MESSAGES = 10
#: How many older messages may wait unsummarised: the summary is extended once for so many.
SUMMARY_EVERY = 10
#: Enough that no message falls between the summary and the newest ones while it is extended.
_KEPT_MESSAGES = MESSAGES + 2 * SUMMARY_EVERY
#: Where it has not been extended for long, so many are read, for this turn only.
_MOST_READ = 80
#: Their text may still come, from the analysis of the file.
_MEDIA = {"image", "audio", "video", "document", "sticker"}


class ContextReader:
    """For one turn: `recall`, `read` in the transaction that reads the turn, then `history`, and
    `to_summarise`, which tells whether the summary is to be extended.

    `hits`, `misses` and `prunings` count up; `on_cache` (hit or not) and `on_pruned` tell of
    each."""

    def __init__(
        self,
        cache: SessionCache | None = None,
        *,
        budget_tokens: int = BUDGET_TOKENS,
        on_cache: Callable[[bool], None] = lambda _hit: None,
        on_pruned: Callable[[], None] = lambda: None,
    ) -> None:
        self._cache = cache if cache is not None else InProcessSessions()
        self._budget_tokens = budget_tokens
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
        if kept is not None and kept.through < before_position - 1:
            if since is None:
                rows = _read_messages(tx, conversation_id, kept.through, before_position, MESSAGES)
            else:
                rows = [_said(it) for it in since if it.position > kept.through and _belongs(it)]
            kept = _extended(kept, before_position - 1, rows)
        # Between the summary, as it was then, and the messages that are kept, some may be missing.
        torn = kept is not None and kept.first > kept.summarised_to + 1
        self._count(hit=not (kept is None or torn))
        if kept is None or torn:
            return _read_session(tx, conversation_id, before_position)
        return kept

    async def history(
        self, conversation_id: str, session: Session, before_position: int, language: str
    ) -> list[ContextMessage]:
        """What was said before `before_position`, oldest first: the newest MESSAGES and those that
        the summary does not cover, at most some 2,000 tokens, led by one `system` message, in
        `language`, where older ones are summarised.

        Left out are reactions and the like, what was taken back, and replies that never went out.
        """
        await self._keep(conversation_id, session)
        said = [it for it in session.said if it[0] < before_position]
        older = [it for it in said[:-MESSAGES] if it[0] > session.summarised_to]
        newest = [message for _, message in (*older, *said[-MESSAGES:])]
        pruned = prune(newest, self._budget_tokens)
        summary = session.summary
        if pruned.kept != tuple(newest):
            self.prunings += 1
            self._on_pruned()
        if pruned.to_summarise:
            # For this turn only, so no model is asked: soon they are part of the written summary.
            long_ago = _with_summary(summary, pruned.to_summarise)
            summary = summarise_by_extraction(long_ago, language)
        return _with_summary(summary, pruned.kept)

    def to_summarise(self, session: Session, before_position: int) -> int:
        """Up to which position the summary is to be extended, 0 where that can wait."""
        said = [at for at, _ in session.said if at < before_position][-MESSAGES:]
        older_end = (said[0] if said else before_position) - 1
        return older_end if older_end - session.summarised_to >= SUMMARY_EVERY else 0

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
    select(ConversationSummary.text, ConversationSummary.covers_to).where(
        ConversationSummary.conversation_id == bindparam("conversation")
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


def _read_session(tx: Tx, conversation_id: str, before_position: int) -> Session:
    summary = tx.first(_SUMMARY, {"conversation": conversation_id})
    covers_to = summary.covers_to if summary else 0
    most = min(max(MESSAGES, before_position - 1 - covers_to), _MOST_READ)
    rows = _read_messages(tx, conversation_id, 0, before_position, most)
    return Session(
        first=rows[0][0] if len(rows) >= most else 1,
        through=before_position - 1,
        said=tuple(rows),
        summary=summary.text if summary else "",
        summarised_to=covers_to,
    )


def _read_messages(tx: Tx, conversation_id: str, after: int, before: int, most: int) -> list[Said]:
    """The newest `most` messages between two positions, oldest first."""
    between = {"conversation": conversation_id, "after": after, "before": before, "most": most}
    return [_said(row) for row in reversed(tx.all(_NEWEST, between))]


def _said(row: Row[Any]) -> Said:
    about = in_short(references_of(row.type, row.content)) if row.content else ()
    return row.position, heard(row, confidence=row.confidence, about=about)


def _belongs(row: Row[Any]) -> bool:
    """As _NEWEST says it in SQL."""
    return row.type not in SILENT_TYPES and row.status != "failed" and row.revoked_at is None
