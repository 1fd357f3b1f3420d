"""What was left unknown is settled when the evidence comes later than its job could wait for it.

After an outage of an hour nothing of the line was confirmed within anybody's grace, and yet it is
plain in the end what went out: the provider has named the message before and the one after, and
had a whole grace to name this one. What is older than a day is for a person to decide.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import aliased

from recado.conversations.model import Message
from recado.jobs import SEND, STATUSES, SendJob
from recado.runtime import Runtime
from recado.sending.resend import own_lane
from recado.sending.settle import queue_afresh
from recado.store import Tx, first_id, now

#: Nobody waits for an answer longer than that.
PATIENCE_SECONDS = 24 * 3600.0
#: So many are looked at in one go, the newest first.
MOST = 500


async def settle_left(runtime: Runtime) -> int:
    """Queue afresh what surely was not sent. Returns how many messages that is."""
    depth = (await runtime.queue.depth()).get(STATUSES.name)
    # What the provider has reported and we have not read yet is no silence of the provider.
    grace = runtime.settings.unknown_grace_seconds + (depth.oldest_seconds if depth else 0.0)
    until = now() - grace
    count = 0
    for row in await runtime.store.read(lambda tx: _candidates(tx, until)):
        count += await runtime.store.write(partial(_settle, row.id, until))
    return count


def _candidates(tx: Tx, until: float) -> list[Row[Any]]:
    later = aliased(Message)
    confirmed = (
        select(later.id)
        .where(later.line_id == Message.line_id)
        .where(later.confirmed_at > Message.unknown_since, later.confirmed_at < until)
        .exists()
    )
    unknown = (
        select(Message.id)
        .where(Message.status == "unknown", Message.created_at > now() - PATIENCE_SECONDS)
        .where(Message.unknown_since < until, confirmed)
        .order_by(Message.created_at.desc())
        .limit(MOST)
    )
    return list(tx.all(unknown))


def _settle(message_id: str, until: float, tx: Tx) -> int:
    message = tx.first(
        select(Message.id, Message.status, Message.line_id, Message.attempted_at)
        .where(Message.id == message_id)
        .with_for_update()  # evidence that is just being written counts
    )
    if message is None or message.status != "unknown" or not _is_passed_over(tx, message, until):
        return 0
    queue_afresh(tx, message_id)
    tx.publish(SEND.job(own_lane(message_id), SendJob(message_id)))
    return 1


def _is_passed_over(tx: Tx, message: Row[Any], until: float) -> bool:
    """Has the provider named what the line sent right before and right after it? Otherwise it may
    have named nothing at all then: its webhooks were off, or lost."""
    taken = select(Message.confirmed_at).where(
        Message.line_id == message.line_id,
        Message.direction == "outbound",
        Message.provider_message_id.is_not(None),
        Message.attempted_at.is_not(None),
    )
    earliest = first_id(message.attempted_at - PATIENCE_SECONDS)
    before = taken.where(Message.id < message.id, Message.id > earliest)
    after = taken.where(Message.id > message.id, Message.attempted_at > message.attempted_at)
    last = tx.first(before.order_by(Message.id.desc()).limit(1))
    following = tx.first(after.order_by(Message.id).limit(1))
    if last is not None and last.confirmed_at is None:
        return False
    return (
        following is not None
        and following.confirmed_at is not None
        and bool(following.confirmed_at < until)
    )
