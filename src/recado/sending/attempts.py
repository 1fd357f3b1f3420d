"""What an attempt to send leaves in its message's row: begun, recorded, ended, failed.

Functions on a transaction; when they run is decided in deliver.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import msgspec
from sqlalchemy import Row, bindparam, select, text, update

from recado.channels.messages import OutboundMessage, Recipient
from recado.conversations.contacts import NEWEST_FIRST, recipient_in
from recado.conversations.guards import UNTRIED
from recado.conversations.held import CANCELLED
from recado.conversations.messages import DROPPED, recount_held, update_message
from recado.conversations.model import ContactIdentity, Conversation, Message
from recado.conversations.reactions import withdraw_reaction
from recado.conversations.setbacks import setbacks_of, with_setback
from recado.errors import SendError, SendUnknown
from recado.events import StatusReceived
from recado.sending.resend import FAILED_IDS, KEPT_IN_ROUTE
from recado.sending.window import Route
from recado.store import Tx, now
from recado.store.prepared import prepare

#: In `message.route`, while tracing is on.
TRACE = "trace"

_BEGIN = prepare(
    update(Message)
    .where(Message.id == bindparam("message"), *UNTRIED)
    .values(attempted_at=bindparam("at"), route=bindparam("chosen_route"), held=None)
)
# Built once: building a statement takes longer than running it.
_MESSAGE = prepare(
    select(
        Message.id, Message.line_id, Message.contact_id, Message.status, Message.attempted_at
    ).where(Message.id == bindparam("message"))
)
_OUTBOUND = prepare(
    select(
        Message.status,
        Message.attempted_at,
        Message.provider_message_id,
        Message.error,
        Message.conversation_id,
        Message.contact_id,
        Message.line_id,
        Message.type,
        Message.text,
        Message.content,
        Message.reply_to,
        Message.author,
        Message.held,
        Message.route,
        Conversation.state,
        Conversation.language,
        Conversation.last_inbound_at,
        ContactIdentity.kind,
        ContactIdentity.value,
    )
    .join(Conversation, Conversation.id == Message.conversation_id)
    .outerjoin(ContactIdentity, ContactIdentity.contact_id == Message.contact_id)
    .where(Message.id == bindparam("message"))
    .order_by(NEWEST_FIRST)
)
_CONVERSATION_OF = prepare(
    select(Message.conversation_id).where(Message.id == bindparam("message"))
)


#: The provider has taken the message `:message`, as `:provider_id`.
_TAKEN = (
    "UPDATE message SET provider_message_id = :provider_id, accepted_at = :at,"
    " error = CASE WHEN status IN ('queued', 'unknown') THEN NULL ELSE error END,"
    " status = CASE WHEN status IN ('queued', 'unknown') THEN 'sent' ELSE status END"
    " WHERE id = :message"
)
#: The same where there is no more to it: no status has overtaken the receipt, and no other message
#: has that id. A row with failed attempts in its route is looked at first: this may be a receipt of
#: one of them.
TAKEN_PLAINLY = (
    f"{_TAKEN}"  # noqa: S608
    f" AND (route IS NULL OR CAST(route AS text) NOT LIKE '%\"{FAILED_IDS}\"%')"
    " AND NOT EXISTS (SELECT 1 FROM early_status WHERE line_id = :line"
    " AND provider_message_id = :provider_id)"
    " AND NOT EXISTS (SELECT 1 FROM message AS itself WHERE itself.line_id = :line"
    " AND itself.provider_message_id = :provider_id)"
)
_RECORD = prepare(text(_TAKEN))
# Without RETURNING, with which SQLite takes half as long again.
_RECORD_FIRST = prepare(text(TAKEN_PLAINLY))
_OTHER = prepare(
    select(Message.id).where(
        Message.line_id == bindparam("line"),
        Message.provider_message_id == bindparam("provider_id"),
        Message.id != bindparam("message"),
    )
)
_ROUTE = prepare(select(Message.route).where(Message.id == bindparam("message")).with_for_update())


def fail_message(
    tx: Tx, message_id: str, *, code: int | str | None, title: str, detail: str, **more: str
) -> None:
    """An outbound message that has not gone out never will."""
    error = {"code": code, "title": title, "detail": detail, **more}
    setbacks = with_setback(setbacks_of(tx, message_id), "failed", now(), error)
    failed = tx.execute(
        update(Message)
        .where(Message.id == message_id, Message.status.in_(("queued", "unknown")))
        .values(status="failed", error=error, setbacks=setbacks)
    )
    if failed.rowcount:
        withdraw_reaction(tx, message_id)


def kind_of(error: SendError) -> Literal["retry", "never", "person"]:
    """The class of an error that its message keeps."""
    if error.needs_person:
        return "person"
    return "retry" if error.retryable else "never"


def route_record(row: Row[Any], route: Route) -> dict[str, Any]:
    """The route as the row keeps it, with what earlier attempts left there."""
    earlier = row.route or {}
    kept = {key: earlier[key] for key in KEPT_IN_ROUTE if key in earlier}
    return {**kept, **route.record()}


def revive(tx: Tx, message_id: str, row: Row[Any]) -> bool:
    """A failed message has a job again when somebody replayed its dead letter. One that the
    provider itself took and reported as failed, while its job waited for evidence, has not."""
    if row.provider_message_id is not None:
        return False
    if (row.error or {}).get("code") in {DROPPED, CANCELLED}:
        return False
    tx.execute(
        update(Message)
        .where(Message.id == message_id, Message.status == "failed")
        .values(status="queued", attempted_at=None, error=None)
    )
    return True


def get_message(tx: Tx, message_id: str) -> Row[Any] | None:
    return tx.first(_MESSAGE, {"message": message_id})


def read_outbound(tx: Tx, message_id: str) -> tuple[Row[Any], Recipient] | None:
    """A message with what its conversation says about sending it, and whom it is for."""
    rows = tx.all(_OUTBOUND, {"message": message_id})
    return (rows[0], recipient_in(rows)) if rows else None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to send: `outbound` as it goes, to whom, and when it began (`attempted_at` of
    its row; `began_at` by the clock that the 24 hours are counted by)."""

    outbound: OutboundMessage
    conversation_id: str
    contact_id: str
    attempted_at: float
    began_at: float


def begin_attempt(
    tx: Tx,
    message_id: str,
    row: Row[Any],
    to: Recipient,
    route: Route | None,
    *,
    began_at: float,
    trace: str = "",
) -> Attempt | None:
    """The attempt is durable with this transaction. Returns None if somebody else has begun it.

    `trace` carries the span that the statuses of the message will belong to."""
    record = route_record(row, route) if route else row.route
    if trace:
        record = {**(record or {}), TRACE: trace}
    moment = now()
    begun = {"message": message_id, "at": moment, "chosen_route": record}
    if not tx.execute(_BEGIN, begun).rowcount:
        return None
    if row.held is not None:
        recount_held(tx, row.conversation_id)
    outbound = OutboundMessage(
        id=message_id,
        to=to,
        type=row.type,
        text=row.text,
        content=row.content or {},
        reply_to=row.reply_to,
    )
    if route is not None and (route.type != row.type or route.content != outbound.content):
        # The row shows what the person sees.
        changed = {"type": route.type, "text": route.text, "content": route.content}
        update_message(tx, message_id, **changed)
        outbound = msgspec.structs.replace(outbound, **changed)
    return Attempt(outbound, row.conversation_id, row.contact_id, moment, began_at)


def record_receipt(
    tx: Tx, line_id: str, message_id: str, provider_id: str
) -> Literal["recorded", "overtaken", "failed", "taken"]:
    """The provider has taken the message.

    `overtaken`: and statuses of it may have come before this receipt, which are to be applied.
    `failed`: its failure has come, and was dealt with.
    `taken`: nothing is recorded, for another message of the line has that id.
    """
    receipt = {"message": message_id, "provider_id": provider_id, "at": now()}
    if tx.execute(_RECORD_FIRST, {**receipt, "line": line_id}).rowcount:
        return "recorded"
    row = tx.first(_ROUTE, {"message": message_id})
    if row is None or provider_id in ((row.route or {}).get(FAILED_IDS) or ()):
        return "failed"
    if is_taken(tx, line_id, message_id, provider_id):
        return "taken"
    tx.execute(_RECORD, receipt)
    return "overtaken"


def is_taken(tx: Tx, line_id: str, message_id: str, provider_id: str) -> bool:
    """Whether another message of the line has that id of the provider's."""
    asked = {"line": line_id, "message": message_id, "provider_id": provider_id}
    return tx.first(_OTHER, asked) is not None


def end_attempt(tx: Tx, attempt: Attempt) -> None:
    """The attempt surely had no effect: the message may be tried again, unless another attempt at
    it has begun (the machine slept, and its job passed on)."""
    tx.execute(
        update(Message)
        .where(Message.id == attempt.outbound.id, Message.status.in_(("queued", "unknown")))
        .where(Message.attempted_at == attempt.attempted_at)
        .values(status="queued", attempted_at=None, unknown_since=None)
    )


def mark_unknown(tx: Tx, message_id: str, why: str) -> None:
    """Nobody can tell whether it went out, from now on."""
    moment, error = now(), {"title": SendUnknown.title, "detail": why}
    marked = tx.execute(
        update(Message)
        .where(Message.id == message_id, Message.status == "queued")
        .values(status="unknown", unknown_since=moment, error=error)
    )
    if marked.rowcount:
        setbacks = with_setback(setbacks_of(tx, message_id), "unknown", moment, error)
        update_message(tx, message_id, setbacks=setbacks)
        announce(tx, message_id, "unknown")


def announce(tx: Tx, message_id: str, status: str, conversation_id: str | None = None) -> None:
    """Tell the desk and the streams, once the transaction is durable."""
    if conversation_id is None:
        conversation_id = tx.scalar(_CONVERSATION_OF, {"message": message_id}) or ""
    event = StatusReceived(conversation_id=conversation_id, message_id=message_id, status=status)
    tx.announce(event)
