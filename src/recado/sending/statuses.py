"""Statuses of what we sent: applied upwards only, kept when they come early.

    queued, unknown → sent → delivered → read        failed: only before it was delivered

Our own message id, echoed by the provider, is the evidence that settles an unknown message.
"""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Row, bindparam, delete, insert, select, update

from recado.channels.port import InboundStatus
from recado.conversations.model import Message
from recado.events import StatusReceived
from recado.queue.port import Delivery
from recado.queue.queues import STATUSES
from recado.queue.worker import Consumer
from recado.runtime import Runtime
from recado.sending.model import EarlyStatus
from recado.store import Tx, new_id, now

RANK = {"queued": 0, "unknown": 0, "sent": 1, "delivered": 2, "read": 3, "failed": 4}
#: What a failure may still overtake: a delivered message has not failed.
FAILS = {"queued", "unknown", "sent"}


class Statuses:
    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def handle(self, delivery: Delivery) -> None:
        status = STATUSES.body(delivery)
        line = await self._runtime.lines.at(status.channel, status.line_address)
        if line is None:
            return  # a number of the same account that Recado does not serve
        await self._runtime.store.write(lambda tx: self._take_in(tx, delivery, line.id, status))
        self._runtime.metrics.status(status.status)
        self._runtime.lines.heard(status.channel, status.line_address)

    def _take_in(self, tx: Tx, delivery: Delivery, line_id: str, status: InboundStatus) -> None:
        tx.lock(f"status/{line_id}/{status.provider_message_id}")
        message = _find(tx, line_id, status)
        if message is None:
            _keep(tx, line_id, status)
        elif apply_status(tx, message, status):
            event = StatusReceived(
                conversation_id=message.conversation_id,
                message_id=message.id,
                status=status.status,
            )
            tx.after_commit(lambda: self._runtime.bus.publish(event))
        self._runtime.queue.ack_in(tx, delivery)


def statuses_consumer(runtime: Runtime) -> Consumer:
    return Consumer(STATUSES.spec, Statuses(runtime).handle)


def apply_status(tx: Tx, message: Row[Any], status: InboundStatus) -> bool:
    """Apply it where it leads upwards. True: the message's status has changed."""
    values: dict[str, Any] = {}
    if message.confirmed_at is None:
        values["confirmed_at"] = now()
    if message.provider_message_id is None:
        # The evidence for an unknown message: it did go out.
        values |= {"provider_message_id": status.provider_message_id, "accepted_at": status.at}
    if status.status == "delivered":
        values["delivered_at"] = status.at
    elif status.status in {"read", "played"}:
        values["read_at"] = status.at
    reached = "read" if status.status == "played" else status.status
    changes = _leads_upwards(message.status, reached)
    if changes:
        values["status"] = reached
        values["error"] = _error_of(status)
    if values:
        tx.execute(update(Message).where(Message.id == message.id).values(**values))
    return changes


def apply_early_statuses(tx: Tx, line_id: str, provider_message_id: str, message_id: str) -> None:
    """Apply what came before the message's provider id was known. The caller holds the lock."""
    of_message = (
        EarlyStatus.line_id == line_id,
        EarlyStatus.provider_message_id == provider_message_id,
    )
    early = tx.all(_EARLY, {"line": line_id, "provider_id": provider_message_id})
    if not early:
        return
    for row in early:
        message = tx.first(_COLUMNS.where(Message.id == message_id))
        if message is not None:
            apply_status(tx, message, msgspec.convert(row.status, InboundStatus))
    tx.execute(delete(EarlyStatus).where(*of_message))


def _leads_upwards(present: str, reached: str) -> bool:
    if present not in RANK or present == "failed":
        return False
    if reached == "failed":
        return present in FAILS
    return RANK[reached] > RANK[present]


def _error_of(status: InboundStatus) -> dict[str, Any] | None:
    if status.error is None:
        return None
    error: dict[str, Any] = msgspec.to_builtins(status.error)
    return error


def _find(tx: Tx, line_id: str, status: InboundStatus) -> Row[Any] | None:
    """By our own id where the provider echoes it, else by the provider's."""
    if status.callback_data:
        message = tx.first(_BY_OUR_ID, {"message": status.callback_data, "line": line_id})
        if message is not None:
            return message
    return tx.first(_BY_PROVIDER_ID, {"line": line_id, "provider_id": status.provider_message_id})


# Built once: building a statement takes longer than running it.
_COLUMNS = select(
    Message.id,
    Message.conversation_id,
    Message.status,
    Message.provider_message_id,
    Message.confirmed_at,
)
_BY_OUR_ID = _COLUMNS.where(
    Message.id == bindparam("message"), Message.line_id == bindparam("line")
).with_for_update()
_BY_PROVIDER_ID = _COLUMNS.where(
    Message.line_id == bindparam("line"),
    Message.provider_message_id == bindparam("provider_id"),
)
_EARLY = (
    select(EarlyStatus.status)
    .where(EarlyStatus.line_id == bindparam("line"))
    .where(EarlyStatus.provider_message_id == bindparam("provider_id"))
    .order_by(EarlyStatus.id)
)


def _keep(tx: Tx, line_id: str, status: InboundStatus) -> None:
    tx.execute(
        insert(EarlyStatus),
        {
            "id": new_id(),
            "line_id": line_id,
            "provider_message_id": status.provider_message_id,
            "status": msgspec.to_builtins(status),
            "created_at": now(),
        },
    )
