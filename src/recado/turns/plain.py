"""The reply in one statement, for PostgreSQL: the word claimed, the message written, the turn kept,
and beside a broker the message's job, too: then the statement is the whole transaction.

Only where the answer is one message, as nearly always; whatever else becomes of a turn takes a
statement for each part (outcome.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import text

from recado.assistant.model import Turn
from recado.conversations.guards import STILL_HAS_WORD
from recado.conversations.messages import FROM_CONVERSATION, REPLY_COLUMNS, MessagePlace
from recado.conversations.model import Message
from recado.queue.inline_job import LOCKING, InlineJob, inline_job_of
from recado.queue.statements import UNLOCKED
from recado.store import Store, Tx
from recado.store.base import InsertFrom
from recado.store.prepared import prepare

#: Only who still has the word may answer, and only under the ownership that the turn began with.
#: With the word go the places of the reply's messages.
_CLAIM = (
    "UPDATE conversation SET answered_to = :to, language = :language,"  # noqa: S608
    " message_count = message_count + :parts,"
    " last_activity_at = CASE WHEN :parts > 0 THEN :at ELSE last_activity_at END,"
    " last_preview = CASE WHEN :parts > 0 THEN :preview ELSE last_preview END"
    f" WHERE id = :conversation AND {STILL_HAS_WORD}"
)
_WORD = " RETURNING id, contact_id, line_id, message_count, last_activity_at, state"
CLAIM_WORD = _CLAIM + _WORD
_REPLY = InsertFrom(
    Message,
    "word",
    taken={**FROM_CONVERSATION, "created_at": "last_activity_at"},
    given=[name for name in REPLY_COLUMNS if name != "created_at"],
)
_TURN = InsertFrom(
    Turn,
    "word",
    taken={"conversation_id": "id"},
    given=[it.name for it in Turn.__table__.columns if it.name != "conversation_id"],
)
_WRITTEN = f"reply AS ({_REPLY.sql}), kept AS ({_TURN.sql})"
_ALL = prepare(
    text(f"WITH word AS ({CLAIM_WORD}), {_WRITTEN} SELECT * FROM word").bindparams(  # noqa: S608
        *_REPLY.binds, *_TURN.binds
    )
)
_BORN, _JOB = inline_job_of("word")
_ALL_AND_JOB = prepare(
    text(
        f"WITH {LOCKING}, word AS ({_CLAIM} AND {UNLOCKED}{_WORD}), {_WRITTEN}, born AS ({_BORN})"  # noqa: S608
        " SELECT word.*, born.seq, born.behind FROM word, born"
    ).bindparams(*_REPLY.binds, *_TURN.binds, *_JOB)
)


def reply_in(
    tx: Tx, claim: Mapping[str, Any], reply: Mapping[str, Any], turn: Mapping[str, Any]
) -> dict[str, Any] | None:
    """The reply's message, now written with its turn. None: the assistant has not got the word any
    more, and nothing is written."""
    word = tx.first(_ALL, {**claim, **_REPLY.values(reply), **_TURN.values(turn)})
    return None if word is None else {**reply, **MessagePlace.of(word)._asdict()}


async def reply_alone(
    store: Store,
    inline_job: InlineJob,
    claim: Mapping[str, Any],
    reply: Mapping[str, Any],
    turn: Mapping[str, Any],
) -> bool:
    """As reply_in, as a transaction of its own and with the job that sends it."""
    params = {**claim, **_REPLY.values(reply), **_TURN.values(turn)}
    return await inline_job.run(store, _ALL_AND_JOB, params) is not None
