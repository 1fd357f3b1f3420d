"""A question that nothing known answers is kept, as it was asked."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import insert

from recado.assistant.unanswered.model import UnansweredQuestion
from recado.store import Tx, new_id, now
from recado.store.prepared import prepare

#: Of one turn, no more questions than this are kept …
MOST_QUESTIONS = 3
#: … and of one question no more than this.
MOST_CHARS = 500
_KEEP = prepare(
    insert(UnansweredQuestion), [it.name for it in UnansweredQuestion.__table__.columns]
)


def keep_questions(
    tx: Tx, questions: Sequence[str], *, language: str, conversation_id: str, turn_id: str
) -> None:
    """What it is like is found out later: the turn does not wait for that."""
    for text in questions[:MOST_QUESTIONS]:
        row = {
            "id": new_id(),
            "group_id": None,
            "conversation_id": conversation_id,
            "turn_id": turn_id,
            "text": text[:MOST_CHARS],
            "language": language,
            "state": "open",
            "source_id": None,
            "asked_at": now(),
        }
        tx.execute(_KEEP, row)
