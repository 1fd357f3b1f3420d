"""The plain case of an attempt, which nearly all are, in one statement each on PostgreSQL.

A text that was never tried, inside the window; a receipt that nothing has overtaken. What is not
plain leaves no trace here, and goes the long way (attempts.py). Nothing on SQLite comes here, which
has no round trips to save.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Double, bindparam, not_, or_, select, text, update

from recado.channels.messages import OutboundMessage
from recado.conversations.contacts import NEWEST_FIRST, recipient_in
from recado.conversations.guards import UNTRIED, talks_over
from recado.conversations.model import ContactIdentity, Conversation, Message
from recado.queue.statements import UNLOCKED, locking, locking_first
from recado.sending.attempts import TAKEN_PLAINLY, TRACE, Attempt
from recado.sending.window import WINDOW_OPEN, in_window
from recado.store import Store, now
from recado.store.prepared import prepare

_begun = (
    update(Message)
    .where(
        Message.id == bindparam("message"),
        *UNTRIED,
        Message.held.is_(None),
        Message.route.is_(None),
        Message.type == "text",
        Conversation.id == Message.conversation_id,
        not_(talks_over(Message.author, Conversation.state)),
        or_(
            bindparam("anytime", type_=Boolean),
            in_window(Conversation.last_inbound_at, bindparam("moment", type_=Double)),
        ),
    )
    .values(attempted_at=bindparam("at"), route=bindparam("chosen_route"))
    .returning(
        Message.conversation_id,
        Message.contact_id,
        Message.text,
        Message.content,
        Message.reply_to,
    )
    .cte("begun")
)
_BEGIN = prepare(
    select(_begun, ContactIdentity.kind, ContactIdentity.value)
    .outerjoin_from(_begun, ContactIdentity, ContactIdentity.contact_id == _begun.c.contact_id)
    .order_by(NEWEST_FIRST)
)
#: The lock is that of Tx.lock, so that no status of the message is on its way in.
_RECORD = prepare(text(f"{locking(0)} {TAKEN_PLAINLY} AND {UNLOCKED} RETURNING id"))


async def begin_plain(
    store: Store, message_id: str, *, windowed: bool, began_at: float, trace: str
) -> Attempt | None:
    """The attempt, now durable; None: it is not plain, and nothing has been done.

    `windowed`: the channel has a window; `began_at` is by the clock that it is counted by.
    """
    moment = now()
    record = {**(WINDOW_OPEN if windowed else {}), **({TRACE: trace} if trace else {})}
    asked = {
        "message": message_id,
        "anytime": not windowed,
        "moment": began_at,
        "at": moment,
        "chosen_route": record or None,
    }
    rows = await store.run(_BEGIN, asked)
    if not rows:
        return None
    row = rows[0]
    outbound = OutboundMessage(
        id=message_id,
        to=recipient_in(rows),
        type="text",
        text=row.text,
        content=row.content or {},
        reply_to=row.reply_to,
    )
    return Attempt(outbound, row.conversation_id, row.contact_id, moment, began_at)


async def record_plain(store: Store, line_id: str, message_id: str, provider_id: str) -> bool:
    """The provider has taken the message. False: there is more to it, and nothing is recorded."""
    receipt = {"message": message_id, "provider_id": provider_id, "line": line_id, "at": now()}
    lock = f"status/{line_id}/{provider_id}"
    return bool(await store.run(_RECORD, locking_first([lock], [receipt])))
